"""PHQ-9 scored by a function written for it alone: the baseline that the declarative engine is measured against.

It gives the very same result (``tests/unit/test_bench_baseline.py`` proves it) with every number written into code.
"""

from __future__ import annotations

from typing import Any

ITEMS = tuple(f"phq9_{n}" for n in range(1, 10))
KNOWN = frozenset((*ITEMS, "phq9_10"))
BANDS = ("minimal",) * 5 + ("mild",) * 5 + ("moderate",) * 5 + ("moderately-severe",) * 5 + ("severe",) * 8


def score_phq9(responses: dict[str, Any], head: dict[str, str], alerts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Score PHQ-9. ``head`` and ``alerts`` hold what both ways take from the definition: versions and wording."""
    given = {}
    for item, answer in responses.items():
        if item not in KNOWN:
            raise ValueError("unknown item")
        if answer is None:
            continue
        if type(answer) is not int or not 0 <= answer <= 3:
            raise ValueError(item)
        given[item] = answer
    answers = [given[item] for item in ITEMS if item in given]
    unanswered = [item for item in ITEMS if item not in given]
    count, named = len(answers), ", ".join(unanswered[:5])
    named += f" and {len(unanswered) - 5} more" if len(unanswered) > 5 else ""
    raised = []
    if given.get("phq9_9", 0) >= 1:
        raised.append(dict(alerts["phq9_9-ge-1"]))
    if "phq9_9" not in given:
        raised.append(dict(alerts["phq9_9-missing"]))

    def line(id: str, high: int, value: int | None, reason: dict[str, str] | None, **more: Any) -> dict[str, Any]:
        status = "not_scored" if value is None else "scored"
        shown = {"id": id, "status": status, "value": value, "band": None, "range": [0, high]}
        shown |= {"direction": "higher-is-worse", "answered": count, "of": 9, "standard_error": None, "reason": reason}
        return shown | more

    if unanswered:
        strict = {"code": "missing-rule-not-verified", "detail": f"Needs {named}, unanswered."}
        if count >= 7:
            total = (2 * sum(answers) * 9 + count) // (2 * count)
            first = line("total", 27, total, None, band=BANDS[total], status="prorated")
        else:
            many = f"{9 - count} of 9 items are unanswered, at most 2 may be."
            first = line("total", 27, None, {"code": "too-many-missing", "detail": many})
        undecided = {"criterion": "undetermined"}
        scores = [first, line("symptom_count", 9, None, strict)]
        scores += [line(f"{k}_depressive_syndrome", 1, None, strict, **undecided) for k in ("major", "other")]
        return {**head, "scores": scores, "alerts": raised, "warnings": []}
    total = sum(answers)
    symptoms = sum(answer >= 2 for answer in answers[:8]) + (answers[8] >= 1)
    cardinal = answers[0] >= 2 or answers[1] >= 2
    scores = [line("total", 27, total, None, band=BANDS[total]), line("symptom_count", 9, symptoms, None)]
    for kind, met in (("major", cardinal and symptoms >= 5), ("other", cardinal and 2 <= symptoms <= 4)):
        words = "met" if met else "not-met"
        scores.append(line(f"{kind}_depressive_syndrome", 1, int(met), None, criterion=words))
    return {**head, "scores": scores, "alerts": raised, "warnings": []}
