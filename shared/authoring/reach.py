"""Which values an item, a step or a score of a definition can take at all.

A review compares them with what the definition claims: its range, its bands, its table.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import singledispatch
from typing import Any

from shared.authoring.possible import (
    ANY,
    Known,
    Possible,
    Span,
    can,
    either,
    means,
    points,
    total,
    whole_numbers_between,
    zero_or_one,
)
from shared.instruments.definition import CalendarDate, Choice, ClockTime, Instrument, Item, Quantity, Score
from shared.instruments.named_steps import (
    ClockDifferenceStep,
    CountGroupsStep,
    CountStep,
    CriterionStep,
    FirstMatchStep,
    NotBeforeStep,
    OnlyAnsweredStep,
    RatioStep,
    Ref,
    ScaleStep,
    Step,
    SumStep,
    ThresholdsStep,
    WeightedSumStep,
)
from shared.scoring.answers import scored_values
from shared.scoring.steps import COMPARE, exact


def reach(instrument: Instrument) -> dict[str, Possible]:
    """The possible values of every item, derived step, step and score, by id. A broken reference gives ``None``."""
    known: dict[str, Possible] = {item.id: item_values(instrument, item) for item in instrument.items}
    for derived in instrument.derived:
        known[derived.id] = _or_unknown(step_values, derived, known)
    for score in instrument.scores:
        for step in score.steps:
            known[step.id] = _or_unknown(step_values, step, known)
        known[score.id] = _or_unknown(score_values, score, known)
    return known


def _or_unknown(values_of: Callable[[Any, Known], Possible], part: Step | Score, known: Known) -> Possible:
    """What cannot be computed is unknown here; the review says elsewhere what is wrong with it."""
    try:
        return values_of(part, known)
    except (TypeError, ValueError, ZeroDivisionError):
        return None


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
        whole = total(inputs)
        return whole_numbers_between(whole) if score.missing.method == "prorate-round" else whole
    fewest = len(inputs) - (score.missing.max_missing if score.missing.method == "mean-of-answered" else 0)
    return means(inputs, max(fewest, 1))


def is_time_or_date(instrument: Instrument, item: Item) -> bool:
    """Such an item has no values to sum, bound or compare with a number."""
    return isinstance(instrument.options.get(item.options), ClockTime | CalendarDate)


# -- steps -------------------------------------------------------------------------------------------------------------


@singledispatch
def step_values(step: Step, _known: Known) -> Possible:
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
        for value in points(values, edges)
    )


@step_values.register
def _(_step: ClockDifferenceStep, _known: Known) -> Possible:
    return Span(Fraction(1, 60), Fraction(24 * 60 - 1, 60))


@step_values.register
def _(_step: RatioStep, _known: Known) -> Possible:
    return ANY


@step_values.register
def _(step: CountStep, known: Known) -> Possible:
    return total(zero_or_one(known, [name], step.op, step.value) for name in step.of)


@step_values.register
def _(step: CountGroupsStep, known: Known) -> Possible:
    return total(zero_or_one(known, group, step.op, step.value) for group in step.groups)


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
    return either(
        known.get(then.ref) if isinstance(then, Ref) else frozenset((then,)) for then in (*outcomes, step.otherwise)
    )


@step_values.register
def _(step: WeightedSumStep, known: Known) -> Possible:
    return either(
        total(
            frozenset(value * exact(weight) for value in values) if isinstance(values, frozenset) else values
            for values, weight in zip((known.get(name) for name in step.of), column, strict=True)
        )
        for column in step.weights.values()
    )


@step_values.register
def _(step: OnlyAnsweredStep, known: Known) -> Possible:
    return either(known.get(name) for name in step.of)


@step_values.register
def _(_step: NotBeforeStep, _known: Known) -> Possible:
    return frozenset((1,))
