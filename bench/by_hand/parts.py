"""What the hand-written functions share: one line of a result, and the words for what is missing."""

from __future__ import annotations

from typing import Any

Reason = dict[str, str]


def line(
    id: str,
    ends: tuple[int | float, int | float] | None,
    direction: str,
    answered: int,
    of: int,
    value: Any,
    band: str | None = None,
    reason: Reason | None = None,
) -> dict[str, Any]:
    """One score. Without a value it is not scored."""
    return {
        "id": id,
        "status": "not_scored" if value is None else "scored",
        "value": value,
        "band": band,
        "range": None if ends is None else list(ends),
        "direction": direction,
        "answered": answered,
        "of": of,
        "standard_error": None,
        "reason": reason,
    }


def needs(unanswered: list[str], code: str = "item-required") -> Reason:
    return {"code": code, "detail": f"Needs {listed(unanswered)}, unanswered."}


def listed(items: list[str]) -> str:
    return ", ".join(items) if len(items) <= 5 else f"{', '.join(items[:5])} and {len(items) - 5} more"
