"""May two results be subtracted at all? What stands in the way, in words."""

from __future__ import annotations

from shared.change.result import Because
from shared.instruments.definition import Instrument, Score
from shared.scoring.result import InstrumentResult, ScoreResult

OTHER_ANSWERS = ("answered-by-proxy", "other-language")
"""Caveats that make another measurement of it: who answered, and in which wording."""


def obstacle_of_results(instrument: Instrument, before: InstrumentResult, after: InstrumentResult) -> Because | None:
    """What forbids comparing any score of the two results."""
    if {before["instrument"], after["instrument"]} != {instrument.id}:
        return _reason("different-instrument", f"Both results must be of {instrument.id}: forms are never mixed.")
    if {before["instrument_version"], after["instrument_version"]} != {instrument.version}:
        detail = f"Both must be scored by version {instrument.version} of the definition; score the answers again."
        return _reason("different-version", detail)
    if _caveats(before) != _caveats(after):
        detail = "One was answered by a proxy or in another language, the other not: that differs too."
        return _reason("different-setting", detail)
    return None


def obstacle_of_score(score: Score, before: ScoreResult | None, after: ScoreResult | None) -> Because | None:
    """What forbids subtracting this score's two values."""
    if score.values is not None or score.criterion:
        return _reason("category", "It is a category; categories are set side by side, not subtracted.")
    for name, result in (("before", before), ("after", after)):
        if result is None or result["value"] is None:
            why = result["reason"]["detail"] if result and result["reason"] else ""
            return _reason("not-scored", f"There is no score {name}. {why}".strip())
        if isinstance(result["value"], str):
            return _reason("not-a-number", f"The value {name} is not a number.")
        if result["status"] == "prorated":
            detail = f"The score {name} is prorated; the difference could be that of the missing items."
            return _reason("prorated", detail)
    return None


def notes(before: InstrumentResult, after: InstrumentResult, old: ScoreResult, new: ScoreResult) -> list[Because]:
    """What a reader should know of a difference that was taken."""
    found = []
    if old.get("taken_as_absent") or new.get("taken_as_absent"):
        detail = "Unanswered items were taken as absent, as the published rule says."
        found.append(_reason("taken-as-absent", detail))
    if before.get("text_pack") != after.get("text_pack"):
        found.append(_reason("different-wording", "The two were answered in different text packs."))
    return found


def is_outside_validation(old: ScoreResult, new: ScoreResult) -> bool:
    """Were the published figures set aside for one of the two?"""
    reasons = [result["reason"] for result in (old, new)]
    return any(reason is not None and reason["code"] == "outside-validated-population" for reason in reasons)


def _caveats(result: InstrumentResult) -> set[str]:
    return {notice["code"] for notice in result["warnings"]} & {*OTHER_ANSWERS}


def _reason(rule: str, detail: str) -> Because:
    return {"about": "difference", "rule": rule, "detail": detail}
