"""Do range, bands, table and cut-offs say what the answers and the method can give?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.authoring.possible import Possible, Span
from shared.errors import Problem, pointer
from shared.instruments.definition import Band, Instrument, Score
from shared.scoring.steps import exact

PLAUSIBLE_STANDARD_ERROR = 15
"""In T-score points: a T-score's standard deviation is 10, so a larger error is a misread row."""


def check_numbers(instrument: Instrument, possible: Mapping[str, Possible]) -> Iterator[Problem]:
    for place, score in enumerate(instrument.scores):
        where = pointer("scores", place)
        values = possible.get(score.id)
        if score.method == "t-score-table":
            yield from _table_is_sound(score, possible, where)
        if score.method in ("sum", "mean") and not _all_numbers(values):
            yield Problem(where + "/items", "range", "a sum or mean needs items with numbers as values")
        elif score.range is not None:
            yield from _range_is_what_can_be(score, values, where)
        else:
            yield from _values_are_what_can_be(score, values, where)
        if score.bands is not None and score.bands.rows:
            yield from _bands_tile(score, score.bands.rows, values, where + "/bands/rows")
        for number, alternative in enumerate(score.bands_alternative):
            yield from _bands_tile(score, alternative.rows, values, f"{where}/bands_alternative/{number}/rows")
        yield from _thresholds_lie_inside(score, where)


def _all_numbers(values: Possible) -> bool:
    if isinstance(values, Span):
        return True
    return values is not None and not any(isinstance(value, str) for value in values)


def _range_is_what_can_be(score: Score, values: Possible, where: str) -> Iterator[Problem]:
    low, high = (exact(end) for end in score.range or (None, None))
    if isinstance(values, Span):
        ends = (values.low, values.high)
    elif values and _all_numbers(values):
        ends = (min(values), max(values))
    else:
        return
    if ends != (low, high):
        yield Problem(
            where + "/range", "range", f"is {_span(low, high)}, but the answers and the method give {_span(*ends)}"
        )
    if isinstance(values, frozenset) and score.method in ("sum", "steps"):
        off = [value for value in values if (value - low) % exact(score.step)]
        if off and score.step != 1:
            yield Problem(
                where + "/step", "range", f"{_number(min(off))} is not a whole number of steps from the lowest"
            )


def _values_are_what_can_be(score: Score, values: Possible, where: str) -> Iterator[Problem]:
    if isinstance(values, frozenset) and set(score.values or ()) != values:
        given = ", ".join(map(str, sorted(values, key=str)))
        yield Problem(where + "/values", "range", f"the steps give {given}")
    elif isinstance(values, Span):
        yield Problem(where + "/values", "range", "the steps give numbers, not these categories")


def _bands_tile(score: Score, rows: Sequence[Band], values: Possible, where: str) -> Iterator[Problem]:
    """Every value the score can take lies in exactly one band."""
    if score.range is None:
        yield Problem(where, "bands", "a score without a numeric range has no bands")
        return
    if (rows[0].low, rows[-1].high) != score.range:
        yield Problem(where, "bands", f"first low and last high must be the range, {_span(*score.range)}")
    yield from _bands_are_in_order(rows, where)
    if isinstance(values, Span) and len(rows) > 1:
        yield Problem(where, "bands", "the score takes every value of its range, so there are values between the bands")
    if isinstance(values, frozenset):
        yield from _bands_hold_every_value(rows, [value for value in values if not isinstance(value, str)], where)


def _bands_are_in_order(rows: Sequence[Band], where: str) -> Iterator[Problem]:
    labels = [band.label for band in rows]
    for label in dict.fromkeys(label for label in labels if labels.count(label) > 1):
        yield Problem(where, "bands", f"two bands are labelled {label}")
    for place, band in enumerate(rows):
        if band.low > band.high:
            yield Problem(f"{where}/{place}", "bands", "low is above high")
    for place, (one, other) in enumerate(itertools.pairwise(rows), 1):
        if other.low <= one.high:
            yield Problem(f"{where}/{place}/low", "bands", f"overlaps the band before it, which ends at {one.high}")


def _bands_hold_every_value(rows: Sequence[Band], values: Sequence[Any], where: str) -> Iterator[Problem]:
    gaps = sorted(value for value in values if not any(_holds(band, value) for band in rows))
    if gaps:
        yield Problem(where, "bands", f"no band holds {', '.join(map(_number, gaps[:5]))}")
    for place, band in enumerate(rows):
        if not any(_holds(band, value) for value in values):
            yield Problem(f"{where}/{place}", "bands", f"no possible value lies in {band.label}")


def _holds(band: Band, value: Any) -> bool:
    return bool(exact(band.low) <= value <= exact(band.high))


def _table_is_sound(score: Score, possible: Mapping[str, Possible], where: str) -> Iterator[Problem]:
    rows = score.table.rows if score.table else ()
    where += "/table/rows"
    raws = [row.raw for row in rows]
    keys = possible.get(score.from_score or "")
    if isinstance(keys, frozenset) and (sorted(raws) != sorted(keys) or len(set(raws)) != len(raws)):
        yield Problem(where, "table", f"needs one row for every raw value of {score.from_score}, and no other")
    if raws != sorted(raws):
        yield Problem(where, "table", "rows are not in the order of their raw values")
    steps = [exact(other.t) - exact(one.t) for one, other in itertools.pairwise(rows)]
    rising = sum(1 if step > 0 else -1 for step in steps) >= 0
    for place, step in enumerate(steps, 1):
        if step == 0 or (step > 0) is not rising:
            yield Problem(
                f"{where}/{place}/t", "table", "breaks the order: T-scores must rise (or fall) with every row"
            )
    for place, row in enumerate(rows):
        if row.standard_error is not None and not 0 < row.standard_error < PLAUSIBLE_STANDARD_ERROR:
            yield Problem(f"{where}/{place}/standard_error", "table", "is not a plausible standard error of a T-score")


def _thresholds_lie_inside(score: Score, where: str) -> Iterator[Problem]:
    if score.range is None:
        if score.cutoffs:
            yield Problem(where + "/cutoffs", "cut-off", "a score without a numeric range has no cut-offs")
        return
    low, high = score.range
    for place, cutoff in enumerate(score.cutoffs):
        if not low <= cutoff.value <= high:
            yield Problem(f"{where}/cutoffs/{place}/value", "cut-off", f"lies outside the range {_span(low, high)}")
    differences = {"important_difference": score.important_difference} | {
        f"important_difference_other/{place}": other for place, other in enumerate(score.important_difference_other)
    }
    for key, difference in differences.items():
        if difference and difference.value is not None and not 0 < difference.value <= high - low:
            yield Problem(f"{where}/{key}/value", "difference", "must be above 0 and no wider than the range")


def _span(low: Any, high: Any) -> str:
    return f"{'open' if low is None else _number(low)} to {'open' if high is None else _number(high)}"


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"{float(value):.4g}"
