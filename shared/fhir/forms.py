"""The forms whose responses are understood: our own Questionnaires, and foreign ones by a declared adapter.

A form is what a response is judged by: its questions with their types and allowed answers, and what each of them is in
our definition. It is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from shared.errors import UnknownInstrument
from shared.fhir.codes import stem_id
from shared.fhir.operation_outcome import Issue, error
from shared.fhir.options import (
    category_system,
    coded_options,
    item_type,
    score_type,
    sent,
)
from shared.fhir.systems import LOINC, Names
from shared.fhir.wording import wordings_of
from shared.instruments import Definition, Registry
from shared.instruments.definition import Choice, Instrument, Item, Score
from shared.instruments.named_steps import Answer

if TYPE_CHECKING:
    from shared.fhir.adapters import Adapter, ForeignItem
    from shared.text_packs import TextPacks

CANONICAL = "QuestionnaireResponse.questionnaire"

Code = tuple[str, str]
"""A system and a code in it: what a coded answer is compared by."""


class EnableWhen(NamedTuple):
    """A question is open when an answer to ``question`` compares so; for ``exists`` the answer is a boolean."""

    question: str
    operator: Literal["exists", "=", "!=", ">", "<", ">=", "<="]
    answer: Any


class Node(NamedTuple):
    """One item of a form. ``target`` is the item or, where ``calculated``, the score of ours that it stands for.

    ``text`` is what it is shown with, where that is official; ``other_texts`` are its wordings in other languages.
    """

    link_id: str
    type: str
    target: str | None = None
    calculated: bool = False
    parent: str | None = None
    text: str | None = None
    other_texts: frozenset[str] = frozenset()
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


class Member(NamedTuple):
    """An instrument that a form asks: the definition that scores it, and the group of the form it stands in, if any.

    ``carried``: item → the item of an earlier group whose answer stands for it, since the words are the same.
    """

    definition: Definition
    group: str | None = None
    carried: Mapping[str, str] = {}

    @property
    def id(self) -> str:
        return self.definition.instrument.id

    def score_id(self, score: str) -> str:
        """The linkId of one of its scores."""
        return score if self.group is None else score_id(self.group, score)


def score_id(group: str, score: str) -> str:
    """The linkId of a score in a group: with a slash, which no item id has, since ``total`` is a score of many."""
    return f"{group}/{score}"


class Form:
    """The items of one Questionnaire by their linkId, over the definitions that score its responses.

    ``battery`` is the id of the battery that it asks, if it asks more than one instrument. ``plain`` is the form for
    the hot path: by linkId, every item that can be answered with one coding, and every number that is calculated. It is
    ``None`` for a form with groups or conditions, which the hot path leaves to the full one.
    """

    def __init__(
        self,
        canonical: str,
        members: Iterable[Member],
        nodes: Iterable[Node],
        *,
        battery: str | None = None,
        text_packs: TextPacks | None = None,
    ) -> None:
        self.canonical = canonical
        self.members = tuple(members)
        self.battery = battery
        self.text_packs = text_packs
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


def own_form(definition: Definition, names: Names, text_packs: TextPacks | None = None) -> Form:
    """The form that ``questionnaire`` publishes for the same definition."""
    instrument = definition.instrument
    nodes = instrument_nodes(Member(definition), instrument.items, instrument.scores, names, text_packs)
    canonical = f"{names.questionnaire(instrument.id)}|{instrument.version}"
    return Form(canonical, [Member(definition)], nodes, text_packs=text_packs)


def instrument_nodes(
    member: Member, items: Sequence[Item], scores: Sequence[Score], names: Names, text_packs: TextPacks | None
) -> list[Node]:
    """The items of a form that ask ``items`` of one instrument and can show its ``scores``."""
    instrument = member.definition.instrument
    wordings = wordings_of(instrument, text_packs)
    nodes = [Node(stem_id(instrument), "display")] if instrument.stem else []
    nodes += [Node(stem_id(instrument, item), "display") for item in items if item.stem]
    for item in items:
        texts = [wording[item.id] for wording in wordings]
        node = Node(
            item.id,
            item_type(instrument, item),
            item.id,
            text=texts[0] if texts else None,
            other_texts=frozenset(texts[1:]),
        )
        options = coded_options(instrument, item, names)
        if options:
            answers = {(option.system, option.code): option.answer for option in options}
            weights = {(option.system, option.code): option.weight for option in options}
            node = node._replace(answers=answers, weights=weights)
        nodes.append(node)
    if instrument.scorable:
        nodes += [_score_node(member, score, names) for score in scores]
    return [node._replace(parent=member.group) for node in nodes]


def _score_node(member: Member, score: Score, names: Names) -> Node:
    system = category_system(member.definition.instrument, score, names)
    labels = {(system, value): value for value in score.values or ()}
    link_id = member.score_id(score.id)
    return Node(link_id, score_type(score), link_id, calculated=True, answers=labels or None)


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
