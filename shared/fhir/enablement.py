"""Which questions of a form are open, by the answers to others. A closed item closes everything beneath it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from shared.fhir.form import EnableWhen, Node

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


class Enablement:
    """Judges the items of one response, top-down. ``scores``: our own value of each calculated item, by its linkId."""

    def __init__(self, nodes: Mapping[str, Node], document: Mapping[str, Any], scores: Mapping[str, Any]) -> None:
        self._nodes = nodes
        conditional = any(node.enable_when for node in nodes.values())
        self._given: dict[str, list[Any]] = {}
        if conditional:
            self._collect(document.get("item"))
            # What the client computed is not used, here as elsewhere.
            self._given |= {link_id: [] if value is None else [value] for link_id, value in scores.items()}
        self._known: dict[str, bool] = {} if conditional else dict.fromkeys(nodes, True)

    def is_open(self, node: Node) -> bool:
        verdict = self._known.get(node.link_id)
        if verdict is None:
            # Closed while it is being judged: a condition that leads back to itself opens nothing.
            self._known[node.link_id] = False
            parent = self._nodes.get(node.parent) if node.parent is not None else None
            verdict = (parent is None or self.is_open(parent)) and self._holds(node)
            self._known[node.link_id] = verdict
        return verdict

    def _holds(self, node: Node) -> bool:
        if not node.enable_when:
            return True
        judge = any if node.enable_any else all
        return judge(self._condition(condition) for condition in node.enable_when)

    def _condition(self, condition: EnableWhen) -> bool:
        asked = self._nodes.get(condition.question)
        # An answer to a closed question is as good as none.
        given = self._given.get(condition.question, []) if asked is not None and self.is_open(asked) else []
        if condition.operator == "exists":
            return bool(given) is condition.answer
        if condition.operator == "=":
            return condition.answer in given
        if condition.operator == "!=":
            return condition.answer not in given
        compare = _COMPARE[condition.operator]
        return any(type(value) in (int, float) and compare(value, condition.answer) for value in given)

    def _collect(self, items: Any) -> None:
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, dict):
                continue
            self._collect(item.get("item"))
            answers = item.get("answer")
            for answer in answers if isinstance(answers, list) else ():
                if isinstance(answer, dict):
                    self._collect(answer.get("item"))
                    values = [_plain(value) for name, value in answer.items() if name.startswith("value")]
                    self._given.setdefault(str(item.get("linkId")), []).extend(values)


def _plain(value: Any) -> Any:
    """A coding as its system and code, a quantity as its number."""
    if not isinstance(value, dict):
        return value
    return value["value"] if "value" in value else (value.get("system"), value.get("code"))
