"""One change between two versions of a definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from shared.instruments.definition import Part


class Change(NamedTuple):
    """``affects``: which stored results could differ, ``None`` when none could. ``counts``: the version must rise."""

    where: str
    what: str
    affects: str | None = None
    counts: bool = False


def only_in(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> list[Any]:
    """The keys of ``one`` that ``other`` does not have, in the order of ``one``."""
    return [key for key in one if key not in other]


def in_both(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> list[Any]:
    return [key for key in one if key in other]


def wording(where: str, old: Part, new: Part, keys: Iterable[str]) -> Iterator[Change]:
    """The keys that differ, as changes that no result depends on."""
    changed = [key for key in keys if getattr(old, key) != getattr(new, key)]
    if changed:
        yield Change(where, f"{', '.join(key.replace('_', ' ') for key in changed)} changed")
