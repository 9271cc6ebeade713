"""Can the named steps be computed from what they are given, and does the missing rule know every item they use?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared.authoring.possible import Possible, Span
from shared.errors import Problem, pointer
from shared.instruments.definition import CalendarDate, Choice, ClockTime, Instrument, Score
from shared.instruments.named_steps import (
    Answer,
    AnyStep,
    ClockDifferenceStep,
    Condition,
    CountGroupsStep,
    CountStep,
    CriterionStep,
    FirstMatchStep,
    NotBeforeStep,
    RatioStep,
    ScaleStep,
    ThresholdsStep,
    WeightedSumStep,
)
from shared.scoring.steps import compile_step


def check_steps(instrument: Instrument, possible: Mapping[str, Possible]) -> Iterator[Problem]:
    for place, step in enumerate(instrument.derived):
        yield from _step_is_sensible(instrument, step, possible, pointer("derived", place))
    for place, score in enumerate(instrument.scores):
        where = pointer("scores", place)
        for number, step in enumerate(score.steps):
            yield from _step_is_sensible(instrument, step, possible, f"{where}/steps/{number}")
        if score.method == "steps":
            yield from _items_are_complete(instrument, score, where)
        elif score.steps:
            yield Problem(where + "/steps", "step", f"a {score.method} score takes no steps")


def _step_is_sensible(
    instrument: Instrument, step: AnyStep, possible: Mapping[str, Possible], where: str
) -> Iterator[Problem]:
    for condition in conditions_of(step):
        yield from _comparable(condition.value, condition.op, possible.get(condition.of), condition.of, where)
    match step:
        case ScaleStep() if step.divide == 0:
            yield Problem(where + "/divide", "step", "divides by zero")
        case RatioStep():
            values = possible.get(step.denominator)
            if _holds_zero(values):
                yield Problem(where + "/denominator", "step", f"divides by {step.denominator}, which can be 0")
        case ClockDifferenceStep():
            yield from _are(instrument, (step.start, step.end), ClockTime, "a time of day", where)
        case NotBeforeStep():
            yield from _are(instrument, (step.date, step.start), CalendarDate, "a date", where)
            if step.months <= 0:
                yield Problem(where + "/months", "step", "must be above 0")
        case WeightedSumStep():
            yield from _columns_answer(instrument, step, where)
        case ThresholdsStep():
            yield from _rows_can_be_met(step, possible.get(step.of), where)
        case _:
            pass


def conditions_of(step: AnyStep) -> Sequence[Condition]:
    """Every comparison a step makes, as conditions."""
    match step:
        case CriterionStep():
            return step.conditions
        case FirstMatchStep():
            return [condition for case in step.cases for condition in case.when]
        case CountStep():
            return [Condition(of=name, op=step.op, value=step.value) for name in step.of]
        case CountGroupsStep():
            return [Condition(of=name, op=step.op, value=step.value) for group in step.groups for name in group]
        case ThresholdsStep():
            return [Condition(of=step.of, op=row.op, value=row.than) for row in step.rows]
        case _:
            return ()


def _comparable(value: Answer, op: str, values: Possible, name: str, where: str) -> Iterator[Problem]:
    if not isinstance(values, frozenset) or not values:
        return
    are_words = isinstance(next(iter(values)), str)
    if are_words is not isinstance(value, str) or (are_words and op != "=="):
        yield Problem(where, "step", f"compares {name} with something that it can never be")
    elif op == "==" and value not in values:
        yield Problem(where, "step", f"{name} can never be {value}")


def _holds_zero(values: Possible) -> bool:
    if isinstance(values, Span):
        return (values.low is None or values.low <= 0) and (values.high is None or values.high >= 0)
    return values is not None and 0 in values


def _are(instrument: Instrument, names: Sequence[str], kind: type, called: str, where: str) -> Iterator[Problem]:
    options = {item.id: instrument.options.get(item.options) for item in instrument.items}
    for name in names:
        if name in options and not isinstance(options[name], kind):
            yield Problem(where, "step", f"{name} is not {called}")


def _columns_answer(instrument: Instrument, step: WeightedSumStep, where: str) -> Iterator[Problem]:
    item = next((item for item in instrument.items if item.id == step.by), None)
    answers = instrument.options.get(item.options) if item else None
    if not isinstance(answers, Choice):
        return
    columns = {str(option.value) for option in answers.options}
    if columns != set(step.weights):
        yield Problem(where + "/weights", "step", f"needs one column for every answer to {step.by}, and no other")


def _rows_can_be_met(step: ThresholdsStep, values: Possible, where: str) -> Iterator[Problem]:
    """A row that an earlier row swallows is an edge typed wrong."""
    given = {row.value for row in step.rows} | {step.otherwise}
    if isinstance(values, frozenset) and len(given) > len(values):
        yield Problem(where, "step", f"has more outcomes than {step.of} has values")
    for place, row in enumerate(step.rows):
        for one in step.rows[:place]:
            up = one.op in (">", ">=") and row.op in (">", ">=") and row.than >= one.than
            down = one.op in ("<", "<=") and row.op in ("<", "<=") and row.than <= one.than
            if up or down:
                yield Problem(f"{where}/rows/{place}", "step", "can never be met: an earlier row takes its values")
                break


def _items_are_complete(instrument: Instrument, score: Score, where: str) -> Iterator[Problem]:
    """An item that only the steps know is never reported as unanswered."""
    derived = {step.id: compile_step(step).needs for step in instrument.derived}
    own = {item.id for item in instrument.items}
    needed: list[str] = []
    waiting = [name for step in score.steps for name in compile_step(step).needs]
    while waiting:
        name = waiting.pop(0)
        waiting.extend(derived.get(name, ()))
        if name in own:
            needed.append(name)
    for name in dict.fromkeys(needed):
        if name not in score.items:
            yield Problem(where + "/items", "step", f"the steps use {name}, which is not among the score's items")
