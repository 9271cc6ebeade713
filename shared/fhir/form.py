"""A form: what a response is judged by.

Its questions with their types and allowed answers, and what each of them is in our definition. It is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from shared.fhir.codes import stem_id
from shared.fhir.options import category_system, coded_options, item_type, score_type
from shared.fhir.systems import Names
from shared.fhir.wording import wordings_of
from shared.instruments import Definition
from shared.instruments.definition import Item, Score
from shared.instruments.named_steps import Answer

if TYPE_CHECKING:
    from shared.text_packs import TextPacks

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
