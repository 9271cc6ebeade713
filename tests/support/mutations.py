"""A valid document made wrong: the strategies by which tests ask for no fault of ours, whatever was sent."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

MARK = "zx-private-zx"


def nested(levels: int) -> Any:
    value: Any = MARK
    for _ in range(levels):
        value = [value]
    return value


JUNK = st.one_of(
    st.sampled_from(
        [None, True, 0, -1, 10**25, 1e308, "", " ", MARK, "\x00", "\ud800", "é" * 300, [], {}, [[]], [None], [MARK]]
    ),
    st.sampled_from([{"reference": 1}, {"reference": MARK}, {"value": MARK}, {"system": [], "value": {}}, {MARK: 1}]),
    st.integers(1, 60).map(nested),
)
WORDS = st.sampled_from(
    [
        *("completed", "amended", "entered-in-error", "stopped", "de", "follow-up", "total", "phq9_1", "LA6569-3"),
        *("urn:uuid:x", "#x", "Patient/p-78", "Patient/", "Encounter/e-2", "Device/1", "http://loinc.org"),
        *("2026-11-20", "2025-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "0000"),
    ]
)
"""What a string may be replaced by, so that more than the shape is wrong."""


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below the root of a document."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, part in parts for place in ((*at, key), *places(part, (*at, key)))]


@st.composite
def mutated(draw: st.DrawFn, document: dict[str, Any], changes: int = 3) -> dict[str, Any]:
    """``document`` with parts replaced, left out, repeated or renamed."""
    made = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, changes))):
        known = places(made)
        if not known:
            break
        *above, last = draw(st.sampled_from(known))
        parent = made
        for key in above:
            parent = parent[key]
        how = draw(st.sampled_from(["replace", "replace", "replace", "drop", "repeat", "rename"]))
        if how == "replace":
            word = isinstance(parent[last], str) and draw(st.booleans())
            parent[last] = copy.deepcopy(draw(WORDS if word else JUNK))
        elif how == "drop":
            del parent[last]
        elif how == "repeat":
            parent[last] = [parent[last]] * draw(st.sampled_from([2, 30]))
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from([MARK, "_" + str(last), "extension", "item", "id"]))] = parent.pop(last)
    return made


@st.composite
def as_bytes(draw: st.DrawFn, documents: st.SearchStrategy[dict[str, Any]]) -> bytes:
    """Documents as JSON; some with a key twice, cut short, or with bytes that do not belong there."""
    raw = json.dumps(draw(documents)).encode()
    how = draw(st.sampled_from(["whole"] * 6 + ["twice", "cut", "foreign", "huge"]))
    if how == "twice":
        return b'{"status":"completed",' + raw[1:]
    if how == "cut":
        return raw[: draw(st.integers(0, len(raw)))]
    if how == "foreign":
        place = draw(st.integers(0, len(raw)))
        return raw[:place] + draw(st.binary(min_size=1, max_size=4)) + raw[place:]
    return raw + b" " * 300_000 if how == "huge" else raw
