"""What the service knows, as clients see it: the list of instruments, and each definition whole.

Read from the files as they are: they were checked before they were shipped, and a list of eighty needs no models.
"""

from __future__ import annotations

import json
from typing import Any

from shared.instruments.registry import Registry, fingerprint

SCORABLE = ("scorable", "prescored-only")


def summary(registry: Registry, instrument_id: str) -> dict[str, Any]:
    """One line of the catalogue.

    Raises:
        UnknownInstrument: there is none.
    """
    content = registry.content(instrument_id)
    definition = json.loads(content)
    scorable = definition["status"] in SCORABLE
    kept = ("id", "version", "title", "domain", "status", "purpose", "recall", "validated_ages", "licence", "trust")
    return {
        **{key: definition.get(key) for key in kept},
        "scorable": scorable,
        "not_scorable_because": None if scorable else definition["trust"]["remaining_doubts"],
        "takes": "scored item values" if definition["status"] == "prescored-only" else "answers as printed",
        "item_text": wording(definition),
        "items": len(definition["items"]),
        "scores": [_score_line(score) for score in definition["scores"]],
        "alerts": [alert["id"] for alert in definition.get("alerts", [])],
        "definition_sha256": fingerprint(content),
        "href": f"/v1/instruments/{instrument_id}",
    }


def detail(registry: Registry, instrument_id: str) -> tuple[dict[str, Any], str]:
    """The whole definition with what identifies it, and its SHA-256.

    Raises:
        UnknownInstrument: there is none.
    """
    content = registry.content(instrument_id)
    definition = json.loads(content)
    sha256 = fingerprint(content)
    more = {"scorable": definition["status"] in SCORABLE, "item_text": wording(definition), "definition_sha256": sha256}
    return {**definition, **more}, sha256


def wording(definition: dict[str, Any]) -> str:
    """``official`` where the wording ships; else ``labels``: our own, for transcription, never to show a patient."""
    official = all(item["text_is"] == "official" for item in definition["items"])
    return "official" if official and definition["licence"]["may_ship_item_text"] else "labels"


def _score_line(score: dict[str, Any]) -> dict[str, Any]:
    missing = score["missing"]
    rule = {"method": missing["method"], "rule": missing["rule"], "verified": not missing.get("unverified", False)}
    if missing.get("unverified"):
        rule["note"] = "missing-rule-not-verified: the strict rule is this project's choice"
    return {
        "id": score["id"],
        "direction": score["direction"],
        "range": score.get("range"),
        "values": score.get("values"),
        "missing": rule,
    }
