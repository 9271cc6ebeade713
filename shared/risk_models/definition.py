"""The declarative form of a published prognostic model: what one definition file may say, and nothing else.

Every number stands beside its ``source`` or is marked ``unverified``. Code holds the methods (a logistic sum, a count,
a rule), never a coefficient or a cut-off. An unknown key is an error; nothing is coerced; no text is evaluated.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.risk_models.equation import AnyEquation, Omitted, OutputClass, ProbabilityEquation
from shared.risk_models.evidence import CardFacts, Display, Performance, Reporting, Threshold, WorkedExample
from shared.risk_models.parts import (
    Citation,
    Code,
    Id,
    Licence,
    ModelId,
    Number,
    Part,
    Sourced,
    Text,
    Timepoint,
    Value,
    Version,
)

# -- what the model is about -------------------------------------------------------------------------------------------


class When(Part):
    """The horizon in numbers, for receivers that need them; a UCUM unit."""

    low: Number
    high: Number
    unit: Literal["d", "wk", "mo", "a"]

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not 0 < self.low <= self.high:
            raise ValueError("low must be above 0 and not above high")
        return self


class Outcome(Sourced):
    """What was predicted, and over what time. Always said beside the result."""

    definition: Text
    horizon: Text
    when: When
    note: Text | None = None


class AgeLimits(Sourced):
    """Ages in completed years, both ends inclusive. An unknown age decides, so it withholds the result."""

    low: int | None = None
    high: int | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("needs low, high or both")
        return self


class Timing(Sourced):
    """When the answers must have been given. Where ``must_be_stated``, an unknown timepoint withholds the result."""

    words: Text
    timepoints: Annotated[tuple[Timepoint, ...], Field(min_length=1)]
    must_be_stated: bool = True


class FactLimit(Sourced):
    """A fact about the person or the pathway that decides whether the model applies.

    Either ``allowed`` values, or a number from ``low`` to ``high``. ``words`` complete "The model is for …".
    """

    fact: Id
    words: Text
    allowed: tuple[int | str, ...] = ()
    low: Number | None = None
    high: Number | None = None
    must_be_stated: bool = True

    @model_validator(mode="after")
    def _limits_in_one_way(self) -> Self:
        if bool(self.allowed) == (self.low is not None or self.high is not None):
            raise ValueError("needs either allowed, or low and high")
        return self


class Population(Sourced):
    """Whom the model was made for. Each list that is not empty must be met; outside it there is no result."""

    words: Text
    any_procedure: bool = False
    procedures: tuple[Code, ...] = ()
    conditions: tuple[Code, ...] = ()
    age: AgeLimits | None = None
    timing: Timing
    facts: tuple[FactLimit, ...] = ()
    setting: Text
    n_development: int | None = None
    events: int | None = None
    n_validation: int | None = None
    note: Text | None = None


# -- predictors and where their values come from -----------------------------------------------------------------------


class FactOrigin(Part):
    """A clinical fact. ``codes`` translates its coding, ``multiply`` its unit; nothing else is done to it."""

    type: Literal["fact"]
    fact: Id
    codes: dict[str, Value] | None = None
    multiply: int | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _converts_once(self) -> Self:
        if self.codes is not None and self.multiply is not None:
            raise ValueError("takes codes or multiply, not both")
        return self


class ScoreOrigin(Part):
    """A score of an instrument of the same assessment, when it was given at one of ``timepoints``."""

    type: Literal["score"]
    instrument: ModelId
    score: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    timepoints: Annotated[tuple[Timepoint, ...], Field(min_length=1)]
    note: Text | None = None


class ExternalOrigin(Part):
    """A total that this service does not score. It comes with its unit, its source and its date.

    ``units`` gives the factor by which a value of that unit is multiplied; any other unit is refused.
    """

    type: Literal["external"]
    total: Code
    units: Annotated[dict[Code, int], Field(min_length=1)]
    note: Text | None = None


AnyOrigin = Annotated[FactOrigin | ScoreOrigin | ExternalOrigin, Field(discriminator="type")]


class Range(Sourced):
    """The allowed numbers, both ends inclusive. ``high`` null: the source states no upper end."""

    low: Number
    high: Number | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.high is not None and self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class Predictor(Sourced):
    """One input, with its exact coding; the source is where the coding was read.

    ``direction_in_words: false``: the sign is counter-intuitive (often suppression), so no sentence may present the
    predictor as raising or lowering the risk. ``attribute`` feeds the model card's list of sensitive inputs.
    """

    id: Id
    title: Text
    coding: Text
    origins: Annotated[tuple[AnyOrigin, ...], Field(alias="from", min_length=1)]
    attribute: (
        Literal[
            "race",
            "ethnicity",
            "language",
            "sexual-orientation",
            "gender-identity",
            "sex",
            "age",
            "social-determinant",
            "health-status",
        ]
        | None
    ) = None
    direction_in_words: bool = True
    direction_note: Text | None = None

    @model_validator(mode="after")
    def _says_why_its_direction_is_not_said(self) -> Self:
        if self.direction_in_words == (self.direction_note is not None):
            raise ValueError("direction_note goes with direction_in_words: false")
        return self


class BinaryPredictor(Predictor):
    """0 or 1, with what each means."""

    type: Literal["binary"]
    zero: Text
    one: Text


class NumberPredictor(Predictor):
    type: Literal["number"]
    unit: Text
    integer: bool = False
    range: Range


class Category(Part):
    value: Code
    label: Text


class CategoryPredictor(Predictor):
    """One of a closed set of codes."""

    type: Literal["category"]
    values: Annotated[tuple[Category, ...], Field(min_length=2)]


AnyPredictor = Annotated[BinaryPredictor | NumberPredictor | CategoryPredictor, Field(discriminator="type")]


# -- the whole ---------------------------------------------------------------------------------------------------------


class RiskModel(Part):
    """A published prognostic model as this service knows it.

    ``event`` is what a probability is of, and ``event_is`` whether anybody wants it: some models predict the good
    outcome. ``classes`` stand in the model's own order, from the least to the most concerning.
    """

    id: ModelId
    version: Version
    title: Text
    kind: Literal["probability", "class", "flag"]
    event: Text
    event_is: Literal["wanted", "unwanted", "neutral"]
    outcome: Outcome
    population: Population
    predictors: Annotated[tuple[AnyPredictor, ...], Field(min_length=1)]
    omitted: tuple[Omitted, ...] = ()
    equation: AnyEquation
    alternative: ProbabilityEquation | None = None
    alternative_note: Text | None = None
    classes: tuple[OutputClass, ...] = ()
    performance: Performance
    thresholds: tuple[Threshold, ...] = ()
    evidence_grade: Literal["A", "B", "C"]
    evidence_note: Text
    display: Display
    licence: Licence
    citations: Annotated[tuple[Citation, ...], Field(min_length=1)]
    limitations: Annotated[tuple[Text, ...], Field(min_length=1)]
    worked_examples: tuple[WorkedExample, ...]
    card: CardFacts
    reporting: Reporting


class NotComputable(Part):
    """A published model whose equation was not seen, listed with what is missing so that somebody may read it."""

    id: ModelId
    title: Text
    kind: Literal["none"]
    outcome: Text | None = None
    population: Text | None = None
    timing: Text | None = None
    predictors: tuple[Text, ...] = ()
    performance: tuple[Text, ...] = ()
    missing: Text
    note: Text | None = None
    doi: str | None = None
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]


class NotComputableList(Part):
    models: tuple[NotComputable, ...]
