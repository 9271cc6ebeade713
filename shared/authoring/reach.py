"""Which values an item, a step or a score of a definition can take at all.

A review compares them with what the definition claims: its range, its bands, its table. Each input is taken as free of
the others, so a set is never narrower than the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import singledispatch
from typing import Any, NamedTuple

from shared.instruments.definition import (
    CalendarDate,
    Choice,
    ClockDifferenceStep,
    ClockTime,
    Condition,
    CountGroupsStep,
    CountStep,
    CriterionStep,
    FirstMatchStep,
    Instrument,
    Item,
    NotBeforeStep,
    OnlyAnsweredStep,
    Quantity,
    RatioStep,
    Ref,
    ScaleStep,
    Score,
    Step,
    SumStep,
    ThresholdsStep,
    WeightedSumStep,
)
from shared.scoring.answers import scored_values
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


def reach(instrument: Instrument) -> dict[str, Possible]:
    """The possible values of every item, derived step, step and score, by id. A broken reference gives ``None``."""
    known: dict[str, Possible] = {item.id: item_values(instrument, item) for item in instrument.items}
    for derived in instrument.derived:
        known[derived.id] = step_values(derived, known)
    for score in instrument.scores:
        for step in score.steps:
            known[step.id] = step_values(step, known)
        known[score.id] = score_values(score, known)
    return known


def item_values(instrument: Instrument, item: Item) -> Possible:
    """What the item can count as, after ``reverse`` or ``recode``; ``None`` for times, dates and unknown options."""
    answers = instrument.options.get(item.options)
    if isinstance(answers, Choice):
        try:
            return frozenset(map(exact, scored_values(item, answers).values()))
        except (KeyError, TypeError, ValueError):
            return None
    if not isinstance(answers, Quantity):
        return None
    if answers.integer and isinstance(answers.min, int) and isinstance(answers.max, int):
        return frozenset(range(answers.min, answers.max + 1))
    return Span(exact(answers.min), exact(answers.max))


def score_values(score: Score, known: Known) -> Possible:
    """What a score can be, with every item answered or with as many unanswered as its missing rule allows."""
    if score.method == "steps":
        return known.get(score.steps[-1].id)
    if score.method == "t-score-table":
        return frozenset(exact(row.t) for row in score.table.rows) if score.table else None
    inputs = [known.get(name) for name in score.items or score.scores]
    if score.method == "sum":
        return total(inputs)
    fewest = len(inputs) - (score.missing.max_missing if score.missing.method == "mean-of-answered" else 0)
    return means(inputs, max(fewest, 1))


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
    holds = {COMPARE[condition.op](value, exact(condition.value)) for value in _points(values, [condition.value])}
    return True in holds, False in holds


# -- steps -------------------------------------------------------------------------------------------------------------


@singledispatch
def step_values(step: Step, known: Known) -> Possible:
    """What a step can give."""
    raise TypeError(f"no reach for step {type(step).__name__}")


@step_values.register
def _(step: SumStep, known: Known) -> Possible:
    return total(known.get(name) for name in step.of)


@step_values.register
def _(step: ScaleStep, known: Known) -> Possible:
    factor = Fraction(step.multiply, step.divide)
    values = known.get(step.of)
    if isinstance(values, Span):
        return Span(*(None if end is None else end * factor for end in values))
    return None if values is None else frozenset(value * factor for value in values)


@step_values.register
def _(step: ThresholdsStep, known: Known) -> Possible:
    edges = [row.than for row in step.rows]
    values = known.get(step.of)
    if values is None:
        return frozenset((*(row.value for row in step.rows), step.otherwise))
    return frozenset(
        next((row.value for row in step.rows if COMPARE[row.op](value, exact(row.than))), step.otherwise)
        for value in _points(values, edges)
    )


@step_values.register
def _(step: ClockDifferenceStep, known: Known) -> Possible:
    return Span(Fraction(1, 60), Fraction(24 * 60 - 1, 60))


@step_values.register
def _(step: RatioStep, known: Known) -> Possible:
    return ANY


@step_values.register
def _(step: CountStep, known: Known) -> Possible:
    return total(_zero_or_one(known, [name], step.op, step.value) for name in step.of)


@step_values.register
def _(step: CountGroupsStep, known: Known) -> Possible:
    return total(_zero_or_one(known, group, step.op, step.value) for group in step.groups)


@step_values.register
def _(step: CriterionStep, known: Known) -> Possible:
    verdicts = [can(condition, known.get(condition.of)) for condition in step.conditions]
    every, some = (all, any) if step.needs == "all" else (any, all)
    can_be_met = every(holds for holds, _ in verdicts)
    can_fail = some(fails for _, fails in verdicts)
    return frozenset(value for value, possible in ((1, can_be_met), (0, can_fail)) if possible)


@step_values.register
def _(step: FirstMatchStep, known: Known) -> Possible:
    outcomes = [
        case.then for case in step.cases if all(can(condition, known.get(condition.of))[0] for condition in case.when)
    ]
    return _either(
        known.get(then.ref) if isinstance(then, Ref) else frozenset((then,)) for then in (*outcomes, step.otherwise)
    )


@step_values.register
def _(step: WeightedSumStep, known: Known) -> Possible:
    return _either(
        total(
            frozenset(value * exact(weight) for value in values) if isinstance(values, frozenset) else values
            for values, weight in zip((known.get(name) for name in step.of), column, strict=True)
        )
        for column in step.weights.values()
    )


@step_values.register
def _(step: OnlyAnsweredStep, known: Known) -> Possible:
    return _either(known.get(name) for name in step.of)


@step_values.register
def _(step: NotBeforeStep, known: Known) -> Possible:
    return frozenset((1,))


# -- small parts -------------------------------------------------------------------------------------------------------


def is_time_or_date(instrument: Instrument, item: Item) -> bool:
    """Such an item has no values to sum, bound or compare with a number."""
    return isinstance(instrument.options.get(item.options), ClockTime | CalendarDate)


def _plus(one: Possible, other: Possible) -> Possible:
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        if any(isinstance(value, str) for value in (*one, *other)):
            return None
        return frozenset(a + b for a in one for b in other)
    if one is None or other is None:
        return None
    return Span(*(None if a is None or b is None else a + b for a, b in zip(_ends(one), _ends(other), strict=True)))


def _either(parts: Iterable[Possible]) -> Possible:
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


def _points(values: frozenset[Any] | Span, edges: Sequence[Any]) -> Iterable[Any]:
    """Enough values to meet every side of every edge."""
    if isinstance(values, frozenset):
        return values
    near = Fraction(1, 10**6)
    around = [exact(edge) + shift for edge in edges for shift in (-near, 0, near)]
    ends = [end for end in values if end is not None]
    low, high = values
    return [*ends, *(p for p in around if (low is None or p >= low) and (high is None or p <= high))]


def _zero_or_one(known: Known, names: Sequence[str], op: str, value: Any) -> Possible:
    """1 when any of the inputs can compare so, 0 when all of them can fail to."""
    verdicts = [can(Condition(of=name, op=op, value=value), known.get(name)) for name in names]  # type: ignore[arg-type]
    return frozenset(
        number
        for number, possible in ((1, any(holds for holds, _ in verdicts)), (0, all(fails for _, fails in verdicts)))
        if possible
    )
