"""Is this person one of those the model was made for? An unknown fact that decides is a no, with its reason."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from shared.errors import Problem, pointer
from shared.risk.result import Known
from shared.risk_models.definition import AgeLimits, FactLimit, RiskModel

CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
TIMEPOINT = re.compile(r"preoperative|injury|follow-up|postoperative-(day|week|month)-(0|[1-9][0-9]{0,3})")
OLDEST = 130

Test = Callable[[Mapping[str, Known]], str | None]
"""The reason why the model does not apply, or ``None``."""

_UNKNOWN = Problem("/population", "unknown-key", "names a fact that does not decide whether the model applies")
_FORMS: dict[str, tuple[Callable[[object], bool], str]] = {
    "procedure": (lambda value: isinstance(value, str) and CODE.fullmatch(value) is not None, "must be a code"),
    "condition": (lambda value: isinstance(value, str) and CODE.fullmatch(value) is not None, "must be a code"),
    "timepoint": (
        lambda value: isinstance(value, str) and TIMEPOINT.fullmatch(value) is not None,
        "must be a timepoint such as preoperative or postoperative-week-6",
    ),
    "age": (lambda value: type(value) is int and 0 <= value <= OLDEST, "must be completed years, a whole number"),
}


class PopulationTest:
    """The population of one model, compiled to the questions that decide."""

    def __init__(self, model: RiskModel) -> None:
        population = model.population
        self.facts = (*_FORMS, *(limit.fact for limit in population.facts if limit.fact not in _FORMS))
        self.shared = tuple(predictor.id for predictor in model.predictors if predictor.id in self.facts)
        """Facts that are predictors too, such as age: one fact, so it is sent in one place or the same in both."""
        self._tests = tuple(_tests(model))

    def read(self, sent: Mapping[str, object], values: Mapping[str, Known]) -> tuple[dict[str, Known], list[Problem]]:
        """The facts, and every problem."""
        facts: dict[str, Known] = {}
        problems: list[Problem] = []
        for name, value in sent.items():
            if name not in self.facts:
                problems.append(_UNKNOWN)
                continue
            if value is None:
                continue
            well_formed, rule = _FORMS.get(name, _OTHER_FORM)
            if well_formed(value):
                facts[name] = value  # type: ignore[assignment]  # a well-formed value is a number or a code
            else:
                problems.append(Problem(pointer("population", name), "value-not-allowed", rule))
        problems += [
            Problem(pointer("population", name), "contradiction", "differs from the predictor")
            for name in self.shared
            if name in values and facts.setdefault(name, values[name]) != values[name]
        ]
        return facts, list(dict.fromkeys(problems))

    def why_not(self, facts: Mapping[str, Known]) -> str | None:
        """Every reason why the model does not apply, as sentences; ``None`` when it does."""
        reasons = [reason for reason in (test(facts) for test in self._tests) if reason is not None]
        return " ".join(reasons) or None


def _is_fact(value: object) -> bool:
    if isinstance(value, str):
        return CODE.fullmatch(value) is not None
    return type(value) is int or (type(value) is float and math.isfinite(value))


_OTHER_FORM: tuple[Callable[[object], bool], str] = (_is_fact, "must be a number or a code")


def _tests(model: RiskModel) -> list[Test]:
    population = model.population
    tests: list[Test] = []
    if population.any_procedure:
        tests.append(_stated("procedure", "The operation is not stated, and the model is for people who have one."))
    if population.procedures:
        tests.append(_among("procedure", population.procedures))
    if population.conditions:
        tests.append(_among("condition", population.conditions))
    if population.age is not None:
        tests.append(_age(population.age))
    tests.append(_timing(model))
    tests.extend(_limit(limit) for limit in population.facts)
    return tests


def _stated(fact: str, reason: str) -> Test:
    return lambda facts: None if fact in facts else reason


def _among(fact: str, allowed: tuple[str, ...]) -> Test:
    listed = ", ".join(allowed)
    unknown = f"The {fact} is not stated; the model is for {listed}."
    outside = f"The {fact} is not one the model was made for ({listed})."
    codes = frozenset(allowed)

    def test(facts: Mapping[str, Known]) -> str | None:
        value = facts.get(fact)
        return unknown if value is None else None if value in codes else outside

    return test


def _age(limits: AgeLimits) -> Test:
    low, high = limits.low or 0, OLDEST if limits.high is None else limits.high
    span = f"{low} years and over" if limits.high is None else f"{low} to {high} years"
    unknown, outside = f"The age is not stated; the model is for {span}.", f"The age is outside the model's: {span}."

    def test(facts: Mapping[str, Known]) -> str | None:
        age = facts.get("age")
        return unknown if age is None else None if low <= age <= high else outside  # type: ignore[operator]

    return test


def _timing(model: RiskModel) -> Test:
    timing = model.population.timing
    allowed = frozenset(timing.timepoints)
    unknown = f"The time of the answers is not stated; the model takes those given {timing.words}."
    outside = f"The answers are of another time than the model's: {timing.words}."
    when_unknown = unknown if timing.must_be_stated else None

    def test(facts: Mapping[str, Known]) -> str | None:
        timepoint = facts.get("timepoint")
        return when_unknown if timepoint is None else None if timepoint in allowed else outside

    return test


def _limit(limit: FactLimit) -> Test:
    unknown = f"Not stated ({limit.fact}): the model is for {limit.words}." if limit.must_be_stated else None
    outside = f"Outside the model's population: it is for {limit.words}."
    low = -math.inf if limit.low is None else limit.low
    high = math.inf if limit.high is None else limit.high

    def test(facts: Mapping[str, Known]) -> str | None:
        value = facts.get(limit.fact)
        if value is None:
            return unknown
        if limit.allowed:
            return None if value in limit.allowed else outside
        return None if not isinstance(value, str) and low <= value <= high else outside

    return test
