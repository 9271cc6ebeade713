"""Made scores, facts and small definitions for the tests of profiles, batteries and policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shared.documents import Document, read_document
from shared.instruments import Registry
from shared.profile import Profile, factors, profile
from shared.profile.definition import Factors
from shared.scoring.result import InstrumentResult, ScoreResult

SOURCE = "https://example.org/read"


def score(score_id: str, value: Any, **changes: Any) -> ScoreResult:
    """One score as the engine gives it; ``value`` None is a score that needs more answers."""
    reason = {"code": "item-required", "detail": "Needs an item, unanswered."} if value is None else None
    made = ScoreResult(
        id=score_id,
        status="not_scored" if value is None else "scored",
        value=value,
        band=None,
        range=[0, 100],
        direction="higher-is-worse",
        answered=1,
        of=1,
        standard_error=None,
        reason=reason,
    )
    made.update(changes)  # type: ignore[typeddict-item]
    return made


def scored(instrument: str, *scores: ScoreResult, alerts: tuple[Any, ...] = (), **values: Any) -> InstrumentResult:
    """The result of one instrument: whole scores, or just their values by id."""
    return InstrumentResult(
        instrument=instrument,
        instrument_version="1.0.0",
        definition_sha256="0" * 64,
        engine_version="0",
        scores=[*scores, *(score(name, value) for name, value in values.items())],
        alerts=list(alerts),
        warnings=[],
    )


def met(score_id: str, *, yes: bool = True) -> ScoreResult:
    """A yes-or-no criterion."""
    return score(score_id, int(yes), criterion="met" if yes else "not-met")


def count(
    facts: dict[str, Any] | None = None,
    *results: InstrumentResult,
    timepoint: str = "preoperative",
    definition: Document[Factors] | None = None,
) -> Profile:
    return profile(definition or factors(), facts or {}, results, timepoint)


def factor(found: Profile, factor_id: str) -> dict[str, Any]:
    """One factor of a profile."""
    return next(dict(one) for one in found["factors"] if one["id"] == factor_id)


def statuses(found: Profile) -> dict[str, str]:
    return {one["id"]: one["status"] for one in found["factors"]}


# -- small files -------------------------------------------------------------------------------------------------------


def made_factors(**changes: Any) -> dict[str, Any]:
    """A small file of factors over instruments of this project: one by a score, one by a fact."""
    statement = {"text": "It counts.", "sources": [SOURCE]}
    document = {
        "version": "1.0.0",
        "title": "Made",
        "statement": {"preoperative": statement, "postoperative": statement, "injury": statement},
        "facts": [
            {
                "id": "smoker",
                "title": "Smokes",
                "kind": "flag",
                "asks": "Do you smoke?",
                "asked_of": "patient",
                "source": SOURCE,
            }
        ],
        "evidence": {
            "read": {
                "about": "surgery",
                "sentence": "It was seen.",
                "outcome": "pain",
                "certainty": "low",
                "source": SOURCE,
            }
        },
        "factors": [
            made_factor(
                "worry",
                {
                    "by": "score",
                    "instrument": "gad-7",
                    "score": "total",
                    "present": {"op": ">=", "value": 10, "source": GAD7},
                    "absent": "otherwise",
                },
            ),
            made_factor(
                "smoking",
                {
                    "by": "fact",
                    "fact": "smoker",
                    "present": {"op": "==", "value": 1, "source": SOURCE},
                    "absent": "otherwise",
                },
            ),
        ],
    }
    return document | changes


GAD7 = "https://github.com/ucam-department-of-psychiatry/camcops/blob/master/docs/source/tasks/gad7.rst"


def made_factor(factor_id: str, *sources: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": factor_id,
        "title": factor_id,
        "intakes": ["preoperative"],
        "not_counted_because": "It is made.",
        "modifiable": False,
        "sources": list(sources),
        "cutoffs": "Its own.",
        "certainty": "Low.",
        "evidence": ["read"],
        "contrary": [],
    } | changes


def read_factors(document: dict[str, Any]) -> Document[Factors]:
    return read_document(Factors, json.dumps(document).encode(), "made.json")


def made_instrument(instrument_id: str, **changes: Any) -> dict[str, Any]:
    """A small instrument of one 0 to 10 question with a cut-off at 4."""
    item = instrument_id.replace("-", "_")
    return {
        "id": instrument_id,
        "version": "1.0.0",
        "title": f"Made {instrument_id}",
        "domain": "pain",
        "status": "scorable",
        "purpose": "a test",
        "recall": {"text": "now"},
        "licence": {"status": "public-domain", "may_ship_item_text": True, "note": "made", "source": SOURCE},
        "citations": [],
        "trust": {
            "grade": "A",
            "score_basis_verified": "yes",
            "missing_rule_verified": "yes",
            "bands_verified": "yes",
            "important_difference_verified": "no",
            "remaining_doubts": "none",
        },
        "options": {"ten": {"type": "number", "unit": "points", "min": 0, "max": 10, "integer": True}},
        "items": [{"id": f"{item}_1", "n": 1, "text": "How much?", "text_is": "official", "options": "ten"}],
        "scores": [
            {
                "id": "total",
                "method": "sum",
                "items": [f"{item}_1"],
                "range": [0, 10],
                "direction": "higher-is-worse",
                "missing": {"rule": "every item", "method": "require-all", "source": SOURCE},
                "cutoffs": [{"value": 4, "op": ">=", "meaning": "much", "source": SOURCE}],
            }
        ],
        "notes": "made",
    } | changes


def registry_of(folder: Path, *instruments: dict[str, Any]) -> Registry:
    """A registry of made instruments."""
    for instrument in instruments:
        (folder / f"{instrument['id']}.json").write_text(json.dumps(instrument), encoding="utf-8")
    return Registry(folder)
