"""The catalogue as a table for the terminal: what is here, and how far each entry was verified."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from shared.instruments.definition import Instrument, Part
from shared.instruments.registry import Definition

HEAD = ("id", "scorable", "trust", "text", "missing rule", "verified facts", "sources")


class Facts(NamedTuple):
    """How many facts stand beside a source, how many facts there are, and how many different sources are named."""

    verified: int
    all: int
    sources: int


def catalogue_table(definitions: Iterable[Definition]) -> str:
    """One line for each instrument, and a line with the sums."""
    rows = [HEAD, *(_row(definition.instrument) for definition in definitions)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    scorable = sum(row[1] != "no" for row in rows[1:])
    return "\n".join([*lines, f"{len(rows) - 1} instruments, {scorable} scorable"]) + "\n"


def facts_of(instrument: Instrument) -> Facts:
    """Counts every part that carries a source or the mark of having none."""
    verified = everything = 0
    sources: set[str] = set()
    for part in _parts(instrument):
        named = [getattr(part, key) for key in type(part).model_fields if key == "source" or key.endswith("_source")]
        sources.update(url for text in named if text for url in _named_sources(text))
        if "unverified" in type(part).model_fields and "source" in type(part).model_fields:
            unverified, source = part.unverified, part.source  # type: ignore[attr-defined]
            everything += bool(unverified or source)
            verified += bool(source and not unverified)
    return Facts(verified, everything, len(sources))


def _row(instrument: Instrument) -> tuple[str, ...]:
    scorable = {"scorable": "yes", "prescored-only": "values only"}.get(instrument.status, "no")
    official = any(item.text_is == "official" for item in instrument.items)
    text = "official" if official else "labels" if instrument.items else "none"
    facts = facts_of(instrument)
    counted = f"{facts.verified} of {facts.all}"
    trust = instrument.trust
    return instrument.id, scorable, trust.grade, text, trust.missing_rule_verified, counted, str(facts.sources)


def _parts(part: Any) -> Iterator[Part]:
    if isinstance(part, Part):
        yield part
        for key in type(part).model_fields:
            yield from _parts(getattr(part, key))
    elif isinstance(part, tuple | list):
        for inner in part:
            yield from _parts(inner)
    elif isinstance(part, dict):
        for inner in part.values():
            yield from _parts(inner)


def _named_sources(text: str) -> Iterable[str]:
    """Every URL in a source, or the source itself where it is words; plain arithmetic is no source."""
    urls = [url.rstrip(".,;)") for url in re.findall(r"https?://\S+", text)]
    return urls or ([] if text.startswith("arithmetic") else [text])
