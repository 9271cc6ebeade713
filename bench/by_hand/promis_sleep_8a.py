"""PROMIS Sleep Disturbance 8a scored by a function written for it alone."""

from __future__ import annotations

from typing import Any

from bench.by_hand.parts import line, needs

ITEMS = ("sleep109", "sleep116", "sleep20", "sleep44", "sleep108", "sleep72", "sleep67", "sleep115")
T_SCORES = (
    *(30.5, 35.3, 38.1, 40.4, 42.2, 43.9, 45.3, 46.7, 47.9, 49.1, 50.2, 51.3, 52.4, 53.4, 54.3, 55.3, 56.2),
    *(57.2, 58.1, 59.1, 60.0, 61.0, 62.0, 63.0, 64.0, 65.1, 66.2, 67.4, 68.7, 70.2, 72.0, 74.1, 77.5),
)
ERRORS = (
    *(4.9, 3.7, 3.3, 3.1, 3.0, 2.9, 2.8, 2.7, 2.7, 2.6, 2.6, 2.6, 2.6, 2.6, 2.5, 2.5, 2.5),
    *(2.5, 2.5, 2.5, 2.5, 2.5, 2.6, 2.6, 2.6, 2.6, 2.7, 2.8, 2.9, 3.0, 3.2, 3.5, 4.3),
)
DOUBT = {
    "code": "standard-error-not-verified",
    "detail": "The standard error was derived and not seen published.",
    "score": "t_score",
}


def score_promis_sleep_8a(
    responses: dict[str, Any], head: dict[str, str], _alerts: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Score the form; it has no alerts."""
    given = {}
    for item, answer in responses.items():
        if item not in ITEMS:
            raise ValueError("unknown item")
        if answer is None:
            continue
        if type(answer) is not int or not 1 <= answer <= 5:
            raise ValueError(item)
        given[item] = answer
    count = len(given)
    raw_ends, t_ends, worse = (8, 40), (30.5, 77.5), "higher-is-worse"
    if count < 8:
        because = needs([item for item in ITEMS if item not in given])
        none = {"code": "depends-on-unscored", "detail": "raw has no score."}
        scores = [
            line("raw", raw_ends, worse, count, 8, None, reason=because),
            line("t_score", t_ends, worse, count, 8, None, reason=none),
        ]
        return {**head, "scores": scores, "alerts": [], "warnings": []}
    raw = sum(given.values())
    t = T_SCORES[raw - 8]
    band = "within-normal-limits" if t <= 55 else "mild" if t < 60 else "moderate" if t <= 70 else "severe"
    scores = [line("raw", raw_ends, worse, 8, 8, raw), line("t_score", t_ends, worse, 8, 8, t, band)]
    scores[1]["standard_error"] = ERRORS[raw - 8]
    return {**head, "scores": scores, "alerts": [], "warnings": [dict(DOUBT)]}
