"""From an assessment to predictors: which sources count, what is converted, and what is said of each value."""

from __future__ import annotations

import math

import pytest

from shared.instruments import registry as instruments
from shared.risk import estimates, gather, problems_in
from shared.risk.origins import times
from shared.scoring import scorer_for
from tests.unit.risk_people import DEFINITIONS, DRF, KHAN, LEG_PAIN, PAINOUT, RITCHIE, START_BACK, VERWOERD

ODI = {"total": "odi", "value": 28, "unit": "percent", "source": "clinic form", "date": "2026-11-19"}
EQ5D = {"total": "eq-5d-3l-index", "value": 0.69, "unit": "index", "source": "register", "date": "2026-11-19"}
BEFORE_SPINE_SURGERY = {
    "procedure": "lumbar-disc-herniation-surgery",
    "age": 60,
    "comorbidity": 1,
    "disability_pension": 1,
    "back_pain_duration": "over_2_years",
    "leg_pain_duration": "over_2_years",
    "nrs_back_pain": 8,
    "retirement_pension": 0,
    "smoker": 1,
    "unemployed": 0,
    "walking_distance": "m100_500",
    "previous_spine_surgery": 1,
}


def start_back(total, distress, **score):
    """The result of an instrument, as the scorer gives it."""
    return {
        "instrument": "startback-9",
        "instrument_version": "1.0.0",
        "definition_sha256": "a" * 64,
        "scores": [
            {"id": "total", "value": total, "reason": None, **score},
            {"id": "distress", "value": distress, "reason": None, **score},
        ],
    }


def one(model, *assessment, **more):
    return next(got for got in estimates([DEFINITIONS[model]], *assessment, **more) if got["model"] == model)


# -- clinical facts and external totals --------------------------------------------------------------------------------


def test_facts_and_external_totals_make_the_published_preset():
    got = one(LEG_PAIN, BEFORE_SPINE_SURGERY, [], "preoperative", [ODI, EQ5D])

    assert got["value"] == pytest.approx(0.2691, abs=0.00005)
    inputs = {line["predictor"]: line for line in got["inputs"]}
    assert inputs["smoker"] == {"predictor": "smoker", "value": 1, "origin": {"kind": "fact", "fact": "smoker"}}
    assert inputs["odi"]["origin"] == {
        "kind": "external",
        "total": "odi",
        "unit": "percent",
        "source": "clinic form",
        "date": "2026-11-19",
    }


def test_a_bare_number_is_no_external_total():
    got = one(LEG_PAIN, BEFORE_SPINE_SURGERY | {"odi": 28, "eq5d_index": 0.69}, [], "preoperative")

    assert got["missing"] == ["odi", "eq5d_index"]


@pytest.mark.parametrize(
    ("total", "model", "predictor", "value"),
    [
        (ODI | {"unit": "fraction", "value": 0.28}, LEG_PAIN, "odi", 28),
        (ODI | {"unit": "fraction", "value": 0.285}, LEG_PAIN, "odi", 28.5),
        (ODI | {"total": "ndi", "unit": "fraction", "value": 0.29}, RITCHIE, "ndi_percent", 29),
        (ODI | {"total": "ndi", "value": 46}, RITCHIE, "ndi_percent", 46),
        (ODI | {"total": "spoc", "unit": "points", "value": 41}, KHAN, "spoc_total", 41),
        (EQ5D, LEG_PAIN, "eq5d_index", 0.69),
    ],
)
def test_an_external_total_is_taken_in_its_declared_units(total, model, predictor, value):
    gathered = gather(DEFINITIONS[model], {}, [], "preoperative", [total])

    assert gathered.predictors == {predictor: value}
    assert gathered.problems == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit": "points"}, "unit"),
        ({"unit": None}, "unit"),
        ({"source": " "}, "required"),
        ({"source": None}, "required"),
        ({"date": "19.11.2026"}, "required"),
        ({"date": "2026-02-30"}, "required"),
        ({"value": 101}, "value-not-allowed"),
        ({"value": "28"}, "value-not-allowed"),
        ({"value": True}, "value-not-allowed"),
        ({"value": None}, "value-not-allowed"),
        ({"value": math.nan}, "value-not-allowed"),
    ],
)
def test_an_external_total_that_is_not_whole_makes_the_model_not_applicable(change, code):
    facts = BEFORE_SPINE_SURGERY

    [problem] = gather(DEFINITIONS[LEG_PAIN], facts, [], "preoperative", [ODI | change]).problems
    got = one(LEG_PAIN, facts, [], "preoperative", [ODI | change, EQ5D])

    assert (problem.pointer, problem.code) == ("/external/odi", code)
    assert got["applicable"] is False
    assert got["not_applicable_because"].startswith("An answer does not fit the model: odi ")


def test_an_index_of_another_edition_is_never_taken():
    got = one(LEG_PAIN, BEFORE_SPINE_SURGERY, [], "preoperative", [ODI, EQ5D | {"total": "eq-5d-5l-index"}])

    assert got["missing"] == ["eq5d_index"]


def test_a_total_that_is_given_twice_gives_no_value():
    gathered = gather(DEFINITIONS[LEG_PAIN], {}, [], "preoperative", [ODI, ODI | {"value": 30}])

    assert gathered.predictors == {}
    assert [problem.code for problem in gathered.problems] == ["duplicate"]


@pytest.mark.parametrize(("hours", "minutes"), [(1.5, 90), (1.1, 66), (2, 120), (0.05, 3), (1.6, 96)])
def test_hours_of_surgery_become_minutes_without_binary_rounding(hours, minutes):
    gathered = gather(DEFINITIONS[PAINOUT], {"surgery_hours": hours}, [], "preoperative")

    assert gathered.predictors == {"surgery_minutes": minutes}
    assert gathered.inputs[0]["origin"] == {"kind": "fact", "fact": "surgery_hours", "multiplied_by": 60}


def test_ninety_minutes_in_hours_do_not_count():
    facts = {
        "procedure": "other",
        "age": 70,
        "female": 0,
        "surgery_hours": 1.5,
        "chronic_pain_at_site": 0,
        "preoperative_opioids": 0,
        "feeling_anxious": 0,
        "feeling_helpless": 0,
    }

    assert one(PAINOUT, facts, [], "preoperative")["value"] == "lower-risk"


def test_two_sources_that_agree_are_one_and_two_that_differ_are_none():
    agree = gather(DEFINITIONS[PAINOUT], {"surgery_minutes": 90, "surgery_hours": 1.5}, [], "preoperative")
    differ = gather(DEFINITIONS[PAINOUT], {"surgery_minutes": 95, "surgery_hours": 1.5}, [], "preoperative")

    assert agree.predictors == {"surgery_minutes": 90}
    assert differ.predictors == {}
    assert [problem.code for problem in differ.problems] == ["contradiction"]


@pytest.mark.parametrize("value", [None, "1.5", True, math.nan, math.inf])
def test_what_is_no_number_is_not_multiplied(value):
    assert times(value, 60) is value


# -- scores of the same assessment -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "distress", "stratum"),
    [(3, 0, "low"), (4, 0, "medium"), (4, 4, "high"), (7, 3, "medium"), (9, 5, "high")],
)
def test_the_start_back_stratum_comes_from_the_instruments_scores(total, distress, stratum):
    facts = {"condition": "acute-low-back-pain"}

    got = one(START_BACK, facts, [start_back(total, distress)], "injury")

    assert got["value"] == stratum
    assert got["inputs"][0]["origin"] == {
        "kind": "score",
        "instrument": "startback-9",
        "score": "total",
        "instrument_version": "1.0.0",
        "definition_sha256": "a" * 64,
    }


@pytest.mark.parametrize("example", instruments().get("startback-9").instrument.worked_examples, ids=lambda e: e.source)
def test_the_model_and_the_instrument_agree_on_the_stratum(example):
    result = scorer_for(instruments().get("startback-9")).score(example.answers)
    scores = {score["id"]: score["value"] for score in result["scores"]}

    got = one(START_BACK, {"condition": "acute-low-back-pain"}, [result], "injury")

    assert got["value"] == scores["risk"]


def test_a_score_of_another_time_is_not_taken():
    gathered = gather(DEFINITIONS[START_BACK], {}, [start_back(4, 4)], "postoperative-week-6")

    assert gathered.predictors == {}


def test_a_score_that_was_withheld_is_a_missing_predictor():
    got = one(START_BACK, {"condition": "low-back-pain"}, [start_back(None, 2)], "injury")

    assert got["missing"] == ["total"]
    assert got["interval"]["classes"] == ["low", "medium"]


def test_a_score_answered_outside_its_validation_is_not_taken():
    reason = {"code": "outside-validated-population", "detail": "Answered by a proxy."}

    got = one(START_BACK, {"condition": "low-back-pain"}, [start_back(4, 4, reason=reason)], "injury")

    assert got["applicable"] is False
    assert "startback-9 was answered outside what it was validated for" in got["not_applicable_because"]


def test_the_results_of_the_scorer_can_be_handed_in_as_they_are():
    results = [scorer_for(instruments().get("peg")).score({"peg_1": 6, "peg_2": 7, "peg_3": 5})]

    assert len(estimates(DEFINITIONS.values(), {}, results, "preoperative")) == len(DEFINITIONS)


# -- all models of one assessment --------------------------------------------------------------------------------------


def test_there_is_one_estimate_for_each_model_and_those_that_apply_come_first():
    got = estimates(DEFINITIONS.values(), {"procedure": "total-knee-arthroplasty", "age": 54}, [], "preoperative")

    assert {line["model"] for line in got} == set(DEFINITIONS)
    assert [line["model"] for line in got if line["applicable"]] == [PAINOUT]
    assert got[0]["model"] == PAINOUT
    assert all(line["not_applicable_because"] for line in got[1:])


def test_population_facts_come_from_the_clinical_facts():
    facts = {"condition": "distal-radius-fracture", "months_since_injury": 2, "pain_at_rest": 3, "pain_on_movement": 4}

    assert one(DRF, facts, [], "follow-up")["value"] == "pain-flag"
    assert not one(DRF, facts | {"months_since_injury": 3}, [], "follow-up")["applicable"]


def test_a_fact_in_the_wrong_coding_makes_only_its_models_not_applicable():
    facts = {"procedure": "total-knee-arthroplasty", "age": 54, "female": "yes"}

    got = {line["model"]: line for line in estimates(DEFINITIONS.values(), facts, [], "preoperative")}

    assert got[PAINOUT]["not_applicable_because"] == "An answer does not fit the model: female must be 0 or 1."
    assert "does not fit" not in got[LEG_PAIN]["not_applicable_because"]


def test_a_fact_of_the_wrong_form_is_no_population_fact():
    got = one(VERWOERD, {"condition": "Neck pain!", "age": 41}, [], "injury")

    assert got["applicable"] is False
    assert "condition must be a code" in got["not_applicable_because"]


# -- refusing an intake ------------------------------------------------------------------------------------------------


def test_facts_that_no_model_can_take_are_named():
    facts = {"female": "yes", "smoker": 2, "age": 17, "surgery_hours": "two", "unrelated": "fine", "headache": None}

    problems = problems_in(DEFINITIONS.values(), facts)

    assert {problem.pointer for problem in problems} == {
        "/clinical/female",
        "/clinical/smoker",
        "/clinical/surgery_hours",
    }


def test_an_age_that_one_model_can_take_is_no_problem():
    """17 is too young for most models and old enough for the whiplash rule."""
    assert problems_in(DEFINITIONS.values(), {"age": 17}) == []
    assert [problem.pointer for problem in problems_in(DEFINITIONS.values(), {"age": 12})] == ["/clinical/age"]


def test_every_problem_of_an_external_total_is_named():
    wrong = {"total": "ndi", "value": "46", "unit": "points", "source": "", "date": "today"}

    problems = problems_in(DEFINITIONS.values(), {}, [ODI, wrong, ODI, ODI | {"total": "unheard-of"}])

    assert [(problem.pointer, problem.code) for problem in problems] == [
        ("/external/1/unit", "unit"),
        ("/external/1/value", "value-not-allowed"),
        ("/external/1/source", "required"),
        ("/external/1/date", "value-not-allowed"),
        ("/external/2/total", "duplicate"),
        ("/external/3/total", "unknown-total"),
    ]
