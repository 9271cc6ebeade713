"""What the tests of the risk models share: the definitions, and people who could exist."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from infra.local.template import ROOT
from shared.risk_models import registry
from shared.risk_models.definition import BinaryPredictor, CategoryPredictor

DEFINITIONS = registry().load_all()
DATA = ROOT / "tests" / "data" / "risk"
OPEN_END = 300
"""How far past the lowest value a number without an upper end is tried."""

VERWOERD = "verwoerd-2024-chronic-neck-pain"
LEG_PAIN = "fritzell-2022-swespine-ldh-leg-pain"
PAINOUT = "painout-2020-risk-factor-count"
KHAN = "khan-2016-spoc-tibial-fracture"
MOSELEY = "moseley-2014-crps-wrist-fracture"
DRF = "drf-movement-evoked-pain-2021"
RITCHIE = "ritchie-2013-whiplash-cpr"
START_BACK = "start-back-2008"

PATIENT_X = {
    "female": 1,
    "pain_intensity": 7,
    "pain_other_regions": 1,
    "headache": "since_neck_pain",
    "work_posture": "not_working",
    "duration_beliefs": 8,
    "concerns": 8,
    "treatment_beliefs": 9,
    "distress": 18,
    "identity_beliefs": 9,
    "self_efficacy": 12,
}
NECK = {"condition": "non-traumatic-neck-pain", "age": 41}


def data(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def inside(model: str) -> dict[str, Any]:
    """Population facts of somebody the model was made for, without an age, which some models also have as predictor."""
    facts = dict(DEFINITIONS[model].model.worked_examples[0].population)
    if any(predictor.id == "age" for predictor in DEFINITIONS[model].model.predictors):
        facts.pop("age", None)
    return facts


def may_be_missing(model: str) -> list[str]:
    """The predictors without which the model still applies: an age that decides is not among them."""
    decides = {"age"} if DEFINITIONS[model].model.population.age else set()
    return [predictor.id for predictor in DEFINITIONS[model].model.predictors if predictor.id not in decides]


def allowed(predictor: Any) -> st.SearchStrategy[Any]:
    if isinstance(predictor, BinaryPredictor):
        return st.sampled_from([0, 1])
    if isinstance(predictor, CategoryPredictor):
        return st.sampled_from([category.value for category in predictor.values])
    low, high = predictor.range.low, predictor.range.high
    high = low + OPEN_END if high is None else high
    return st.integers(low, high) if predictor.integer else st.floats(low, high, allow_nan=False)


def people(model: str) -> st.SearchStrategy[dict[str, Any]]:
    """Every predictor answered."""
    return st.fixed_dictionaries({p.id: allowed(p) for p in DEFINITIONS[model].model.predictors})
