"""``$extract`` keeps to SDC, ``$score`` says everything; neither stores anything or hides an alert."""

from __future__ import annotations

import json

import pytest

from shared.fhir.context import context_of
from shared.fhir.extract import extracted, operation_input, score_answer, score_operation
from shared.fhir.forms import Forms
from shared.fhir.response_scores import score_response
from shared.instruments import registry
from tests.fhir_examples import NAMES, SOFTWARE, phq9

FORMS = Forms(NAMES, registry())


def run(operation, document, issues=()):
    scored = score_response(json.dumps(document).encode(), FORMS, stateless=True)
    assert not scored.reading.refused
    made = operation(scored, context_of(scored.reading.document, NAMES, SOFTWARE), list(issues))
    return {parameter["name"]: parameter["resource"] for parameter in made["parameter"]}


def local_codes(bundle):
    return [entry["resource"]["code"]["coding"][-1]["code"] for entry in bundle["entry"]]


def test_extract_makes_an_observation_of_each_answer_and_of_nothing_else():
    made = run(extracted, phq9(i2=None))

    assert made["return"]["type"] == "transaction"
    assert local_codes(made["return"]) == [f"phq9_{n}" for n in (1, 3, 4, 5, 6, 7, 8, 9)]
    assert {entry["request"]["method"] for entry in made["return"]["entry"]} == {"POST"}


def test_extract_makes_an_observation_of_a_total_that_the_response_states_with_our_value():
    document = phq9()
    document["item"].append({"linkId": "total", "answer": [{"valueDecimal": 20}]})
    made = run(extracted, document)

    total = made["return"]["entry"][-1]["resource"]
    assert total["valueQuantity"]["value"] == 9
    assert any("differs" in issue.get("diagnostics", "") for issue in made["issues"]["issue"])


def test_extract_of_a_response_without_an_answer_says_that_there_is_nothing():
    document = phq9()
    del document["item"]
    made = run(extracted, document)

    assert "return" not in made
    assert any("nothing to extract" in issue.get("diagnostics", "") for issue in made["issues"]["issue"])


@pytest.mark.parametrize("status", ["in-progress", "stopped", "entered-in-error"])
def test_extract_makes_no_final_observation_of_what_is_not_whole_or_was_entered_in_error(status):
    made = run(extracted, phq9() | {"status": status})

    assert "return" not in made
    assert [issue["severity"] for issue in made["issues"]["issue"]][-2:] == ["information", "warning"]


def test_score_returns_the_panel_every_score_and_every_answer():
    made = run(score_answer, phq9(i1=None, i2=None, i3=None))
    codes = local_codes(made["return"])
    total = made["return"]["entry"][1]["resource"]

    assert made["return"]["type"] == "collection"
    assert codes[:5] == ["phq-9", "total", "symptom_count", "major_depressive_syndrome", "other_depressive_syndrome"]
    assert codes[5:] == [f"phq9_{n}" for n in range(4, 10)]
    assert "valueQuantity" not in total
    assert total["dataAbsentReason"]["coding"][1]["code"] == "too-many-missing"


def test_the_members_of_a_panel_are_the_entries_of_its_bundle():
    bundle = run(score_answer, phq9())["return"]
    panel, *others = bundle["entry"]

    assert [one["reference"] for one in panel["resource"]["hasMember"]] == [entry["fullUrl"] for entry in others]


@pytest.mark.parametrize("operation", [extracted, score_answer])
def test_an_alert_travels_with_the_answer(operation):
    first = run(operation, phq9(i9=3))["issues"]["issue"][0]

    assert first["details"]["coding"][0]["code"] == "phq9_9-ge-1"


def test_a_score_without_anything_to_tell_has_no_issues():
    assert set(run(score_answer, phq9(i9=0))) == {"return"}


@pytest.mark.parametrize("operation", [extracted, score_answer])
def test_a_refused_response_is_no_input_of_an_operation(operation):
    scored = score_response(json.dumps(phq9() | {"status": "done"}).encode(), FORMS)

    with pytest.raises(ValueError, match="refused"):
        operation(scored, context_of(scored.reading.document, NAMES, SOFTWARE), [])


def test_an_unfinished_response_is_answered_without_scores_and_with_the_reason():
    made = run(score_answer, phq9(i9=1) | {"status": "in-progress"})

    assert "return" not in made
    assert made["issues"]["issue"][0]["details"]["coding"][0]["code"] == "phq9_9-ge-1"
    assert "Only completed" in made["issues"]["issue"][1]["diagnostics"]


def parameters(*sent):
    return {"resourceType": "Parameters", "parameter": list(sent)}


RESPONSE = {"name": "questionnaire-response", "resource": phq9()}


def test_the_response_stands_alone_or_in_parameters():
    assert operation_input(phq9()) == (phq9(), [])
    assert operation_input(parameters(RESPONSE)) == (phq9(), [])


def test_a_questionnaire_beside_it_is_not_read_and_that_is_said():
    form = {"name": "questionnaire", "resource": {"resourceType": "Questionnaire"}}
    document, issues = operation_input(parameters(RESPONSE, form))

    assert document == phq9()
    assert [(issue.severity, issue.expression) for issue in issues] == [("information", "Parameters.parameter[1]")]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"resourceType": "Observation"}, "structure"),
        ({}, "structure"),
        (parameters(), "required"),
        (parameters(RESPONSE, RESPONSE), "required"),
        (parameters({"name": "questionnaire-response"}), "required"),
        (parameters(RESPONSE, {"name": "other", "resource": phq9()}), "not-supported"),
        (parameters(RESPONSE, {"name": "questionnaire", "valueString": "x"}), "structure"),
        (parameters(None), "required"),
        (parameters(3), "required"),
    ],
)
def test_an_input_that_is_not_one_response_is_refused(document, code):
    _, issues = operation_input(document)

    assert code in [issue.code for issue in issues if issue.refuses]


def test_score_has_a_definition_of_its_own_and_not_sdcs():
    made = score_operation(NAMES, date="2026-01-01", version="0.1.0")

    assert made["url"] == "https://scoring.example.org/fhir/R4/OperationDefinition/QuestionnaireResponse-score"
    assert made["affectsState"] is False
    assert [(one["name"], one["use"]) for one in made["parameter"]] == [
        ("questionnaire-response", "in"),
        ("questionnaire", "in"),
        ("return", "out"),
        ("issues", "out"),
    ]
