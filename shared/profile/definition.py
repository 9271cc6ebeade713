"""What a file of factors may say: which answers decide a factor, by which sourced cut-off, and what the evidence is.

No number stands without its ``source``, and a cut-off on a score is one that the instrument's own definition holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.documents import Document, Kebab, Part, Snake, Text, load_document
from shared.instruments.definition import InstrumentId, Version
from shared.instruments.named_steps import Id
from shared.profile.intake import INTAKES, Intake

FACTORS = Path(__file__).with_name("factors.json")

Plain = int | float | str
Op = Literal[">=", ">", "<=", "<", "==", "in"]


# -- clinical facts ----------------------------------------------------------------------------------------------------


class Fact(Part):
    """A fact beside the answers, and the question that asks for it in our own words.

    ``flag`` is 0 or 1, ``number`` lies between ``min`` and ``max``, ``code`` is one of ``values`` (any code without).
    """

    id: Snake
    title: Text
    kind: Literal["flag", "number", "code"]
    min: int | float | None = None
    max: int | float | None = None
    values: tuple[Kebab, ...] = ()
    asks: Text
    asked_of: Literal["patient", "staff"]
    source: Text

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        if self.kind == "number" and (self.min is None or self.max is None or self.min >= self.max):
            raise ValueError("a number needs min and max, in this order")
        if self.kind != "number" and (self.min, self.max) != (None, None):
            raise ValueError("only a number has min and max")
        if self.values and self.kind != "code":
            raise ValueError("only a code has values")
        return self


# -- what decides a factor ---------------------------------------------------------------------------------------------


class FactCondition(Part):
    """A fact compared with a value."""

    op: Op
    value: Plain | tuple[Plain, ...]
    source: Text
    meaning: Text | None = None

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if (self.op == "in") != isinstance(self.value, tuple):
            raise ValueError("in compares with a list, every other comparison with one value")
        return self


class ScoreRef(Part):
    """A score of an instrument."""

    instrument: InstrumentId
    score: Id


class ScoreCondition(Part):
    """A score compared with one of its cut-offs, or its criterion, or its band.

    ``cutoff_of`` names the score whose cut-off it is, where the same questions stand in two instruments.
    """

    op: Literal[">=", ">", "<=", "<"] | None = None
    value: int | float | None = None
    criterion: Literal["met", "not-met"] | None = None
    band: tuple[Text, ...] | None = None
    source: Text
    meaning: Text | None = None
    cutoff_of: ScoreRef | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.op is None) != (self.value is None):
            raise ValueError("op and value go together")
        if sum(part is not None for part in (self.op, self.criterion, self.band)) != 1:
            raise ValueError("needs exactly one of a comparison, a criterion and bands")
        if self.cutoff_of is not None and self.op is None:
            raise ValueError("cutoff_of belongs to a comparison")
        return self


class Where(Part):
    """A fact that must be known and hold, else the source is not looked at."""

    fact: Snake
    op: Literal["==", ">=", "in", "not-in"]
    value: Plain | tuple[Plain, ...]

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if (self.op in ("==", ">=")) == isinstance(self.value, tuple):
            raise ValueError("in and not-in compare with a list, == and >= with one value")
        if self.op == ">=" and not isinstance(self.value, int | float):
            raise ValueError(">= compares with a number")
        return self


class SourceBase(Part):
    """One answer that may decide a factor.

    ``absent`` is ``otherwise`` where an answer that does not say present says absent; without it the answer can only
    say present. ``days``: only when every day since the operation that the timepoint can mean lies in the span.
    """

    where: tuple[Where, ...] = ()
    intakes: tuple[Intake, ...] = ()
    days: tuple[int, int] | None = None
    note: Text | None = None


class FactSource(SourceBase):
    by: Literal["fact"]
    fact: Snake
    present: FactCondition | None = None
    absent: Literal["otherwise"] | FactCondition | None = None

    @model_validator(mode="after")
    def _decides_something(self) -> Self:
        _check_decides(self.present, self.absent)
        return self


class ScoreSource(SourceBase):
    by: Literal["score"]
    instrument: InstrumentId
    score: Id
    present: ScoreCondition | None = None
    absent: Literal["otherwise"] | ScoreCondition | None = None

    @model_validator(mode="after")
    def _decides_something(self) -> Self:
        _check_decides(self.present, self.absent)
        return self


def _check_decides(present: object, absent: object) -> None:
    if present is None and absent is None:
        raise ValueError("needs present, absent or both")
    if absent == "otherwise" and present is None:
        raise ValueError("otherwise needs present")


Source = Annotated[FactSource | ScoreSource, Field(discriminator="by")]


# -- evidence ----------------------------------------------------------------------------------------------------------


class Evidence(Part):
    """One finding in our own words, no stronger than its source.

    ``certainty`` is the source's own word where one was read, else ``not-graded``.
    """

    about: Literal["surgery", "injury"]
    sentence: Text
    outcome: Text
    effect: Text | None = None
    certainty: Literal["moderate", "low", "not-graded"]
    source: Text
    doi: Text | None = None


class LeftOut(Part):
    """An instrument that a reader may expect here, and why it decides nothing."""

    instrument: InstrumentId
    why: Text


class Detail(Part):
    """A part of a factor that is told apart: which agent, for instance. It is not counted."""

    id: Kebab
    title: Text
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    note: Text


class Factor(Part):
    """One factor. ``modifiable``: a published action addresses it; not that changing it was shown to change the pain.

    ``must_name``: a word that every instrument which decides it must carry in its title or purpose, so that nothing is
    called by a name that it does not measure.
    """

    id: Kebab
    title: Text
    intakes: Annotated[tuple[Intake, ...], Field(min_length=1)]
    not_counted_because: Text | None = None
    notes: dict[Intake, Text] = Field(default_factory=dict)
    modifiable: bool
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    cutoffs: Text
    certainty: Text
    evidence: Annotated[tuple[Kebab, ...], Field(min_length=1)]
    contrary: tuple[Kebab, ...]
    left_out: tuple[LeftOut, ...] = ()
    details: tuple[Detail, ...] = ()
    must_name: Text | None = None

    @model_validator(mode="after")
    def _says_why_it_is_not_counted(self) -> Self:
        if (len(set(self.intakes)) < len(INTAKES)) != (self.not_counted_because is not None):
            raise ValueError("needs not_counted_because exactly when some intake is left out")
        return self

    @property
    def all_sources(self) -> Iterator[FactSource | ScoreSource]:
        yield from self.sources
        for detail in self.details:
            yield from detail.sources


class Statement(Part):
    """The sentence under every profile: it counts and does not judge."""

    text: Text
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]


class Factors(Part):
    """The file: the facts that may be sent, the evidence, and the factors that are counted."""

    version: Version
    title: Text
    statement: dict[Intake, Statement]
    facts: tuple[Fact, ...]
    evidence: dict[Kebab, Evidence]
    factors: Annotated[tuple[Factor, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_thing_once(self) -> Self:
        for kind, ids in (
            ("facts", [fact.id for fact in self.facts]),
            ("factors", [factor.id for factor in self.factors]),
        ):
            if len(set(ids)) != len(ids):
                raise ValueError(f"two {kind} have the same id")
        if len(self.statement) != len(INTAKES):
            raise ValueError("needs a statement for every intake")
        return self

    def counted_at(self, intake: Intake) -> frozenset[str]:
        """The ids of the factors that are counted at an intake."""
        return frozenset(factor.id for factor in self.factors if intake in factor.intakes)


@cache
def factors() -> Document[Factors]:
    """The factors shipped with this service."""
    return load_document(Factors, FACTORS)
