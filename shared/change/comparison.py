"""From two results of one instrument to the change of every score."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, cast

from shared.change.comparable import is_outside_validation, notes, obstacle_of_results, obstacle_of_score
from shared.change.exactly import exact, plain
from shared.change.importance import judge_importance
from shared.change.reliability import judge_reliability
from shared.change.result import Because, Change, ScoreChange
from shared.errors import Alert
from shared.instruments.definition import Score
from shared.instruments.named_steps import Number
from shared.instruments.registry import Definition
from shared.scoring.result import InstrumentResult, ScoreResult


def change(definition: Definition, before: InstrumentResult, after: InstrumentResult) -> Change:
    """What changed from ``before`` to ``after``, score by score.

    A difference is taken only between two plain scores of the same version of the same instrument. Whether it matters
    and whether it exceeds measurement error are two questions; each is answered by a verified figure or with ``None``.
    """
    instrument = definition.instrument
    obstacle = obstacle_of_results(instrument, before, after)
    old, new = ({score["id"]: score for score in result["scores"]} for result in (before, after))
    changes = []
    for score in instrument.scores:
        first, second = old.get(score.id), new.get(score.id)
        row = _empty(score, first, second)
        in_the_way = obstacle or obstacle_of_score(score, first, second)
        if in_the_way is not None:
            row["because"].append(in_the_way.copy())
        elif first is not None and second is not None:
            _judge(score, first, second, row)
            row["because"] += notes(before, after, first, second)
        changes.append(row)
    return Change(
        instrument=instrument.id,
        instrument_version=instrument.version,
        definition_sha256=definition.sha256,
        changes=changes,
        alerts=_alerts(after, before),
    )


def _alerts(*results: InstrumentResult) -> list[Alert]:
    """Every safety alert of the answers, once. A result that comes back brings none: they were raised then."""
    alerts = [alert for result in results for alert in result.get("alerts", [])]
    return list({alert["id"]: alert for alert in reversed(alerts)}.values())[::-1]


def _empty(score: Score, old: ScoreResult | None, new: ScoreResult | None) -> ScoreChange:
    return ScoreChange(
        score=score.id,
        before=old and old["value"],
        after=new and new["value"],
        difference=None,
        important=None,
        reliable=None,
        better=None,
        because=[],
    )


def _judge(score: Score, old: ScoreResult, new: ScoreResult, row: ScoreChange) -> None:
    before, after = cast(Number, old["value"]), cast(Number, new["value"])  # nothing stood in the way
    difference = exact(after) - exact(before)
    row["difference"] = plain(difference)
    row["better"], better = _judge_direction(score, difference)
    if is_outside_validation(old, new):
        row["because"] += [_set_aside("important"), _set_aside("reliable"), better]
        return
    bands = old["band"], new["band"]
    other_band = None if None in bands else bands[0] != bands[1]
    row["important"], important = judge_importance(score, difference, other_band=other_band)
    row["reliable"], reliable = judge_reliability(score, before, after)
    row["because"] += [*important, reliable, better]


def _judge_direction(score: Score, difference: Fraction) -> tuple[bool | None, Because]:
    if difference == 0:
        return None, _direction("no-difference", "The two values are the same.")
    if score.direction == "neutral":
        return None, _direction("neutral", "No better end of this score is asserted.")
    better = (difference > 0) is (score.direction == "higher-is-better")
    words = "Higher is better" if score.direction == "higher-is-better" else "Higher is worse"
    return better, _direction(score.direction, f"{words} by this score.")


def _direction(rule: str, detail: str) -> Because:
    return {"about": "better", "rule": rule, "detail": detail}


def _set_aside(about: Literal["important", "reliable"]) -> Because:
    detail = "The published figures do not apply to this person or form."
    return {"about": about, "rule": "outside-validated-population", "detail": detail}
