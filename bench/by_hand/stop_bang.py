"""STOP-Bang scored by a function written for it alone."""

from __future__ import annotations

from typing import Any

from bench.by_hand.parts import line, listed, needs

STOP = ("stopbang_snore", "stopbang_tired", "stopbang_observed", "stopbang_pressure")
AMOUNTS = ("stopbang_bmi", "stopbang_age", "stopbang_neck_cm")
ITEMS = (*STOP, *AMOUNTS, "stopbang_sex")
ENDS = (0, 10**15)


def score_stop_bang(
    responses: dict[str, Any], head: dict[str, str], alerts: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Score the total, the first four questions and the risk, each unknown at its lowest and at its highest."""
    given = _read(responses)
    unanswered = [item for item in ITEMS if item not in given]
    answered = 8 - len(unanswered)
    low, high = [], []
    for item in STOP:
        low.append(given.get(item, 0))
        high.append(given.get(item, 1))
    for item, edge in (("stopbang_bmi", 35), ("stopbang_age", 50)):
        low.append(int(given[item] > edge) if item in given else 0)
        high.append(int(given[item] > edge) if item in given else 1)
    sex, neck = given.get("stopbang_sex"), given.get("stopbang_neck_cm")
    low.append(int(neck is not None and neck >= (41 if sex == "female" else 43)))
    high.append(int(neck is None or neck >= (43 if sex == "male" else 41)))
    low.append(int(sex == "male"))
    high.append(int(sex != "female"))
    lowest, highest, risks = sum(low), sum(high), [_risk(low), _risk(high)]
    total = line("total", (0, 8), "higher-is-worse", answered, 8, lowest if lowest == highest else None)
    if lowest == highest:
        total["band"] = "low" if lowest <= 2 else "intermediate" if lowest <= 4 else "high"
    stop_missing = [item for item in STOP if item not in given]
    stop = line("stop", (0, 4), "higher-is-worse", 4 - len(stop_missing), 4, None if stop_missing else sum(low[:4]))
    if stop_missing:
        stop["reason"] = needs(stop_missing, "missing-rule-not-verified")
    risk = line("risk", None, "higher-is-worse", answered, 8, risks[0] if risks[0] == risks[1] else None)
    for score, ends in ((total, (lowest, highest)), (risk, risks)):
        if score["value"] is None:
            detail = f"Between {ends[0]} and {ends[1]}, by what {listed(unanswered)} would be."
            score["reason"] = {"code": "undetermined", "detail": detail}
            score["interval"] = {"low": ends[0], "high": ends[1], "because": unanswered}
    raised = [dict(alerts["risk-eq-high"])] if risk["value"] == "high" else []
    return {**head, "scores": [total, stop, risk], "alerts": raised, "warnings": []}


def _read(responses: dict[str, Any]) -> dict[str, Any]:
    given = {}
    for item, answer in responses.items():
        if item in STOP:
            good = type(answer) is int and 0 <= answer <= 1
        elif item in AMOUNTS:
            good = type(answer) in (int, float) and ENDS[0] <= answer <= ENDS[1]
        elif item == "stopbang_sex":
            good = answer in ("male", "female")
        else:
            raise ValueError("unknown item")
        if answer is not None:
            if not good:
                raise ValueError(item)
            given[item] = answer
    return given


def _risk(points: list[int]) -> str:
    """``points`` in the order of the letters: S, T, O, P, B, A, N, G."""
    total, bmi, neck, male = sum(points), points[4], points[6], points[7]
    if total >= 5 or (sum(points[:4]) >= 2 and (male or bmi or neck)):
        return "high"
    return "intermediate" if total >= 3 else "low"
