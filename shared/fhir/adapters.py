"""Which foreign Questionnaires are understood, as declared in ``adapters.json``: never by guess.

An adapter names a Questionnaire by its canonical, and says of each linkId which LOINC item it asks. Where a form's
answer codes differ from those of our definition, the adapter lists them all for that item.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

DECLARED = Path(__file__).with_name("adapters.json")


class Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class ForeignItem(Declared):
    """One item of a foreign form: a question by its LOINC ``code``, a total by our ``score``, or neither.

    Several ``link_ids`` are spellings of the same item in different editions of the form; a response uses one.
    """

    link_ids: Annotated[tuple[str, ...], Field(min_length=1)]
    type: Literal["choice", "decimal", "display", "group"] = "choice"
    code: str | None = None
    score: str | None = None
    parent: str | None = None
    required: bool = False
    answers: dict[str, int] | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.code is not None and self.score is not None:
            raise ValueError("is either a question or a score")
        if (self.type == "choice") != (self.code is not None):
            raise ValueError("a choice has the code of its question, and nothing else has one")
        return self


class Adapter(Declared):
    """A foreign Questionnaire and the instrument it asks. ``unversioned``: the form itself is published without one."""

    id: str
    questionnaire: str
    versions: tuple[str, ...] = ()
    unversioned: bool = False
    instrument: str
    source: str
    note: str | None = None
    items: Annotated[tuple[ForeignItem, ...], Field(min_length=1)]


class _File(Declared):
    adapters: tuple[Adapter, ...]


@cache
def adapters() -> tuple[Adapter, ...]:
    """The adapters shipped with this service."""
    return _File.model_validate_json(DECLARED.read_bytes()).adapters
