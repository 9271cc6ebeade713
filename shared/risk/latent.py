"""Sums on a latent scale: logistic and ordered probit. A sum is monotone in each term, so its extremes are exact."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from shared.risk.edges import COMPARE, allowed_values, both_sides
from shared.risk.outcome import Names, Outcome, Values
from shared.risk.result import Contribution, Known
from shared.risk_models.definition import AnyPredictor, NumberPredictor
from shared.risk_models.equation import AnyTerm, BandsTerm, LevelsTerm


def logistic(linear_predictor: float) -> float:
    """1 / (1 + e⁻ˣ), without overflow at either end."""
    if linear_predictor >= 0:
        return 1 / (1 + math.exp(-linear_predictor))
    odds = math.exp(linear_predictor)
    return odds / (1 + odds)


def below(cut_point: float) -> Callable[[float], float]:
    """Φ(cut-point − x): the probability of the categories below the cut-point, falling in x."""

    def probability(latent: float) -> float:
        return 0.5 * math.erfc((latent - cut_point) / math.sqrt(2))

    return probability


class CompiledTerm:
    def __init__(self, term: AnyTerm, predictor: AnyPredictor) -> None:
        self.predictor = term.predictor
        self.contribution = _contribution_of(term)
        reachable = [self.contribution(value) for value in _extremes_of(term, predictor)]
        self.low, self.high = min(reachable), max(reachable)


def _contribution_of(term: AnyTerm) -> Callable[[Any], float]:
    if isinstance(term, LevelsTerm):
        return {code: float(coefficient) for code, coefficient in term.levels.items()}.__getitem__
    if isinstance(term, BandsTerm):
        rows = [(COMPARE[row.op], row.than, float(row.coefficient)) for row in term.rows]
        otherwise = float(term.otherwise)
        return lambda value: next((found for holds, than, found in rows if holds(value, than)), otherwise)
    coefficient, per, centre = float(term.coefficient), term.per, term.centre
    if per == 1 and centre == 0:
        return lambda value: coefficient * value + 0.0  # 0.0, never -0.0
    return lambda value: coefficient * (value - centre) / per + 0.0


def _extremes_of(term: AnyTerm, predictor: AnyPredictor) -> Sequence[Known]:
    if isinstance(predictor, NumberPredictor):
        return both_sides(predictor, [row.than for row in term.rows] if isinstance(term, BandsTerm) else ())
    return allowed_values(predictor)


class LatentSum:
    """intercept + terms, turned into a probability by a monotone function."""

    def __init__(
        self,
        terms: Sequence[CompiledTerm],
        intercept: float,
        probability: Callable[[float], float],
        scale: str,
        silent: frozenset[str],
    ) -> None:
        self._terms = [(term.predictor, term.contribution, term.low, term.high) for term in terms]
        self._intercept = intercept
        self._probability = probability
        self._scale = scale
        self._silent = silent

    def sum(self, values: Values) -> float:
        """The linear predictor, for examples that publish it."""
        total = self._intercept
        for name, contribution, _, _ in self._terms:
            total += contribution(values[name])
        return total

    def run(self, values: Values, missing: Names) -> Outcome:
        low = high = self._intercept
        widest, narrowest = -1.0, None
        contributions: list[Contribution] = []
        for name, contribution, least, most in self._terms:
            value = values.get(name)
            if value is None:
                # Added in the same order as a known value would be, so that the ends are never passed by rounding.
                low += least
                high += most
                if most - least > widest:
                    widest, narrowest = most - least, name
                continue
            amount = contribution(value)
            low += amount
            high += amount
            part: Any = {"predictor": name, self._scale: amount}
            if name in self._silent:
                part["direction_in_words"] = False
            contributions.append(part)
        one, other = self._probability(low), self._probability(high)
        if not missing:
            return Outcome(one, (one, one), contributions)
        return Outcome(None, (one, other) if one <= other else (other, one), contributions, narrowest)
