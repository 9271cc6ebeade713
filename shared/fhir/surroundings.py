"""What a response says of its surroundings: its identifier, what it belongs to, who wrote it; what is kept of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.fhir.operation_outcome import Issue
from shared.fhir.response_head import ROOT, kind_and_id
from shared.fhir.systems import Names, kept

RESPONSE = "response"
"""The kind of our own identifiers of responses: ``assessment/instrument``."""

_ELEMENTS = {"encounter": "encounter", "based_on": "basedOn", "part_of": "partOf", "author": "author"}
"""The references of a submission, by the names that FHIR has for them."""


def references_in(document: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The part ``references`` of the submission that a response is."""
    identifier = identifier_in(document)
    found: dict[str, Any] = {}
    for name, element in _ELEMENTS.items():
        sent = document.get(element)
        if isinstance(sent, list):
            found[name] = [reference for one in sent if (reference := _reference(one))]
        else:
            found[name] = _reference(sent)
    return kept(identifier=None if identifier and is_ours(identifier, names) else identifier, **found)


def identifier_in(document: Mapping[str, Any]) -> dict[str, str] | None:
    """The system and the value of a response's identifier, where it has both."""
    sent = document.get("identifier")
    system, value = (sent.get("system"), sent.get("value")) if isinstance(sent, dict) else (None, None)
    if isinstance(system, str) and isinstance(value, str) and system and value:
        return {"system": system, "value": value}
    return None


def is_ours(identifier: Mapping[str, str], names: Names) -> bool:
    """Is it one that we gave to a stored response?"""
    return identifier["system"] == names.identifier(RESPONSE)


def assessment_named(identifier: Mapping[str, str], names: Names) -> str | None:
    """The assessment that an identifier of ours names; ``None``: it is a client's."""
    return identifier["value"].partition("/")[0] if is_ours(identifier, names) else None


def not_kept(document: Mapping[str, Any], names: Names) -> Iterator[Issue]:
    """What of the surroundings is read and not kept."""
    identifier = identifier_in(document)
    if identifier is not None and is_ours(identifier, names):
        yield _told("identifier", "Is an identifier of ours: the stored response gets its own.")
    elif "identifier" in document and (identifier is None or document["identifier"].keys() - identifier.keys()):
        yield _told("identifier", "Of an identifier its system and value are kept, where it has both.")
    for element in _ELEMENTS.values():
        sent = document.get(element)
        parts = {f"{element}[{index}]": one for index, one in enumerate(sent)} if isinstance(sent, list) else {}
        for place, part in (parts or {element: sent} if sent else {}).items():
            if _reference(part) is None or part.keys() - {"reference"}:
                yield _told(place, "Of a reference its Type/id is kept, where it has one.")


def place_of(name: str, *rest: str) -> str:
    """Where in a response stands what a submission holds at ``/references/name``."""
    return f"{ROOT}.{_ELEMENTS.get(name, name)}" + "".join(f"[{part}]" for part in rest if part.isdigit())


def _reference(part: Any) -> str | None:
    """A reference that can be kept: not one within the response, and not one by an identifier or a text alone."""
    sent = part.get("reference") if isinstance(part, dict) else None
    return sent if isinstance(sent, str) and kind_and_id(sent)[0] else None


def _told(place: str, said: str) -> Issue:
    return Issue("information", "informational", f"{ROOT}.{place}", said)
