"""Text packs of invented words, whole for the instrument they are made for."""

from __future__ import annotations

from typing import Any

from shared.instruments.definition import Choice, Instrument
from shared.text_packs.review import answers_of


def pack_for(instrument: Instrument, language: str = "de", **more: Any) -> dict[str, Any]:
    """A whole pack of invented words."""
    used = {item.options for item in instrument.items}
    options = {
        name: {answer: f"label {answer}" for answer in answers_of(answers)}
        for name, answers in instrument.options.items()
        if isinstance(answers, Choice) and name in used
    }
    stems = {item.id: "lead-in" for item in instrument.items if item.stem is not None}
    return {
        "instrument": instrument.id,
        "instrument_version": instrument.version,
        "language": language,
        "version": "1.0.0",
        "licence_holder": "the holder",
        "permission": "by letter",
        "stem": None if instrument.stem is None else "lead-in",
        "item_stems": stems,
        "items": {item.id: f"words of {item.id}" for item in instrument.items},
        "options": options,
        **more,
    }
