"""A value as people see it, rounded as the model's definition says and never more exact than that."""

from __future__ import annotations

import math
from fractions import Fraction

from shared.risk.result import Estimate
from shared.risk_models.definition import RiskModel


def shown(model: RiskModel, estimate: Estimate) -> str | None:
    """``74 %``, ``25 to 35 %``, or a label; ``None`` where there is no value.

    A band covers both equations where the model has two, so that their disagreement is seen.
    """
    value = estimate["value"]
    if value is None or isinstance(value, str):
        return value
    step = model.display.step or 1
    if model.display.form == "percent":
        return _percent(value, step)
    other = estimate["alternative_value"]
    fits = [value] if other is None else [value, other]
    low, high = _steps(min(fits), step, math.floor), _steps(max(fits), step, math.ceil)
    return f"{low} to {high if high > low else low + step} %"


def _percent(value: float, step: int) -> str:
    """Rounded half up; a rounded 0 or 100 would claim certainty, so it is said as a limit."""
    rounded = _steps(value, step, lambda steps: math.floor(steps + Fraction(1, 2)))
    if rounded <= 0:
        return f"below {step} %"
    if rounded >= 100:
        return f"above {100 - step} %"
    return f"{rounded} %"


def _steps(value: float, step: int, whole: object) -> int:
    return int(whole(Fraction(repr(value)) * 100 / step)) * step  # type: ignore[operator]
