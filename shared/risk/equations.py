"""How each kind of equation becomes a value, and what an unanswered predictor leaves possible.

An equation is compiled once. Every one runs the same way: the values that are known and the names that are not go in,
an ``Outcome`` comes out. Extremes over the unanswered are exact: a sum is monotone in each of its terms, and a count,
stratum or rule is run over one value from each side of each of its edges.
"""

from __future__ import annotations

from shared.risk.classes import Count, Rule, Strata
from shared.risk.latent import CompiledTerm, LatentSum, below, logistic
from shared.risk.outcome import Equation
from shared.risk_models.definition import RiskModel
from shared.risk_models.equation import AnyEquation, CountEquation, LogitEquation, OrderedProbitEquation, StrataEquation


def compile_equation(model: RiskModel, equation: AnyEquation) -> Equation:
    """The functions of one equation of ``model``."""
    predictors = {predictor.id: predictor for predictor in model.predictors}
    silent = frozenset(predictor.id for predictor in model.predictors if not predictor.direction_in_words)
    if isinstance(equation, LogitEquation):
        terms = [CompiledTerm(term, predictors[term.predictor]) for term in equation.terms]
        return LatentSum(terms, float(equation.intercept.value), logistic, "log_odds", silent)
    if isinstance(equation, OrderedProbitEquation):
        terms = [CompiledTerm(term, predictors[term.predictor]) for term in equation.terms]
        return LatentSum(terms, 0.0, below(equation.cut_points[equation.event_categories - 1]), "latent", silent)
    order = [output.label for output in model.classes]
    if isinstance(equation, CountEquation):
        return Count(equation, predictors, order)
    if isinstance(equation, StrataEquation):
        return Strata(equation, order)
    return Rule(equation, predictors, order)
