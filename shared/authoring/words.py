"""A score's method, steps and missing rule in words a clinician reads. Ids stand in code marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import singledispatch

from shared.instruments.definition import Instrument, Score
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

COMPARISONS = {">=": "at least", ">": "above", "<=": "at most", "<": "below", "==": "exactly"}
DIRECTIONS = {
    "higher-is-worse": "Higher is worse.",
    "higher-is-better": "Higher is better.",
    "neutral": "No better end is asserted.",
}
_NUMBERED = re.compile(r"(.*?)(\d+|[a-z])")
_FEWEST_IN_A_ROW = 4


def code(name: object) -> str:
    return f"`{name}`"


def listed(names: Sequence[str], joint: str = "and") -> str:
    """``a``, ``b`` and ``c``; ids that are numbered in a row are given by their ends."""
    marked = [code(name) for name in names]
    if len(marked) >= _FEWEST_IN_A_ROW and _in_a_row(names):
        return f"{marked[0]} to {marked[-1]}"
    return marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} {joint} {marked[-1]}"


def _in_a_row(names: Sequence[str]) -> bool:
    """Whether the names are one stem with consecutive numbers or letters."""
    parts = [_NUMBERED.fullmatch(name) for name in names]
    if not all(parts) or len({part[1] for part in parts if part}) != 1:
        return False
    places = [int(part[2]) if part[2].isdigit() else ord(part[2]) for part in parts if part]
    return places == list(range(places[0], places[0] + len(places)))


def method_in_words(score: Score, instrument: Instrument) -> str:
    """How the score is computed, in one or two sentences."""
    names = score.items or score.scores
    things = "items" if score.items else "scores"
    match score.method:
        case "sum" | "mean" if len(names) == 1:
            words = f"The value of {code(names[0])}."
        case "sum":
            words = f"The sum of {len(names)} {things}: {listed(names)}."
        case "mean":
            words = f"The mean of {len(names)} {things}: {listed(names)}. It is not rounded."
        case "t-score-table":
            words = f"The T-score that the table below gives for {code(score.from_score)}."
        case _:
            words = "Computed in the steps below."
    return " ".join([words, *_turned(score, instrument)])


def _turned(score: Score, instrument: Instrument) -> list[str]:
    """What happens to answers before they count."""
    if score.method not in ("sum", "mean"):
        return []
    items = [item for item in instrument.items if item.id in score.items]
    reverse = [item.id for item in items if item.reverse]
    recoded = [item.id for item in items if item.recode is not None]
    words = []
    if reverse:
        words.append(f"Turned round first (lowest plus highest option, less the answer): {listed(reverse)}.")
    if recoded:
        words.append(f"Recoded first: {listed(recoded)}.")
    return words


def missing_in_words(score: Score) -> str:
    """What the engine does when an item of the score is unanswered."""
    missing = score.missing
    if score.scores:
        return "Every score it is made of is needed; what an unanswered item does is settled in each of them."
    most = f"{missing.max_missing} unanswered item{'s' if missing.max_missing != 1 else ''}"
    match missing.method:
        case "require-all":
            return "Every item is needed; one unanswered item withholds the score."
        case "prorate-round":
            return f"Up to {most}: the sum of the answered items × items ÷ answered, rounded half up."
        case "mean-of-answered":
            return f"Up to {most}: the mean of the answered items."
        case "absent-is-zero":
            return (
                "An unanswered item counts 0, provided that something on the form was answered. The result names them."
            )
        case "bounds":
            return "Unknown is not no: the score stands only where no answer to the open items could change it."
        case "inherit":
            return f"As {code(missing.of)}: without it there is no score."
        case "partial" if missing.zero_if_missing:
            zero = listed(missing.zero_if_missing)
            return f"Unanswered, these count 0 and the result names them: {zero}. Every other item is needed."
        case _:
            return "The score stands where the answered items decide it; otherwise it is withheld."


# -- steps -------------------------------------------------------------------------------------------------------------


@singledispatch
def step_in_words(step: Step) -> str:
    """One named step as a sentence without its full stop."""
    raise TypeError(f"no words for step {type(step).__name__}")


@step_in_words.register
def _(step: SumStep) -> str:
    return f"the sum of {listed(step.of)}" if len(step.of) > 1 else f"the value of {code(step.of[0])}"


@step_in_words.register
def _(step: ScaleStep) -> str:
    by = f" × {step.multiply}" if step.multiply != 1 else ""
    divided = f" ÷ {step.divide}" if step.divide != 1 else ""
    return f"{code(step.of)}{by}{divided}"


@step_in_words.register
def _(step: ThresholdsStep) -> str:
    rows = "; ".join(f"{row.value} if {COMPARISONS[row.op]} {row.than}" for row in step.rows)
    return f"from {code(step.of)}: {rows}; else {step.otherwise}"


@step_in_words.register
def _(step: ClockDifferenceStep) -> str:
    return f"hours from {code(step.start)} to the next {code(step.end)}; equal times withhold the score"


@step_in_words.register
def _(step: RatioStep) -> str:
    times = f"{step.times} × " if step.times != 1 else ""
    return f"{times}{code(step.numerator)} ÷ {code(step.denominator)}, not rounded"


@step_in_words.register
def _(step: CountStep) -> str:
    compared = f"{COMPARISONS[step.op]} {step.value}"
    if len(step.of) == 1:
        return f"1 when {code(step.of[0])} is {compared}, else 0"
    return f"how many of {listed(step.of)} are {compared}"


@step_in_words.register
def _(step: CountGroupsStep) -> str:
    groups = "; ".join(listed(group, "or") for group in step.groups)
    return f"in how many of these groups one is {COMPARISONS[step.op]} {step.value}: {groups}"


@step_in_words.register
def _(step: CriterionStep) -> str:
    return f"1 when {_conditions(step.conditions, 'and' if step.needs == 'all' else 'or')}, else 0"


@step_in_words.register
def _(step: FirstMatchStep) -> str:
    cases = "; else ".join(f"{_outcome(case.then)} when {_conditions(case.when, 'and')}" for case in step.cases)
    return f"{cases}; else {_outcome(step.otherwise)}"


@step_in_words.register
def _(step: WeightedSumStep) -> str:
    columns = "; ".join(f"{name}: {', '.join(map(str, column))}" for name, column in step.weights.items())
    return f"the sum of {listed(step.of)}, each times its weight by {code(step.by)} ({columns})"


@step_in_words.register
def _(step: OnlyAnsweredStep) -> str:
    return f"whichever one of {listed(step.of, 'or')} was answered; none or both leave it unknown"


@step_in_words.register
def _(step: NotBeforeStep) -> str:
    months = f"{step.months} calendar months after {code(step.start)}"
    return f"1 when {code(step.date)} is at least {months}; earlier withholds the score as too early"


def _outcome(then: int | str | Ref) -> str:
    return code(then.ref) if isinstance(then, Ref) else str(then)


def _conditions(conditions: Sequence[Condition], joint: str) -> str:
    return f" {joint} ".join(f"{code(c.of)} is {COMPARISONS[c.op]} {c.value}" for c in conditions)
