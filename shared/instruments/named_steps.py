"""The named steps that composite scores are computed by: each one method, with what it is told."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.documents import Part

Number = int | float
Answer = int | float | str
Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Op = Literal[">=", ">", "<=", "<", "=="]


class Condition(Part):
    """``of`` (an item, an earlier score or step) compared with a value."""

    of: Id
    op: Op
    value: Answer


class Step(Part):
    """One named computation. ``id`` names its result for the steps and scores after it."""

    id: Id


class SumStep(Step):
    """The sum of the inputs."""

    step: Literal["sum"]
    of: Annotated[tuple[Id, ...], Field(min_length=1)]


class ScaleStep(Step):
    """The input times ``multiply``, divided by ``divide``; exact, not rounded."""

    step: Literal["scale"]
    of: Id
    multiply: int = 1
    divide: int = 1


class Threshold(Part):
    op: Op
    than: Number
    value: int


class ThresholdsStep(Step):
    """The value of the first row the input satisfies, else ``otherwise``."""

    step: Literal["thresholds"]
    of: Id
    rows: Annotated[tuple[Threshold, ...], Field(min_length=1)]
    otherwise: int


class ClockDifferenceStep(Step):
    """Hours from one clock time to the next occurrence of another. Equal times withhold the score."""

    step: Literal["clock-difference"]
    start: Id
    end: Id


class RatioStep(Step):
    """``numerator`` × ``times`` / ``denominator``; exact, not rounded."""

    step: Literal["ratio"]
    numerator: Id
    denominator: Id
    times: int = 1


class CountStep(Step):
    """How many inputs compare so with ``value``."""

    step: Literal["count"]
    of: Annotated[tuple[Id, ...], Field(min_length=1)]
    op: Op
    value: Number


class CountGroupsStep(Step):
    """How many groups hold at least one input that compares so with ``value``."""

    step: Literal["count-groups"]
    groups: Annotated[tuple[tuple[Id, ...], ...], Field(min_length=1)]
    op: Op
    value: Number


class CriterionStep(Step):
    """1 when all (or any) of the conditions hold, else 0."""

    step: Literal["criterion"]
    needs: Literal["all", "any"]
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1)]


class Ref(Part):
    ref: Id


class Case(Part):
    """``then`` when every condition holds."""

    when: Annotated[tuple[Condition, ...], Field(min_length=1)]
    then: int | str | Ref


class FirstMatchStep(Step):
    """The value of the first case that holds, else ``otherwise``."""

    step: Literal["first-match"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    otherwise: int | str | Ref


class WeightedSumStep(Step):
    """The sum of input × weight, with the column of weights that the answer to ``by`` names."""

    step: Literal["weighted-sum"]
    of: Annotated[tuple[Id, ...], Field(min_length=1)]
    by: Id
    weights: dict[str, tuple[Number, ...]]

    @model_validator(mode="after")
    def _one_weight_an_input(self) -> Self:
        if any(len(column) != len(self.of) for column in self.weights.values()):
            raise ValueError("every column needs one weight for each input")
        return self


class OnlyAnsweredStep(Step):
    """The value of the one input that was answered; none or several answered is unknown."""

    step: Literal["only-answered"]
    of: Annotated[tuple[Id, ...], Field(min_length=2)]


class NotBeforeStep(Step):
    """1 when ``date`` is at least ``months`` calendar months after ``start``; earlier withholds the score as too early.

    The due day is the same day of the month, or the last day of a month that is shorter.
    """

    step: Literal["not-before"]
    date: Id
    start: Id
    months: int


AnyStep = Annotated[
    SumStep
    | ScaleStep
    | ThresholdsStep
    | ClockDifferenceStep
    | RatioStep
    | CountStep
    | CountGroupsStep
    | CriterionStep
    | FirstMatchStep
    | WeightedSumStep
    | OnlyAnsweredStep
    | NotBeforeStep,
    Field(discriminator="step"),
]
