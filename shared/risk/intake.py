"""What no model could use: for a caller who would rather refuse an intake than keep it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.errors import Problem, pointer
from shared.risk.estimator import Estimator, estimator_for
from shared.risk.origins import Unusable, from_fact, is_day, is_said
from shared.risk_models.definition import AnyPredictor, ExternalOrigin, FactOrigin
from shared.risk_models.registry import Definition


def problems_in(
    definitions: Iterable[Definition], facts: Mapping[str, Any], external: Sequence[Mapping[str, Any]] = ()
) -> list[Problem]:
    """Every fact and external total that cannot be right, with pointers below ``/clinical`` and ``/external``.

    A fact is wrong when some models name it and none of them can take it; an external total when no model knows it, its
    unit is not one of the declared, or its source or date is not said.
    """
    definitions = list(definitions)
    units: dict[str, set[str]] = {}
    verdicts: dict[str, list[Problem | None]] = {}
    for definition in definitions:
        estimator = estimator_for(definition)
        for predictor in definition.model.predictors:
            for origin in predictor.origins:
                if isinstance(origin, ExternalOrigin):
                    units.setdefault(origin.total, set()).update(origin.units)
                elif isinstance(origin, FactOrigin) and facts.get(origin.fact) is not None:
                    verdict = _fact_verdict(estimator, predictor, origin, facts)
                    verdicts.setdefault(origin.fact, []).append(verdict)
    found = [first for first, *more in verdicts.values() if first is not None and None not in more]
    return [*found, *_external_problems(external, units)]


def _fact_verdict(
    estimator: Estimator, predictor: AnyPredictor, origin: FactOrigin, facts: Mapping[str, Any]
) -> Problem | None:
    try:
        taken = from_fact(origin, facts)
    except Unusable as unusable:
        return unusable.problem
    if taken is None or estimator.reader.accepts(predictor.id, taken[0]):
        return None
    return estimator.reader.problem(predictor.id, pointer(*taken[1]))


def _external_problems(external: Sequence[Mapping[str, Any]], units: Mapping[str, set[str]]) -> Iterable[Problem]:
    seen: set[object] = set()
    for place, total in enumerate(external):
        name = total.get("total")
        if not isinstance(name, str) or name not in units:
            yield Problem(pointer("external", place, "total"), "unknown-total", "is not a total that a model takes")
            continue
        if name in seen:
            yield Problem(pointer("external", place, "total"), "duplicate", "is given twice")
        seen.add(name)
        unit = total.get("unit")
        if not isinstance(unit, str) or unit not in units[name]:
            detail = f"must be {' or '.join(sorted(units[name]))}"
            yield Problem(pointer("external", place, "unit"), "unit", detail)
        if type(total.get("value")) not in (int, float):
            yield Problem(pointer("external", place, "value"), "value-not-allowed", "must be a number")
        if not is_said(total.get("source")):
            yield Problem(pointer("external", place, "source"), "required", "must say where the total comes from")
        if not is_day(total.get("date")):
            yield Problem(pointer("external", place, "date"), "value-not-allowed", 'must be a day as "yyyy-mm-dd"')
