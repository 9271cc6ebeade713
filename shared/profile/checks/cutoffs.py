"""Whether a cut-off is one that an instrument's own definition holds and calls verified."""

from __future__ import annotations

from collections.abc import Iterator

from shared.errors import DefinitionRefused, Problem, UnknownInstrument
from shared.instruments import Instrument, Registry
from shared.instruments.definition import Score
from shared.profile.checks.names import no_instrument
from shared.profile.definition import ScoreRef

_OPPOSITE = {">=": "<", "<": ">=", ">": "<=", "<=": ">"}


def instrument_in(registry: Registry, instrument_id: str) -> Instrument | None:
    """The definition of this id, or none where there is none that can be read."""
    try:
        return registry.get(instrument_id).instrument
    except (UnknownInstrument, DefinitionRefused):
        return None


def score_in(instrument: Instrument, score_id: str) -> Score | None:
    return next((score for score in instrument.scores if score.id == score_id), None)


def published_sources(score: Score, op: str, value: float) -> list[str]:
    """Where this cut-off, or its opposite, was read; empty where the definition does not hold it as verified."""
    return [source for known_op, known, source in _edges(score) if known == value and known_op in (op, _OPPOSITE[op])]


def _edges(score: Score) -> Iterator[tuple[str, float, str]]:
    for cutoff in score.cutoffs:
        if not cutoff.unverified:
            yield cutoff.op, cutoff.value, cutoff.source or ""
    bands = score.bands
    if bands is not None and not bands.unverified:
        for lower, upper in zip(bands.rows, bands.rows[1:], strict=False):
            yield ">=", upper.low, bands.source or ""
            yield "<=", lower.high, bands.source or ""


def is_in_range(score: Score, value: float) -> bool:
    """Whether a score can reach a value at all."""
    return score.range is not None and score.range[0] <= value <= score.range[1]


def check_cutoff(
    registry: Registry,
    score: Score,
    op: str,
    value: float,
    cutoff_of: ScoreRef | None,
    at: str,
    *,
    source: str | None = None,
) -> Iterator[Problem]:
    """A cut-off lies in the score's range, and the definition holds it as verified.

    ``cutoff_of``: the score that holds it, where the same questions stand in two instruments. With ``source`` the
    definition must have read it there.
    """
    home = score
    if cutoff_of is not None:
        instrument = instrument_in(registry, cutoff_of.instrument)
        if instrument is None:
            yield no_instrument(f"{at}/cutoff_of/instrument", cutoff_of.instrument)
            return
        other = score_in(instrument, cutoff_of.score)
        if other is None or other.range != score.range:
            yield Problem(f"{at}/cutoff_of/score", "unknown-score", "is no score of the same range")
            return
        home = other
    if not is_in_range(score, value):
        yield Problem(f"{at}/value", "range", f"lies outside the range of {score.id}")
        return
    sources = published_sources(home, op, value)
    if not sources:
        yield Problem(f"{at}/value", "cut-off", f"is no verified cut-off of {home.id}")
    elif source is not None and not any(source in read for read in sources):
        yield Problem(f"{at}/source", "source", "is not where the definition read this cut-off")
