"""How good a model is, how its result is shown, its worked examples, and what only people can say of it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.risk_models.parts import NOT_AVAILABLE, Id, Interval95, Number, Op, Part, Sourced, Text, Value


class Measure(Sourced):
    """One figure of performance, or words where the source gives words."""

    name: Text
    stage: Literal["development", "internal-validation", "external-validation", "use"]
    value: Number | None = None
    ci95: Interval95 | None = None
    range: Interval95 | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.value is None and self.range is None and self.text is None:
            raise ValueError("needs value, range or text")
        return self


class OperatingPoint(Part):
    threshold: Number
    sensitivity: Number
    specificity: Number
    ppv: Number
    npv: Number


class OperatingPoints(Sourced):
    stage: Literal["development", "internal-validation", "external-validation"]
    note: Text
    rows: Annotated[tuple[OperatingPoint, ...], Field(min_length=1)]


class Performance(Part):
    measures: tuple[Measure, ...]
    operating_points: OperatingPoints | None = None


class Threshold(Sourced):
    value: Number
    op: Op
    meaning: Text


class Display(Sourced):
    """How a value is shown: a percentage or a band of them, both in steps of percentage points, or the label."""

    form: Literal["percent", "band", "label"]
    step: Literal[1, 5, 10] | None = None
    note: Text

    @model_validator(mode="after")
    def _has_a_step(self) -> Self:
        if (self.form == "label") != (self.step is None):
            raise ValueError("a percentage or band needs a step, a label takes none")
        return self


# -- examples and the model card ---------------------------------------------------------------------------------------


class Expected(Part):
    """What a worked example must give, to ``decimals`` places as its source prints it."""

    value: Value
    decimals: Annotated[int, Field(ge=0, le=10)] = 4
    linear_predictor: Number | None = None
    alternative_value: Number | None = None
    count: int | None = None
    observed_rate: Number | None = None


class WorkedExample(Part):
    note: Text
    predictors: dict[Id, Value]
    population: dict[Id, Value]
    expect: Expected
    source: Text


class Statement(Part):
    """A sentence of the model card: with the source it was read in, marked as our own, or "not available"."""

    text: Text
    source: Text | None = None
    ours: bool = False

    @model_validator(mode="after")
    def _rests_on_something(self) -> Self:
        if self.text != NOT_AVAILABLE and not self.source and not self.ours:
            raise ValueError(f'needs a source, ours: true, or the text "{NOT_AVAILABLE}"')
        return self


class CardFacts(Part):
    """The source attributes of the model card that do not follow from the rest of the definition."""

    developer: Statement
    funding: Statement
    intended_use: Statement
    cautioned_use: Statement
    training_data_criteria: Statement
    representativeness: Statement
    fairness_approach: Statement
    bias_management: Statement
    external_validation_setting: Statement
    external_validation_by: Statement
    external_validation_representativeness: Statement
    external_validation_process: Statement
    internal_fairness: Statement
    external_fairness: Statement
    outcome_evaluations: Statement


class Judgement(Part):
    """One PROBAST+AI domain. ``not-assessed`` is honest; a concern that was seen may stand beside it."""

    judgement: Literal["low", "high", "unclear", "not-assessed"]
    why: Text


class Reporting(Part):
    """Where the study stands against the reporting and bias checklists."""

    tripod_ai: Statement
    participants: Judgement
    predictors: Judgement
    outcome: Judgement
    analysis: Judgement
