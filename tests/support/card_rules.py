"""The rules of CDS Hooks 2.0 on one answer, as a check."""

from __future__ import annotations

import re
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CARD = {
    "uuid",
    "summary",
    "indicator",
    "detail",
    "source",
    "suggestions",
    "selectionBehavior",
    "overrideReasons",
    "links",
}


def hollow(value: Any) -> bool:
    """Is there a null, or an empty list, object or text anywhere?"""
    if isinstance(value, dict):
        return not value or any(hollow(part) for part in value.values())
    if isinstance(value, list):
        return not value or any(hollow(part) for part in value)
    return value in (None, "")


def check_answer(answer: dict[str, Any]) -> None:
    """Nothing beside ``cards``: no systemActions, so that nothing is applied unseen."""
    assert set(answer) == {"cards"}
    uuids = [uuid for card in answer["cards"] for uuid in _uuids(card)]
    assert len(set(uuids)) == len(uuids)
    assert all(UUID.fullmatch(uuid) for uuid in uuids)
    for card in answer["cards"]:
        check_card(card)


def check_card(card: dict[str, Any]) -> None:
    assert set(card) <= CARD
    assert not hollow(card)
    assert 0 < len(card["summary"]) < 140
    assert "\n" not in card["summary"]
    assert card["indicator"] in ("info", "warning", "critical")
    assert set(card["source"]) == {"label", "url", "topic"}
    assert set(card["source"]["topic"]) == {"system", "code", "display"}
    assert ("selectionBehavior" in card) == ("suggestions" in card)
    assert card.get("selectionBehavior", "any") in ("any", "at-most-one")
    for suggestion in card.get("suggestions", []):
        assert set(suggestion) == {"label", "uuid", "actions"}
        for action in suggestion["actions"]:
            assert set(action) == {"type", "description", "resource"}
            assert action["type"] == "create"
            assert action["resource"]["status"] == "draft"
            assert action["resource"]["intent"] == "proposal"
    assert all(set(reason) == {"system", "code", "display"} for reason in card["overrideReasons"])
    for link in card.get("links", []):
        assert link["type"] in ("absolute", "smart")
        assert ("appContext" in link) <= (link["type"] == "smart")
        assert set(link) <= {"label", "url", "type", "appContext"}


def _uuids(card: dict[str, Any]) -> list[str]:
    return [card["uuid"], *(suggestion["uuid"] for suggestion in card.get("suggestions", []))]
