"""What may be handed in: one person, one time, one or more instruments. Strict and closed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.assessments.capture import Capture, Sent
from shared.assessments.references import References
from shared.instruments.definition import Version
from shared.names import DEFAULT_SOURCE, AssessmentId, Code, Source, Subject

MAX_FACTS = 100
MAX_FACT = 10**15

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(minutes=5)
"""How far a time may lie past our clock before it lies in the future."""


def instant(text: str) -> datetime:
    """An RFC 3339 time with its offset, as UTC. What is finer than a microsecond, as some clients write it, is cut off.

    Raises:
        ValueError: another form, no offset, or no such time.
    """
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC) if _RFC3339.fullmatch(text) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise ValueError("should be an RFC 3339 time with an offset")
    if moment < EARLIEST:
        raise ValueError("should not lie before 1900")
    return moment


def _checked_instant(text: str) -> str:
    instant(text)
    return text


Instant = Annotated[str, AfterValidator(_checked_instant)]
Timepoint = Annotated[
    str, Field(pattern=r"^(preoperative|injury|follow-up|postoperative-(day|week|month)-(0|[1-9][0-9]{0,3}))$")
]


def _number_or_code(value: Any) -> Any:
    if value is None or (type(value) in (int, float) and abs(value) < MAX_FACT):
        return value
    if isinstance(value, str) and _CODE.fullmatch(value):
        return value
    raise ValueError("should be a number or a code")


class Coded(Sent):
    """A code of the tenant's own systems; the tenant's settings say what it means."""

    system: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    code: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[!-~]+$")]


class External(Sent):
    """A total scored elsewhere, of an instrument that is not scored here, with where it comes from and when."""

    total: Annotated[str, Field(max_length=64)]
    value: int | float
    unit: Annotated[str, Field(max_length=32)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]


class ClinicalFacts(BaseModel):
    """Facts beside the answers: numbers or codes, never free text.

    The named ones are checked here; any other snake_case name may carry a number or a code, for the risk models.
    """

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_number_or_code)]]

    age: Annotated[int, Field(ge=0, le=130)] | None = None
    female: Annotated[int, Field(ge=0, le=1)] | None = None
    procedure: Code | None = None
    procedure_code: Coded | None = None
    condition: Code | None = None

    @model_validator(mode="after")
    def _names_are_names(self) -> Self:
        extra = self.__pydantic_extra__
        if len(extra) > MAX_FACTS or not all(_FACT_NAME.fullmatch(name) for name in extra):
            raise ValueError(f"should hold at most {MAX_FACTS} facts, each under a snake_case name")
        return self


class InstrumentResponses(Sent):
    """The answers to one instrument. What each item allows is checked by its definition, not here.

    ``instrument_version`` is the version that was asked, where it is not today's.
    """

    instrument: Annotated[str, Field(max_length=64)]
    instrument_version: Version | None = None
    responses: dict[str, Any]


class Submission(Sent):
    """Body of an assessment. ``authored`` is when the person finished answering."""

    subject: Subject
    source: Source = DEFAULT_SOURCE
    episode: Subject | None = None
    timepoint: Timepoint
    authored: Instant
    capture: Capture | None = None
    responses: Annotated[list[InstrumentResponses], Field(min_length=1, max_length=100)]
    clinical: ClinicalFacts | None = None
    external: Annotated[list[External], Field(max_length=20)] = Field(default_factory=list)
    battery: Code | None = None
    supersedes: AssessmentId | None = None
    references: References | None = None


class SubjectQuery(Sent):
    """Whose list is asked for."""

    subject: Subject
    source: Source


class VoidRequest(Sent):
    """Why an assessment was entered in error: a code, since free text would hold what must not be kept."""

    reason: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


def body_fingerprint(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body, whatever the order of its keys and its white space."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
