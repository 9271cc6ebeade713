"""Risk models over the real handlers."""

from __future__ import annotations

import pytest

from tests.unit.risk_people import NECK as POPULATION
from tests.unit.risk_people import PATIENT_X as PATIENT

NECK = "/v1/risk-models/verwoerd-2024-chronic-neck-pain"


def test_the_published_patient_gets_the_published_probability(client):
    answer = client.post(f"{NECK}/predict", {"predictors": PATIENT, "population": POPULATION})

    assert answer.status == 200
    assert round(answer.json["value"], 4) == 0.7446
    assert answer.json["event"] == "chronic neck pain"
    assert answer.json["card"] == NECK
    assert {"predictor": "headache", "log_odds": 0.726} in answer.json["contributions"]


def test_a_missing_predictor_gives_a_range_and_no_value(client):
    some = {name: value for name, value in PATIENT.items() if name != "distress"}

    answer = client.post(f"{NECK}/predict", {"predictors": some, "population": POPULATION}).json

    assert answer["value"] is None
    assert answer["interval"]["because"] == answer["missing"] == ["distress"]
    assert answer["interval"]["low"] < 0.7446 < answer["interval"]["high"]


def test_outside_its_population_a_model_says_why_and_no_number(client):
    answer = client.post(f"{NECK}/predict", {"predictors": PATIENT, "population": {"condition": "whiplash", "age": 41}})

    assert answer.status == 200
    assert (answer.json["applicable"], answer.json["value"], answer.json["interval"]) == (False, None, None)
    assert answer.json["not_applicable_because"]


def test_every_wrong_predictor_is_named_and_none_repeated(client):
    wrong = {**PATIENT, "pain_intensity": 11, "female": True, "Jane": 1}

    answer = client.post(f"{NECK}/predict", {"predictors": wrong, "population": POPULATION})

    assert answer.status == 422
    assert {line["pointer"] for line in answer.json["errors"]} == {
        "/predictors",
        "/predictors/female",
        "/predictors/pain_intensity",
    }
    assert "Jane" not in answer.text


def test_the_registry_lists_what_can_and_what_cannot_be_computed(client):
    items = client.get("/v1/risk-models", token=None).json["items"]

    computable = [item for item in items if item["computable"]]
    assert len(computable) == 9
    assert len(items) > len(computable)
    for item in items:
        assert client.get(item["href"], token=None).status == 200


def test_a_model_is_served_with_its_card_of_31_attributes(client):
    card = client.get(NECK, token=None).json["model_card"]

    assert len(card["attributes"]) == 31


@pytest.mark.parametrize("model", ["base-rates", "risk-factor-evidence", "nope", "meretoja-2017-breast"])
def test_what_cannot_be_computed_cannot_be_predicted_with(client, model):
    assert client.post(f"/v1/risk-models/{model}/predict", {"predictors": {}}).status == 404
