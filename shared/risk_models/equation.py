"""The equations a model may have, and the classes they may give. Each is data for one method of ``shared.risk``."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.risk_models.parts import Code, Id, Interval95, Number, Op, Part, Sourced, Text, Value


class Constant(Sourced):
    value: Number


class LinearTerm(Sourced):
    """``coefficient`` × (value − ``centre``) ÷ ``per``, as printed: "per 10 years" is ``per: 10``."""

    term: Literal["linear"]
    predictor: Id
    coefficient: Number
    per: Annotated[Number, Field(gt=0)] = 1
    centre: Number = 0
    ci95: Interval95 | None = None


class LevelsTerm(Sourced):
    """One coefficient for each value of a category; the reference level has 0."""

    term: Literal["levels"]
    predictor: Id
    levels: Annotated[dict[Code, Number], Field(min_length=2)]


class BandRow(Part):
    op: Op
    than: Number
    coefficient: Number


class BandsTerm(Sourced):
    """The coefficient of the first row the number satisfies, else ``otherwise``: a dichotomised or grouped number."""

    term: Literal["bands"]
    predictor: Id
    rows: Annotated[tuple[BandRow, ...], Field(min_length=1)]
    otherwise: Number


AnyTerm = Annotated[LinearTerm | LevelsTerm | BandsTerm, Field(discriminator="term")]
Terms = Annotated[tuple[AnyTerm, ...], Field(min_length=1)]


class LogitEquation(Part):
    """P(event) = 1 / (1 + exp(−(intercept + terms)))."""

    link: Literal["logit"]
    intercept: Constant
    terms: Terms


class OrderedProbitEquation(Sourced):
    """P(one of the first ``event_categories``) = Φ(its upper cut-point − terms). The source is the cut-points' too."""

    link: Literal["ordered-probit"]
    categories: Annotated[tuple[Text, ...], Field(min_length=2)]
    event_categories: Annotated[int, Field(ge=1)]
    cut_points: Annotated[tuple[Number, ...], Field(min_length=1)]
    terms: Terms
    note: Text | None = None

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if len(self.cut_points) != len(self.categories) - 1:
            raise ValueError("needs one cut-point less than categories")
        if list(self.cut_points) != sorted(set(self.cut_points)):
            raise ValueError("cut-points must rise")
        if self.event_categories > len(self.cut_points):
            raise ValueError("the event cannot be every category")
        return self


class Condition(Part):
    predictor: Id
    op: Op
    value: Value


class Counted(Sourced):
    """One condition that counts ``points`` when it holds. The odds ratio is for the reader and computes nothing."""

    predictor: Id
    op: Op
    value: Value
    points: Annotated[int, Field(ge=1)] = 1
    odds_ratio: Number | None = None


class Stratum(Part):
    """A class by a whole number, both ends inclusive; ``high`` null has no upper end."""

    label: Code
    low: int
    high: int | None = None


class CountEquation(Sourced):
    """The sum of the points of the conditions that hold, then the stratum that it falls in."""

    link: Literal["count"]
    counted: Annotated[tuple[Counted, ...], Field(min_length=1)]
    strata: Annotated[tuple[Stratum, ...], Field(min_length=2)]


class StrataEquation(Sourced):
    """The stratum that one whole number falls in."""

    link: Literal["strata"]
    predictor: Id
    strata: Annotated[tuple[Stratum, ...], Field(min_length=2)]


class Case(Part):
    """``label`` when all (or any) of the conditions hold."""

    label: Code
    needs: Literal["all", "any"] = "all"
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1)]


class RuleEquation(Sourced):
    """The label of the first case that holds, else ``otherwise``."""

    link: Literal["rule"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    otherwise: Code


AnyEquation = Annotated[
    LogitEquation | OrderedProbitEquation | CountEquation | StrataEquation | RuleEquation,
    Field(discriminator="link"),
]
ProbabilityEquation = Annotated[LogitEquation | OrderedProbitEquation, Field(discriminator="link")]


class Observed(Sourced):
    """What was seen in a study among people of one class; never a person's own probability. ``of`` says what of."""

    rate: Annotated[Number, Field(ge=0, le=1)]
    of: Text
    n: int | None = None
    events: int | None = None
    ci95: Interval95 | None = None


class OutputClass(Sourced):
    """One label a class or flag model may give, and what was observed under it where that was read."""

    label: Code
    meaning: Text
    observed: Observed | None = None


class Omitted(Sourced):
    """A published predictor that this definition leaves out, and what that does to the result."""

    id: Id
    why: Text
    odds_ratio: Number | None = None
