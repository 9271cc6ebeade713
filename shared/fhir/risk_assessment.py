"""What a risk model says of a person, as a RiskAssessment. Only here is a probability a percentage.

A class is never turned into a percentage, a range over the unanswered is never called a confidence interval, and a
horizon is always stated: without one a prediction would speak of the whole life.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from shared.fhir.context import Context
from shared.fhir.systems import UCUM, Resource, coding, concept, kept, references

Estimate = Mapping[str, Any]
"""One of an assessment's ``risk.estimates``, as on the JSON API."""

_UNIT = r"(hour|day|week|month|year)"
_TIME = re.compile(rf"(?:(\d+)\s*(?:to|and|-|–)\s*)?(\d+)\s*{_UNIT}s?|\b{_UNIT}\s+(\d+)")
_UCUM = {"hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "a"}
_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.44, "year": 365.25}
"""About how long: to tell the first time from the last, and for nothing else."""

_EXACT = {"month": {"month": 1, "year": 12}, "day": {"day": 1, "week": 7}, "hour": {"hour": 1, "day": 24, "week": 168}}
"""What one unit is of another, exactly."""

_MAIN = 5


def risk_assessment(
    estimate: Estimate,
    context: Context,
    *,
    occurrence: str,
    basis: Sequence[str] = (),
    citation: str | None = None,
    outcome_codings: Sequence[Resource] = (),
    mitigation: str | None = None,
    performer: str | None = None,
) -> Resource:
    """One estimate. ``basis`` refers to what it rests on, ``mitigation`` names options to consider with their sources.

    ``occurrence`` is when the assessment was made; ``performer`` refers to the Device, which else is named only.
    """
    when = horizon(estimate["horizon"])
    prediction = kept(
        extension=_alternative(estimate, context, stated=when is not None),
        outcome=concept(f"{estimate['event']}: {estimate['outcome']}", *outcome_codings),
        **(_says(estimate, context) if when is not None else {}),
        whenRange=when,
        rationale=rationale(estimate),
    )
    model = coding(context.names.code_system("risk-model"), estimate["model"], version=estimate["model_version"])
    identifier = context.identifier("risk", estimate["model"])
    return kept(
        resourceType="RiskAssessment",
        id=context.observation_id("risk", estimate["model"]),
        identifier=[identifier] if identifier else None,
        status=context.status,
        method=concept(citation or estimate["model"], model),
        subject=context.subject and {"reference": context.subject},
        encounter=context.encounter and {"reference": context.encounter},
        occurrenceDateTime=occurrence,
        performer={"reference": performer} if performer else {"display": context.software},
        basis=references(basis),
        prediction=[prediction],
        mitigation=mitigation,
        note=[{"text": f"Model card: {estimate['card']}. Evidence grade {estimate['evidence_grade']}."}],
    )


def horizon(words: str) -> Resource | None:
    """When the outcome is judged, as a Range: one time, or the first and last of several. ``None``: none is named."""
    times = []
    for first, number, unit, named, place in _TIME.findall(words.lower()):
        times += [(int(count), unit or named) for count in (first, number, place) if count]
    if not times:
        return None
    first_time, last = (choose(times, key=_days) for choose in (min, max))
    units = {first_time[1], last[1]}
    shared = next((unit for unit, exact in _EXACT.items() if units <= exact.keys()), None)
    if len(units) == 1:
        low, high = first_time, last
    elif shared is not None:
        low, high = ((count * _EXACT[shared][unit], shared) for count, unit in (first_time, last))
    else:
        # No engine need compare weeks with months: what remains certain is the end.
        return {"high": _time(*last)}
    return {"low": _time(*low), "high": _time(*high)}


def _days(time: tuple[int, str]) -> float:
    return time[0] * _DAYS[time[1]]


def _time(number: int, unit: str) -> Resource:
    plural = unit if number == 1 else f"{unit}s"
    return {"value": number, "unit": plural, "system": UCUM, "code": _UCUM[unit]}


def percent(probability: float) -> float:
    """A probability as FHIR wants it: of a hundred, without the noise of binary fractions."""
    return float(Decimal(repr(probability)) * 100)


def _says(estimate: Estimate, context: Context) -> Resource:
    if not estimate["applicable"]:
        return {}
    value, interval = estimate["value"], estimate["interval"]
    if estimate["kind"] != "probability":
        return {} if value is None else {"qualitativeRisk": _label(str(value), estimate, context)}
    if value is not None:
        return {"probabilityDecimal": percent(value)}
    if interval is not None:
        low, high = (_percent_quantity(interval[end]) for end in ("low", "high"))
        return {"probabilityRange": {"low": low, "high": high}}
    return {}


def _label(value: str, estimate: Estimate, context: Context) -> Resource:
    """The class by a code of the model's own: no word of FHIR's risk-probability means the same."""
    return concept(value, coding(context.names.code_system(f"risk-class-{estimate['model']}"), value, value))


def _percent_quantity(probability: float) -> Resource:
    return {"value": percent(probability), "unit": "%", "system": UCUM, "code": "%"}


def _alternative(estimate: Estimate, context: Context, *, stated: bool) -> list[Resource]:
    other = estimate.get("alternative_value")
    if other is None or not stated or not estimate["applicable"]:
        return []
    return [{"url": context.names.extension("alternative-probability"), "valueDecimal": percent(other)}]


def rationale(estimate: Estimate) -> str:
    """What the number rests on and what it lacks, in sentences."""
    said = [f"Horizon: {estimate['horizon']}."]
    if not estimate["applicable"]:
        said.append(f"The model does not apply: {estimate['not_applicable_because']}")
    if estimate["missing"]:
        said.append(f"Not answered: {', '.join(estimate['missing'])}.")
    if estimate["interval"] is not None and estimate["applicable"]:
        said.append("The range is over every answer to what is unanswered; it is not a confidence interval.")
        classes = estimate["interval"].get("classes")
        if classes:
            said.append(f"Still possible: {', '.join(map(str, classes))}.")
    if estimate.get("alternative_value") is not None and estimate["applicable"]:
        other = percent(estimate["alternative_value"])
        said.append(f"A second published equation of the same model gives {other:g} %.")
    main = [one for one in estimate["contributions"] if one.get("log_odds") or one.get("latent") or one.get("met")]
    main.sort(key=lambda one: -abs(one.get("log_odds") or one.get("latent") or 0))
    if main:
        said.append(f"Main contributors: {', '.join(one['predictor'] for one in main[:_MAIN])}.")
    said += _observed(estimate)
    return " ".join(said)


def _observed(estimate: Estimate) -> list[str]:
    """What was seen in the study among people of the class; never this person's own probability."""
    seen = estimate.get("observed")
    if not seen or not estimate["applicable"]:
        return []
    of = f" of {seen['n']} people" if seen.get("n") else ""
    rate = percent(seen["rate"])
    return [f"In the study {rate:g} %{of} of this class had: {seen['of']}. It is no probability of this person's own."]
