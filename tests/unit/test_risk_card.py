"""The model card: every attribute in order, and nothing blank."""

from __future__ import annotations

import pytest

from shared.risk_models import registry
from shared.risk_models.card import card
from shared.risk_models.catalogue import detail, not_computable_summary, summary
from tests.unit.risk_people import DEFINITIONS, LEG_PAIN, PAINOUT, VERWOERD

IN_ORDER = [
    "developer",
    "funding",
    "output_value",
    "output_type",
    "intended_use",
    "population",
    "users",
    "decision_role",
    "cautioned_use",
    "known_risks",
    "training_data_criteria",
    "sensitive_inputs",
    "representativeness",
    "relevance",
    "fairness_approach",
    "bias_management",
    "external_validation_setting",
    "external_validation_by",
    "external_validation_representativeness",
    "external_validation_process",
    "internal_validity",
    "internal_fairness",
    "external_validity",
    "external_fairness",
    "outcome_evaluations",
    "validity_monitoring",
    "local_validity",
    "fairness_monitoring",
    "local_fairness",
    "updates",
    "corrections",
]


@pytest.mark.parametrize("model", DEFINITIONS)
def test_a_card_has_the_31_attributes_in_order_and_none_is_blank(model):
    attributes = card(DEFINITIONS[model])["attributes"]

    assert [attribute["id"] for attribute in attributes] == IN_ORDER
    assert [attribute["n"] for attribute in attributes] == list(range(1, 32))
    assert all(attribute["text"].strip() for attribute in attributes)


@pytest.mark.parametrize("model", DEFINITIONS)
def test_a_card_names_both_checklists_and_judges_nothing_it_did_not_assess(model):
    whole = card(DEFINITIONS[model])

    assert whole["tripod_ai"]["doi"] == "10.1136/bmj-2023-078378"
    assert [domain["domain"] for domain in whole["probast_ai"]["domains"]] == [
        "participants",
        "predictors",
        "outcome",
        "analysis",
    ]
    assert all(domain["judgement"] == "not-assessed" for domain in whole["probast_ai"]["domains"])


def attribute(model, name):
    return next(a["text"] for a in card(DEFINITIONS[model])["attributes"] if a["id"] == name)


def test_a_card_says_that_the_event_is_the_good_outcome():
    assert "“success”, the good outcome" in attribute(LEG_PAIN, "output_value")
    assert "good outcome" not in attribute(VERWOERD, "output_value")


def test_a_card_names_the_sensitive_inputs_and_those_that_are_none():
    said = attribute(PAINOUT, "sensitive_inputs")

    assert said.startswith("Inputs — sex: Sex; age: Age; health status: ")
    assert "Not inputs — race, ethnicity, language" in said


def test_a_card_gives_performance_with_its_interval_and_its_data():
    assert "c-statistic: 0.8589 (95 % CI 0.8195 to 0.8982)" in attribute(VERWOERD, "internal_validity")
    assert attribute(VERWOERD, "external_validity") == "not available"


def test_the_catalogue_lists_what_can_be_computed_and_what_cannot():
    line = summary(DEFINITIONS[VERWOERD])
    missing = {model.id: not_computable_summary(model) for model in registry().not_computable}

    assert (line["computable"], line["kind"], line["event_is"]) == (True, "probability", "unwanted")
    assert len(missing) == 19
    assert all(entry["computable"] is False and entry["kind"] == "none" for entry in missing.values())
    assert all(entry["missing"] for entry in missing.values())
    assert not set(missing) & set(DEFINITIONS)


def test_the_detail_of_a_model_holds_its_numbers_its_hash_and_its_card():
    document = detail(DEFINITIONS[VERWOERD])

    assert document["equation"]["intercept"]["value"] == -5.782
    assert document["predictors"][0]["from"] == [{"type": "fact", "fact": "female"}]
    assert document["definition_sha256"] == DEFINITIONS[VERWOERD].sha256
    assert len(document["model_card"]["attributes"]) == 31
