"""Every worked example of every model, and the patient that Verwoerd and colleagues published."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from shared.authoring.risk_review import agrees, computed_for
from shared.risk import estimate, shown
from tests.unit.risk_people import DEFINITIONS, NECK, PATIENT_X, VERWOERD, data, inside

EXAMPLES = [
    pytest.param(definition, example, id=f"{name}/{number}")
    for name, definition in DEFINITIONS.items()
    for number, example in enumerate(definition.model.worked_examples, 1)
]
SHEET_EXAMPLES = [
    pytest.param(example, id=f"{example['model']}/{example['example']}")
    for example in data("sheet-examples.json")["examples"]
]
SHEET_TOLERANCE = 0.0006
"""The sheets print some linear predictors to a fourth decimal that is off by a few units."""


@pytest.mark.parametrize(("definition", "example"), EXAMPLES)
def test_a_worked_example_of_a_definition_comes_out(definition, example):
    got = estimate(definition, example.predictors, example.population)

    assert got["applicable"]
    assert got["missing"] == []
    for key, computed in computed_for(definition.model, example, got).items():
        expected = getattr(example.expect, key)
        assert expected is None or agrees(expected, computed, example.expect.decimals), key


@pytest.mark.parametrize("example", SHEET_EXAMPLES)
def test_a_worked_example_of_a_sheet_comes_out(example):
    definition = DEFINITIONS[example["model"]]
    got = estimate(definition, example["predictors"], inside(example["model"]) | age_of(example["model"]))
    computed = computed_for(definition.model, SimpleNamespace(**example), got)

    for key in {"value", "linear_predictor", "alternative_value", "count", "observed_rate"} & set(example):
        if isinstance(example[key], str):
            assert computed[key] == example[key]
        else:
            assert computed[key] == pytest.approx(example[key], abs=SHEET_TOLERANCE)


def age_of(model):
    """An adult, where the age is a fact of the population and no predictor."""
    return {} if any(p.id == "age" for p in DEFINITIONS[model].model.predictors) else {"age": 50}


def test_every_sheet_example_is_covered_and_every_model_has_three():
    assert {param.values[0]["model"] for param in SHEET_EXAMPLES} == set(DEFINITIONS)
    assert all(len(definition.model.worked_examples) >= 3 for definition in DEFINITIONS.values())


def test_the_patient_that_verwoerd_published():
    definition = DEFINITIONS[VERWOERD]

    got = estimate(definition, PATIENT_X, NECK)

    contributions = got.pop("contributions")
    assert got.pop("value") == pytest.approx(0.7446, abs=0.00005)
    assert got == {
        "model": VERWOERD,
        "model_version": "1.0.0",
        "definition_sha256": definition.sha256,
        "kind": "probability",
        "event": "chronic neck pain",
        "outcome": "NPRS >= 3 at each of 6 weeks, 3 months and 6 months",
        "horizon": "6 months",
        "interval": None,
        "alternative_value": None,
        "missing": [],
        "applicable": True,
        "not_applicable_because": None,
        "evidence_grade": "B",
        "card": f"/v1/risk-models/{VERWOERD}",
    }
    assert {"predictor": "headache", "log_odds": 0.726} in contributions
    assert [part["predictor"] for part in contributions] == list(PATIENT_X)
    assert sum(part["log_odds"] for part in contributions) == pytest.approx(1.070 + 5.782)


def test_a_counter_intuitive_sign_travels_with_its_contribution():
    contributions = {
        part["predictor"]: part for part in estimate(DEFINITIONS[VERWOERD], PATIENT_X, NECK)["contributions"]
    }

    assert contributions["self_efficacy"]["direction_in_words"] is False
    assert all("direction_in_words" not in contributions[name] for name in PATIENT_X if name != "self_efficacy")


@pytest.mark.parametrize(
    ("model", "example", "words"),
    [
        (VERWOERD, 0, "74 %"),
        (VERWOERD, 3, "below 1 %"),
        ("fritzell-2022-swespine-ldh-leg-pain", 0, "25 to 35 %"),
        ("fritzell-2022-swespine-ldh-satisfaction", 0, "30 %"),
        ("khan-2016-spoc-tibial-fracture", 3, "high"),
    ],
)
def test_a_value_is_shown_no_more_exactly_than_its_model_says(model, example, words):
    definition = DEFINITIONS[model]
    one = definition.model.worked_examples[example]

    assert shown(definition.model, estimate(definition, one.predictors, one.population)) == words
