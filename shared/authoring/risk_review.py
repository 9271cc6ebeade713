"""One risk model, read as a second reader would read it: every problem, each with its place and a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.authoring.checks.form import find_blanks, find_machine_paths, real_pointer
from shared.errors import DefinitionRefused, PredictorsRefused, Problem, pointer
from shared.instruments import registry
from shared.risk.equations import compile_equation
from shared.risk.estimator import Estimator
from shared.risk.result import Estimate
from shared.risk_models.card import attributes
from shared.risk_models.definition import NumberPredictor, RiskModel, ScoreOrigin
from shared.risk_models.equation import (
    LevelsTerm,
    LogitEquation,
    OrderedProbitEquation,
)
from shared.risk_models.evidence import WorkedExample
from shared.risk_models.integrity import conditions_on
from shared.risk_models.parts import NOT_AVAILABLE, Part, Sourced
from shared.risk_models.registry import Definition, read

FEWEST_EXAMPLES = 3
ATTRIBUTES = 31
SHORTEST_SOURCE = 5


def review(content: bytes, name: str) -> list[Problem]:
    """Every problem of one definition file; none means that it may be used.

    ``name`` is the file's name, which must be the model's id and ``.json``. Examples are recomputed only once the parts
    fit together, since the engine cannot run before.
    """
    definition, problems = _form(content, name)
    if definition is None:
        return problems
    model = definition.model
    problems += _sources(model)
    problems += _citations(model)
    problems += _what_computes_is_verified(model)
    problems += _numbers(model)
    problems += _conditions_can_turn_out_both_ways(model)
    problems += _scores_exist(model)
    problems += _card(model)
    problems += _examples(definition)
    return list(dict.fromkeys(problems))


# -- form --------------------------------------------------------------------------------------------------------------


def _form(content: bytes, name: str) -> tuple[Definition | None, list[Problem]]:
    twice: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in found]
        twice.extend(key for key in dict.fromkeys(keys) if keys.count(key) > 1)
        return dict(found)

    try:
        raw = json.loads(content, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return None, [Problem("", "malformed", f"is not JSON{where}")]
    problems = [Problem("", "duplicate-key", f'holds the key "{key}" twice in one object') for key in twice]
    blanks = [*find_blanks(raw)]
    problems += [*blanks, *find_machine_paths(raw)]
    try:
        return read(content, name), problems
    except DefinitionRefused as refused:
        blank = {problem.pointer for problem in blanks}
        found = [problem._replace(pointer=_in_file(raw, problem)) for problem in refused.problems]
        return None, problems + [problem for problem in dict.fromkeys(found) if problem.pointer not in blank]


def _in_file(raw: Any, problem: Problem) -> str:
    """The place in the file; a key that is not there yet is named all the same."""
    if problem.code != "required":
        return real_pointer(raw, problem.pointer)
    parent, _, key = problem.pointer.rpartition("/")
    return f"{real_pointer(raw, parent)}/{key}"


# -- sources -----------------------------------------------------------------------------------------------------------


def _parts(part: Any, where: str = "") -> Iterator[tuple[str, Part]]:
    """Every part of the definition with its place, the whole first."""
    if isinstance(part, Part):
        yield where, part
        for key, field in type(part).model_fields.items():
            yield from _parts(getattr(part, key), where + pointer(field.alias or key))
    elif isinstance(part, tuple):
        for place, inner in enumerate(part):
            yield from _parts(inner, where + pointer(place))


def _sources(model: RiskModel) -> Iterator[Problem]:
    for where, part in _parts(model):
        source = getattr(part, "source", None)
        if source is not None and len(source.strip()) < SHORTEST_SOURCE:
            yield Problem(where + "/source", "source", "does not say where the fact was read")


def _citations(model: RiskModel) -> Iterator[Problem]:
    for place, citation in enumerate(model.citations):
        where = pointer("citations", place)
        if citation.doi is not None and not re.fullmatch(r"10\.\d{4,9}/\S+", citation.doi):
            yield Problem(where + "/doi", "source", "is not a DOI")
        if citation.pmid is not None and not re.fullmatch(r"\d{1,8}", citation.pmid):
            yield Problem(where + "/pmid", "source", "is not a PubMed id")


def _what_computes_is_verified(model: RiskModel) -> Iterator[Problem]:
    """A number that was not read may be told of, and may never compute or label a result."""
    equations = {"/equation": model.equation, "/alternative": model.alternative, "/classes": model.classes}
    for at, equation in equations.items():
        for where, part in _parts(equation, at):
            if isinstance(part, Sourced) and part.unverified:
                yield Problem(where + "/unverified", "unverified", "what computes or labels a result must be verified")


# -- numbers -----------------------------------------------------------------------------------------------------------


def _numbers(model: RiskModel) -> Iterator[Problem]:
    for where, part in _parts(model):
        interval, value = getattr(part, "ci95", None), getattr(part, "value", getattr(part, "rate", None))
        if interval is not None and not interval[0] <= interval[1]:
            yield Problem(where + "/ci95", "interval", "low is above high")
        elif interval is not None and isinstance(value, int | float) and not interval[0] <= value <= interval[1]:
            yield Problem(where + "/ci95", "interval", "does not hold its own value")
        if isinstance(part, LevelsTerm) and 0 not in part.levels.values():
            yield Problem(where + "/levels", "reference", "has no reference level with coefficient 0")
    yield from _rates(model)
    points = model.performance.operating_points
    for place, row in enumerate(points.rows if points else ()):
        for key in ("sensitivity", "specificity", "ppv", "npv"):
            if not 0 <= getattr(row, key) <= 1:
                yield Problem(pointer("performance", "operating_points", "rows", place, key), "range", "is not 0 to 1")


def _rates(model: RiskModel) -> Iterator[Problem]:
    for place, output in enumerate(model.classes):
        seen = output.observed
        if seen is None or seen.n is None or seen.events is None:
            continue
        where = pointer("classes", place, "observed")
        if not 0 <= seen.events <= seen.n:
            yield Problem(where + "/events", "rate", "must lie between 0 and n")
        elif abs(seen.events / seen.n - seen.rate) > 0.0051:
            yield Problem(where + "/rate", "rate", "is not events divided by n")


def _conditions_can_turn_out_both_ways(model: RiskModel) -> Iterator[Problem]:
    predictors = {predictor.id: (place, predictor) for place, predictor in enumerate(model.predictors)}
    for name, conditions in conditions_on(model).items():
        _, predictor = predictors[name]
        if not isinstance(predictor, NumberPredictor):
            continue
        for condition in conditions:
            low, high = predictor.range.low, predictor.range.high
            if condition.value < low or (high is not None and condition.value > high):  # type: ignore[operator]
                detail = f"compares {name} with {condition.value}, outside its range"
                yield Problem("/equation", "condition", detail)


def _scores_exist(model: RiskModel) -> Iterator[Problem]:
    """A score that a predictor is taken from is one of an instrument held here, and fits the predictor."""
    for place, predictor in enumerate(model.predictors):
        for nth, origin in enumerate(predictor.origins):
            if isinstance(origin, ScoreOrigin) and isinstance(predictor, NumberPredictor):
                where = pointer("predictors", place, "from", nth)
                yield from _score_fits(origin, predictor, where)


def _score_fits(origin: ScoreOrigin, predictor: NumberPredictor, where: str) -> Iterator[Problem]:
    if origin.instrument not in registry().ids:
        yield Problem(where + "/instrument", "origin", f"{origin.instrument} is not an instrument held here")
        return
    scores = {score.id: score for score in registry().get(origin.instrument).instrument.scores}
    score = scores.get(origin.score)
    if score is None:
        yield Problem(where + "/score", "origin", f"{origin.instrument} has no score {origin.score}")
    elif score.range is None:
        yield Problem(where + "/score", "origin", f"{origin.score} is no number")
    elif score.range[0] < predictor.range.low or score.range[1] > (predictor.range.high or score.range[1]):
        low, high = score.range
        yield Problem(where + "/score", "origin", f"runs from {low} to {high}, beyond what {predictor.id} allows")


# -- card --------------------------------------------------------------------------------------------------------------


def _card(model: RiskModel) -> Iterator[Problem]:
    card = attributes(model)
    if len(card) != ATTRIBUTES:
        yield Problem("/card", "card", f"gives {len(card)} attributes, not {ATTRIBUTES}")
    for attribute in card:
        if not attribute["text"].strip():
            yield Problem("/card", "card", f"attribute {attribute['n']} ({attribute['title']}) is blank")
    if model.evidence_grade == "A" and model.card.outcome_evaluations.text == NOT_AVAILABLE:
        yield Problem("/evidence_grade", "grade", "A is for a tool that a trial stands behind, and the card names none")


# -- worked examples ---------------------------------------------------------------------------------------------------


def _examples(definition: Definition) -> Iterator[Problem]:
    model = definition.model
    if len(model.worked_examples) < FEWEST_EXAMPLES:
        yield Problem("/worked_examples", "example", f"needs at least {FEWEST_EXAMPLES} worked examples")
    inputs = [tuple(sorted(example.predictors.items())) for example in model.worked_examples]
    for place, one in enumerate(inputs):
        if one in inputs[:place]:
            yield Problem(pointer("worked_examples", place), "example", "repeats the inputs of an example before it")
    estimator = Estimator(definition)
    for place, example in enumerate(model.worked_examples):
        where = pointer("worked_examples", place)
        try:
            got = estimator.estimate(example.predictors, example.population)
        except PredictorsRefused as refused:
            for problem in refused.problems:
                yield Problem(where + problem.pointer, "example", problem.detail)
            continue
        yield from _recomputed(model, example, got, where)
        yield from _runs_with_gaps(estimator, example, where)


def _recomputed(model: RiskModel, example: WorkedExample, got: Estimate, where: str) -> Iterator[Problem]:
    if got["missing"]:
        yield Problem(where + "/predictors", "example", f"leaves out {', '.join(got['missing'])}")
        return
    if not got["applicable"]:
        yield Problem(where + "/population", "example", f"lies outside the population: {got['not_applicable_because']}")
        return
    expected = example.expect
    for key, computed in computed_for(model, example, got).items():
        wanted = getattr(expected, key)
        if wanted is not None and not agrees(wanted, computed, expected.decimals):
            yield Problem(f"{where}/expect/{key}", "example", f"expects {wanted}, computed {_rounded(computed)}")


def computed_for(model: RiskModel, example: WorkedExample, got: Estimate) -> dict[str, Any]:
    """What the engine gives for each key that an example may expect."""
    equation: Any = compile_equation(model, model.equation)
    latent = isinstance(model.equation, LogitEquation | OrderedProbitEquation)
    observed = got.get("observed")
    return {
        "value": got["value"],
        "alternative_value": got["alternative_value"],
        "linear_predictor": equation.sum(example.predictors) if latent else None,
        "count": equation.count(example.predictors) if model.equation.link == "count" else None,
        "observed_rate": observed["rate"] if observed else None,
    }


def agrees(wanted: Any, computed: Any, decimals: int) -> bool:
    """The same label, or the same number to as many decimals as the source prints."""
    if isinstance(wanted, str) or isinstance(computed, str) or computed is None:
        return bool(wanted == computed)
    return bool(abs(wanted - computed) <= 0.5 * 10**-decimals + 1e-9)


def _rounded(computed: Any) -> Any:
    return round(computed, 6) if isinstance(computed, float) else computed


def _runs_with_gaps(estimator: Estimator, example: WorkedExample, where: str) -> Iterator[Problem]:
    """Nothing that a person may leave out breaks the engine."""
    for left_out in (*example.predictors, None):
        known = {} if left_out is None else {k: v for k, v in example.predictors.items() if k != left_out}
        try:
            estimator.estimate(known, example.population)
        except Exception as error:  # noqa: BLE001 - whatever the engine raises here is a fault of the definition
            detail = f"the engine cannot run it without {left_out or 'any answer'}: {type(error).__name__}"
            yield Problem(where, "engine", detail)
