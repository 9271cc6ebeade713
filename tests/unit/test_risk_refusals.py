"""What is refused: all of it at once, each with its place, and never a word of what was sent."""

from __future__ import annotations

import math

import pytest

from shared.errors import PredictorsRefused
from shared.risk import estimate
from tests.unit.risk_people import DEFINITIONS, KHAN, LEG_PAIN, NECK, PAINOUT, PATIENT_X, RITCHIE, VERWOERD


def refused(model, predictors, population=None):
    with pytest.raises(PredictorsRefused) as caught:
        estimate(DEFINITIONS[model], predictors, population or {})
    return caught.value.problems


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (VERWOERD, "pain_intensity", 11),
        (VERWOERD, "pain_intensity", -1),
        (VERWOERD, "pain_intensity", 7.0),
        (VERWOERD, "pain_intensity", "7"),
        (VERWOERD, "pain_intensity", True),
        (VERWOERD, "pain_intensity", math.nan),
        (VERWOERD, "pain_intensity", math.inf),
        (VERWOERD, "pain_intensity", [7]),
        (VERWOERD, "distress", 22),
        (VERWOERD, "female", True),
        (VERWOERD, "female", 1.0),
        (VERWOERD, "female", 2),
        (VERWOERD, "female", "female"),
        (VERWOERD, "headache", "yes"),
        (VERWOERD, "headache", 1),
        (VERWOERD, "headache", ["none"]),
        (LEG_PAIN, "eq5d_index", -0.6),
        (LEG_PAIN, "eq5d_index", 1.01),
        (LEG_PAIN, "eq5d_index", math.nan),
        (LEG_PAIN, "eq5d_index", False),
        (LEG_PAIN, "odi", "28"),
        (LEG_PAIN, "odi", 100.5),
        (LEG_PAIN, "age", 17),
        (PAINOUT, "surgery_minutes", 0),
        (PAINOUT, "surgery_minutes", math.inf),
        (RITCHIE, "hyperarousal", 16),
        (KHAN, "spoc_total", -1),
        (KHAN, "spoc_total", 40.5),
        (KHAN, "spoc_total", math.inf),
    ],
)
def test_a_value_that_the_predictor_cannot_have_is_refused_at_its_place(model, name, value):
    [problem] = refused(model, {name: value})

    assert problem.pointer == f"/predictors/{name}"
    assert problem.code == "value-not-allowed"


def test_an_unknown_predictor_is_refused_at_its_parent_without_its_name():
    [problem] = refused(VERWOERD, {"secret": 1, "another_secret": 2}, NECK)

    assert (problem.pointer, problem.code) == ("/predictors", "unknown-key")
    assert "secret" not in problem.detail


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("age", 41.0, "value-not-allowed"),
        ("age", True, "value-not-allowed"),
        ("age", 131, "value-not-allowed"),
        ("condition", 3, "value-not-allowed"),
        ("condition", "Neck pain!", "value-not-allowed"),
        ("timepoint", "before", "value-not-allowed"),
        ("timepoint", "postoperative-day-01", "value-not-allowed"),
        ("pain_weeks", True, "value-not-allowed"),
        ("pain_weeks", math.nan, "value-not-allowed"),
    ],
)
def test_a_population_fact_of_the_wrong_form_is_refused(name, value, code):
    [problem] = refused(VERWOERD, PATIENT_X, NECK | {name: value})

    assert (problem.pointer, problem.code) == (f"/population/{name}", code)


def test_a_population_fact_that_decides_nothing_is_refused():
    [problem] = refused(VERWOERD, PATIENT_X, NECK | {"days_since_injury": 3})

    assert (problem.pointer, problem.code) == ("/population", "unknown-key")


def test_two_ages_that_differ_are_a_contradiction():
    [problem] = refused(PAINOUT, {"age": 60}, {"age": 61})

    assert (problem.pointer, problem.code) == ("/population/age", "contradiction")


def test_every_problem_is_named_at_once_and_nothing_sent_is_repeated():
    problems = refused(
        VERWOERD,
        {"female": 7777, "headache": "my-own-words", "pain_intensity": 8888, "typo": 1},
        {"age": 9999, "condition": "Neck pain, private"},
    )

    assert [problem.pointer for problem in problems] == [
        "/predictors/female",
        "/predictors/headache",
        "/predictors/pain_intensity",
        "/predictors",
        "/population/age",
        "/population/condition",
    ]
    text = " ".join(problem.detail for problem in problems)
    assert not any(sent in text for sent in ("7777", "8888", "9999", "my-own-words", "private", "typo"))


def test_a_refusal_says_what_is_allowed():
    details = {
        problem.pointer.rsplit("/")[-1]: problem.detail for problem in refused(LEG_PAIN, {"odi": -1, "age": 1.5})
    }

    assert details["odi"] == "must be a number (per cent), at least 0, at most 100"
    assert details["age"] == "must be a whole number (years), at least 18, at most 110"


def test_a_wrong_value_is_refused_outside_the_population_too():
    [problem] = refused(VERWOERD, PATIENT_X | {"female": 2}, {"condition": "whiplash", "age": 41})

    assert problem.pointer == "/predictors/female"
