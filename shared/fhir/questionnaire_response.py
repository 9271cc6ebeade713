"""From a QuestionnaireResponse to the responses a scorer takes: strictly, with every issue at once.

A client's own total, weight or display text is never used. What can be read is read even where the whole is refused, so
that an answer which needs a person is heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from shared.errors import NotScorable, ResponsesRefused
from shared.fhir.enablement import Enablement
from shared.fhir.form import Form, Member, Node
from shared.fhir.forms import Forms
from shared.fhir.operation_outcome import Issue, error, warning
from shared.fhir.reading import SCORED_STATUSES, Part, Reading
from shared.fhir.resources import (
    ANSWER_VALUES,
    STATUSES,
    QuestionnaireResponse,
    shape_issues,
)
from shared.fhir.response_head import ROOT, authored_of, setting_of, subject_of
from shared.fhir.systems import ITEM_WEIGHT, ORDINAL_VALUE
from shared.instruments.named_steps import Answer
from shared.scoring import scorer_for

VALUE_OF = {
    "boolean": ("valueBoolean",),
    "decimal": ("valueDecimal",),
    "integer": ("valueInteger",),
    "date": ("valueDate",),
    "dateTime": ("valueDateTime",),
    "time": ("valueTime",),
    "string": ("valueString",),
    "text": ("valueString",),
    "url": ("valueUri",),
    "choice": ("valueCoding",),
    "open-choice": ("valueCoding", "valueString"),
    "attachment": ("valueAttachment",),
    "reference": ("valueReference",),
    "quantity": ("valueQuantity",),
}
_MINUTE = re.compile(r"(\d\d:\d\d):00(?:\.0+)?")


def read_response(document: dict[str, Any], forms: Forms, *, stateless: bool = False) -> Reading:
    """Read a parsed response by its form, collecting every issue.

    ``stateless``: nothing will be stored, so a missing subject or date is only a warning.
    """
    issues = shape_issues(QuestionnaireResponse, document)
    status = document.get("status")
    status = status if status in STATUSES else None
    form = _form(document, forms, issues)
    subject, subject_id = subject_of(document, issues, stateless=stateless)
    authored = authored_of(document, issues, stateless=stateless)
    _forbidden_modifiers(document, ROOT, issues)
    if "implicitRules" in document:
        issues.append(error("not-supported", f"{ROOT}.implicitRules", "Rules that change the content are not known."))
    reader = _Reader(form, issues, whole=status in SCORED_STATUSES) if form else None
    if reader is not None:
        reader.read(document)
    if status is not None and status not in SCORED_STATUSES:
        said = "Only completed and amended responses are scored."
        issues.append(Issue("information", "business-rule", f"{ROOT}.status", said))
    return Reading(
        document,
        form,
        status,
        subject,
        subject_id,
        authored,
        setting_of(document, subject),
        reader.parts if reader else [],
        list(dict.fromkeys(issues)),
    )


def _form(document: Mapping[str, Any], forms: Forms, issues: list[Issue]) -> Form | None:
    canonical = document.get("questionnaire")
    if not isinstance(canonical, str) or not canonical:
        said = "A Questionnaire with its version is required."
        issues.append(error("required", f"{ROOT}.questionnaire", said))
        return None
    form, wrong = forms.find(canonical)
    if wrong is not None:
        issues.append(wrong)
    return form


# -- the answers -------------------------------------------------------------------------------------------------------


def _forbidden_modifiers(part: Mapping[str, Any], at: str, issues: list[Issue]) -> None:
    if part.get("modifierExtension"):
        issues.append(error("extension", f"{at}.modifierExtension", "Changes the meaning in a way not known here."))


class _Reader:
    """Walks the items of one response beside its form."""

    def __init__(self, form: Form, issues: list[Issue], *, whole: bool) -> None:
        self._form = form
        self._issues = issues
        self._whole = whole
        self._seen: set[str] = set()
        self._answered: set[str] = set()
        self._places: dict[str, str] = {}
        self._with_answers: list[tuple[Node, str]] = []
        self._responses: dict[str, Answer] = {}
        self._stated: dict[str, Any] = {}
        self.parts: list[Part] = []

    def read(self, document: Mapping[str, Any]) -> None:
        self._items(document.get("item"), None, ROOT)
        parts = [(member, self._part(member)) for member in self._form.members]
        scores = self._by_the_scorer(parts)
        self._enablement = Enablement(self._form.nodes, document, scores)
        self.parts = [part for member, part in parts if self._is_asked(member, part)]
        if self._whole:
            self._closed()
            self._required()

    def _part(self, member: Member) -> Part:
        """The answers to one instrument, with those that were given in another's group in the same words."""
        instrument = member.definition.instrument
        given = {item.id: member.carried.get(item.id, item.id) for item in instrument.items}
        stated = {score.id: member.score_id(score.id) for score in instrument.scores}
        return Part(
            member.definition,
            {own: self._responses[item] for own, item in given.items() if item in self._responses},
            {own: self._stated[link_id] for own, link_id in stated.items() if link_id in self._stated},
        )

    def _is_asked(self, member: Member, part: Part) -> bool:
        """Not where its group is closed: then no answer is missing. What was answered all the same is heard."""
        if member.group is None or self._enablement.is_open(self._form.nodes[member.group]):
            return True
        return any(item not in member.carried for item in part.responses)

    def _items(self, items: Any, parent: str | None, at: str) -> None:
        for index, item in enumerate(items if isinstance(items, list) else ()):
            link_id = item.get("linkId") if isinstance(item, dict) else None
            if isinstance(link_id, str) and link_id:
                self._item(item, link_id, parent, f"{at}.item[{index}]")

    def _item(self, item: Mapping[str, Any], link_id: str, parent: str | None, at: str) -> None:
        _forbidden_modifiers(item, at, self._issues)
        node = self._form.nodes.get(link_id)
        if node is None:
            self._refuse("not-found", f"{at}.linkId", "The Questionnaire has no item of this linkId.")
            return
        if node.parent != parent:
            self._refuse("structure", f"{at}.linkId", "Stands under another item than in the Questionnaire.")
        if not self._is_first(node):
            self._refuse("duplicate", f"{at}.linkId", "The item occurs twice.")
            return
        if node.text is not None and isinstance(item.get("text"), str) and not _is_shown(node, item["text"]):
            said = "Differs from the Questionnaire's text; the Questionnaire's is used."
            self._issues.append(warning("business-rule", f"{at}.text", said))
        answers = item.get("answer")
        if answers and item.get("item"):
            self._refuse("invariant", at, "Items stand either beneath the item or beneath its answers (qrs-1).")
        self._items(item.get("item"), link_id, at)
        if isinstance(answers, list) and answers:
            self._answers(node, answers, at)

    def _is_first(self, node: Node) -> bool:
        name = node.target or node.link_id
        first = name not in self._seen or (node.type == "group" and node.repeats)
        self._seen.add(name)
        return first

    def _answers(self, node: Node, answers: list[Any], at: str) -> None:
        if node.type in ("group", "display"):
            self._refuse("invariant", f"{at}.answer", f"A {node.type} has no answers.")
            return
        if len(answers) > 1 and not node.repeats:
            self._refuse("structure", f"{at}.answer", "The question takes one answer.")
        self._with_answers.append((node, at))
        for index, answer in enumerate(answers):
            if isinstance(answer, dict):
                here = f"{at}.answer[{index}]"
                _forbidden_modifiers(answer, here, self._issues)
                self._items(answer.get("item"), node.link_id, here)
                self._answer(node, answer, here)

    def _answer(self, node: Node, answer: Mapping[str, Any], at: str) -> None:
        values = [name for name in ANSWER_VALUES if name in answer]
        if len(values) != 1:
            if not values:
                self._refuse("required", f"{at}.value", "An answer has one value.")
            return
        [name] = values
        self._answered.add(node.target or node.link_id)
        if name not in VALUE_OF[node.type]:
            allowed = " or ".join(VALUE_OF[node.type])
            self._refuse("value", f"{at}.value", f"The question is answered by a {allowed}.")
            return
        value = answer[name]
        if name == "valueQuantity" and node.target and isinstance(value, dict) and "comparator" in value:
            said = "A quantity with a comparator is no number and cannot be scored."
            self._refuse("business-rule", f"{at}.value.comparator", said)
            return
        if node.max_length and isinstance(value, str) and len(value) > node.max_length:
            self._refuse("too-long", f"{at}.value", f"Should have at most {node.max_length} characters.")
        self._check_weight(node, answer, value, at)
        read = _READ.get(name, _as_sent)(self, node, value, at)
        if read is None or node.target is None:
            return
        if node.calculated:
            self._stated.setdefault(node.target, read)
        elif node.target not in self._responses:
            self._responses[node.target] = read
            self._places[node.target] = f"{at}.value"

    def _coding(self, node: Node, value: Any, at: str) -> Any:
        if not isinstance(value, dict):
            return None
        system, code = value.get("system"), value.get("code")
        if node.answers is None:
            return code
        answer = node.answers.get((system, code)) if isinstance(system, str) and isinstance(code, str) else None
        if answer is None:
            self._refuse("code-invalid", f"{at}.value", "Is none of the question's options (system and code).")
        return answer

    def _free_text(self, node: Node, value: Any, at: str) -> Any:
        if node.type == "open-choice" and node.target:
            self._refuse("code-invalid", f"{at}.value", "An answer in free text cannot be scored.")
            return None
        return value if isinstance(value, str) else None

    def _number(self, _: Node, value: Any, __: str) -> Any:
        return value if type(value) in (int, float) else None

    def _time(self, _: Node, value: Any, at: str) -> Any:
        minute = _MINUTE.fullmatch(value) if isinstance(value, str) else None
        if minute is None and isinstance(value, str):
            self._refuse("value", f"{at}.value", "Should be a time of day in whole minutes.")
        return minute and minute[1]

    def _check_weight(self, node: Node, answer: Mapping[str, Any], value: Any, at: str) -> None:
        """A weight that the client sends is not used; one that differs from ours is told."""
        if node.weights is None or not isinstance(value, dict):
            return
        system, code = value.get("system"), value.get("code")
        ours = node.weights.get((system, code)) if isinstance(system, str) and isinstance(code, str) else None
        for place, part in ((at, answer), (f"{at}.value", value)):
            sent = [_weight(extension) for extension in _extensions(part)]
            if any(weight is not None and weight != ours for weight in sent):
                said = "A weight sent with the answer differs from the instrument's; the instrument's is used."
                self._issues.append(warning("value", f"{place}.extension", said))

    def _required(self) -> None:
        for node in self._form.nodes.values():
            name = node.target or node.link_id
            asked = node.required and node.type not in ("group", "display") and self._enablement.is_open(node)
            if asked and name not in self._answered:
                self._refuse("required", f"{ROOT}.item", f"The question {node.link_id} needs an answer.")
                # A question that another edition of the form spells otherwise is told of once.
                self._answered.add(name)

    def _closed(self) -> None:
        for node, at in self._with_answers:
            if not self._enablement.is_open(node):
                self._refuse("business-rule", at, "The question is not enabled by the other answers.")

    def _by_the_scorer(self, parts: Iterable[tuple[Member, Part]]) -> dict[str, Any]:
        """What the definitions say of each value: its range, its form. The scores by linkId, for what they enable."""
        scores: dict[str, Any] = {}
        for member, part in parts:
            try:
                result = scorer_for(part.definition).score(part.responses)
            except NotScorable:
                said = "The instrument of this Questionnaire is not scored here."
                self._refuse("business-rule", f"{ROOT}.questionnaire", said)
            except ResponsesRefused as refused:
                for problem in refused.problems:
                    item = problem.pointer.removeprefix("/")
                    said = problem.detail[:1].upper() + problem.detail[1:] + "."
                    self._refuse("value", self._places[member.carried.get(item, item)], said)
            else:
                scores |= {member.score_id(score["id"]): score["value"] for score in result["scores"]}
        return scores

    def _refuse(self, code: str, at: str, said: str) -> None:
        self._issues.append(error(code, at, said))


def _is_shown(node: Node, text: str) -> bool:
    return text == node.text or text in node.other_texts


def _as_sent(_: _Reader, __: Node, value: Any, ___: str) -> Any:
    return value if isinstance(value, str | bool) else None


_READ: dict[str, Any] = {
    "valueCoding": _Reader._coding,
    "valueString": _Reader._free_text,
    "valueDecimal": _Reader._number,
    "valueInteger": _Reader._number,
    "valueTime": _Reader._time,
}


def _extensions(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = part.get("extension")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _weight(extension: Mapping[str, Any]) -> Any:
    return extension.get("valueDecimal") if extension.get("url") in (ITEM_WEIGHT, ORDINAL_VALUE) else None
