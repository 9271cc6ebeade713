"""From what was sent to the values of predictors. Nothing is coerced, clipped or extrapolated."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from shared.errors import Problem, pointer
from shared.risk.result import Known
from shared.risk_models.definition import AnyPredictor, BinaryPredictor, CategoryPredictor, NumberPredictor

Accepts = Callable[[object], bool]

_UNKNOWN = Problem("/predictors", "unknown-key", "names a predictor that the model does not have")


class PredictorReader:
    """Reads the predictors of one model: a closed set of names, each with its own allowed values."""

    def __init__(self, predictors: Sequence[AnyPredictor]) -> None:
        self._accepts = {predictor.id: acceptor(predictor) for predictor in predictors}
        self.rule = {predictor.id: "".join(_rule(predictor)) for predictor in predictors}

    def read(self, sent: Mapping[str, object]) -> tuple[dict[str, Known], list[Problem]]:
        """The answered predictors, and every problem; ``None`` means unanswered."""
        values: dict[str, Known] = {}
        problems: list[Problem] = []
        for name, value in sent.items():
            accepts = self._accepts.get(name)
            if accepts is None:
                problems.append(_UNKNOWN)
            elif value is None:
                continue
            elif accepts(value):
                values[name] = value  # type: ignore[assignment]  # what is accepted is a number or a code
            else:
                problems.append(self.problem(name, pointer("predictors", name)))
        return values, list(dict.fromkeys(problems))

    def accepts(self, name: str, value: object) -> bool:
        return self._accepts[name](value)

    def problem(self, name: str, place: str) -> Problem:
        return Problem(place, "value-not-allowed", self.rule[name])


def acceptor(predictor: AnyPredictor) -> Accepts:
    """Whether a value is one that the predictor may have; ``type`` keeps True and 1.0 from passing for 1."""
    if isinstance(predictor, BinaryPredictor):
        return lambda value: type(value) is int and (value == 0 or value == 1)
    if isinstance(predictor, CategoryPredictor):
        codes = frozenset(category.value for category in predictor.values)
        return lambda value: type(value) is str and value in codes
    return _number(predictor)


def _number(predictor: NumberPredictor) -> Accepts:
    low = predictor.range.low
    high = math.inf if predictor.range.high is None else predictor.range.high

    def whole(value: object) -> bool:
        return type(value) is int and low <= value <= high

    def any_number(value: object) -> bool:
        # A NaN compares false and an infinity lies outside every closed end.
        return (type(value) is int or type(value) is float) and low <= value <= high and value != math.inf

    return whole if predictor.integer else any_number


def _rule(predictor: AnyPredictor) -> Sequence[str]:
    if isinstance(predictor, BinaryPredictor):
        return ["must be 0 or 1"]
    if isinstance(predictor, CategoryPredictor):
        return ["must be one of ", ", ".join(category.value for category in predictor.values)]
    kind = "a whole number" if predictor.integer else "a number"
    top = "" if predictor.range.high is None else f", at most {predictor.range.high}"
    return [f"must be {kind} ({predictor.unit}), at least {predictor.range.low}{top}"]
