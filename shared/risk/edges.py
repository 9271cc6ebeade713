"""Which values tell apart everything that a predictor can do: its closed set, its ends, both sides of every edge."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from shared.risk.result import Known
from shared.risk_models.definition import AnyPredictor, BinaryPredictor, CategoryPredictor, NumberPredictor
from shared.risk_models.equation import Condition, Counted

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}


def allowed_values(predictor: BinaryPredictor | CategoryPredictor) -> tuple[Known, ...]:
    """The closed set of a predictor that is not a number."""
    if isinstance(predictor, BinaryPredictor):
        return (0, 1)
    return tuple(category.value for category in predictor.values)


def both_sides(predictor: NumberPredictor, edges: Iterable[int | float]) -> tuple[int | float, ...]:
    """Both ends of the range, each edge inside it, and one allowed number between every two of these."""
    low, high = predictor.range.low, predictor.range.high
    inside = sorted({edge for edge in edges if low <= edge and (high is None or edge <= high)})
    top = high if high is not None else max([low, *inside]) + 1
    if not predictor.integer:
        marks = sorted({low, *inside, top})
        return tuple(sorted({*marks, *((a + b) / 2 for a, b in itertools.pairwise(marks))}))
    near = {whole for edge in inside for whole in (math.ceil(edge) - 1, math.floor(edge), math.floor(edge) + 1)}
    ends = {math.ceil(low), math.floor(top)}
    return tuple(sorted(value for value in near | ends if math.ceil(low) <= value <= math.floor(top)))


def sides(predictor: AnyPredictor, conditions: Sequence[Condition | Counted]) -> tuple[Known, ...]:
    """One allowed value for every way in which the conditions on this predictor can turn out."""
    if not isinstance(predictor, NumberPredictor):
        candidates: Iterable[Known] = allowed_values(predictor)
    else:
        candidates = both_sides(predictor, [c.value for c in conditions if not isinstance(c.value, str)])
    by_verdict: dict[tuple[bool, ...], Known] = {}
    for value in candidates:
        by_verdict.setdefault(tuple(COMPARE[c.op](value, c.value) for c in conditions), value)
    return tuple(by_verdict.values())
