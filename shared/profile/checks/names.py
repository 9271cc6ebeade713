"""What every check asks: can the source be looked up, and is there a thing of this name?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from shared.errors import Problem
from shared.procedures import Catalogue
from shared.profile.definition import Fact, Where
from shared.profile.facts import is_usable

_LINK = re.compile(r"https?://\S+\.\S+|\bPMID \d+|\b10\.\d{4,}/\S+|\b\d{4};\d+:[\de]\d+|^shared/")
"""A place where something can be looked up: an address, a DOI, a PubMed number, a journal's volume and page."""


def is_source(text: str) -> bool:
    """Whether a source can be looked up."""
    return bool(_LINK.search(text))


def needs_link(place: str, text: str) -> Iterator[Problem]:
    if not is_source(text):
        yield Problem(place, "source", "names no place where it can be looked up")


def no_instrument(place: str, instrument_id: str) -> Problem:
    return Problem(place, "unknown-instrument", f"no instrument called {instrument_id} can be read")


def known_place(fact: str, values: Iterable[object], catalogue: Catalogue, at: str) -> Iterator[Problem]:
    """A value of the facts ``procedure`` and ``condition`` is an id of the catalogue, and of that kind."""
    if fact != "procedure" and fact != "condition":
        return
    known = catalogue.ids("procedure" if fact == "procedure" else "condition")
    for value in values:
        if value not in known:
            yield Problem(at, "unknown-procedure", f"no {fact} is called {value}")


def check_where(where: Iterable[Where], facts: dict[str, Fact], catalogue: Catalogue, at: str) -> Iterator[Problem]:
    """Each condition names a fact that is declared, and values that it can take."""
    for place, condition in enumerate(where):
        fact = facts.get(condition.fact)
        if fact is None:
            yield Problem(f"{at}/{place}/fact", "unknown-fact", f"no fact is called {condition.fact}")
            continue
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        for value in values:
            if not is_usable(fact, value):
                yield Problem(f"{at}/{place}/value", "value", f"{fact.id} cannot take {value}")
        yield from known_place(fact.id, values, catalogue, f"{at}/{place}/value")
