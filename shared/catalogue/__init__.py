"""What the service knows, as clients see it: the list of instruments, and each definition whole."""

from __future__ import annotations

import json
from typing import Any

from shared.instruments import Definition, Instrument


def summary(definition: Definition) -> dict[str, Any]:
    """One line of the catalogue."""
    instrument, sha256 = definition
    return {
        "id": instrument.id,
        "version": instrument.version,
        "title": instrument.title,
        "domain": instrument.domain,
        "status": instrument.status,
        "scorable": instrument.scorable,
        "not_scorable_because": None if instrument.scorable else instrument.trust.remaining_doubts,
        "purpose": instrument.purpose,
        "recall": instrument.recall.model_dump(mode="json"),
        "validated_ages": instrument.validated_ages and instrument.validated_ages.model_dump(mode="json"),
        "licence": instrument.licence.model_dump(mode="json"),
        "item_text": wording(instrument),
        "trust": instrument.trust.model_dump(mode="json"),
        "scores": [
            {
                "id": score.id,
                "direction": score.direction,
                "range": list(score.range) if score.range else None,
                "missing": {
                    "method": score.missing.method,
                    "verified": not score.missing.unverified,
                    "rule": score.missing.rule,
                },
            }
            for score in instrument.scores
        ],
        "definition_sha256": sha256,
        "href": f"/v1/instruments/{instrument.id}",
    }


def detail(definition: Definition) -> str:
    """The whole definition as JSON text, with what identifies it."""
    document = definition.instrument.model_dump(mode="json", exclude_defaults=True)
    document |= {"scorable": definition.instrument.scorable, "definition_sha256": definition.sha256}
    document.setdefault("validated_ages", None)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def wording(instrument: Instrument) -> str:
    """``official`` where the wording ships; else ``labels``: our own, for transcription, never to show a patient."""
    official = instrument.licence.may_ship_item_text and all(item.text_is == "official" for item in instrument.items)
    return "official" if official else "labels"
