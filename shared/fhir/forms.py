"""The forms whose responses are understood: our own Questionnaires, and foreign ones by a declared adapter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from shared.errors import UnknownInstrument
from shared.fhir.form import Code, Form, Member, Node, own_form
from shared.fhir.operation_outcome import Issue, error
from shared.fhir.options import sent
from shared.fhir.systems import LOINC, Names
from shared.instruments import Definition, Registry
from shared.instruments.definition import Choice, Instrument, Item
from shared.instruments.named_steps import Answer

if TYPE_CHECKING:
    from shared.fhir.adapters import Adapter, ForeignItem
    from shared.text_packs import TextPacks

CANONICAL = "QuestionnaireResponse.questionnaire"


class Forms:
    """Every form that is understood under one base URL; each is compiled when it is first met."""

    def __init__(
        self,
        names: Names,
        registry: Registry,
        foreign: Iterable[Adapter] | None = None,
        text_packs: TextPacks | None = None,
    ) -> None:
        self.names = names
        self._registry = registry
        self._text_packs = text_packs
        self._own = names.questionnaire("")
        self._declared = foreign
        self._compiled: dict[str, Form] = {}

    @cached_property
    def _foreign(self) -> dict[str, list[Adapter]]:
        """The adapters by the Questionnaire that they understand; those that ship are read at the first foreign one."""
        from shared.fhir.adapters import adapters

        found: dict[str, list[Adapter]] = {}
        for adapter in adapters() if self._declared is None else self._declared:
            found.setdefault(adapter.questionnaire, []).append(adapter)
        return found

    def named(self, canonical: str) -> Form | None:
        """The form that is named exactly so."""
        form = self._compiled.get(canonical)
        if form is None:
            found, issue = self.find(canonical)
            form = None if issue else found
        return form

    def find(self, canonical: str) -> tuple[Form | None, Issue | None]:
        """The form of a canonical, and what is wrong with the canonical.

        With a version that is not ours, both: then the form serves to hear safety answers, and scores nothing.
        """
        form = self._compiled.get(canonical)
        if form is not None:
            return form, None
        url, _, version = canonical.partition("|")
        if url.startswith(self._own):
            return self._find_own(url, version)
        return self._find_foreign(url, version, canonical)

    def _find_own(self, url: str, version: str) -> tuple[Form | None, Issue | None]:
        form = self._own_form(url, version)
        if form is None:
            return None, error("not-found", CANONICAL, "No Questionnaire of this service has this URL.")
        if form.canonical == f"{url}|{version}":
            return form, None
        if not version:
            return form, error("required", CANONICAL, "The Questionnaire's version is required: canonical|version.")
        return form, error("not-found", CANONICAL, "This version of the Questionnaire is not known here.")

    def _own_form(self, url: str, version: str) -> Form | None:
        """The form of this version, else of today's."""
        id = url.removeprefix(self._own)
        try:
            today = self._registry.get(id)
        except UnknownInstrument:
            return self._battery_form(id)
        definition = self._registry.version(id, version) or today
        full = f"{url}|{definition.instrument.version}"
        if full not in self._compiled:
            # A text pack words the definition of today and no other.
            packs = self._text_packs if definition is today else None
            self._compiled[full] = own_form(definition, self.names, packs)
        return self._compiled[full]

    def _battery_form(self, id: str) -> Form | None:
        from shared.fhir.battery_form import battery_form, battery_of

        battery = battery_of(id, self._registry)
        if battery is None:
            return None
        full = f"{self.names.questionnaire(id)}|{battery.version}"
        if full not in self._compiled:
            self._compiled[full] = battery_form(battery, self.names, self._text_packs)
        return self._compiled[full]

    def _find_foreign(self, url: str, version: str, canonical: str) -> tuple[Form | None, Issue | None]:
        declared = self._foreign.get(url)
        if declared is None:
            said = "This Questionnaire is not known here, and no adapter is declared for it."
            return None, error("not-found", CANONICAL, said)
        for adapter in declared:
            if version in adapter.versions or (not version and adapter.unversioned):
                form = foreign_form(adapter, self._registry.get(adapter.instrument))
                self._compiled[canonical] = form
                return form, None
        return None, error("not-found", CANONICAL, "No adapter of this Questionnaire is declared for this version.")


def foreign_form(adapter: Adapter, definition: Definition) -> Form:
    """The form of a foreign Questionnaire, each of its items matched to ours by the code that the adapter declares."""
    by_code = {item.loinc: item for item in definition.instrument.items if item.loinc}
    nodes = [
        _foreign_node(foreign, link_id, definition.instrument, by_code)
        for foreign in adapter.items
        for link_id in foreign.link_ids
    ]
    return Form(adapter.questionnaire, [Member(definition)], nodes)


def _foreign_node(foreign: ForeignItem, link_id: str, instrument: Instrument, by_code: Mapping[str, Item]) -> Node:
    if foreign.score is not None:
        return Node(link_id, foreign.type, foreign.score, calculated=True, parent=foreign.parent)
    if foreign.code is None:
        return Node(link_id, foreign.type, parent=foreign.parent)
    item = by_code[foreign.code]
    options = instrument.options[item.options]
    if not isinstance(options, Choice):
        raise TypeError("a question of a foreign form is adapted by its options")
    answers: dict[Code, Answer] = {
        (LOINC, option.loinc_answer): sent(option) for option in options.options if option.loinc_answer
    }
    if foreign.answers is not None:
        answers = {(LOINC, code): answer for code, answer in foreign.answers.items()}
    return Node(
        link_id, "choice", item.id, parent=foreign.parent, required=foreign.required, answers=answers, weights=None
    )
