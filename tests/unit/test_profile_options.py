"""Options for a professional to weigh: where they appear, how strongly they speak, and what is never suggested."""

from __future__ import annotations

import re

import pytest

from shared.profile.options import actions, options
from tests.support.profiles import count, scored

CONTENT = actions().content


def offered(facts=None, *results, timepoint="preoperative"):
    return options(actions(), count(facts, *results, timepoint=timepoint), facts or {}, results)


def ids(found):
    return {one["id"] for one in found["options"]}


def not_suggested(found):
    return {one["id"] for one in found["not_suggested"]}


def option(found, option_id):
    return next(one for one in found["options"] if one["id"] == option_id)


ANXIOUS = scored("gad-7", total=12)
CATASTROPHISING = scored("pcs-13", total=40)
SLEEPLESS = scored("isi", total=20)


def test_nothing_present_offers_nothing():
    assert offered()["options"] == []


@pytest.mark.parametrize(
    ("facts", "results", "option_id", "strength"),
    [
        ({}, [ANXIOUS], "psychological-treatment", "can reduce lasting pain"),
        ({}, [SLEEPLESS], "cbt-for-insomnia", "first-line treatment for insomnia"),
        ({}, [SLEEPLESS], "tell-the-team-about-sleep", "associated with, no more"),
        ({"preoperative_opioids": 1}, [], "transitional-pain-service", "may reduce opioid use"),
        ({"preoperative_opioids": 1}, [], "opioid-plan", "recommended by consensus"),
        ({"smoker": 1}, [], "stop-smoking", "on general grounds"),
        ({"procedure": "thoracotomy"}, [], "regional-anaesthesia-thoracotomy", "discuss"),
        ({"procedure": "breast-cancer-surgery"}, [], "regional-anaesthesia-breast", "discuss"),
        ({"procedure": "caesarean-section"}, [], "regional-anaesthesia-caesarean", "discuss"),
    ],
)
def test_a_present_factor_or_an_operation_brings_its_option(facts, results, option_id, strength):
    found = option(offered(facts, *results), option_id)

    assert found["strength"] == strength
    assert found["because"]
    assert found["limits"]
    assert all(one["source"] for one in found["findings"])


def test_an_unknown_factor_brings_no_option():
    assert "psychological-treatment" not in ids(offered({}, scored("gad-7", total=None)))


def test_an_absent_factor_brings_no_option():
    assert ids(offered({"smoker": 0, "preoperative_opioids": 0})) == set()


@pytest.mark.parametrize("procedure", ["total-knee-arthroplasty", "hip-arthroplasty", "hysterectomy", "other"])
def test_regional_anaesthesia_is_not_carried_over_to_other_operations(procedure):
    found = offered({"procedure": procedure})

    assert not any(name.startswith("regional") for name in ids(found))
    assert "regional-anaesthesia-elsewhere" in not_suggested(found)


def test_null_trials_stand_beside_positive_ones():
    directions = {one["direction"] for one in option(offered({}, ANXIOUS), "psychological-treatment")["findings"]}

    assert {"positive", "null"} <= directions


def test_the_null_trial_of_coping_training_is_shown_wherever_catastrophising_is_present():
    found = option(offered({}, CATASTROPHISING), "psychological-treatment")

    assert "kastpain" in {one["id"] for one in found["findings"]}


def test_gabapentinoids_are_never_suggested_and_are_named_with_the_reason():
    found = offered({"smoker": 1})

    assert "gabapentinoids" in not_suggested(found)
    assert all("gabapentin" not in str(one).lower() for one in CONTENT.options)
    assert all("pregabalin" not in str(one).lower() for one in CONTENT.options)


def test_exercise_before_knee_replacement_is_not_suggested_against_lasting_pain():
    assert "exercise-before-knee-replacement" in not_suggested(offered({"procedure": "total-knee-arthroplasty"}))
    assert "exercise-before-knee-replacement" not in not_suggested(offered({"procedure": "hip-arthroplasty"}))


def test_coping_skills_training_before_knee_replacement_shows_that_it_found_no_gain():
    found = offered({"procedure": "total-knee-arthroplasty"}, CATASTROPHISING)

    assert "coping-skills-knee" in not_suggested(found)


def test_severe_pain_on_day_8_is_worth_an_early_review():
    severe = scored("nrs-pain", {**scored("nrs-pain", worst=9)["scores"][0], "band": "severe"})

    assert "early-review" in ids(offered({}, severe, timepoint="postoperative-day-8"))
    assert "early-review" not in ids(offered({}, severe, timepoint="postoperative-day-3"))


@pytest.mark.parametrize(("stratum", "shown"), [("low", False), ("medium", True), ("high", True), (None, False)])
def test_matched_back_care_is_shown_with_its_null_trials_for_two_strata(stratum, shown):
    found = offered({"condition": "acute-low-back-pain"}, scored("startback-9", risk=stratum), timepoint="injury")

    assert ("stratified-back-care" in ids(found)) is shown
    if shown:
        directions = [one["direction"] for one in option(found, "stratified-back-care")["findings"]]
        assert directions.count("null") > directions.count("positive")


def test_matched_back_care_is_not_carried_over_to_other_conditions():
    found = offered({"condition": "whiplash"}, scored("startback-9", risk="high"), timepoint="injury")

    assert "stratified-back-care" not in ids(found)
    assert "whiplash-measures" in ids(found)


@pytest.mark.parametrize(("timepoint", "shown"), [("postoperative-month-3", True), ("postoperative-day-3", False)])
def test_structured_follow_up_is_for_knee_replacement_at_its_time(timepoint, shown):
    knee, hip = ({"procedure": name} for name in ("total-knee-arthroplasty", "hip-arthroplasty"))

    assert ("structured-follow-up-knee" in ids(offered(knee, timepoint=timepoint))) is shown
    assert "structured-follow-up-knee" not in ids(offered(hip, timepoint=timepoint))


def test_after_an_injury_no_option_of_surgery_is_offered():
    found = offered({"smoker": 1, "preoperative_opioids": 1}, ANXIOUS, SLEEPLESS, timepoint="injury")

    assert ids(found) == set()
    assert not_suggested(found) == set()


def test_the_frame_forbids_orders_and_withholding():
    assert "not orders" in CONTENT.frame
    assert "never grounds to withhold surgery or analgesia" in CONTENT.frame


def test_an_option_names_what_brought_it():
    found = option(offered({"procedure": "thoracotomy"}), "regional-anaesthesia-thoracotomy")

    assert found["because"] == [{"fact": "procedure", "value": "thoracotomy"}]
    assert option(offered({}, ANXIOUS, CATASTROPHISING), "psychological-treatment")["because"] == [
        {"factor": "anxiety"},
        {"factor": "catastrophising"},
    ]


# -- wording -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", CONTENT.options, ids=lambda one: one.id)
def test_no_option_claims_to_prevent_or_promises_to_a_person(one):
    said = f"{one.title} {one.text}".lower()

    assert not re.search(r"\bprevent|\bcure|\byou will|\bwill (benefit|help|reduce)|\bcauses?\b|good candidate", said)


@pytest.mark.parametrize(
    ("option_id", "words"),
    [
        ("psychological-treatment", "can reduce lasting pain"),
        ("cbt-for-insomnia", "first-line treatment"),
        ("tell-the-team-about-sleep", "associated with"),
        ("transitional-pain-service", "may reduce opioid use"),
        ("opioid-plan", "recommended by consensus"),
        ("regional-anaesthesia-thoracotomy", "Discuss"),
        ("early-review", "worth an early review"),
        ("stratified-back-care", "One UK trial found a small benefit"),
        ("structured-follow-up-knee", "helped a little in one trial"),
        ("wrist-assessment", "needs assessment"),
    ],
)
def test_the_text_speaks_in_the_strength_that_the_evidence_carries(option_id, words):
    assert words in next(one.text for one in CONTENT.options if one.id == option_id)


def test_the_limits_say_what_must_not_be_read_into_it():
    limits = {one.id: " ".join(one.limits) for one in CONTENT.options}

    assert "No trial was found that it prevents lasting pain" in limits["cbt-for-insomnia"]
    assert "not shown to prevent lasting pain" in limits["transitional-pain-service"]
    assert "no ground to withhold" in limits["opioid-plan"]
    assert "No trial of acting on it was read" in limits["early-review"]


def test_the_hash_of_the_file_travels_with_the_options():
    assert offered()["definition"] == {"version": CONTENT.version, "sha256": actions().sha256}
