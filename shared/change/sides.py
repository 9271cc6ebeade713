"""From what was handed in to the two results that are compared, with every safety alert that is heard on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.change.request import ChangeRequest
from shared.errors import Alert, Problem, ResponsesRefused
from shared.scoring.result import InstrumentResult
from shared.scoring.scorer import Scorer

SIDES = ("before", "after")


def results_of(scorer: Scorer, asked: ChangeRequest) -> tuple[InstrumentResult, InstrumentResult]:
    """The two results, scored here where answers were handed in.

    Raises:
        ResponsesRefused: naming every problem of both sides, with the safety alerts of the answers that are valid.
        NotScorable: the instrument stands in the catalogue without a score.
    """
    results: list[InstrumentResult] = []
    problems: list[Problem] = []
    alerts: list[Alert] = []
    for name, side in zip(SIDES, (asked.before, asked.after), strict=True):
        try:
            result = side.as_result() or scorer.score(side.responses or {})
        except ResponsesRefused as refused:
            problems += refused.at(f"/{name}/responses").problems
            alerts += refused.alerts
        else:
            results.append(result)
            alerts += result.get("alerts", [])
    if problems:
        raise ResponsesRefused(problems=problems, alerts=alerts)
    before, after = results
    return before, after


def alerts_in(scorer: Scorer, body: Mapping[str, Any]) -> list[Alert]:
    """The alerts of whatever can be read on either side, for a request that is refused as a whole."""
    sides = [body.get(name) for name in SIDES]
    return [alert for side in sides if isinstance(side, dict) for alert in scorer.alerts_in(side.get("responses"))]
