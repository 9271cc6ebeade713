"""Do the parts of one model fit together? What the engine relies on, checked whenever a definition is read.

A form that parses may still name a predictor that does not exist or leave a number without a class. Such a file is
refused with every fault at once, rather than found out by a person's answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from shared.errors import Problem, pointer
from shared.risk_models.definition import (
    AnyPredictor,
    BinaryPredictor,
    CategoryPredictor,
    FactOrigin,
    NumberPredictor,
    RiskModel,
)
from shared.risk_models.equation import (
    AnyTerm,
    BandsTerm,
    Condition,
    Counted,
    CountEquation,
    LevelsTerm,
    LogitEquation,
    OrderedProbitEquation,
    RuleEquation,
    StrataEquation,
    Stratum,
)
from shared.risk_models.parts import Value

MOST_COMBINATIONS = 4096
"""A rule is evaluated over every combination of what unanswered predictors could be; more would be slow."""


def faults(model: RiskModel) -> list[Problem]:
    """Every fault, each with its place in the file and a sentence."""
    predictors = {predictor.id: predictor for predictor in model.predictors}
    found = [*_ids(model), *_population(model), *_kind(model), *_origins(model)]
    found += _equation(model, predictors)
    if model.alternative is not None:
        found += _terms(model.alternative.terms, predictors, "/alternative")
    found += _classes(model)
    return found


def labels_of(model: RiskModel) -> tuple[str, ...]:
    """Every label the equation can give, once, in the order of the file."""
    equation = model.equation
    if isinstance(equation, RuleEquation):
        return tuple(dict.fromkeys((*(case.label for case in equation.cases), equation.otherwise)))
    if isinstance(equation, CountEquation | StrataEquation):
        return tuple(dict.fromkeys(stratum.label for stratum in equation.strata))
    return ()


def conditions_on(model: RiskModel) -> dict[str, list[Condition | Counted]]:
    """The conditions of a rule or a count, by predictor."""
    equation = model.equation
    found: dict[str, list[Condition | Counted]] = {}
    conditions: Iterable[Condition | Counted] = ()
    if isinstance(equation, RuleEquation):
        conditions = (condition for case in equation.cases for condition in case.conditions)
    elif isinstance(equation, CountEquation):
        conditions = equation.counted
    for condition in conditions:
        found.setdefault(condition.predictor, []).append(condition)
    return found


def _ids(model: RiskModel) -> Iterator[Problem]:
    counts = Counter(predictor.id for predictor in model.predictors)
    for place, predictor in enumerate(model.predictors):
        if counts[predictor.id] > 1:
            yield Problem(pointer("predictors", place, "id"), "id", f"{predictor.id} is the id of two predictors")


def _population(model: RiskModel) -> Iterator[Problem]:
    population = model.population
    if not (population.any_procedure or population.procedures or population.conditions):
        yield Problem("/population", "population", "names no procedure and no condition, so it would fit everybody")
    if population.any_procedure and population.procedures:
        yield Problem("/population/procedures", "population", "any_procedure leaves nothing to list")


def _kind(model: RiskModel) -> Iterator[Problem]:
    gives_probability = isinstance(model.equation, LogitEquation | OrderedProbitEquation)
    if gives_probability != (model.kind == "probability"):
        yield Problem("/kind", "kind", f"a {model.equation.link} equation does not give a {model.kind}")
    if model.alternative is not None and not gives_probability:
        yield Problem("/alternative", "kind", "only a probability has an alternative equation")
    if (model.display.form == "label") == (model.kind == "probability"):
        yield Problem("/display/form", "display", f"does not fit a {model.kind}")


def _origins(model: RiskModel) -> Iterator[Problem]:
    for place, predictor in enumerate(model.predictors):
        for nth, origin in enumerate(predictor.origins):
            where = pointer("predictors", place, "from", nth)
            if isinstance(origin, FactOrigin):
                for code, value in (origin.codes or {}).items():
                    if not allows(predictor, value):
                        yield Problem(where + pointer("codes", code), "origin", "is not a value of the predictor")
            number_needed = not isinstance(origin, FactOrigin) or origin.multiply is not None
            if number_needed and not isinstance(predictor, NumberPredictor):
                yield Problem(where, "origin", "gives a number, and the predictor is not one")


def allows(predictor: AnyPredictor, value: Value) -> bool:
    """Whether ``value`` is one of the predictor's values; nothing is coerced."""
    if isinstance(predictor, BinaryPredictor):
        return type(value) is int and value in (0, 1)
    if isinstance(predictor, CategoryPredictor):
        return type(value) is str and any(value == category.value for category in predictor.values)
    if type(value) is not int and (predictor.integer or type(value) is not float or not math.isfinite(value)):
        return False
    high = predictor.range.high
    return bool(predictor.range.low <= value and (high is None or value <= high))


# -- equations ---------------------------------------------------------------------------------------------------------


def _equation(model: RiskModel, predictors: dict[str, AnyPredictor]) -> Iterator[Problem]:
    equation = model.equation
    if isinstance(equation, LogitEquation | OrderedProbitEquation):
        yield from _terms(equation.terms, predictors, "/equation")
    elif isinstance(equation, StrataEquation):
        yield from _strata_of_predictor(equation, predictors)
    elif isinstance(equation, CountEquation):
        for place, counted in enumerate(equation.counted):
            yield from _condition(counted, predictors, pointer("equation", "counted", place))
        yield from _unused(predictors, {counted.predictor for counted in equation.counted})
        yield from _tiles(equation.strata, 0, sum(counted.points for counted in equation.counted))
    else:
        for place, case in enumerate(equation.cases):
            for nth, condition in enumerate(case.conditions):
                yield from _condition(condition, predictors, pointer("equation", "cases", place, "conditions", nth))
        yield from _unused(predictors, set(conditions_on(model)))
        yield from _combinations(model)


def _unused(predictors: dict[str, AnyPredictor], used: set[str]) -> Iterator[Problem]:
    for place, name in enumerate(predictors):
        if name not in used:
            yield Problem(pointer("predictors", place, "id"), "reference", f"{name} is not used by the equation")


def _terms(terms: Sequence[AnyTerm], predictors: dict[str, AnyPredictor], at: str) -> Iterator[Problem]:
    counts = Counter(term.predictor for term in terms)
    for place, term in enumerate(terms):
        where = at + pointer("terms", place)
        predictor = predictors.get(term.predictor)
        if predictor is None:
            yield Problem(where + "/predictor", "reference", f"{term.predictor} is not a predictor")
            continue
        if counts[term.predictor] > 1:
            yield Problem(where + "/predictor", "reference", f"{term.predictor} has two terms; it may have one")
        yield from _term_fits(term, predictor, where)
    for name in predictors:
        if name not in counts:
            yield Problem(at + "/terms", "reference", f"{name} has no term")


def _term_fits(term: AnyTerm, predictor: AnyPredictor, where: str) -> Iterator[Problem]:
    if isinstance(term, LevelsTerm):
        if not isinstance(predictor, CategoryPredictor):
            yield Problem(where, "term", f"{predictor.id} is not a category, so it has no levels")
        elif set(term.levels) != {category.value for category in predictor.values}:
            yield Problem(where + "/levels", "term", f"must be exactly the values of {predictor.id}")
    elif isinstance(predictor, CategoryPredictor):
        yield Problem(where, "term", f"{predictor.id} is a category and needs a levels term")
    elif isinstance(term, BandsTerm) and not isinstance(predictor, NumberPredictor):
        yield Problem(where, "term", f"{predictor.id} is not a number, so it has no bands")
    if isinstance(predictor, NumberPredictor) and predictor.range.high is None:
        yield Problem(where, "range", f"{predictor.id} has no upper end, so the interval would have none")


def _condition(condition: Condition | Counted, predictors: dict[str, AnyPredictor], where: str) -> Iterator[Problem]:
    predictor = predictors.get(condition.predictor)
    if predictor is None:
        yield Problem(where + "/predictor", "reference", f"{condition.predictor} is not a predictor")
    elif isinstance(predictor, NumberPredictor):
        if isinstance(condition.value, str):
            yield Problem(where + "/value", "condition", f"{predictor.id} is a number")
    elif condition.op != "==" or not allows(predictor, condition.value):
        yield Problem(where, "condition", f"must compare {predictor.id} by == with one of its values")


def _strata_of_predictor(equation: StrataEquation, predictors: dict[str, AnyPredictor]) -> Iterator[Problem]:
    predictor = predictors.get(equation.predictor)
    yield from _unused(predictors, {equation.predictor})
    if predictor is None:
        yield Problem("/equation/predictor", "reference", f"{equation.predictor} is not a predictor")
    elif not isinstance(predictor, NumberPredictor) or not predictor.integer:
        yield Problem("/equation/predictor", "strata", f"{predictor.id} must be a whole number to fall in a stratum")
    else:
        high = predictor.range.high
        yield from _tiles(equation.strata, math.ceil(predictor.range.low), None if high is None else math.floor(high))


def _tiles(strata: Sequence[Stratum], low: int, high: int | None) -> Iterator[Problem]:
    """Every whole number from ``low`` to ``high`` lies in exactly one stratum."""
    expected: int | None = low
    for place, stratum in enumerate(strata):
        where = pointer("equation", "strata", place)
        if stratum.low != expected:
            yield Problem(where + "/low", "strata", "must follow the stratum before it without gap or overlap")
        if stratum.high is not None and stratum.high < stratum.low:
            yield Problem(where + "/high", "strata", "is below low")
        if stratum.high is None and stratum is not strata[-1]:
            yield Problem(where + "/high", "strata", "only the last stratum may be open")
        expected = None if stratum.high is None else stratum.high + 1
    last = strata[-1].high
    if last is not None and last != high:
        yield Problem(pointer("equation", "strata", len(strata) - 1, "high"), "strata", "must end where the numbers do")


def _combinations(model: RiskModel) -> Iterator[Problem]:
    combinations = math.prod(len({condition.value for condition in on}) + 1 for on in conditions_on(model).values())
    if combinations > MOST_COMBINATIONS:
        yield Problem("/equation/cases", "rule", f"has more than {MOST_COMBINATIONS} combinations of unanswered inputs")


def _classes(model: RiskModel) -> Iterator[Problem]:
    known = [output.label for output in model.classes]
    for label, times in Counter(known).items():
        if times > 1:
            yield Problem("/classes", "classes", f"{label} stands twice")
    for label in labels_of(model):
        if label not in known:
            yield Problem("/classes", "classes", f"{label} is given by the equation and is not among the classes")
    for place, label in enumerate(known):
        if label not in labels_of(model):
            yield Problem(pointer("classes", place, "label"), "classes", f"{label} is never given by the equation")
