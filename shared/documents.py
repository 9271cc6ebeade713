"""A versioned file of facts, read strictly: what it says, and the SHA-256 of its bytes that travels with results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Generic, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared import strict_json
from shared.errors import DefinitionRefused, Problem, problems_of

Kebab = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Snake = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]

Model = TypeVar("Model", bound=BaseModel)


class Part(BaseModel):
    """A piece of a file of facts: strict, closed and immutable."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, defer_build=True, allow_inf_nan=False, serialize_by_alias=True
    )


class Sourced(Part):
    """A fact: where it was read, or the plain statement that it was not."""

    source: Text | None = None
    unverified: bool = False

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if not self.source and not self.unverified:
            raise ValueError("needs a source, or unverified: true")
        return self


class Document(NamedTuple, Generic[Model]):
    """The parsed file and the SHA-256 it was read with."""

    content: Model
    sha256: str


def read_document(model: type[Model], content: bytes, name: str) -> Document[Model]:
    """Parse the bytes of one file.

    Raises:
        DefinitionRefused: naming ``name`` and every problem of form.
    """
    try:
        raw = strict_json.parse(content)
        parsed = model.model_validate_json(content)
    except strict_json.NotStrictJson as refused:
        raise DefinitionRefused(f"{name} is not valid", problems=[_of_form(refused)]) from None
    except ValidationError as error:
        problems = dict.fromkeys(filter(None, (_placed(problem, raw) for problem in problems_of(error))))
        raise DefinitionRefused(f"{name} is not valid", problems=problems) from error
    return Document(parsed, hashlib.sha256(content).hexdigest())


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document that came as part of another one, whatever the order of its keys."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def load_document(model: type[Model], path: Path) -> Document[Model]:
    """Read one file of the project."""
    return read_document(model, path.read_bytes(), path.name)


def _of_form(refused: strict_json.NotStrictJson) -> Problem:
    if refused.key is not None:
        return Problem("", "duplicate-key", f"holds the key {refused.key} twice in one object")
    return Problem("", "malformed", refused.detail)


_KIND_KEYS = ("by", "kind")
"""The keys whose value names the kind of a part; pydantic's path repeats that name."""


def _placed(problem: Problem, raw: Any) -> Problem | None:
    """The problem at its place in the file; none where it only says that a list is empty for want of valid parts."""
    parts = problem.pointer.split("/")[1:]
    kept: list[str] = []
    here = raw
    for place, part in enumerate(parts):
        key = part.replace("~1", "/").replace("~0", "~")
        if (
            isinstance(here, dict)
            and key in [here.get(name) for name in _KIND_KEYS]
            and parts[place - 1 : place] != [part]
        ):
            continue
        inside = here.get(key, _ABSENT) if isinstance(here, dict) else _at(here, key)
        if inside is not _ABSENT:
            kept.append(part)
            here = inside
        elif problem.code == "required" and place == len(parts) - 1:
            kept.append(part)
    if here and isinstance(here, list | dict) and "at least 1 item after validation, not 0" in problem.detail:
        return None
    return problem._replace(pointer="".join(f"/{part}" for part in kept))


_ABSENT = object()


def _at(here: Any, key: str) -> Any:
    return here[int(key)] if isinstance(here, list) and key.isdigit() and int(key) < len(here) else _ABSENT
