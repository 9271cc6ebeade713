"""Sets of possible values: closed sets and spans of numbers, added, averaged and compared.

Each input is taken as free of the others, so a set is never narrower than the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from shared.instruments.named_steps import Condition
from shared.scoring.steps import COMPARE, exact


class Span(NamedTuple):
    """Every number from ``low`` to ``high``; ``None`` is an open end."""

    low: Any
    high: Any


Possible = frozenset[Any] | Span | None
"""A closed set of values, a span of numbers, or ``None``: not known, or not a number."""

Known = Mapping[str, Possible]

ANY = Span(None, None)
ZERO: frozenset[Any] = frozenset((0,))


def total(inputs: Iterable[Possible]) -> Possible:
    """The possible sums of one value from each input."""
    found: Possible = ZERO
    for values in inputs:
        found = _plus(found, values)
    return found


def means(inputs: Sequence[Possible], fewest: int) -> Possible:
    """The possible means of all inputs, or of as few as ``fewest`` of them."""
    if not all(isinstance(values, frozenset) for values in inputs):
        spans = [_ends(values) for values in inputs]
        if any(low is None or high is None for low, high in spans):
            return ANY
        return Span(*(Fraction(sum(ends)) / len(spans) for ends in zip(*spans, strict=True)))
    sums: dict[int, set[Any]] = {0: {0}}
    for values in inputs:
        with_this = {
            count + 1: {so_far + value for so_far in found for value in values or ()} for count, found in sums.items()
        }
        sums = {count: sums.get(count, set()) | with_this.get(count, set()) for count in {*sums, *with_this}}
    return frozenset(Fraction(found) / count for count in range(fewest, len(inputs) + 1) for found in sums[count])


def can(condition: Condition, values: Possible) -> tuple[bool, bool]:
    """Whether a condition can hold, and whether it can fail."""
    if values is None:
        return True, True
    holds = {COMPARE[condition.op](value, exact(condition.value)) for value in points(values, [condition.value])}
    return True in holds, False in holds


def zero_or_one(known: Known, names: Sequence[str], op: str, value: Any) -> Possible:
    """1 when any of the inputs can compare so, 0 when all of them can fail to."""
    verdicts = [can(Condition(of=name, op=op, value=value), known.get(name)) for name in names]  # type: ignore[arg-type]
    return frozenset(
        number
        for number, possible in ((1, any(holds for holds, _ in verdicts)), (0, all(fails for _, fails in verdicts)))
        if possible
    )


def _plus(one: Possible, other: Possible) -> Possible:
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        if any(isinstance(value, str) for value in (*one, *other)):
            return None
        return frozenset(a + b for a in one for b in other)
    if one is None or other is None:
        return None
    return Span(*(None if a is None or b is None else a + b for a, b in zip(_ends(one), _ends(other), strict=True)))


def whole_numbers_between(values: Possible) -> Possible:
    """A prorated sum is rounded, so it can be any whole number between the ends."""
    if isinstance(values, frozenset) and values and all(isinstance(value, int) for value in values):
        return frozenset(range(min(values), max(values) + 1))
    return values


def either(parts: Iterable[Possible]) -> Possible:
    found: frozenset[Any] = frozenset()
    for values in parts:
        if not isinstance(values, frozenset):
            return values
        found |= values
    return found


def _ends(values: Possible) -> tuple[Any, Any]:
    if isinstance(values, Span):
        return values.low, values.high
    numbers = [value for value in values or () if not isinstance(value, str)]
    return (min(numbers), max(numbers)) if numbers else (None, None)


def points(values: frozenset[Any] | Span, edges: Sequence[Any]) -> Iterable[Any]:
    """Enough values to meet every side of every edge."""
    if isinstance(values, frozenset):
        return values
    near = Fraction(1, 10**6)
    around = [exact(edge) + shift for edge in edges for shift in (-near, 0, near)]
    ends = [end for end in values if end is not None]
    low, high = values
    return [*ends, *(p for p in around if (low is None or p >= low) and (high is None or p <= high))]
