"""PSQI scored by a function written for it alone."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from bench.by_hand.parts import line, needs

TROUBLES = tuple(f"psqi_5{letter}" for letter in "bcdefghij")
ONE_TO_THREE = {"psqi_5a", *TROUBLES, "psqi_quality", "psqi_medicine", "psqi_stay_awake", "psqi_enthusiasm"}
MOST = {"psqi_latency_min": 10**15, "psqi_sleep_hours": 24}
CLOCKS = ("psqi_bedtime", "psqi_getup")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
NEEDED = {
    "c1_quality": ("psqi_quality",),
    "c2_latency": ("psqi_latency_min", "psqi_5a"),
    "c3_duration": ("psqi_sleep_hours",),
    "c4_efficiency": ("psqi_bedtime", "psqi_getup", "psqi_sleep_hours"),
    "c5_disturbance": TROUBLES,
    "c6_medication": ("psqi_medicine",),
    "c7_daytime": ("psqi_stay_awake", "psqi_enthusiasm"),
}
EQUAL = {"code": "undetermined", "detail": "The two clock times are equal, so the time between them is unknown."}
LONG_SLEEP = {
    "code": "more-sleep-than-time-in-bed",
    "detail": "More hours of sleep than hours in bed were given: check the times.",
    "score": "c4_efficiency",
}
SEVEN_HOURS = {
    "code": "edge-not-settled",
    "detail": "At exactly 7 hours of sleep the sources disagree: 0 points here, 1 by the printed form.",
    "score": "c3_duration",
}
EDGE_85 = {
    "code": "edge-not-settled",
    "detail": "At exactly 85 % efficiency the sources disagree: 0 points here, 1 by the printed form.",
    "score": "c4_efficiency",
}
LONG_NIGHT = {
    "code": "long-time-in-bed",
    "detail": "More than 16 hours in bed: noon and midnight may have been exchanged.",
    "score": "c4_efficiency",
}


def score_psqi(responses: dict[str, Any], head: dict[str, str], _alerts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Score the seven components and their sum; it has no alerts."""
    given = _read(responses)
    warnings = []
    scores = []
    for component, items in NEEDED.items():
        missing = [item for item in items if item not in given]
        score = line(component, (0, 3), "higher-is-worse", len(items) - len(missing), len(items), None)
        if missing == ["psqi_5j"]:
            score["taken_as_absent"] = missing
        elif missing:
            score["reason"] = needs([item for item in missing if item != "psqi_5j"])
            scores.append(score)
            continue
        if component == "c2_latency":
            minutes = given["psqi_latency_min"]
            points = 0 if minutes <= 15 else 1 if minutes <= 30 else 2 if minutes <= 60 else 3
            value = (points + given["psqi_5a"] + 1) // 2
        elif component == "c3_duration":
            hours = given["psqi_sleep_hours"]
            value = 0 if hours >= 7 else 1 if hours >= 6 else 2 if hours >= 5 else 3
            warnings += [dict(SEVEN_HOURS)] if hours == 7 else []
        elif component == "c4_efficiency":
            value = _efficiency(given, warnings)
        elif component == "c5_disturbance":
            value = -(-sum(given.get(item, 0) for item in items) // 9)
        elif component == "c7_daytime":
            value = (given["psqi_stay_awake"] + given["psqi_enthusiasm"] + 1) // 2
        else:
            value = given[items[0]]
        score["value"] = value
        score["status"] = "scored" if value is not None else "not_scored"
        score["reason"] = None if value is not None else dict(EQUAL)
        scores.append(score)
    total = line("global", (0, 21), "higher-is-worse", len(given), 18, None)
    unscored = next((score["id"] for score in scores if score["value"] is None), None)
    if unscored:
        total["reason"] = {"code": "depends-on-unscored", "detail": f"{unscored} has no score."}
    else:
        total["value"] = sum(score["value"] for score in scores)
        total["status"], total["band"] = "scored", "good-sleep" if total["value"] <= 5 else "poor-sleep"
        if "psqi_5j" not in given:
            total["taken_as_absent"] = ["psqi_5j"]
    return {**head, "scores": [*scores, total], "alerts": [], "warnings": warnings}


def _read(responses: dict[str, Any]) -> dict[str, Any]:
    given = {}
    for item, answer in responses.items():
        if item in ONE_TO_THREE:
            good = type(answer) is int and 0 <= answer <= 3
        elif item in MOST:
            good = type(answer) in (int, float) and 0 <= answer <= MOST[item]
        elif item in CLOCKS:
            good = isinstance(answer, str) and CLOCK.fullmatch(answer) is not None
        else:
            raise ValueError("unknown item")
        if answer is not None:
            if not good:
                raise ValueError(item)
            given[item] = answer
    return given


def _efficiency(given: dict[str, Any], warnings: list[dict[str, str]]) -> int | None:
    bed, up = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (given["psqi_bedtime"], given["psqi_getup"]))
    if bed == up:
        return None
    minutes = (up - bed) % 1440
    slept = Decimal(repr(given["psqi_sleep_hours"])) * 6000
    if slept > 100 * minutes:
        warnings.append(dict(LONG_SLEEP))
    if minutes > 16 * 60:
        warnings.append(dict(LONG_NIGHT))
    if slept == 85 * minutes:
        warnings.append(dict(EDGE_85))
    return 0 if slept >= 85 * minutes else 1 if slept >= 75 * minutes else 2 if slept >= 65 * minutes else 3
