"""What an EHR's resources hold, read without trust: a part of the wrong shape is as good as absent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.fhir.response_head import kind_and_id, reference_in

Code = tuple[str, str]
"""A system and a code in it."""


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of an array; of one object, that one."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def codes(concepts: Any) -> Iterator[Code]:
    """The system and code of every coding in one CodeableConcept or several. Displays and texts are not looked at."""
    for concept in dicts(concepts):
        for coding in dicts(concept.get("coding")):
            system, code = coding.get("system"), coding.get("code")
            if isinstance(system, str) and isinstance(code, str):
                yield system, code


def entries(bundle: Any) -> list[tuple[int, dict[str, Any]]]:
    """The resources of a Bundle, each with the place of its entry."""
    sent = bundle.get("entry") if isinstance(bundle, dict) else None
    return [
        (place, entry["resource"])
        for place, entry in enumerate(sent if isinstance(sent, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
    ]


def patient_in(resource: Mapping[str, Any], server: str | None, name: str = "subject") -> str | None:
    """The id of the Patient that a resource refers to; ``None`` where it refers to none.

    A Patient of another server than the EHR's is handed back as the whole reference, which is nobody's id: the same id
    there may be another person.
    """
    sent = reference_in(resource, name) or ""
    kind, id = kind_and_id(sent)
    if kind != "Patient":
        return None
    is_elsewhere = server is not None and "://" in sent and not sent.startswith(f"{server.rstrip('/')}/Patient/")
    return sent if is_elsewhere else id


def server_in(resources: Iterable[Mapping[str, Any]]) -> str | None:
    """The server of the first Patient that is referred to by a whole URL."""
    for resource in resources:
        sent = reference_in(resource, "subject") or reference_in(resource, "patient") or ""
        base, found, _ = sent.rpartition("/Patient/")
        if found and "://" in base:
            return base
    return None
