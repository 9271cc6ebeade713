"""Wrong rules that leave every item as it is and go wrong with the total."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from shared.agreement.case import Case
from shared.instruments.definition import Choice, Score
from shared.instruments.named_steps import ScaleStep
from shared.scoring.plan import round_half_up
from shared.scoring.steps import exact


class Total(NamedTuple):
    """What a wrong rule would give for a score."""

    rule: str
    rank: int
    words: str
    value: Any
    item: str | None = None


def totals(case: Case, score: Score) -> Iterator[Total]:
    """What every wrong rule about the total would give."""
    yield from _other_metrics(case, score)
    yield from _wrong_totals(case, score)
    base = case.scores.get(base_of(score))
    if base is None or base.id == score.id:
        return
    for total in _wrong_totals(case, base):
        value = _on_the_metric_of(score, total.value)
        if value is not None:
            yield total._replace(value=value)


def base_of(score: Score) -> str:
    """The score that this one only puts on another metric: its raw score, or what it multiplies; else itself."""
    if score.from_score is not None:
        return score.from_score
    step = _only_scale(score)
    return step.of if step else score.id


# -- another metric ----------------------------------------------------------------------------------------------------


def _other_metrics(case: Case, score: Score) -> Iterator[Total]:
    for other in case.instrument.scores:
        value = case.results[other.id]["value"]
        if other.id != score.id and base_of(other) == base_of(score) and value is not None:
            rule, words = _relation(score, other)
            yield Total(rule, 0, words, value)
    step, value = _only_scale(score), case.results[score.id]["value"]
    if step is not None and isinstance(value, int | float):
        times = Fraction(step.multiply, step.divide)
        rule = "doubled-twice" if times == 2 else "scaled-twice"
        yield Total(rule, 1, f"Multiplying by {times} twice", exact(value) * times)
    yield from _sibling_tables(case, score)


def _relation(score: Score, other: Score) -> tuple[str, str]:
    """What it means that the value stated for ``score`` is our ``other``."""
    step, back = _only_scale(score), _only_scale(other)
    if step is not None and step.of == other.id:
        return ("not-doubled" if _doubles(step) else "not-scaled"), f"Leaving out {score.rule}"
    words = f"Taking {other.id} for {score.id}"
    if back is not None and back.of == score.id:
        return ("doubled" if _doubles(back) else "scaled"), words
    return "other-score", words


def _sibling_tables(case: Case, score: Score) -> Iterator[Total]:
    """The raw score looked up in the table of another form."""
    raw = case.results[score.from_score]["value"] if score.from_score else None
    for sibling in case.siblings:
        for other in sibling.scores:
            row = other.table and next((row for row in other.table.rows if row.raw == raw), None)
            if row and sibling.id != case.instrument.id:
                yield Total("table-of-another-form", 1, f"Looking {raw} up in the table of {sibling.id}", row.t)


# -- sums and means ----------------------------------------------------------------------------------------------------


def _wrong_totals(case: Case, score: Score) -> Iterator[Total]:
    if score.method not in ("sum", "mean") or len(score.items or score.scores) < 2:
        return
    parts = _parts(case, score)
    known = [part for part in parts if part is not None]
    if not known:
        return
    total, count = sum(known, Fraction(0)), len(parts)
    if len(known) == count:
        if score.method == "sum":
            yield Total("mean-instead-of-sum", 1, "Taking the mean instead of the sum", total / count)
        else:
            yield Total("sum-instead-of-mean", 1, "Taking the sum instead of the mean", total)
    elif score.scores:
        yield Total("missing-part-as-zero", 1, "Summing only the parts that have a score", total)
    else:
        yield from _incomplete(case, score, total, len(known), count)
    if score.method == "sum" and score.items:
        yield from _unscored_added(case, total)


def _incomplete(case: Case, score: Score, total: Fraction, answered: int, count: int) -> Iterator[Total]:
    """What others make of a score with items unanswered."""
    ours = case.results[score.id]["status"] == "prorated"
    if score.method == "mean":
        if not ours:
            yield Total("mean-against-the-rule", 1, "Taking the mean of what is answered", total / answered)
        yield Total("sum-instead-of-mean", 2, "Taking the sum of what is answered instead of the mean", total)
        return
    scaled = total * count / answered
    if not ours:
        words = f"Prorating to all {count} items, which no published rule allows here,"
        yield Total("prorated-against-the-rule", 1, words, round_half_up(scaled))
    for manner, rounded in _ROUNDINGS.items():
        words = f"Prorating to all {count} items, {manner},"
        yield Total("prorated-otherwise-rounded", 1 if ours else 2, words, rounded(scaled))
    yield Total("mean-of-answered", 2, "Taking the mean of what is answered instead of a sum", total / answered)


_ROUNDINGS: dict[str, Callable[[Fraction], Any]] = {
    "not rounded": lambda value: value,
    "rounded half to even": round,
    "rounded down": math.floor,
    "rounded up": math.ceil,
}


def _unscored_added(case: Case, total: Fraction) -> Iterator[Total]:
    """An item that belongs to no total, added to it."""
    for item in case.instrument.items:
        value = case.values.get(item.id)
        if not item.scored and isinstance(case.instrument.options[item.options], Choice) and isinstance(value, int):
            words = "Adding {item}, which belongs to no total,"
            yield Total("unscored-item-added", 2, words, total + value, item.id)


def _parts(case: Case, score: Score) -> list[Fraction | None]:
    if score.items:
        values = [case.values.get(item) for item in score.items]
    else:
        values = [case.results[name]["value"] for name in score.scores]
    return [None if value is None or isinstance(value, str) else Fraction(exact(value)) for value in values]


# -- small parts -------------------------------------------------------------------------------------------------------


def _on_the_metric_of(score: Score, raw: Any) -> Any:
    if score.table is not None:
        return next((row.t for row in score.table.rows if row.raw == raw), None)
    step = _only_scale(score)
    return None if step is None else raw * Fraction(step.multiply, step.divide)


def _only_scale(score: Score) -> ScaleStep | None:
    step = score.steps[0] if len(score.steps) == 1 else None
    return step if isinstance(step, ScaleStep) else None


def _doubles(step: ScaleStep) -> bool:
    return Fraction(step.multiply, step.divide) == 2
