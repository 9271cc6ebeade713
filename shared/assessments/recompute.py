"""Proves stored results: scores the kept answers again, and says what comes out otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypedDict

from shared.assessments.ports import SILENT
from shared.errors import ResponsesRefused, UnknownInstrument
from shared.instruments import Definition
from shared.risk import estimates
from shared.risk_models import Definition as RiskModelDefinition
from shared.scoring import Setting, scorer_for

FindDefinition = Callable[[str, str], Definition | None]
"""From an instrument id and the hash it was scored with to the definition to score with now."""

COMPARED = ("status", "value", "band", "standard_error", "criterion")


FindModel = Callable[[str, str], RiskModelDefinition | None]
"""The same for a risk model."""

ESTIMATED = ("applicable", "value", "interval", "alternative_value", "missing")


class EstimateDifference(TypedDict):
    """One estimate that comes out otherwise."""

    model: str
    stored: dict[str, Any]
    now: dict[str, Any]


class ScoreDifference(TypedDict):
    """One score that comes out otherwise. ``stored`` and ``now`` hold what differs, and nothing else of the person."""

    instrument: str
    score: str
    stored: dict[str, Any]
    now: dict[str, Any]


class Recomputed(TypedDict):
    """``not_at_hand``: instruments and models whose definition was not found, so that nothing is proved of them."""

    assessment: str
    differences: list[ScoreDifference | EstimateDifference]
    not_at_hand: list[str]


def recompute(
    document: Mapping[str, Any], find: FindDefinition, find_model: FindModel, only: str | None = None
) -> Recomputed:
    """Score and estimate a stored assessment again; ``only`` one instrument or model if it is named.

    Estimates are made from the stored results, so that a difference in a score is not told twice.
    """
    answers = {entry["instrument"]: entry["responses"] for entry in document["responses"]}
    found = Recomputed(assessment=document["id"], differences=[], not_at_hand=[])
    for result in document["results"]:
        instrument = result["instrument"]
        if only not in (None, instrument):
            continue
        definition = find(instrument, result["definition_sha256"])
        if definition is None:
            found["not_at_hand"].append(instrument)
        else:
            found["differences"] += _differences(result, definition, answers[instrument], _setting(document, result))
    for estimate in _estimates_in(document):
        if only not in (None, estimate["model"]):
            continue
        model = find_model(estimate["model"], estimate["definition_sha256"])
        if model is None:
            found["not_at_hand"].append(estimate["model"])
        else:
            found["differences"] += _estimate_differences(document, estimate, model)
    return found


def _estimates_in(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*document["risk"]["estimates"], *document.get(SILENT, {}).get("estimates", [])]


def _estimate_differences(
    document: Mapping[str, Any], estimate: Mapping[str, Any], model: RiskModelDefinition
) -> Iterator[EstimateDifference]:
    facts = document["facts"]
    [again] = estimates([model], facts, document["results"], document["timepoint"], document.get("external", ()))
    now: dict[str, Any] = json.loads(json.dumps(again))
    changed = [part for part in ESTIMATED if estimate.get(part) != now.get(part)]
    if changed:
        yield EstimateDifference(
            model=model.model.id,
            stored={part: estimate.get(part) for part in changed},
            now={part: now.get(part) for part in changed},
        )


def _setting(document: Mapping[str, Any], result: Mapping[str, Any]) -> Setting:
    capture, clinical = document.get("capture") or {}, document.get("clinical") or {}
    return Setting(capture.get("respondent"), capture.get("language"), clinical.get("age"), result.get("text_pack"))


def _differences(
    result: Mapping[str, Any], definition: Definition, answers: Mapping[str, Any], setting: Setting
) -> Iterator[ScoreDifference]:
    instrument = definition.instrument.id
    before = {score["id"]: score for score in result["scores"]}
    try:
        after: dict[str, Any] = {
            score["id"]: score for score in scorer_for(definition).score(answers, setting)["scores"]
        }
    except (ResponsesRefused, UnknownInstrument):
        yield ScoreDifference(instrument=instrument, score="", stored={}, now={"status": "responses-refused"})
        return
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name, {}), after.get(name, {})
        changed = [part for part in COMPARED if old.get(part) != new.get(part)]
        if changed:
            yield ScoreDifference(
                instrument=instrument,
                score=name,
                stored={part: old.get(part) for part in changed},
                now={part: new.get(part) for part in changed},
            )
