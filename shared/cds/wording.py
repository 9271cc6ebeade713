"""How scores and their instruments are named and told on a card."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.cds.markdown import plain
from shared.errors import UnknownInstrument
from shared.instruments import Registry
from shared.instruments.definition import Instrument
from shared.scoring.result import InstrumentResult, ScoreResult

MOST_SCORES = 8


class Wording:
    """``registry`` holds the instruments; a result of another version of one is told by its ids."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def title(self, instrument_id: str) -> str:
        """The instrument's title without what stands in brackets behind it."""
        instrument = self._get(instrument_id)
        return instrument.title.split(" (")[0] if instrument else instrument_id

    def scores(self, result: InstrumentResult) -> list[str]:
        """Each score worth telling as Markdown: value, range, band, or why there is none."""
        return [_said(score) for score in self._told(result)]

    def _told(self, result: InstrumentResult) -> list[ScoreResult]:
        """Those that have bands; where none has, those that no other score is made of."""
        scores = result["scores"]
        instrument = self._get(result["instrument"])
        if instrument is None or instrument.version != result["instrument_version"]:
            return scores[:MOST_SCORES]
        banded = {score.id for score in instrument.scores if score.bands}
        parts = {name for score in instrument.scores for name in (*score.scores, score.from_score)}
        wanted = banded or {score.id for score in instrument.scores} - parts
        return [score for score in scores if score["id"] in wanted][:MOST_SCORES]

    def _get(self, instrument_id: str) -> Instrument | None:
        try:
            return self._registry.get(instrument_id).instrument
        except UnknownInstrument:
            return None


def _said(score: ScoreResult) -> str:
    name = plain(score["id"].replace("_", " "))
    if score["value"] is None:
        reason = score["reason"]
        return f"{name} not scored: {plain(_as_clause(reason['detail']) if reason else 'no reason was given')}"
    said = f"{name} **{plain(number(score['value']))}**"
    if score["range"]:
        low, high = score["range"]
        said += f" (range {number(low)} to {number(high)}, {plain(score['direction'].replace('-', ' '))})"
    if score["band"]:
        said += f", {plain(score['band'].replace('-', ' '))}"
    if "criterion" in score:
        said += f", criterion {plain(score['criterion'].replace('-', ' '))}"
    if score["standard_error"]:
        said += f", standard error {number(score['standard_error'])}"
    if score["status"] == "prorated":
        said += f", prorated from {score['answered']} of {score['of']} items"
    return said


def _as_clause(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def number(value: Any) -> str:
    """A value as people see it, with at most two digits after the point."""
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)


def listed(words: Iterable[str]) -> str:
    return "; ".join(words)
