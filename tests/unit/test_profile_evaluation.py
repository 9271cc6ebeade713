"""A profile counts: what makes a factor present, absent or unknown, and what is said beside it."""

from __future__ import annotations

import pytest

from shared.profile import factors, profile
from shared.scoring.result import InstrumentResult
from tests.support.profiles import (
    SOURCE,
    count,
    factor,
    made_factor,
    made_factors,
    met,
    read_factors,
    score,
    scored,
    statuses,
)


def test_nothing_answered_leaves_every_factor_unknown():
    found = count()

    assert set(statuses(found).values()) == {"unknown"}
    assert (found["present"], found["absent"]) == (0, 0)
    assert found["unknown"] == len(found["factors"])


def test_the_counts_are_those_of_the_factors():
    found = count({"smoker": 1, "female": 0, "age": 40}, scored("gad-7", total=9))

    said = list(statuses(found).values())
    assert found["present"] == said.count("present") == 2
    assert found["absent"] == said.count("absent") == 2
    assert found["unknown"] == said.count("unknown")


@pytest.mark.parametrize(
    ("result", "factor_id", "status"),
    [
        (scored("gad-7", total=10), "anxiety", "present"),
        (scored("gad-7", total=9), "anxiety", "absent"),
        (scored("phq-9", total=10), "depression", "present"),
        (scored("phq-8", total=9), "depression", "absent"),
        (scored("pcs-13", total=30), "catastrophising", "present"),
        (scored("pcs-13", total=29), "catastrophising", "absent"),
        (scored("psqi", **{"global": 6}), "sleep", "present"),
        (scored("psqi", **{"global": 5}), "sleep", "absent"),
        (scored("isi", total=10), "sleep", "present"),
        (scored("promis-sleep-disturbance-8a", t_score=55.0), "sleep", "absent"),
        (scored("promis-sleep-disturbance-8a", t_score=55.3), "sleep", "present"),
        (scored("nhis-sleep", met("sleep_difficulty")), "sleep", "present"),
        (scored("nhis-sleep", met("sleep_difficulty", yes=False)), "sleep", "absent"),
        (scored("gcps-r", score("grade", 0, band="chronic pain absent")), "other-chronic-pain", "absent"),
        (scored("gcps-r", score("grade", 3, band="high impact chronic pain")), "other-chronic-pain", "unknown"),
    ],
)
def test_a_score_decides_by_its_own_cut_off(result, factor_id, status):
    assert statuses(count({}, result))[factor_id] == status


@pytest.mark.parametrize(
    ("facts", "factor_id", "status"),
    [
        ({"pain_at_site": 1}, "pain-at-site", "present"),
        ({"pain_at_site": 0}, "pain-at-site", "absent"),
        ({"chronic_pain_at_site": 0}, "pain-at-site", "unknown"),
        ({"age": 53}, "younger-age", "present"),
        ({"age": 54}, "younger-age", "absent"),
        ({"female": 1}, "female-sex", "present"),
        ({"female": 0}, "female-sex", "absent"),
        ({"feeling_anxious": 1}, "anxiety", "present"),
        ({"feeling_anxious": 0}, "anxiety", "unknown"),
        ({"preoperative_opioids": 1}, "opioid-use", "present"),
        ({"preoperative_opioids": 0}, "opioid-use", "absent"),
        ({"opioid_agent": "oxycodone"}, "opioid-use", "present"),
        ({"opioid_agent": "a-new-name"}, "opioid-use", "unknown"),
        ({"methadone": 1}, "opioid-use", "present"),
        ({"naltrexone": 1}, "opioid-use", "unknown"),
        ({"procedure": "total-knee-arthroplasty"}, "procedure", "present"),
        ({"procedure": "thoracotomy"}, "procedure", "unknown"),
    ],
)
def test_a_fact_decides_only_what_it_can(facts, factor_id, status):
    assert statuses(count(facts))[factor_id] == status


def test_two_published_cut_offs_leave_the_score_between_them_open():
    found = [statuses(count({}, scored("phq-4", depression=value)))["depression"] for value in (1, 2, 3)]

    assert found == ["absent", "unknown", "present"]


def test_an_answer_that_does_not_decide_is_shown_with_its_reason():
    anxious = factor(count({"feeling_anxious": 0}), "anxiety")

    assert [entry["says"] for entry in anxious["because"]] == ["undecided"]
    assert anxious["why_unknown"]["code"] == "undecided"
    assert anxious["because"][0]["note"]


def test_where_sources_disagree_present_wins_and_both_are_shown():
    found = factor(count({}, scored("gad-7", total=3), scored("hads", anxiety=12)), "anxiety")

    assert found["status"] == "present"
    assert found["conflicting"] is True
    assert {entry["instrument"]: entry["says"] for entry in found["because"]} == {"gad-7": "absent", "hads": "present"}


def test_a_because_carries_value_cut_off_and_source():
    (because,) = factor(count({}, scored("gad-7", total=12)), "anxiety")["because"]

    assert because["instrument"] == "gad-7"
    assert (because["value"], because["op"], because["threshold"]) == (12, ">=", 10)
    assert because["source"].startswith("https://")


def test_a_score_that_could_not_be_computed_decides_nothing():
    found = factor(count({}, scored("gad-7", total=None)), "anxiety")

    assert found["status"] == "unknown"
    assert {"instrument": "gad-7", "score": "total"} in found["would_decide"]


def test_a_prorated_score_decides_and_says_so():
    (because,) = factor(count({}, scored("phq-9", score("total", 11, status="prorated"))), "depression")["because"]

    assert because["says"] == "present"
    assert because["prorated"] is True


@pytest.mark.parametrize("value", [2, 20])
def test_a_score_outside_its_population_satisfies_no_cut_off_and_fails_none(value):
    reason = {"code": "outside-validated-population", "detail": "Answered by a proxy."}
    found = factor(count({}, scored("gad-7", score("total", value, reason=reason))), "anxiety")

    assert found["status"] == "unknown"
    assert [entry["says"] for entry in found["because"]] == ["undecided"]


def test_an_undetermined_criterion_decides_nothing():
    undetermined = score("sleep_difficulty", None, criterion="undetermined")

    assert statuses(count({}, scored("nhis-sleep", undetermined)))["sleep"] == "unknown"


def test_chronic_pain_somewhere_but_not_at_the_site_is_pain_elsewhere():
    anywhere = scored("nhis-chronic-pain", met("chronic_pain"))

    assert statuses(count({}, anywhere))["other-chronic-pain"] == "unknown"
    assert statuses(count({"chronic_pain_at_site": 1}, anywhere))["other-chronic-pain"] == "unknown"
    assert statuses(count({"chronic_pain_at_site": 0}, anywhere))["other-chronic-pain"] == "present"


def test_no_chronic_pain_anywhere_is_none_elsewhere():
    nowhere = scored("nhis-chronic-pain", met("chronic_pain", yes=False))

    assert statuses(count({}, nowhere))["other-chronic-pain"] == "absent"


# -- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timepoint", "band", "status"),
    [
        ("postoperative-day-7", "severe", "present"),
        ("postoperative-day-10", "severe", "present"),
        ("postoperative-day-8", "moderate", "absent"),
        ("postoperative-day-2", "severe", "unknown"),
        ("postoperative-day-11", "severe", "unknown"),
        ("postoperative-week-1", "severe", "unknown"),
    ],
)
def test_severe_pain_counts_on_days_7_to_10_only(timepoint, band, status):
    worst = scored("nrs-pain", score("worst", 8 if band == "severe" else 5, band=band))

    assert statuses(count({}, worst, timepoint=timepoint))["acute-pain-course"] == status


def test_on_other_days_it_is_said_that_nothing_can_decide():
    found = factor(count({}, timepoint="postoperative-day-2"), "acute-pain-course")

    assert found["why_unknown"]["code"] == "not-at-this-time"
    assert found["would_decide"] == []


def test_early_pain_after_an_injury_counts_for_the_wrist_alone():
    facts = {"pain_avg_2_days": 6}

    def status(**more):
        return statuses(count(facts | more, timepoint="injury"))["acute-pain-course"]

    assert status(condition="wrist-fracture") == "present"
    assert status(condition="whiplash") == "unknown"
    assert status() == "unknown"
    assert (
        statuses(count({"pain_avg_2_days": 4, "condition": "wrist-fracture"}, timepoint="injury"))["acute-pain-course"]
        == "absent"
    )


def test_what_is_not_counted_at_an_intake_is_named_with_the_reason():
    found = count(timepoint="injury")

    assert {one["id"] for one in found["factors"]} == {"other-chronic-pain", "female-sex", "acute-pain-course"}
    assert all(one["why"] for one in found["not_counted"])
    assert len(found["factors"]) + len(found["not_counted"]) == len(factors().content.factors)


def test_after_an_injury_only_evidence_about_injuries_is_shown():
    surgery = {name for name, one in factors().content.evidence.items() if one.about == "surgery"}
    found = count({"female": 1}, timepoint="injury")

    shown = {one["id"] for entry in found["factors"] for one in (*entry["evidence"], *entry["contrary"])}
    assert shown
    assert not shown & surgery


def test_answers_given_after_the_operation_are_said_to_be_late():
    before, after = (factor(count(timepoint=when), "anxiety") for when in ("preoperative", "postoperative-day-20"))

    assert before["note"] is None
    assert "after" in after["note"]


def test_a_follow_up_counts_nothing():
    found = count({"smoker": 1}, timepoint="follow-up")

    assert found["intake"] == "follow-up"
    assert found["factors"] == []
    assert (found["present"], found["absent"], found["unknown"]) == (0, 0, 0)


# -- opioids told apart ------------------------------------------------------------------------------------------------


def told_apart(facts):
    return {one["id"]: one["status"] for one in factor(count(facts), "opioid-use")["details"]}


def test_the_agent_is_told_apart_and_not_counted_twice():
    assert told_apart({"opioid_agent": "buprenorphine"}) == {
        "buprenorphine": "present",
        "methadone": "unknown",
        "naltrexone": "unknown",
    }
    assert told_apart({"naltrexone": 1, "methadone": 0}) == {
        "buprenorphine": "unknown",
        "methadone": "absent",
        "naltrexone": "present",
    }


def test_a_no_to_opioids_beside_a_named_opioid_is_a_conflict_that_is_shown():
    found = factor(count({"preoperative_opioids": 0, "buprenorphine": 1}), "opioid-use")

    assert found["status"] == "present"
    assert found["conflicting"] is True
    assert len(found["because"]) == 2


# -- doubts about the facts --------------------------------------------------------------------------------------------


def test_contradictory_facts_are_a_warning_and_no_crash():
    found = count({"procedure": "hysterectomy", "female": 0})

    assert [one["code"] for one in found["warnings"]] == ["contradictory-facts"]
    assert statuses(found)["female-sex"] == "absent"


@pytest.mark.parametrize(
    ("fact", "value", "factor_id"),
    [
        ("smoker", 2, "smoking"),
        ("smoker", True, "smoking"),
        ("smoker", "yes", "smoking"),
        ("female", 1.0, "female-sex"),
        ("age", "fifty", "younger-age"),
        ("age", -1, "younger-age"),
        ("age", float("nan"), "younger-age"),
        ("age", float("inf"), "younger-age"),
    ],
)
def test_a_fact_outside_its_values_is_unknown_and_warned_about(fact, value, factor_id):
    found = count({fact: value})

    assert statuses(found)[factor_id] == "unknown"
    assert [(one["code"], one["pointer"]) for one in found["warnings"]] == [("fact-not-usable", f"/clinical/{fact}")]


def test_an_operation_that_is_not_known_here_is_a_warning():
    found = count({"procedure": "my-own-code"})

    assert [(one["code"], one["pointer"]) for one in found["warnings"]] == [
        ("unknown-procedure", "/clinical/procedure")
    ]
    assert statuses(found)["procedure"] == "unknown"


def test_facts_that_no_factor_knows_are_left_alone():
    assert count({"surgery_minutes": 95})["warnings"] == []


# -- what must be said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timepoint", ["preoperative", "postoperative-day-3", "injury"])
def test_every_profile_says_that_it_counts_and_does_not_judge(timepoint):
    found = count(timepoint=timepoint)

    assert "does not judge" in found["statement"]
    assert "not a probability" in found["statement"]
    assert "No validated equation" in found["statement"]
    assert "NIT-1" in found["statement"]
    assert "Unknown does not mean absent" in found["statement"]
    assert found["statement_sources"]


def test_a_profile_holds_no_verdict():
    found = count({"smoker": 0}, scored("gad-7", total=0))

    assert set(found) == {
        "definition",
        "intake",
        "timepoint",
        "factors",
        "present",
        "absent",
        "unknown",
        "not_counted",
        "warnings",
        "statement",
        "statement_sources",
    }


def test_the_version_and_hash_of_the_file_travel_with_it():
    document = factors()

    assert count()["definition"] == {"version": document.content.version, "sha256": document.sha256}


def test_two_files_do_not_share_their_rules():
    one = read_factors(made_factors())
    other = read_factors(made_factors(factors=[made_factor("other", made_factors()["factors"][1]["sources"][0])]))

    assert set(statuses(count(definition=one))) == {"worry", "smoking"}
    assert set(statuses(count(definition=other))) == {"other"}


def test_a_source_may_be_bound_to_an_intake():
    source = made_factors()["factors"][1]["sources"][0] | {"intakes": ["postoperative"]}
    bound = made_factor("smoking", source, intakes=["preoperative", "postoperative"])
    document = read_factors(made_factors(factors=[bound]))

    assert statuses(count({"smoker": 1}, definition=document)) == {"smoking": "unknown"}
    assert statuses(count({"smoker": 1}, timepoint="postoperative-day-1", definition=document)) == {
        "smoking": "present"
    }


def test_an_absence_may_have_a_cut_off_of_its_own():
    absent = {"op": "==", "value": 0, "source": SOURCE}
    document = read_factors(
        made_factors(factors=[made_factor("never-smoked", {"by": "fact", "fact": "smoker", "absent": absent})])
    )

    assert statuses(count({"smoker": 0}, definition=document)) == {"never-smoked": "absent"}
    assert statuses(count({"smoker": 1}, definition=document)) == {"never-smoked": "unknown"}


def test_results_without_scores_break_nothing():
    empty: InstrumentResult = scored("gad-7")

    assert profile(factors(), {}, [empty], "preoperative")["present"] == 0
