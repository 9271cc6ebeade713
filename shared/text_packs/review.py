"""Every problem of one text pack: complete, for the definition it names, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shared.errors import Problem, pointer
from shared.instruments.definition import Choice, Instrument
from shared.text_packs.pack import TextPack


def review(pack: TextPack, instrument: Instrument) -> list[Problem]:
    """What keeps ``pack`` from being laid over ``instrument``. A gap is never filled from another language."""
    return [
        *_version(pack, instrument),
        *_language(pack, instrument),
        *_stems(pack, instrument),
        *_names("items", "item", pack.items, (item.id for item in instrument.items)),
        *_options(pack, instrument),
    ]


def _version(pack: TextPack, instrument: Instrument) -> Iterator[Problem]:
    if pack.instrument_version != instrument.version:
        detail = f"must be {instrument.version}, the version of the definition here; compare the wording with it again"
        yield Problem("/instrument_version", "value-not-allowed", detail)


def _language(pack: TextPack, instrument: Instrument) -> Iterator[Problem]:
    official = instrument.licence.may_ship_item_text and all(item.text_is == "official" for item in instrument.items)
    if official and pack.language.lower() == instrument.language.lower():
        detail = f"must be another language than {instrument.language}, whose official wording stands in the definition"
        yield Problem("/language", "value-not-allowed", detail)


def _stems(pack: TextPack, instrument: Instrument) -> Iterator[Problem]:
    if instrument.stem is not None and pack.stem is None:
        yield Problem("/stem", "required", "is required: the definition has a lead-in")
    wanted = [item.id for item in instrument.items if item.stem is not None]
    yield from _names("item_stems", "item with a lead-in of its own", pack.item_stems, wanted)


def _options(pack: TextPack, instrument: Instrument) -> Iterator[Problem]:
    used = {item.options for item in instrument.items}
    sets = {
        name: answers for name, answers in instrument.options.items() if isinstance(answers, Choice) and name in used
    }
    yield from _names("options", "set of options", pack.options, sets)
    for name, choice in sets.items():
        if name in pack.options:
            yield from _names(pointer("options", name)[1:], "answer", pack.options[name], answers_of(choice))


def answers_of(choice: Choice) -> list[str]:
    """The answers as they are sent, as keys of JSON."""
    return [str(option.value if option.code is None else option.code) for option in choice.options]


def _names(place: str, kind: str, given: dict[str, Any], wanted: Iterable[str]) -> Iterator[Problem]:
    wanted = list(wanted)
    for name in wanted:
        if name not in given:
            yield Problem(f"/{place}{pointer(name)}", "required", f"is required: the pack must word every {kind}")
    for name in given:
        if name not in wanted:
            yield Problem(f"/{place}{pointer(name)}", "unknown-key", f"is no {kind} of the definition")
