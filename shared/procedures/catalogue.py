"""The closed list of operations and conditions: every one that a model or an observed rate names, and ``other``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from shared.documents import Document, Kebab, Text, load_document
from shared.errors import Problem
from shared.instruments.definition import Part, Version

PROCEDURES = Path(__file__).with_name("procedures.json")

OTHER = "other"
"""An operation or condition that a tenant's code was not mapped to anything else. It gets no observed rate."""


class Procedure(Part):
    """One operation or condition. ``sex_specific`` only where the anatomy leaves no doubt."""

    id: Kebab
    title: Text
    kind: Literal["procedure", "condition", "either"]
    sex_specific: Literal["female", "male"] | None = None
    named_by: Annotated[tuple[Kebab, ...], Field(min_length=1)]
    note: Text | None = None


class Catalogue(Part):
    """``named_by`` in each entry says which sheet of evidence speaks of it."""

    version: Version
    title: Text
    procedures: tuple[Procedure, ...]

    @model_validator(mode="after")
    def _is_a_closed_list(self) -> Self:
        ids = [one.id for one in self.procedures]
        if len(set(ids)) != len(ids):
            raise ValueError("two entries have the same id")
        if OTHER not in ids:
            raise ValueError(f"needs an entry {OTHER}")
        return self

    def get(self, procedure_id: object) -> Procedure | None:
        """The entry of this id, or none."""
        return next((one for one in self.procedures if one.id == procedure_id), None)

    def ids(self, kind: Literal["procedure", "condition"]) -> frozenset[str]:
        """Every id that may stand as an operation, or as a condition."""
        return frozenset(one.id for one in self.procedures if one.kind in (kind, "either"))


@cache
def procedures() -> Document[Catalogue]:
    """The list shipped with this service."""
    return load_document(Catalogue, PROCEDURES)


def contradictions(catalogue: Catalogue, facts: Mapping[str, Any]) -> list[Problem]:
    """Facts that cannot both be right. They are told, never resolved: either one may be the mistake."""
    found = []
    for fact in ("procedure", "condition"):
        entry = catalogue.get(facts.get(fact))
        female = facts.get("female")
        if entry is None or entry.sex_specific is None or female not in (0, 1):
            continue
        if (entry.sex_specific == "female") != (female == 1):
            detail = f"{entry.title} and the recorded sex contradict each other; one of the two is wrong"
            found.append(Problem(f"/clinical/{fact}", "contradictory-facts", detail))
    return found


def unknown_procedures(catalogue: Catalogue, facts: Mapping[str, Any]) -> list[Problem]:
    """Ids that the list does not hold, or that stand for the other kind."""
    found = []
    for fact in ("procedure", "condition"):
        named = facts.get(fact)
        entry = catalogue.get(named)
        if named is not None and (entry is None or entry.kind not in (fact, "either")):
            detail = f"is no {fact} that is known here; {OTHER} stands for all that are not"
            found.append(Problem(f"/clinical/{fact}", "unknown-procedure", detail))
    return found
