"""A submission that is refused still speaks up: what can be heard in it, whatever is wrong around it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from shared.assessments.identifiers import encode
from shared.assessments.ports import AlertRecord, SubjectKey
from shared.assessments.submission import Instant, SubjectQuery, body_fingerprint
from shared.errors import Alert, UnknownInstrument
from shared.instruments import Registry
from shared.names import DEFAULT_SOURCE
from shared.scoring import scorer_for


class Given(NamedTuple):
    """One entry of a submission's responses: its place, and what it says. Without a ``version`` it is today's."""

    place: int
    instrument: str
    version: str | None
    responses: Mapping[str, Any]


def responses_in(body: Mapping[str, Any]) -> list[Given]:
    """Every entry that names an instrument and holds responses."""
    entries = body.get("responses")
    return [
        Given(place, entry["instrument"], _text(entry.get("instrument_version")), entry["responses"])
        for place, entry in enumerate(entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
        and isinstance(entry.get("instrument"), str)
        and isinstance(entry.get("responses"), dict)
    ]


def alerts_in(body: Mapping[str, Any], registry: Registry) -> list[Alert]:
    """The safety alerts of every answer that is itself valid."""
    alerts: list[Alert] = []
    for given in responses_in(body):
        try:
            # Of a version that is not held, today's items are the best there is to hear by.
            definition = registry.version(given.instrument, given.version or "") or registry.get(given.instrument)
        except UnknownInstrument:
            continue
        alerts += scorer_for(definition).alerts_in(given.responses)
    return alerts


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


class _When(BaseModel):
    authored: Instant


def subject_in(body: Mapping[str, Any], tenant: str) -> SubjectKey | None:
    """Whose submission it was, when that much of it is right."""
    try:
        head = SubjectQuery.model_validate(
            {"subject": body.get("subject"), "source": body.get("source", DEFAULT_SOURCE)}
        )
    except ValidationError:
        return None
    return SubjectKey(tenant, head.source, head.subject)


def records_of(alerts: Sequence[Alert], body: Mapping[str, Any], now: datetime) -> tuple[AlertRecord, ...]:
    """What is kept of the alerts. The same body gives the same ids, so that retries multiply nothing."""
    fingerprint = body_fingerprint(body)
    try:
        authored = _When.model_validate({"authored": body.get("authored")}).authored
    except ValidationError:
        authored = None
    return tuple(
        AlertRecord(_record_id(fingerprint, place), True, now, authored, None, dict(alert))
        for place, alert in enumerate(alerts)
    )


def _record_id(fingerprint: str, place: int) -> str:
    return encode(int.from_bytes(hashlib.sha256(f"{fingerprint}/{place}".encode()).digest()[:16]))
