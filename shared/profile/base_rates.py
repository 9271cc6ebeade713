"""Observed rates of an operation or condition: each row by its study's own definition, never adjusted, never compared.

A mixed row stands in only where no row of the operation exists for that kind of outcome, and says that it is mixed.
An operation that was mapped to ``other`` gets none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self, TypedDict

from pydantic import Field, model_validator

from shared.documents import Document, Kebab, Text, load_document
from shared.instruments.definition import Part, Version
from shared.procedures import Catalogue, procedures
from shared.procedures.catalogue import OTHER
from shared.profile.definition import Where
from shared.profile.facts import Facts, where_test
from shared.profile.result import Identity

BASE_RATES = Path(__file__).with_name("base_rates.json")

Share = Annotated[float, Field(ge=0, le=1)]


class Row(Part):
    """One observed rate. ``scope``: of this operation alone, of a named group of operations, or of mixed surgery.

    ``rate_range`` holds two samples of one study or the ends that it states; it is no confidence interval. A person
    whose age is not within ``ages``, or of whom one of ``outside`` is known, does not belong to its population.
    """

    id: Kebab
    scope: Literal["operation", "group", "mixed"]
    procedures: tuple[Kebab, ...] = ()
    conditions: tuple[Kebab, ...] = ()
    outcome_kind: Literal["lasting-pain", "acute-pain", "opioid-use", "complex-regional-pain-syndrome"]
    outcome: Text
    horizon: Text | None
    population: Text
    rate: Share | None = None
    rate_range: tuple[Share, Share] | None = None
    ci95: tuple[Share, Share] | None = None
    n: Annotated[int, Field(gt=0)] | None
    ages: tuple[int, int] | None = None
    outside: tuple[Where, ...] = ()
    source: Text
    note: Text | None = None

    @model_validator(mode="after")
    def _is_one_rate(self) -> Self:
        if (self.rate is None) == (self.rate_range is None):
            raise ValueError("needs exactly one of rate and rate_range")
        for low, high in (self.rate_range or (0.0, 1.0), self.ci95 or (0.0, 1.0)):
            if low > high:
                raise ValueError("low is above high")
        if self.ci95 and self.rate is not None and not self.ci95[0] <= self.rate <= self.ci95[1]:
            raise ValueError("the rate lies outside its interval")
        if (self.scope == "mixed") != (not self.procedures and not self.conditions):
            raise ValueError("a mixed row names no operation, every other row names one")
        return self


class BaseRates(Part):
    version: Version
    title: Text
    statement: Text
    mixed_statement: Text
    group_statement: Text
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _names_each_row_once(self) -> Self:
        if len({row.id for row in self.rows}) != len(self.rows):
            raise ValueError("two rows have the same id")
        return self


@cache
def base_rates() -> Document[BaseRates]:
    """The observed rates shipped with this service."""
    return load_document(BaseRates, BASE_RATES)


class BaseRateView(TypedDict):
    """``stated_as`` says of whom the rate is, where that is not this operation alone."""

    id: str
    scope: str
    stated_as: str | None
    outcome_kind: str
    outcome: str
    horizon: str | None
    population: str
    rate: float | None
    rate_range: list[float] | None
    ci95: list[float] | None
    n: int | None
    note: str | None
    source: str
    definition: Identity
    statement: str


def base_rates_for(
    definition: Document[BaseRates], facts: Facts, catalogue: Catalogue | None = None
) -> list[BaseRateView]:
    """The rows of the operation and of the condition that ``facts`` name, in the order of the file.

    A row is left out where the person is known to lie outside its population; an unknown fact leaves it in, with the
    population said.
    """
    known = catalogue or procedures().content
    content = definition.content
    operation = facts.get("procedure")
    condition = facts.get("condition")
    is_operation = isinstance(operation, str) and operation in known.ids("procedure") and operation != OTHER
    own = [row for row in content.rows if operation in row.procedures or condition in row.conditions]
    kinds = {row.outcome_kind for row in own}
    stand_ins = [row for row in content.rows if row.scope == "mixed" and is_operation and row.outcome_kind not in kinds]
    said = {"operation": None, "group": content.group_statement, "mixed": content.mixed_statement}
    identity = Identity(version=content.version, sha256=definition.sha256)
    return [
        BaseRateView(
            id=row.id,
            scope=row.scope,
            stated_as=said[row.scope],
            outcome_kind=row.outcome_kind,
            outcome=row.outcome,
            horizon=row.horizon,
            population=row.population,
            rate=row.rate,
            rate_range=list(row.rate_range) if row.rate_range else None,
            ci95=list(row.ci95) if row.ci95 else None,
            n=row.n,
            note=row.note,
            source=row.source,
            definition=identity,
            statement=content.statement,
        )
        for row in (*own, *stand_ins)
        if not _is_outside(row, facts)
    ]


def _is_outside(row: Row, facts: Facts) -> bool:
    age = facts.get("age")
    if row.ages and isinstance(age, int | float) and not row.ages[0] <= age <= row.ages[1]:
        return True
    return any(where_test([condition])(facts) for condition in row.outside)
