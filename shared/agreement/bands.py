"""Where a band that differs from ours may come from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shared.agreement.case import Case, Found
from shared.agreement.numbers import shown
from shared.instruments.definition import Band, Score
from shared.scoring.result import ScoreResult


def other_bands(case: Case, score: Score, ours: ScoreResult, stated: str | None, value: object) -> Iterator[Found]:
    """The tables and readings that give the stated band. ``value`` is the value stated beside it, or ours."""
    mine = ours["value"]
    if stated is None:
        if mine is not None and score.bands is not None and score.bands.rows:
            yield Found("no-band", 1, "A verified table of bands exists for this score")
        return
    rows = score.bands.rows if score.bands else ()
    if value != mine and _label(rows, value) == stated:
        yield Found("band-of-the-stated-value", 0, f"It is the band of the stated {shown(value)}, by the same table")
    if score.bands is not None and score.bands.unverified and _label(rows, mine) == stated:
        yield Found(
            "band-not-verified", 0, "The table that gives this band was not verified, so it labels nothing here"
        )
    for table in score.bands_alternative:
        if _label(table.rows, mine) == stated:
            yield Found("bands-of-another-table", 1, f"It is the band by another table: {table.name}")
    for other in case.instrument.scores:
        if other.id != score.id and other.bands and _label(other.bands.rows, mine) == stated:
            yield Found("bands-of-another-score", 1, f"It is the band of {shown(mine)} by the table of {other.id}")
    yield from _edges(rows, mine, stated)


def _edges(rows: tuple[Band, ...], mine: object, stated: str) -> Iterator[Found]:
    """Our value is the first or the last of its band, and the neighbour was stated."""
    for below, above in pairwise(rows):
        if mine == below.high and stated == above.label:
            yield Found("band-edge", 1, f"{shown(mine)} is the last value of {below.label}; the edge was set one lower")
        if mine == above.low and stated == below.label:
            yield Found(
                "band-edge", 1, f"{shown(mine)} is the first value of {above.label}; the edge was set one higher"
            )


def _label(rows: tuple[Band, ...], value: object) -> str | None:
    if not isinstance(value, int | float):
        return None
    return next((band.label for band in rows if band.low <= value <= band.high), None)
