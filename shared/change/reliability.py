"""Is a difference larger than measurement error? By published reliability, or by each score's own standard error."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal, cast

from shared.change.exactly import exact, shown
from shared.change.result import Because
from shared.documents import Part, Sourced
from shared.instruments.definition import Reliability, Score, Table
from shared.instruments.named_steps import Number
from shared.scoring.steps import COMPARE

Verdict = tuple[bool | None, Because]


class CriticalRatio(Sourced):
    """How many standard errors a difference must exceed."""

    value: Number
    op: Literal[">=", ">"]
    kind: str


class Rule(Sourced):
    kind: str


class Rules(Part):
    """The numbers of the method itself; those of an instrument stand in its definition."""

    critical_ratio: CriticalRatio
    own_standard_errors: Rule


@cache
def rules() -> Rules:
    """The rules shipped with this package."""
    return Rules.model_validate_json(Path(__file__).with_name("rules.json").read_bytes())


def judge_reliability(score: Score, before: Number, after: Number) -> Verdict:
    """The verdict, with the standard error it rests on; ``None`` where no verified input exists."""
    difference = exact(after) - exact(before)
    if score.reliability is not None:
        return _by_reliability(score.reliability, difference)
    if score.table is None:
        return None, _why(
            "no-reliability", "No reliability of this score was read: its measurement error is not known."
        )
    if score.table.standard_error_unverified or score.table.status == "derived":
        detail = "The standard errors of this table were derived and not seen published."
        return None, _why("standard-error-not-verified", detail)
    return _by_own_standard_errors(score.table, difference, before, after)


def standard_error_of_difference(reliability: Reliability) -> float:
    """SEM × √2, with SEM = SD × √(1 − r) where that is how it is given."""
    sem = reliability.sem
    if sem is None:  # then a definition gives the two others
        sem = cast(float, reliability.sd) * math.sqrt(1 - cast(float, reliability.coefficient))
    return sem * math.sqrt(2)


def _by_reliability(reliability: Reliability, difference: Fraction) -> Verdict:
    if reliability.unverified:
        return None, _why("reliability-not-verified", f"Not verified: {reliability.kind}.")
    about = "; ".join(part for part in (reliability.kind, reliability.population) if part) + "."
    if reliability.note:
        about += f" {reliability.note}"
    if reliability.smallest_change is None:
        error = standard_error_of_difference(reliability)
        return _by_ratio("reliable-change", difference, error, about, reliability.source)
    value, op = reliability.smallest_change, cast(str, reliability.op)
    holds = COMPARE[op](abs(difference), exact(value))
    words = f"{shown(value)} points or more" if op == ">=" else f"More than {shown(value)} points"
    reason = _why("smallest-reliable-change", f"{words} are reliable: {about}")
    reason |= {"value": value, "op": op, "holds": holds}
    if reliability.source:
        reason["source"] = reliability.source
    return holds, reason


def _by_own_standard_errors(table: Table, difference: Fraction, before: Number, after: Number) -> Verdict:
    errors = {exact(row.t): row.standard_error for row in table.rows}
    first, second = errors.get(exact(before)), errors.get(exact(after))
    if first is None or second is None:
        return None, _why("no-standard-error", "No standard error was read for one of the two scores.")
    about, source = f"{rules().own_standard_errors.kind}.", table.standard_error_source or table.source
    return _by_ratio("own-standard-errors", difference, math.hypot(first, second), about, source)


def _by_ratio(rule: str, difference: Fraction, error: float, about: str, source: str | None) -> Verdict:
    critical = rules().critical_ratio
    ratio = float(difference) / error
    holds = COMPARE[critical.op](abs(ratio), critical.value)
    words = "at" if critical.op == ">=" else "above"
    reason = _why(
        rule,
        f"The difference is {shown(abs(ratio))} of its standard errors; it exceeds measurement error {words} "
        f"{critical.value}: {about}",
    )
    reason |= {"value": critical.value, "op": critical.op, "ratio": ratio, "standard_error": error, "holds": holds}
    reason["source"] = " ; ".join(part for part in (source, critical.source) if part)
    return holds, reason


def _why(rule: str, detail: str) -> Because:
    return {"about": "reliable", "rule": rule, "detail": detail}
