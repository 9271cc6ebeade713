"""One model's definition, compiled once into the functions that estimate with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from shared.errors import PredictorsRefused
from shared.risk.equations import compile_equation
from shared.risk.outcome import Outcome
from shared.risk.population import PopulationTest
from shared.risk.reading import PredictorReader
from shared.risk.result import Estimate, Interval, Known, ObservedRate
from shared.risk_models.equation import OutputClass
from shared.risk_models.registry import Definition

NOTHING: Mapping[str, object] = {}


class Estimator:
    """Estimates with one model.

    Example:
        >>> from shared.risk_models import registry
        >>> flag = estimator_for(registry().get("moseley-2014-crps-wrist-fracture"))
        >>> first_week = {"condition": "wrist-fracture", "managed_surgically": 0, "days_since_injury": 3}
        >>> flag.estimate({"pain_avg_2_days": 6}, {**first_week, "timepoint": "injury"})["value"]
        'red-flag'
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        model = definition.model
        self.reader = PredictorReader(model.predictors)
        self.population = PopulationTest(model)
        self._names = tuple(predictor.id for predictor in model.predictors)
        self._equation = compile_equation(model, model.equation)
        self._alternative = compile_equation(model, model.alternative) if model.alternative else None
        self._observed = {output.label: _observed(output) for output in model.classes}
        self._template: dict[str, Any] = {
            "model": model.id,
            "model_version": model.version,
            "definition_sha256": definition.sha256,
            "kind": model.kind,
            "event": model.event,
            "outcome": model.outcome.definition,
            "horizon": model.outcome.horizon,
            "value": None,
            "interval": None,
            "alternative_value": None,
            "contributions": [],
            "missing": [],
            "applicable": True,
            "not_applicable_because": None,
            "evidence_grade": model.evidence_grade,
            "card": f"/v1/risk-models/{model.id}",
            **({"observed": None} if self._observed else {}),
        }

    def estimate(self, predictors: Mapping[str, object], population: Mapping[str, object] = NOTHING) -> Estimate:
        """The estimate for one person. An unanswered predictor or unknown fact is absent or ``None``.

        Raises:
            PredictorsRefused: an unknown name or a value outside what the model allows; carries every problem.
        """
        values, problems = self.reader.read(predictors)
        facts, more = self.population.read(population, values)
        if problems or more:
            raise PredictorsRefused(problems=[*problems, *more])
        for name in self.population.shared:
            if name in facts and self.reader.accepts(name, facts[name]):
                values[name] = facts[name]
        why_not = self.population.why_not(facts)
        return self.of_values(values) if why_not is None else self.withheld(why_not)

    def withheld(self, why_not: str) -> Estimate:
        """The estimate of somebody the model does not apply to."""
        result = cast(Estimate, {**self._template, "contributions": [], "missing": []})
        result["applicable"] = False
        result["not_applicable_because"] = why_not
        return result

    def of_values(self, values: Mapping[str, Known]) -> Estimate:
        """The estimate from values that were read already, of somebody the model applies to."""
        missing = [name for name in self._names if name not in values]
        outcome = self._equation.run(values, missing)
        result = cast(Estimate, {**self._template, "contributions": outcome.contributions, "missing": missing})
        if outcome.value is None:
            result["interval"] = self._interval(outcome, missing)
            if outcome.narrowest is not None:
                result["narrowest"] = outcome.narrowest
            return result
        result["value"] = outcome.value
        if isinstance(outcome.value, str):
            observed = self._observed[outcome.value]
            result["observed"] = None if observed is None else observed.copy()
        elif self._alternative is not None:
            result["alternative_value"] = cast(float, self._alternative.run(values, missing).value)
        return result

    def _interval(self, outcome: Outcome, missing: list[str]) -> Interval:
        interval = Interval(low=outcome.possible[0], high=outcome.possible[-1], because=list(missing))
        if self._observed:
            interval["classes"] = cast(list[str], list(outcome.possible))
        return interval


def _observed(output: OutputClass) -> ObservedRate | None:
    observed = output.observed
    if observed is None:
        return None
    return ObservedRate(
        rate=observed.rate,
        of=observed.of,
        n=observed.n,
        events=observed.events,
        ci95=None if observed.ci95 is None else list(observed.ci95),
        source=observed.source,
    )


_ESTIMATORS: dict[str, Estimator] = {}


def estimator_for(definition: Definition) -> Estimator:
    """The compiled estimator of a definition, made on first use and kept by the definition's hash."""
    estimator = _ESTIMATORS.get(definition.sha256)
    if estimator is None:
        estimator = _ESTIMATORS[definition.sha256] = Estimator(definition)
    return estimator


def estimate(
    definition: Definition, predictors: Mapping[str, object], population: Mapping[str, object] = NOTHING
) -> Estimate:
    """What one model says of one person; see ``Estimator.estimate``."""
    return estimator_for(definition).estimate(predictors, population)
