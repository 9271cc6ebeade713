"""In which words a form is shown: the official ones held here, or those of a deployer's text pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from shared.fhir.options import ships_official_wording
from shared.instruments.definition import Instrument

if TYPE_CHECKING:
    from shared.text_packs import LoadedPack, TextPacks

ANY_LANGUAGE = "*"


class Shown(NamedTuple):
    """An instrument in the words it is shown in. Without a ``pack`` they are those of its definition."""

    instrument: Instrument
    pack: LoadedPack | None = None

    @property
    def is_official(self) -> bool:
        """May it be shown to a patient? Else its texts are labels of ours, for transcription."""
        return bool(self.instrument.items) and (self.pack is not None or ships_official_wording(self.instrument))

    @property
    def terms(self) -> str:
        """The terms of use of these words."""
        if self.pack is None:
            return self.instrument.licence.note
        return f"{self.pack.pack.permission}\n\n© {self.pack.pack.licence_holder}"


def shown_in(instrument: Instrument, language: str, text_packs: TextPacks | None) -> Shown:
    """The instrument in the pack of exactly this language, else in the words of its definition."""
    pack = text_packs.get(instrument.id, language) if text_packs else None
    if pack is None:
        return Shown(instrument)
    from shared.text_packs import worded

    return Shown(worded(instrument, pack.pack), pack)


def language_for(instruments: Sequence[Instrument], accepted: Iterable[str], text_packs: TextPacks | None) -> str:
    """The first accepted language that every one of ``instruments`` can be shown in officially.

    A tag is matched whole: nothing falls back to another region. Where none of them can be, it is the definitions' own
    language, or the first of the text packs where the definitions hold labels of ours alone.
    """
    offered = _offered(instruments, text_packs)
    own = instruments[0].language
    default = own if own.lower() in offered or not offered else next(iter(offered.values()))
    for tag in accepted:
        if tag == ANY_LANGUAGE:
            return default
        if tag.lower() in offered:
            return offered[tag.lower()]
    return default


def _offered(instruments: Sequence[Instrument], text_packs: TextPacks | None) -> dict[str, str]:
    """Language in small letters → its tag, of those that all the instruments share."""
    shared: dict[str, str] | None = None
    for instrument in instruments:
        tags = [instrument.language] if ships_official_wording(instrument) else []
        tags += text_packs.languages(instrument.id) if text_packs else []
        here = {tag.lower(): tag for tag in tags}
        shared = here if shared is None else {low: tag for low, tag in shared.items() if low in here}
    return shared or {}


def wordings_of(instrument: Instrument, text_packs: TextPacks | None) -> list[Mapping[str, str]]:
    """Every official wording that is shown here, each as item → text."""
    languages = text_packs.languages(instrument.id) if text_packs else []
    shown = [instrument] if ships_official_wording(instrument) else []
    shown += [shown_in(instrument, language, text_packs).instrument for language in languages]
    return [{item.id: item.text for item in one.items} for one in shown]
