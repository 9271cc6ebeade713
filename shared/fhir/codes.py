"""What the parts of an instrument are called on the wire."""

from __future__ import annotations

from shared.fhir.options import title_of
from shared.fhir.systems import LOINC, Names, Resource, coding
from shared.instruments.definition import Instrument, Item, Score


def item_codes(instrument: Instrument, item: Item, names: Names) -> list[Resource]:
    """LOINC's code where one was read, then our own, which tells the same question of two instruments apart."""
    own = coding(names.code_system(instrument.id), item.id)
    return [coding(LOINC, item.loinc), own] if item.loinc else [own]


def panel_codes(instrument: Instrument, names: Names) -> list[Resource]:
    own = coding(names.code_system("instrument"), instrument.id, instrument.title)
    return [*_loinc(instrument.panel), own]


def score_codes(instrument: Instrument, score: Score, names: Names) -> list[Resource]:
    return [*_loinc(score.loinc), coding(names.code_system(instrument.id), score.id, title_of(score))]


def _loinc(code: object) -> list[Resource]:
    number = getattr(code, "code", None)
    return [coding(LOINC, number, getattr(code, "display", None))] if number else []


def stem_id(instrument: Instrument, item: Item | None = None) -> str:
    """The linkId of a stem: with a hyphen, which no item id has."""
    return f"{instrument.id}-stem" if item is None else f"{instrument.id}-stem-{item.id}"
