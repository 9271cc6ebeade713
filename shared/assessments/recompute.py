"""Proves stored results: scores the kept answers again, and says what comes out otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypedDict

from shared.errors import ResponsesRefused, UnknownInstrument
from shared.instruments import Definition
from shared.scoring import Setting, scorer_for

FindDefinition = Callable[[str, str], Definition | None]
"""From an instrument id and the hash it was scored with to the definition to score with now."""

COMPARED = ("status", "value", "band", "standard_error", "criterion")


class ScoreDifference(TypedDict):
    """One score that comes out otherwise. ``stored`` and ``now`` hold what differs, and nothing else of the person."""

    instrument: str
    score: str
    stored: dict[str, Any]
    now: dict[str, Any]


class Recomputed(TypedDict):
    """``not_at_hand``: instruments whose definition was not found, so that nothing is proved of them."""

    assessment: str
    differences: list[ScoreDifference]
    not_at_hand: list[str]


def recompute(document: Mapping[str, Any], find: FindDefinition, only: str | None = None) -> Recomputed:
    """Score a stored assessment again with the definitions that ``find`` gives; ``only`` one instrument if named."""
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
    return found


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
