"""The named steps of composite scores, as functions of their inputs.

Every step is a pure function of a tuple of values. ``None`` among them is an unknown: most steps then have no value;
the deciding ones (``criterion``, ``first-match``) still answer where the unknown cannot change the answer.
"""

from __future__ import annotations

import calendar
import operator
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from functools import singledispatch
from typing import Any, NamedTuple

from shared.instruments.named_steps import (
    ClockDifferenceStep,
    Condition,
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

Inputs = Sequence[Any]
Function = Callable[[Inputs], Any]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}


class Withheld(Exception):
    """The inputs are all there, and the published rule still gives no score."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class CompiledStep(NamedTuple):
    """``needs`` names the inputs in order; ``strict`` steps have no value when any input is unknown."""

    id: str
    needs: tuple[str, ...]
    function: Function
    strict: bool


def exact(value: Any) -> Any:
    """``value`` without binary rounding: 6.8 hours is 34/5, so that an edge at 85 % is met exactly."""
    return Fraction(repr(value)) if isinstance(value, float) else value


@singledispatch
def compile_step(step: Step) -> CompiledStep:
    """The function of one declared step."""
    raise TypeError(f"no function for step {type(step).__name__}")


@compile_step.register
def _(step: SumStep) -> CompiledStep:
    return CompiledStep(step.id, step.of, sum, True)


@compile_step.register
def _(step: ScaleStep) -> CompiledStep:
    multiply, divide = step.multiply, step.divide

    def scale(inputs: Inputs) -> Any:
        return exact(inputs[0]) * multiply if divide == 1 else Fraction(exact(inputs[0]) * multiply) / divide

    return CompiledStep(step.id, (step.of,), scale, True)


@compile_step.register
def _(step: ThresholdsStep) -> CompiledStep:
    rows = [(COMPARE[row.op], row.than, row.value) for row in step.rows]

    def thresholds(inputs: Inputs) -> Any:
        return next((value for holds, than, value in rows if holds(inputs[0], than)), step.otherwise)

    return CompiledStep(step.id, (step.of,), thresholds, True)


@compile_step.register
def _(step: ClockDifferenceStep) -> CompiledStep:
    def hours(inputs: Inputs) -> Fraction:
        start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in inputs)
        if start == end:
            raise Withheld("undetermined", "The two clock times are equal, so the time between them is unknown.")
        return Fraction((end - start) % (24 * 60), 60)

    return CompiledStep(step.id, (step.start, step.end), hours, True)


@compile_step.register
def _(step: RatioStep) -> CompiledStep:
    def ratio(inputs: Inputs) -> Fraction:
        return Fraction(exact(inputs[0])) * step.times / Fraction(exact(inputs[1]))

    return CompiledStep(step.id, (step.numerator, step.denominator), ratio, True)


@compile_step.register
def _(step: CountStep) -> CompiledStep:
    holds, than = COMPARE[step.op], step.value

    def count(inputs: Inputs) -> int:
        return sum(1 for value in inputs if holds(value, than))

    return CompiledStep(step.id, step.of, count, True)


@compile_step.register
def _(step: CountGroupsStep) -> CompiledStep:
    holds, than, sizes = COMPARE[step.op], step.value, [len(group) for group in step.groups]

    def count_groups(inputs: Inputs) -> int:
        values = iter(inputs)
        groups = [[next(values) for _ in range(size)] for size in sizes]
        return sum(1 for group in groups if any(holds(value, than) for value in group))

    return CompiledStep(step.id, tuple(ref for group in step.groups for ref in group), count_groups, True)


@compile_step.register
def _(step: CriterionStep) -> CompiledStep:
    judge = _conditions(step.conditions, needs_all=step.needs == "all")

    def criterion(inputs: Inputs) -> int | None:
        verdict = judge(inputs)
        return None if verdict is None else int(verdict)

    return CompiledStep(step.id, tuple(condition.of for condition in step.conditions), criterion, False)


@compile_step.register
def _(step: FirstMatchStep) -> CompiledStep:
    needs: list[str] = []
    cases: list[tuple[slice, Callable[[Inputs], bool | None], Function]] = []

    def outcome(then: int | str | Ref) -> Function:
        if isinstance(then, Ref):
            needs.append(then.ref)
            return operator.itemgetter(len(needs) - 1)
        return lambda _: then

    for case in step.cases:
        inputs_of = slice(len(needs), len(needs) + len(case.when))
        needs.extend(condition.of for condition in case.when)
        cases.append((inputs_of, _conditions(case.when, needs_all=True), outcome(case.then)))
    otherwise = outcome(step.otherwise)

    def first_match(inputs: Inputs) -> Any:
        for inputs_of, judge, then in cases:
            verdict = judge(inputs[inputs_of])
            if verdict is None:
                return None
            if verdict:
                return then(inputs)
        return otherwise(inputs)

    return CompiledStep(step.id, tuple(needs), first_match, False)


@compile_step.register
def _(step: WeightedSumStep) -> CompiledStep:
    def weighted_sum(inputs: Inputs) -> Any:
        column = step.weights[str(inputs[-1])]
        return sum(value * weight for value, weight in zip(inputs, column, strict=False))

    return CompiledStep(step.id, (*step.of, step.by), weighted_sum, True)


@compile_step.register
def _(step: OnlyAnsweredStep) -> CompiledStep:
    def only_answered(inputs: Inputs) -> Any:
        answered = [value for value in inputs if value is not None]
        return answered[0] if len(answered) == 1 else None

    return CompiledStep(step.id, step.of, only_answered, False)


@compile_step.register
def _(step: NotBeforeStep) -> CompiledStep:
    def not_before(inputs: Inputs) -> int:
        if date.fromisoformat(inputs[0]) < months_after(date.fromisoformat(inputs[1]), step.months):
            raise Withheld("too-early", f"Less than {step.months} calendar months have passed.")
        return 1

    return CompiledStep(step.id, (step.date, step.start), not_before, True)


def months_after(start: date, months: int) -> date:
    """The same day ``months`` calendar months later, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _conditions(conditions: Sequence[Condition], *, needs_all: bool) -> Callable[[Inputs], bool | None]:
    """Do all (any) of the conditions hold? ``None`` when an unknown input decides."""
    tests = [(COMPARE[condition.op], condition.value) for condition in conditions]
    deciding = not needs_all

    def judge(inputs: Inputs) -> bool | None:
        unknown = False
        for value, (holds, than) in zip(inputs, tests, strict=True):
            if value is None:
                unknown = True
            elif holds(value, than) is deciding:
                return deciding
        return None if unknown else needs_all

    return judge
