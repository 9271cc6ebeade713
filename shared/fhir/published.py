"""Every Questionnaire that is published: of each instrument in every version that is held, and of each battery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.fhir.battery_form import battery_ids, battery_of
from shared.fhir.battery_questionnaire import battery_questionnaire
from shared.fhir.questionnaire import questionnaire
from shared.fhir.systems import Names, Resource
from shared.fhir.wording import language_for, shown_in
from shared.instruments import Registry

if TYPE_CHECKING:
    from shared.text_packs import TextPacks


class Questionnaires:
    """The forms under one base URL. Versions are only ever added: an old response must still find its form.

    Of a battery only today's version is held, since its form is made of the instruments of today.
    """

    def __init__(self, names: Names, registry: Registry, text_packs: TextPacks | None = None) -> None:
        self._names, self._registry, self._text_packs = names, registry, text_packs

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(sorted((*self._registry.ids, *battery_ids())))

    def versions(self, id: str) -> tuple[str, ...]:
        """The versions that are held of one form, today's first; none where there is no such form."""
        if id in self._registry.ids:
            return self._registry.versions(id)
        battery = battery_of(id, self._registry)
        return (battery.version,) if battery else ()

    def get(self, id: str, version: str, accepted: Sequence[str] = ()) -> Resource:
        """One of its ``versions``, in the first of the ``accepted`` languages that it is held in officially."""
        battery = battery_of(id, self._registry)
        if battery is not None:
            instruments = [group.definition.instrument for group in battery.groups]
            language = language_for(instruments, accepted, self._text_packs)
            shown = [shown_in(instrument, language, self._text_packs) for instrument in instruments]
            return battery_questionnaire(battery, shown, self._names)
        today = self._registry.get(id)
        definition = self._registry.version(id, version)
        if definition is None:
            raise LookupError("not one of the versions that are held")
        # A text pack words the definition of today and no other.
        packs = self._text_packs if definition is today else None
        wording = shown_in(definition.instrument, language_for([definition.instrument], accepted, packs), packs)
        return questionnaire(wording.instrument, self._names, wording.pack)
