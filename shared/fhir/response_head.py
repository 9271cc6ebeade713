"""Whom a response is about, when it was given, and by whom: what stands above its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.fhir.moments import DATE_TIME, is_real
from shared.fhir.operation_outcome import Issue, error, warning
from shared.scoring import SELF, Setting

ROOT = "QuestionnaireResponse"

_REFERENCE = re.compile(r"(?:\S*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_FULL_DAY = 10
_PROXIES = frozenset({"RelatedPerson", "Practitioner", "PractitionerRole"})


def subject_of(document: Mapping[str, Any], issues: list[Issue], *, stateless: bool) -> tuple[str | None, str | None]:
    at = f"{ROOT}.subject"
    if "subject" not in document:
        say = warning if stateless else error
        issues.append(say("required", at, "Whom the answers are about is required."))
        return None, None
    sent = reference_in(document, "subject")
    if sent is None:
        issues.append(error("required", f"{at}.reference", "A reference to a Patient is required."))
        return None, None
    kind, subject_id = kind_and_id(sent)
    if kind != "Patient" and not sent.startswith("urn:uuid:"):
        issues.append(error("value", f"{at}.reference", "Should refer to a Patient."))
    return sent, subject_id if kind == "Patient" else None


def reference_in(document: Mapping[str, Any], name: str) -> str | None:
    part = document.get(name)
    sent = part.get("reference") if isinstance(part, dict) else None
    return sent if isinstance(sent, str) and sent else None


def kind_and_id(sent: str) -> tuple[str | None, str | None]:
    """The type and the id in a reference, relative or absolute."""
    match = _REFERENCE.fullmatch(sent)
    return (match[1], match[2]) if match else (None, None)


def authored_of(document: Mapping[str, Any], issues: list[Issue], *, stateless: bool) -> str | None:
    at = f"{ROOT}.authored"
    sent = document.get("authored")
    if sent is None:
        say = warning if stateless else error
        issues.append(say("required", at, "When the answers were given is required."))
    elif isinstance(sent, str) and DATE_TIME.fullmatch(sent) and is_real(sent):
        if len(sent) >= _FULL_DAY:
            return sent
        issues.append(error("value", at, "Should be known to the day at least."))
    return None


def setting_of(document: Mapping[str, Any], subject: str | None) -> Setting:
    """Who answered, and in which language, as far as the response says so."""
    language = document.get("language")
    source = reference_in(document, "source")
    respondent = None
    if source is not None:
        kind, _ = kind_and_id(source)
        respondent = "patient" if source == subject else "proxy" if kind in _PROXIES else None
    language = language if isinstance(language, str) and language else None
    return Setting(respondent=respondent, language=language) if respondent or language else SELF
