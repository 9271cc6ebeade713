"""The forms whose responses are understood: our own Questionnaires, and foreign ones by a declared adapter.

A form is what a response is judged by: its questions with their types and allowed answers, and what each of them is in
our definition. It is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from shared.errors import UnknownInstrument
from shared.fhir.adapters import Adapter, ForeignItem, adapters
from shared.fhir.operation_outcome import Issue, error
from shared.fhir.options import (
    category_system,
    coded_options,
    item_type,
    score_type,
    sent,
    ships_official_wording,
)
from shared.fhir.questionnaire import stem_id
from shared.fhir.systems import LOINC, Names
from shared.instruments import Definition, Registry
from shared.instruments.definition import Choice, Instrument, Item, Score
from shared.instruments.named_steps import Answer

CANONICAL = "QuestionnaireResponse.questionnaire"

Code = tuple[str, str]
"""A system and a code in it: what a coded answer is compared by."""


class EnableWhen(NamedTuple):
    """A question is open when an answer to ``question`` compares so; for ``exists`` the answer is a boolean."""

    question: str
    operator: Literal["exists", "=", "!=", ">", "<", ">=", "<="]
    answer: Any


class Node(NamedTuple):
    """One item of a form. ``target`` is the item or, where ``calculated``, the score of ours that it stands for."""

    link_id: str
    type: str
    target: str | None = None
    calculated: bool = False
    parent: str | None = None
    text: str | None = None
    required: bool = False
    repeats: bool = False
    answers: Mapping[Code, Answer] | None = None
    weights: Mapping[Code, int | float | None] | None = None
    max_length: int | None = None
    enable_when: tuple[EnableWhen, ...] = ()
    enable_any: bool = False


class PlainItem(NamedTuple):
    """A question by codes, or a calculated number (then ``codes`` is ``None``), as the hot path looks it up."""

    target: str
    text: str | None
    codes: Mapping[str, tuple[str, Answer]] | None


class Form:
    """The items of one Questionnaire by their linkId, over the definition that scores its responses.

    ``plain`` is the same for the hot path: by linkId, every item that can be answered with one coding, and every number
    that is calculated. It is ``None`` for a form with groups or conditions, which the hot path leaves to the full one.
    """

    def __init__(self, canonical: str, definition: Definition, nodes: Iterable[Node]) -> None:
        self.canonical = canonical
        self.definition = definition
        self.nodes: dict[str, Node] = {node.link_id: node for node in nodes}
        self.required = frozenset(node.target or node.link_id for node in self.nodes.values() if node.required)
        self.plain = _plain(self.nodes.values())


def _plain(nodes: Iterable[Node]) -> dict[str, PlainItem] | None:
    found: dict[str, PlainItem] = {}
    for node in nodes:
        if node.parent is not None or node.enable_when or node.repeats:
            return None
        if node.target is None:
            continue
        if node.calculated and node.type == "decimal":
            found[node.link_id] = PlainItem(node.target, node.text, None)
        elif node.type == "choice" and not node.calculated and node.answers:
            codes = {code: (system, answer) for (system, code), answer in node.answers.items()}
            if len(codes) == len(node.answers):
                found[node.link_id] = PlainItem(node.target, node.text, codes)
    return found


class Forms:
    """Every form that is understood under one base URL; each is compiled when it is first met."""

    def __init__(self, names: Names, registry: Registry, foreign: Iterable[Adapter] | None = None) -> None:
        self.names = names
        self._registry = registry
        self._own = names.questionnaire("")
        self._foreign: dict[str, list[Adapter]] = {}
        for adapter in adapters() if foreign is None else foreign:
            self._foreign.setdefault(adapter.questionnaire, []).append(adapter)
        self._compiled: dict[str, Form] = {}

    def known(self, canonical: str) -> Form | None:
        """The form that is named exactly so and was met before."""
        return self._compiled.get(canonical)

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
        try:
            definition = self._registry.get(url.removeprefix(self._own))
        except UnknownInstrument:
            return None, error("not-found", CANONICAL, "No Questionnaire of this service has this URL.")
        full = f"{url}|{definition.instrument.version}"
        form = self._compiled.get(full)
        if form is None:
            form = self._compiled[full] = own_form(definition, self.names)
        if version == definition.instrument.version:
            return form, None
        if not version:
            return form, error("required", CANONICAL, "The Questionnaire's version is required: canonical|version.")
        return form, error("not-found", CANONICAL, "This version of the Questionnaire is not known here.")

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


def own_form(definition: Definition, names: Names) -> Form:
    """The form that ``questionnaire`` publishes for the same definition."""
    instrument = definition.instrument
    wording = ships_official_wording(instrument)
    nodes = [Node(stem_id(instrument), "display")] if instrument.stem else []
    nodes += [Node(stem_id(instrument, item), "display") for item in instrument.items if item.stem]
    for item in instrument.items:
        options = coded_options(instrument, item, names)
        node = Node(item.id, item_type(instrument, item), item.id, text=item.text if wording else None)
        if options:
            answers = {(option.system, option.code): option.answer for option in options}
            weights = {(option.system, option.code): option.weight for option in options}
            node = node._replace(answers=answers, weights=weights)
        nodes.append(node)
    if instrument.scorable:
        nodes += [_score_node(instrument, score, names) for score in instrument.scores]
    return Form(f"{names.questionnaire(instrument.id)}|{instrument.version}", definition, nodes)


def _score_node(instrument: Instrument, score: Score, names: Names) -> Node:
    system = category_system(instrument, score, names)
    labels = {(system, value): value for value in score.values or ()}
    return Node(score.id, score_type(score), score.id, calculated=True, answers=labels or None)


def foreign_form(adapter: Adapter, definition: Definition) -> Form:
    """The form of a foreign Questionnaire, each of its items matched to ours by the code that the adapter declares."""
    by_code = {item.loinc: item for item in definition.instrument.items if item.loinc}
    nodes = [
        _foreign_node(foreign, link_id, definition.instrument, by_code)
        for foreign in adapter.items
        for link_id in foreign.link_ids
    ]
    return Form(adapter.questionnaire, definition, nodes)


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
