"""An estimate as a RiskAssessment: percentages, ranges, classes, and a horizon always."""

from __future__ import annotations

import pytest

from shared.fhir.context import Context
from shared.fhir.risk_assessment import horizon, percent, risk_assessment
from tests.fhir_examples import AUTHORED, NAMES, SOFTWARE
from tests.judges.emitted import ESTIMATE, ESTIMATES

CONTEXT = Context(NAMES, "Patient/p-1001", AUTHORED, SOFTWARE, "01JDA0X3V1Q2W3E4R5T6Y7U8I9")


def made(estimate, **more):
    return risk_assessment(estimate, CONTEXT, occurrence=AUTHORED, **more)


def prediction(estimate):
    [only] = made(estimate)["prediction"]
    return only


def test_a_probability_is_a_percentage_of_a_hundred():
    assert prediction(ESTIMATE)["probabilityDecimal"] == 74.46
    assert prediction(ESTIMATE | {"value": 0.38})["probabilityDecimal"] == 38.0
    assert [percent(value) for value in (0.0, 0.1 + 0.2, 0.29, 1.0)] == [0.0, 30.000000000000004, 29.0, 100.0]


def test_every_prediction_states_its_horizon():
    for estimate in ESTIMATES.values():
        assert prediction(estimate)["rationale"].startswith(f"Horizon: {estimate['horizon']}.")


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("6 months", (6, "mo"), (6, "mo")),
        ("1 year after surgery", (1, "a"), (1, "a")),
        ("3 to 6 months", (3, "mo"), (6, "mo")),
        ("12 months (derivation), 6 months (validation)", (6, "mo"), (12, "mo")),
        ("post-operative day 1", (1, "d"), (1, "d")),
        ("8 weeks in the Danish follow-up", (8, "wk"), (8, "wk")),
        ("24 hours", (24, "h"), (24, "h")),
        ("1 year (9 months in Scotland)", (9, "mo"), (12, "mo")),
        ("24 hours to day 3", (24, "h"), (72, "h")),
        ("6 months and 2 years", (6, "mo"), (24, "mo")),
    ],
)
def test_a_horizon_is_read_from_its_words(words, low, high):
    when = horizon(words)

    assert tuple((when[end]["value"], when[end]["code"]) for end in ("low", "high")) == (low, high)


def test_weeks_and_months_have_no_common_unit_so_only_the_end_is_stated():
    assert horizon("6 weeks, 3 months and 6 months") == {"high": horizon("6 months")["high"]}


def test_a_prediction_without_a_time_would_speak_of_a_whole_life_so_it_says_no_number():
    said = prediction(ESTIMATES["no time in its horizon"])

    assert not {"probabilityDecimal", "probabilityRange", "qualitativeRisk", "whenRange"} & said.keys()


def test_an_unanswered_predictor_gives_a_range_that_is_no_confidence_interval():
    said = prediction(ESTIMATES["a predictor missing"])

    assert "probabilityDecimal" not in said
    assert [
        (said["probabilityRange"][end]["value"], said["probabilityRange"][end]["code"]) for end in ("low", "high")
    ] == [
        (30.0, "%"),
        (81.0, "%"),
    ]
    assert "Not answered: smoker." in said["rationale"]
    assert "not a confidence interval" in said["rationale"]


def test_outside_its_population_a_model_says_no_number_but_why():
    said = prediction(ESTIMATES["does not apply"])

    assert not [name for name in said if name.startswith(("probability", "qualitative"))]
    assert "The model is for adults." in said["rationale"]


def test_a_class_is_never_turned_into_a_percentage():
    said = prediction(ESTIMATES["class"])

    assert not [name for name in said if name.startswith("probability")]
    assert said["qualitativeRisk"]["coding"] == [
        {"system": NAMES.code_system("risk-class-start-back-2008"), "code": "medium", "display": "medium"}
    ]
    assert "no probability of this person's own" in said["rationale"]


def test_a_class_that_the_unanswered_could_change_names_what_is_possible():
    said = prediction(ESTIMATES["class undecided"])

    assert "qualitativeRisk" not in said
    assert "Still possible: low, high." in said["rationale"]


def test_a_second_equation_stands_beside_the_first():
    said = prediction(ESTIMATES["two equations"])

    assert said["extension"] == [{"url": NAMES.extension("alternative-probability"), "valueDecimal": 70.12}]
    assert "gives 70.12 %" in said["rationale"]


def test_no_code_of_risk_probability_is_ever_used():
    assert all("risk-probability" not in str(made(estimate)) for estimate in ESTIMATES.values())


def test_method_and_mitigation_are_one_each_as_r4_has_them():
    whole = made(ESTIMATE, citation="A citation.", mitigation="Options.", basis=["Observation/o-1"])

    assert whole["method"] == {
        "coding": [{"system": NAMES.code_system("risk-model"), "version": "1.0.0", "code": ESTIMATE["model"]}],
        "text": "A citation.",
    }
    assert whole["mitigation"] == "Options."
    assert whole["basis"] == [{"reference": "Observation/o-1"}]
    assert whole["status"] == "final"


def test_the_main_contributors_are_named_by_their_weight():
    assert "Main contributors: headache, female." in prediction(ESTIMATE)["rationale"]


def test_the_event_stands_with_its_definition_since_some_events_are_good():
    assert prediction(ESTIMATE)["outcome"]["text"].startswith("chronic neck pain: pain of at least 3")
