"""Bytes as a JSON document, by FHIR's strict reading of it: nothing is repaired, and nothing hollow passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shared import strict_json
from shared.fhir.operation_outcome import Issue, malformed

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
_MAX_TOLD = 50
_MAX_DIGITS = 19

READ = frozenset({"QuestionnaireResponse", "Bundle", "Parameters"})
"""The resource types that are read here."""

_NAMES = """
resourceType id meta implicitRules language text contained extension modifierExtension identifier basedOn partOf
questionnaire status subject encounter authored author source item linkId definition answer value url system code
display version userSelected reference type use period assigner start end coding versionId lastUpdated profile
security tag div comparator unit contentType data size hash title creation entry fullUrl resource request response
search method ifNoneExist ifMatch ifNoneMatch ifModifiedSince link relation total timestamp signature parameter name
part mode score location etag outcome
"""
ELEMENTS = frozenset(_NAMES.split())
"""The names an issue may repeat; any other key could be private text."""

VALUE = re.compile(r"_?value[A-Z][A-Za-z0-9]*")


class Unreadable(Exception):
    """Not a JSON object that may be looked at; carries the one issue that says so."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.diagnostics)
        self.issue = issue


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The JSON object in ``raw``.

    Raises:
        Unreadable: too long, not UTF-8, not JSON, a duplicate key, NaN or a number beyond a double, too deeply nested,
            or not an object.
    """
    if len(raw) > max_bytes:
        too_long = Issue("fatal", "too-long", None, f"The body may hold at most {max_bytes} bytes.", 413)
        raise Unreadable(too_long)
    try:
        value = strict_json.parse(raw, max_depth=MAX_DEPTH, max_digits=_MAX_DIGITS)
    except strict_json.NotStrictJson as refused:
        raise _unreadable(refused.detail) from None
    if not isinstance(value, dict):
        raise _unreadable("It is not a JSON object.")
    return value


def hollow(document: dict[str, Any]) -> dict[tuple[str | int, ...], Issue]:
    """What FHIR's JSON never holds, by its place: nulls, and empty arrays, objects and strings."""
    kinds: dict[Any, str] = {list: "an empty array", dict: "an empty object", str: "an empty string"}
    root = str(document.get("resourceType") or "Resource")
    found: dict[tuple[str | int, ...], Issue] = {}
    for place, value in _walk(document):
        if value is None or (type(value) in kinds and not value):
            what = "null" if value is None else kinds[type(value)]
            found[place] = malformed("structure", path(root, place), f"Holds {what}.")
            if len(found) == _MAX_TOLD:
                break
    return found


def path(root: str, place: tuple[str | int, ...]) -> str:
    """A place in a document as a simple FHIRPath, as far as its elements have names that are known here."""
    said = root if root in READ else "Resource"
    for part in place:
        if isinstance(part, int):
            said += f"[{part}]"
            continue
        name = "value" if VALUE.fullmatch(part) else part.removeprefix("_")
        if name not in ELEMENTS:
            break
        said += f".{name}"
    return said


def _walk(document: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        if isinstance(value, dict):
            waiting += [((*place, key), child) for key, child in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [((*place, index), child) for index, child in reversed(list(enumerate(value)))]


def _unreadable(said: str) -> Unreadable:
    return Unreadable(Issue("fatal", "structure", None, said, 400))
