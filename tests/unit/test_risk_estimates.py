"""What an estimate says when answers are missing, when a class is given, and where a model does not apply."""

from __future__ import annotations

import pytest

from shared.risk import estimate
from tests.unit.risk_people import (
    DEFINITIONS,
    DRF,
    KHAN,
    LEG_PAIN,
    MOSELEY,
    NECK,
    PAINOUT,
    PATIENT_X,
    RITCHIE,
    START_BACK,
    VERWOERD,
)

BEFORE_SURGERY = {"procedure": "total-knee-arthroplasty", "age": 60, "timepoint": "preoperative"}
NO_FACTOR = {
    "age": 60,
    "chronic_pain_at_site": 0,
    "female": 0,
    "surgery_minutes": 60,
    "preoperative_opioids": 0,
    "feeling_anxious": 0,
    "feeling_helpless": 0,
}


def without(person, *names):
    return {name: value for name, value in person.items() if name not in names}


# -- missing predictors ------------------------------------------------------------------------------------------------


def test_one_missing_predictor_withholds_the_value_and_gives_its_range():
    got = estimate(DEFINITIONS[VERWOERD], without(PATIENT_X, "pain_intensity"), NECK)
    ends = [estimate(DEFINITIONS[VERWOERD], PATIENT_X | {"pain_intensity": n}, NECK)["value"] for n in (0, 10)]

    assert got["value"] is None
    assert got["missing"] == ["pain_intensity"]
    assert got["interval"] == {"low": ends[0], "high": ends[1], "because": ["pain_intensity"]}
    assert got["narrowest"] == "pain_intensity"
    assert len(got["contributions"]) == len(PATIENT_X) - 1


def test_the_narrowest_answer_has_the_widest_spread_of_log_odds():
    """0.227 × 10 for pain, −0.204 × 10 for treatment beliefs, 0.083 × 21 for distress: pain."""
    got = estimate(
        DEFINITIONS[VERWOERD], without(PATIENT_X, "distress", "pain_intensity", "treatment_beliefs", "female"), NECK
    )

    assert got["narrowest"] == "pain_intensity"


def test_nothing_answered_still_gives_a_range_and_names_everything():
    got = estimate(DEFINITIONS[VERWOERD], {}, NECK)

    assert got["missing"] == list(PATIENT_X)
    assert 0 < got["interval"]["low"] < got["interval"]["high"] < 1


def test_an_alternative_value_is_withheld_with_the_value():
    example = DEFINITIONS[LEG_PAIN].model.worked_examples[0]

    whole = estimate(DEFINITIONS[LEG_PAIN], example.predictors, example.population)
    partly = estimate(DEFINITIONS[LEG_PAIN], without(example.predictors, "smoker"), example.population)

    assert whole["alternative_value"] == pytest.approx(0.3408, abs=0.00005)
    assert partly["alternative_value"] is None
    assert partly["interval"]["because"] == ["smoker"]


def test_a_class_that_no_answer_could_change_is_given():
    three_factors = NO_FACTOR | {"female": 1, "preoperative_opioids": 1, "chronic_pain_at_site": 1}

    got = estimate(DEFINITIONS[PAINOUT], without(three_factors, "feeling_anxious", "surgery_minutes"), BEFORE_SURGERY)

    assert got["value"] == "higher-risk"
    assert got["interval"] is None
    assert got["missing"] == ["surgery_minutes", "feeling_anxious"]
    assert "narrowest" not in got


def test_a_class_that_an_answer_could_change_is_a_range_in_the_models_order():
    got = estimate(DEFINITIONS[PAINOUT], without(NO_FACTOR | {"female": 1}, "feeling_anxious"), BEFORE_SURGERY)

    assert got["value"] is None
    assert got["observed"] is None
    assert got["interval"] == {
        "low": "lower-risk",
        "high": "undetermined",
        "because": ["feeling_anxious"],
        "classes": ["lower-risk", "undetermined"],
    }


def test_a_class_that_cannot_be_reached_is_not_named():
    """Over 35 with a high index, only the middle and the worst pathway are left."""
    got = estimate(
        DEFINITIONS[RITCHIE], {"age": 50, "ndi_percent": 60}, {"condition": "whiplash", "timepoint": "injury"}
    )

    assert got["interval"]["classes"] == ["medium-risk", "high-risk"]
    assert got["narrowest"] == "hyperarousal"


def test_the_narrowest_answer_of_a_rule_leaves_the_least_open():
    """Under 35 hyperarousal decides nothing, so the index is what to ask for."""
    got = estimate(DEFINITIONS[RITCHIE], {"age": 28}, {"condition": "whiplash", "timepoint": "injury"})

    assert got["interval"]["classes"] == ["low-risk", "medium-risk"]
    assert got["narrowest"] == "ndi_percent"


def test_a_score_that_is_missing_leaves_every_stratum_open():
    got = estimate(DEFINITIONS[KHAN], {}, {"procedure": "tibial-fracture-repair", "timepoint": "postoperative-week-6"})

    assert got["interval"]["classes"] == ["low", "intermediate", "high"]
    assert got["narrowest"] == "spoc_total"


# -- classes and flags -------------------------------------------------------------------------------------------------


def test_a_class_carries_the_rate_observed_in_it_and_what_it_is_a_rate_of():
    got = estimate(
        DEFINITIONS[KHAN],
        {"spoc_total": 95},
        {"procedure": "tibial-fracture-repair", "timepoint": "postoperative-week-6"},
    )

    assert got["value"] == "high"
    assert got["observed"] == {
        "rate": 0.817,
        "of": "at least mild chronic post-surgical pain 1 year after surgery",
        "n": None,
        "events": None,
        "ci95": None,
        "source": "https://pmc.ncbi.nlm.nih.gov/articles/PMC4991303 (abstract)",
    }


def test_a_class_without_an_observed_rate_says_so():
    got = estimate(DEFINITIONS[PAINOUT], NO_FACTOR, BEFORE_SURGERY)

    assert got["value"] == "lower-risk"
    assert got["observed"] is None


def test_an_observed_rate_of_the_good_outcome_says_that_it_is():
    got = estimate(
        DEFINITIONS[START_BACK],
        {"total": 2, "psych": 1},
        {"condition": "acute-low-back-pain", "timepoint": "injury"},
    )

    assert (got["value"], got["observed"]["rate"]) == ("low", 0.656)
    assert "the good outcome" in got["observed"]["of"]


def test_a_count_says_which_conditions_counted():
    contributions = estimate(DEFINITIONS[PAINOUT], NO_FACTOR | {"age": 53}, BEFORE_SURGERY | {"age": 53})[
        "contributions"
    ]

    assert contributions[0] == {"predictor": "age", "op": "<", "than": 54, "met": True, "points": 1}
    assert [part["points"] for part in contributions[1:]] == [0] * 6


def test_a_rule_says_which_conditions_were_met():
    got = estimate(
        DEFINITIONS[DRF],
        {"pain_at_rest": 3, "pain_on_movement": 4},
        {"condition": "distal-radius-fracture", "timepoint": "follow-up", "months_since_injury": 2},
    )

    assert got["contributions"] == [
        {"predictor": "pain_on_movement", "op": ">=", "than": 7, "met": False},
        {"predictor": "pain_at_rest", "op": ">=", "than": 3, "met": True},
        {"predictor": "pain_on_movement", "op": ">=", "than": 6, "met": False},
    ]


@pytest.mark.parametrize(
    ("model", "edges"),
    [
        (MOSELEY, [({"pain_avg_2_days": 4}, "no-flag"), ({"pain_avg_2_days": 5}, "red-flag")]),
        (KHAN, [({"spoc_total": 40}, "low"), ({"spoc_total": 41}, "intermediate"), ({"spoc_total": 81}, "high")]),
        (
            RITCHIE,
            [
                ({"age": 34, "ndi_percent": 32, "hyperarousal": 6}, "low-risk"),
                ({"age": 34, "ndi_percent": 32.5, "hyperarousal": 6}, "medium-risk"),
                ({"age": 35, "ndi_percent": 40, "hyperarousal": 5}, "medium-risk"),
                ({"age": 35, "ndi_percent": 39.9, "hyperarousal": 6}, "medium-risk"),
                ({"age": 35, "ndi_percent": 40, "hyperarousal": 6}, "high-risk"),
            ],
        ),
    ],
)
def test_a_cut_off_lies_where_its_source_puts_it(model, edges):
    population = {k: v for k, v in DEFINITIONS[model].model.worked_examples[0].population.items() if k != "age"}

    for predictors, label in edges:
        assert estimate(DEFINITIONS[model], predictors, population)["value"] == label


# -- outside the population --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "reason"),
    [
        ({"age": 41}, "The condition is not stated; the model is for non-traumatic-neck-pain."),
        (
            {"condition": "whiplash", "age": 41},
            "The condition is not one the model was made for (non-traumatic-neck-pain).",
        ),
        ({"condition": "non-traumatic-neck-pain"}, "The age is not stated; the model is for 18 years and over."),
        (NECK | {"age": 17}, "The age is outside the model's: 18 years and over."),
        (
            NECK | {"timepoint": "postoperative-day-3"},
            "The answers are of another time than the model's: at the first visit for a new episode of neck pain.",
        ),
        (
            NECK | {"pain_weeks": 13},
            "Outside the model's population: it is for neck pain of at most 12 weeks (pain_weeks).",
        ),
    ],
)
def test_outside_the_population_there_is_a_reason_and_no_value(population, reason):
    got = estimate(DEFINITIONS[VERWOERD], PATIENT_X, population)

    assert got["applicable"] is False
    assert got["not_applicable_because"] == reason
    assert (got["value"], got["interval"], got["contributions"]) == (None, None, [])
    assert "narrowest" not in got


def test_every_reason_is_given_at_once():
    got = estimate(DEFINITIONS[VERWOERD], {}, {"timepoint": "preoperative"})

    assert got["not_applicable_because"].count(".") == 3
    assert got["missing"] == []


def test_a_duration_inside_the_limit_applies():
    assert estimate(DEFINITIONS[VERWOERD], PATIENT_X, NECK | {"pain_weeks": 12, "timepoint": "injury"})["applicable"]


@pytest.mark.parametrize("timepoint", ["postoperative-day-0", "postoperative-week-6", "injury", "follow-up", None])
@pytest.mark.parametrize(
    "model", [name for name, one in DEFINITIONS.items() if "preoperative" in one.model.population.timing.timepoints]
)
def test_a_preoperative_model_takes_answers_of_no_other_time(model, timepoint):
    example = DEFINITIONS[model].model.worked_examples[0]

    got = estimate(DEFINITIONS[model], example.predictors, example.population | {"timepoint": timepoint})

    assert got["applicable"] is False
    assert "before the operation" in got["not_applicable_because"]


@pytest.mark.parametrize(
    ("facts", "applies"),
    [
        ({"managed_surgically": 0, "days_since_injury": 7}, True),
        ({"managed_surgically": 0, "days_since_injury": 8}, False),
        ({"managed_surgically": 1, "days_since_injury": 3}, False),
        ({"days_since_injury": 3}, False),
        ({"managed_surgically": 0}, False),
    ],
)
def test_a_fact_that_decides_must_be_stated_and_fit(facts, applies):
    population = {"condition": "wrist-fracture", "timepoint": "injury", **facts}

    assert estimate(DEFINITIONS[MOSELEY], {"pain_avg_2_days": 6}, population)["applicable"] is applies


def test_any_operation_will_do_where_the_model_is_for_any_and_none_will_not():
    other = {"procedure": "other", "timepoint": "preoperative"}

    assert estimate(DEFINITIONS[PAINOUT], NO_FACTOR, other)["applicable"]
    assert not estimate(DEFINITIONS[PAINOUT], NO_FACTOR, {"timepoint": "preoperative"})["applicable"]


def test_an_age_sent_as_predictor_or_as_fact_is_one_age():
    facts = {"procedure": "other", "timepoint": "preoperative"}

    as_predictor = estimate(DEFINITIONS[PAINOUT], NO_FACTOR, facts)
    as_fact = estimate(DEFINITIONS[PAINOUT], without(NO_FACTOR, "age"), facts | {"age": 60})

    assert as_predictor == as_fact


def test_an_age_outside_a_model_for_adults_is_outside_its_population():
    got = estimate(
        DEFINITIONS[PAINOUT], without(NO_FACTOR, "age"), {"procedure": "other", "timepoint": "preoperative", "age": 12}
    )

    assert got["not_applicable_because"] == "The age is outside the model's: 18 years and over."
