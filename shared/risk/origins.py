"""Where the value of a predictor may come from, and the conversions that a definition declares; no others are done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple, TypedDict

from shared.errors import Problem, pointer
from shared.risk.result import Origin
from shared.risk_models.definition import AnyOrigin, ExternalOrigin, FactOrigin, ScoreOrigin

OUTSIDE = "outside-validated-population"
"""The reason of a score that was answered by a proxy, outside the validated ages or in another language."""

Place = tuple[str, ...]
"""The path to a value in the assessment; made a pointer only where something is wrong with it."""

_NO_SCORE: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})


class ExternalTotal(TypedDict):
    """A total that was scored elsewhere: what, in which unit, by whom, and on which day (``yyyy-mm-dd``)."""

    total: str
    value: int | float
    unit: str
    source: str
    date: str


class Given(NamedTuple):
    """One assessment, with its scores by instrument and id, and its external totals by name."""

    facts: Mapping[str, Any]
    scores: Mapping[tuple[str, str], tuple[Mapping[str, Any], Mapping[str, Any]]]
    external: Mapping[str, Sequence[Mapping[str, Any]]]
    timepoint: str | None


class Unusable(Exception):
    """A value is there, and the model cannot take it."""

    def __init__(self, place: Place, code: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = Problem(pointer(*place), code, detail)


def given_by(
    facts: Mapping[str, Any],
    results: Iterable[Mapping[str, Any]],
    timepoint: str | None,
    external: Iterable[Mapping[str, Any]],
) -> Given:
    scores = {(result["instrument"], score["id"]): (score, result) for result in results for score in result["scores"]}
    totals: dict[str, list[Mapping[str, Any]]] = {}
    for total in external:
        totals.setdefault(str(total.get("total")), []).append(total)
    return Given(facts, scores, totals, timepoint)


def taken_from(origin: AnyOrigin, given: Given) -> tuple[Any, Place, Origin] | None:
    """The value an origin gives, where it lies, and what is said of it; ``None`` where there is none."""
    if isinstance(origin, FactOrigin):
        return from_fact(origin, given.facts)
    if isinstance(origin, ScoreOrigin):
        return _from_score(origin, given)
    return _from_total(origin, given.external)


def from_fact(origin: FactOrigin, facts: Mapping[str, Any]) -> tuple[Any, Place, Origin] | None:
    value = facts.get(origin.fact)
    if value is None:
        return None
    said = Origin(kind="fact", fact=origin.fact)
    place = ("clinical", origin.fact)
    if origin.codes is not None:
        if not isinstance(value, str) or value not in origin.codes:
            raise Unusable(place, "value-not-allowed", f"{origin.fact} must be one of {', '.join(origin.codes)}")
        value = origin.codes[value]
        said["recoded"] = True
    elif origin.multiply is not None:
        value = times(value, origin.multiply)
        said["multiplied_by"] = origin.multiply
    return value, place, said


def _from_score(origin: ScoreOrigin, given: Given) -> tuple[Any, Place, Origin] | None:
    if given.timepoint not in origin.timepoints:
        return None
    score, result = given.scores.get((origin.instrument, origin.score), _NO_SCORE)
    value = score.get("value")
    if value is None:
        return None
    place = ("results", origin.instrument, origin.score)
    if (score.get("reason") or {}).get("code") == OUTSIDE:
        raise Unusable(place, OUTSIDE, f"{origin.instrument} was answered outside what it was validated for")
    said = Origin(
        kind="score",
        instrument=origin.instrument,
        score=origin.score,
        instrument_version=result["instrument_version"],
        definition_sha256=result["definition_sha256"],
    )
    return value, place, said


def _from_total(
    origin: ExternalOrigin, external: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[Any, Place, Origin] | None:
    totals = external.get(origin.total)
    if not totals:
        return None
    place = ("external", origin.total)
    if len(totals) > 1:
        raise Unusable(place, "duplicate", f"{origin.total} is given twice")
    total = totals[0]
    unit = total.get("unit")
    if not isinstance(unit, str) or unit not in origin.units:
        raise Unusable(place, "unit", f"{origin.total} must be in {' or '.join(origin.units)}")
    if not is_said(total.get("source")) or not is_day(total.get("date")):
        raise Unusable(place, "required", f"{origin.total} needs its source and its date")
    said = Origin(kind="external", total=origin.total, unit=unit, source=total["source"], date=total["date"])
    factor = origin.units[unit]
    if factor != 1:
        said["multiplied_by"] = factor
    return times(total.get("value"), factor), place, said


def times(value: object, factor: int) -> object:
    """``value`` × ``factor`` without binary rounding: 1.1 hours are 66 minutes. What is no number stays as it is."""
    if factor == 1 or (type(value) is not int and type(value) is not float):
        return value
    if type(value) is int:
        return value * factor
    try:
        exact = Fraction(repr(value)) * factor
    except ValueError:  # NaN and the infinities
        return value
    return exact.numerator if exact.denominator == 1 else float(exact)


def is_said(source: object) -> bool:
    return isinstance(source, str) and bool(source.strip())


def is_day(day: object) -> bool:
    try:
        return isinstance(day, str) and date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False
