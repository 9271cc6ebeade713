"""The errors of the domain. They know nothing of HTTP or FHIR; a renderer maps each class to its wire form.

DomainError
├── UnknownInstrument     no definition has this id
├── UnknownRiskModel      no risk model that can be computed has this id
├── NotScorable           the instrument is in the catalogue, but its scoring basis was not read
├── ResponsesRefused      one set of responses holds answers the instrument does not allow
├── PredictorsRefused     predictors or population facts hold values the risk model does not allow
├── SubmissionRefused     a submission was understood, but is wrong somewhere
├── NotFound              no such thing in this tenant
├── IdempotencyKeyReused  the key was used for another body
├── Conflict              the state of a stored thing forbids this
├── TooCostly             more than can be stored in one piece
├── AlreadyIdentified     something current carries the identifier that was to be new
├── InvalidCursor         a page cursor that this list did not issue
├── DefinitionRefused     a definition file is broken
└── TextPackRefused       a text pack is broken, incomplete, or not for what it claims
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from typing_extensions import TypedDict


class Problem(NamedTuple):
    """One thing that is wrong: where (an RFC 6901 pointer without ``#``), a stable code, and a sentence.

    Neither part ever repeats what the caller sent.
    """

    pointer: str
    code: str
    detail: str


class Alert(TypedDict):
    """A safety alert: an answer or a score that needs a person, whatever any total says."""

    id: str
    level: str
    instrument: str
    item: str | None
    score: str | None
    meaning: str
    source: str
    unverified: bool


class DomainError(Exception):
    """The base: a stable ``code``, every problem at once, and any safety alert that must not be lost."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request could not be carried out"

    def __init__(self, detail: str = "", *, problems: Iterable[Problem] = (), alerts: Sequence[Alert] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.alerts: tuple[Alert, ...] = tuple(alerts)


class UnknownInstrument(DomainError):
    code, title = "unknown-instrument", "No such instrument"


class UnknownRiskModel(DomainError):
    code, title = "unknown-risk-model", "No such risk model"


class NotScorable(DomainError):
    code, title = "not-scorable", "The instrument cannot be scored here"


class ResponsesRefused(DomainError):
    code, title = "response-not-allowed", "Responses that the instrument does not allow"

    def at(self, place: str) -> ResponsesRefused:
        """The same, for responses that lie at ``place`` in a larger document."""
        moved = [problem._replace(pointer=place + problem.pointer) for problem in self.problems]
        return ResponsesRefused(problems=moved, alerts=self.alerts)


class PredictorsRefused(DomainError):
    """``problems`` point below ``/predictors`` and ``/population``."""

    code, title = "predictor-not-allowed", "Predictors or facts that the risk model does not allow"


class SubmissionRefused(DomainError):
    code, title = "submission-refused", "The submission was understood but is not valid"


class NotFound(DomainError):
    code, title = "not-found", "No such resource"


class IdempotencyKeyReused(DomainError):
    code, title = "idempotency-key-reused", "The idempotency key was used for another request"


class Conflict(DomainError):
    code, title = "conflict", "The resource does not allow this now"


class TooCostly(DomainError):
    code, title = "too-costly", "The request is more than can be done in one piece"


class AlreadyIdentified(DomainError):
    """``views`` are current assessments that carry the identifier: the one, or enough to show that it is not one."""

    code, title = "already-identified", "The identifier is in use"

    def __init__(self, detail: str = "", *, views: Sequence[dict[str, Any]] = (), **more: Any) -> None:
        super().__init__(detail, **more)
        self.views = views


class InvalidCursor(DomainError):
    code, title = "invalid-cursor", "The cursor does not belong to this list"


class DefinitionRefused(DomainError):
    """``problems`` name the file, the pointer inside it and what is wrong."""

    code, title = "definition-refused", "A definition is not valid"


class TextPackRefused(DomainError):
    """``problems`` name the file, the pointer inside it and what is wrong."""

    code, title = "text-pack-refused", "A text pack is not valid"


def pointer(*parts: str | int) -> str:
    """An RFC 6901 JSON pointer to ``parts``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


_UNION_BRANCHES = frozenset({"int", "float", "str", "bool"})
"""What pydantic adds to the path of a value that fits none of several plain types."""


def problems_of(error: Any, prefix: str = "") -> list[Problem]:
    """The problems of a pydantic ``ValidationError``, without a word of what was sent.

    An unknown key is reported at its parent, since the key itself may be private text.
    """
    found = []
    for line in error.errors(include_url=False, include_context=False, include_input=False):
        path = [part for part in line["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
        if path and path[-1] in _UNION_BRANCHES:
            path.pop()
        kind = line["type"]
        if kind == "extra_forbidden":
            found.append(Problem(prefix + pointer(*path[:-1]), "unknown-key", "holds a key that is not known here"))
        elif kind == "missing":
            found.append(Problem(prefix + pointer(*path), "required", "is required"))
        elif kind in ("value_error", "assertion_error"):
            found.append(Problem(prefix + pointer(*path), "value-not-allowed", line["msg"].split(", ", 1)[-1]))
        else:
            found.append(Problem(prefix + pointer(*path), "value-not-allowed", _sentence(kind, line["msg"])))
    return list(dict.fromkeys(found))


def _sentence(kind: str, message: str) -> str:
    """pydantic's message states the rule; the few kinds that would quote input get words of ours."""
    if kind in ("union_tag_invalid", "json_invalid", "date_from_datetime_parsing", "datetime_from_date_parsing"):
        return "is not of a form that is known here"
    return re.sub(r"^(Input|Value|String|List|Dictionary|Tuple) should", "should", message)
