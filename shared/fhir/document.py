"""Bytes as a JSON document, by FHIR's strict reading of it: nothing is repaired, and nothing hollow passes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from shared.fhir.operation_outcome import Issue, malformed

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
_MAX_TOLD = 50

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
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except (ValueError, RecursionError) as refused:
        # The parser's own message would quote the body.
        raise _unreadable(refused.said if isinstance(refused, _Refused) else "The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise _unreadable("The body is not a JSON object.")
    if _deeper_than(value, MAX_DEPTH):
        raise _unreadable(f"The body is nested more than {MAX_DEPTH} levels deep.")
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


class _Refused(ValueError):
    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def _unreadable(said: str) -> Unreadable:
    return Unreadable(Issue("fatal", "structure", None, said, 400))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("An object holds the same key twice.")
    return found


def _no_constant(_: str) -> Any:
    raise _Refused("NaN and Infinity are not JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _Refused("A number is too large.")
    return value


def _bounded(text: str) -> int:
    if len(text) > 19:
        raise _Refused("A number is too large.")
    return int(text)


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [child for parent in layer for child in _children(parent)]
        if not layer:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
