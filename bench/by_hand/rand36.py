"""RAND-36 scored by a function written for it alone."""

from __future__ import annotations

from typing import Any

from bench.by_hand.parts import line

FALLING5, RISING5 = (100, 75, 50, 25, 0), (0, 25, 50, 75, 100)
FALLING6, RISING6 = (100, 80, 60, 40, 20, 0), (0, 20, 40, 60, 80, 100)
POINTS = {
    **dict.fromkeys((1, 2, 20, 22, 34, 36), FALLING5),
    **dict.fromkeys(range(3, 13), (0, 50, 100)),
    **dict.fromkeys(range(13, 20), (0, 100)),
    **dict.fromkeys((21, 23, 26, 27, 30), FALLING6),
    **dict.fromkeys((24, 25, 28, 29, 31), RISING6),
    **dict.fromkeys((32, 33, 35), RISING5),
}
COUNTS = {f"rand36_{n}": points for n, points in POINTS.items()}
SCALES = {
    "physical_functioning": range(3, 13),
    "role_physical": range(13, 17),
    "role_emotional": range(17, 20),
    "energy_fatigue": (23, 27, 29, 31),
    "emotional_wellbeing": (24, 25, 26, 28, 30),
    "social_functioning": (20, 32),
    "pain": (21, 22),
    "general_health": (1, 33, 34, 35, 36),
}
ITEMS = {scale: tuple(f"rand36_{n}" for n in numbers) for scale, numbers in SCALES.items()}


def score_rand36(responses: dict[str, Any], head: dict[str, str], _alerts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Score the eight scales; it has no alerts."""
    given = {}
    for item, answer in responses.items():
        if item not in COUNTS:
            raise ValueError("unknown item")
        if answer is None:
            continue
        points = COUNTS[item]
        if type(answer) is not int or not 1 <= answer <= len(points):
            raise ValueError(item)
        given[item] = points[answer - 1]
    scores = []
    for scale, items in ITEMS.items():
        answered = [given[item] for item in items if item in given]
        count, of = len(answered), len(items)
        mean = sum(answered) / count if count else None
        score = line(scale, (0, 100), "higher-is-better", count, of, mean)
        if count == 0:
            detail = f"{of} of {of} items are unanswered, at most {of - 1} may be."
            score["reason"] = {"code": "too-many-missing", "detail": detail}
        elif count < of:
            score["status"] = "prorated"
        scores.append(score)
    return {**head, "scores": scores, "alerts": [], "warnings": []}
