"""From an assessment to the predictors of a model, each with where it came from, and to the estimates of all models.

A value is taken only from a source that the model's definition names, and changed only as the definition says: a
coding translated, a unit multiplied. Two sources that disagree give no value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from shared.errors import Problem, pointer
from shared.risk.estimator import Estimator, estimator_for
from shared.risk.origins import Given, Unusable, given_by, taken_from
from shared.risk.result import Estimate, Input, Known
from shared.risk_models.definition import AnyPredictor
from shared.risk_models.registry import Definition


class Gathered(NamedTuple):
    """The predictors of one model, where each came from, the population facts, and what could not be used.

    Pointers lie below ``/clinical``, ``/external`` and ``/results``.
    """

    predictors: dict[str, Known]
    inputs: list[Input]
    population: dict[str, Known]
    problems: list[Problem]


def estimates(
    definitions: Iterable[Definition],
    facts: Mapping[str, Any],
    results: Iterable[Mapping[str, Any]],
    timepoint: str | None,
    external: Iterable[Mapping[str, Any]] = (),
) -> list[Estimate]:
    """What each model says of one assessment, those that apply first. Nothing in an assessment raises here.

    ``results`` are instrument results as ``shared.scoring`` gives them, ``external`` are ``ExternalTotal``s. A value
    that a model cannot take (see ``problems_in``) makes that model not applicable, with the reason.
    """
    given = given_by(facts, results, timepoint, external)
    found = [_estimate(estimator_for(definition), given) for definition in definitions]
    return sorted(found, key=_not_applicable)


def gather(
    definition: Definition,
    facts: Mapping[str, Any],
    results: Iterable[Mapping[str, Any]],
    timepoint: str | None,
    external: Iterable[Mapping[str, Any]] = (),
) -> Gathered:
    """The predictors and population facts of one model in one assessment."""
    estimator = estimator_for(definition)
    given = given_by(facts, results, timepoint, external)
    predictors, inputs, problems = _predictors(estimator, given)
    population, more = _population(estimator, given)
    return Gathered(predictors, inputs, population, [*problems, *more])


def _not_applicable(estimate: Estimate) -> bool:
    return not estimate["applicable"]


def _estimate(estimator: Estimator, given: Given) -> Estimate:
    facts, wrong_facts = _population(estimator, given)
    why_not = estimator.population.why_not(facts)
    if wrong_facts or why_not is not None:
        return _with_inputs(estimator.withheld(_because(why_not, wrong_facts)), [])
    values, inputs, wrong = _predictors(estimator, given)
    if wrong:
        return _with_inputs(estimator.withheld(_because(None, wrong)), [])
    return _with_inputs(estimator.of_values(values), inputs)


def _because(why_not: str | None, problems: Iterable[Problem]) -> str:
    unfit = [f"An answer does not fit the model: {problem.detail}." for problem in problems]
    return " ".join([*([why_not] if why_not else []), *unfit])


def _with_inputs(estimate: Estimate, inputs: list[Input]) -> Estimate:
    estimate["inputs"] = inputs
    return estimate


def _population(estimator: Estimator, given: Given) -> tuple[dict[str, Known], list[Problem]]:
    stated = {name: given.facts[name] for name in estimator.population.facts if name in given.facts}
    stated["timepoint"] = given.timepoint
    facts, problems = estimator.population.read(stated, {})
    return facts, [_in_assessment(problem) for problem in problems]


def _predictors(estimator: Estimator, given: Given) -> tuple[dict[str, Known], list[Input], list[Problem]]:
    values: dict[str, Known] = {}
    inputs: list[Input] = []
    problems: list[Problem] = []
    for predictor in estimator.definition.model.predictors:
        try:
            found = _value_of(estimator, predictor, given)
        except Unusable as unusable:
            problems.append(unusable.problem)
            continue
        if found is not None:
            values[predictor.id] = found["value"]
            inputs.append(found)
    return values, inputs, problems


def _value_of(estimator: Estimator, predictor: AnyPredictor, given: Given) -> Input | None:
    found: Input | None = None
    for origin in predictor.origins:
        taken = taken_from(origin, given)
        if taken is None:
            continue
        value, place, said = taken
        if not estimator.reader.accepts(predictor.id, value):
            raise Unusable(place, "value-not-allowed", f"{predictor.id} {estimator.reader.rule[predictor.id]}")
        if found is None:
            found = Input(predictor=predictor.id, value=value, origin=said)
        elif found["value"] != value:
            raise Unusable(place, "contradiction", f"{predictor.id} has two sources that disagree")
    return found


def _in_assessment(problem: Problem) -> Problem:
    name = problem.pointer.rsplit("/", 1)[-1]
    place = pointer("clinical", name) if name != "timepoint" else "/timepoint"
    return problem._replace(pointer=place, detail=f"{name} {problem.detail}")
