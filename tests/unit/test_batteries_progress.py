"""What is missing of a battery, what opens next, and what is said when something was not asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.batteries import Settings, batteries, carried_answers, settings_problems, still_missing
from shared.errors import NotFound
from tests.support.profiles import met, score, scored

CONTENT = batteries().content
PHQ8 = Settings(phq8_instead_of_phq9=True)
LICENSED = Settings(slots={"catastrophising": "pcs-13", "sleep": "isi"})

ITEM_9_BLANK = {
    "id": "phq9_9-missing",
    "level": "warning",
    "instrument": "phq-9",
    "item": "phq9_9",
    "score": None,
    "meaning": "not answered",
    "source": "product rule",
    "unverified": True,
}


def phq4(depression=0, anxiety=0):
    return scored("phq-4", depression=depression, anxiety=anxiety)


def progress(*results, battery="preoperative", settings=None, **more):
    return still_missing(batteries(), battery, results, settings or Settings(), **more)


def names(found):
    return [one["instrument"] for one in found["next"]]


def said(found):
    return {(one["code"], one["because"]) for one in found["statements"]}


def missing(found):
    return {one["id"]: one["state"] for one in found["missing"]}


def test_the_four_intakes_are_there():
    assert [battery.id for battery in CONTENT.batteries] == ["preoperative", "postoperative", "injury", "follow-up"]


def test_an_unknown_battery_is_refused():
    with pytest.raises(NotFound):
        progress(battery="no-such")


def test_at_first_everything_is_missing_in_the_order_of_the_battery():
    found = progress()

    assert names(found) == ["gcps-r", "nrs-pain", "nhis-sleep", "phq-4", "taps-1"]
    assert {one["state"] for one in found["missing"]} == {"not-answered"}
    assert missing(found)["age"] == "not-answered"


def test_an_answered_instrument_is_not_asked_again():
    assert "nrs-pain" not in names(progress(scored("nrs-pain", rest=1, movement=2, worst=3, average=2)))


def test_known_facts_are_not_asked_again():
    assert "smoker" not in missing(progress(facts={"smoker": 0}))


def test_an_instrument_with_too_few_answers_is_incomplete_and_not_presented_as_new():
    found = progress(scored("nrs-pain", rest=1, movement=None, worst=None, average=2))

    (part,) = [one for one in found["missing"] if one["id"] == "nrs-pain"]
    assert part["state"] == "incomplete"
    assert part["scores"] == ["movement", "worst"]
    assert "nrs-pain" not in names(found)


def test_a_score_that_is_too_early_is_not_missing():
    early = score("cpsp_self_report", None, reason={"code": "too-early", "detail": "Less than 3 months."})

    found = progress(scored("icd11-cpsp-outcome", early), battery="follow-up", facts={"procedure": "thoracotomy"})

    assert "icd11-cpsp-outcome" not in missing(found)


# -- gates -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("depression", "anxiety", "opened"),
    [(1, 2, []), (2, 2, ["phq-9"]), (3, 2, ["phq-9"]), (1, 3, ["gad-7"]), (6, 6, ["phq-9", "gad-7"])],
)
def test_the_depression_gate_opens_at_2_and_the_anxiety_gate_at_3(depression, anxiety, opened):
    found = progress(phq4(depression, anxiety))

    assert [name for name in names(found) if name in ("phq-9", "phq-8", "gad-7")] == opened


def test_a_gate_whose_questions_are_not_answered_waits():
    for results in ((), (scored("phq-4", depression=None, anxiety=None),)):
        found = progress(*results)

        assert not {"phq-9", "gad-7"} & set(names(found))
        assert ("self-harm-not-asked", "not-yet") in said(found)


def test_a_closed_gate_says_that_self_harm_was_not_asked():
    found = progress(phq4(depression=1))

    assert ("self-harm-not-asked", "gate-closed") in said(found)
    (statement,) = [one for one in found["statements"] if one["code"] == "self-harm-not-asked"]
    assert "Not asked does not mean that there are none" in statement["detail"]
    assert "alert" not in statement["detail"].lower()


def test_an_open_gate_that_is_not_answered_says_so_too():
    assert ("self-harm-not-asked", "not-yet") in said(progress(phq4(depression=2)))


def test_an_answered_phq_9_says_nothing_of_the_kind():
    found = progress(phq4(depression=3), scored("phq-9", total=9))

    assert not [one for one in found["statements"] if one["code"].startswith("self-harm")]


def test_a_phq_9_answered_without_its_gate_is_taken_as_it_is():
    found = progress(scored("phq-9", total=9))

    assert "phq-9" not in missing(found)
    assert not [one for one in found["statements"] if one["code"].startswith("self-harm")]


def test_a_blank_item_9_is_neither_yes_nor_no():
    found = progress(phq4(depression=3), scored("phq-9", total=9, alerts=(ITEM_9_BLANK,)))

    assert ("self-harm-not-answered", "not-answered") in said(found)


def test_a_tenant_may_ask_the_phq_8_and_it_is_said_what_that_leaves_out():
    opened = progress(phq4(depression=2), settings=PHQ8)
    answered = progress(phq4(depression=2), scored("phq-8", total=9), settings=PHQ8)
    closed = progress(phq4(depression=1), settings=PHQ8)

    assert "phq-8" in names(opened)
    assert "phq-9" not in names(opened)
    assert "phq-8" not in missing(answered)
    for found in (opened, answered, closed):
        assert ("self-harm-not-asked", "replaced") in said(found)


def test_a_phq_8_answered_without_the_decision_is_still_said_to_leave_it_out():
    assert ("self-harm-not-asked", "replaced") in said(progress(phq4(depression=2), scored("phq-8", total=9)))


# -- answers that are shared -------------------------------------------------------------------------------------------


def test_the_opened_questionnaire_says_which_of_its_items_were_answered():
    (opened,) = [one for one in progress(phq4(depression=2))["next"] if one["instrument"] == "phq-9"]

    assert opened["carry_over"] == {
        "phq9_1": {"instrument": "phq-4", "item": "phq4_3"},
        "phq9_2": {"instrument": "phq-4", "item": "phq4_4"},
    }


def test_answers_are_carried_item_by_item_and_never_guessed():
    given = {"phq-4": {"phq4_1": 3, "phq4_3": 0, "phq4_4": None}}

    assert carried_answers(CONTENT, "phq-9", given) == {"phq9_1": 0}
    assert carried_answers(CONTENT, "phq-8", given) == {"phq8_1": 0}
    assert carried_answers(CONTENT, "gad-7", given) == {"gad7_1": 3}
    assert carried_answers(CONTENT, "isi", given) == {}
    assert carried_answers(CONTENT, "phq-9", {}) == {}


def test_the_peg_waits_for_the_answers_that_it_shares():
    assert "peg" not in names(progress())
    found = progress(scored("gcps-r", grade=2))

    (peg,) = [one for one in found["next"] if one["instrument"] == "peg"]
    assert set(peg["carry_over"]) == {"peg_1", "peg_2", "peg_3"}


# -- slots -------------------------------------------------------------------------------------------------------------


def test_an_open_slot_says_what_is_not_measured():
    assert ("not-measured", "catastrophising") in said(progress())


def test_a_filled_slot_asks_the_licensed_questionnaire():
    found = progress(settings=LICENSED)

    assert "pcs-13" in names(found)
    assert "isi" in names(found)
    assert "nhis-sleep" not in names(found)
    assert ("not-measured", "catastrophising") not in said(found)


@pytest.mark.parametrize(
    ("slots", "pointers"),
    [
        ({}, []),
        ({"catastrophising": "pcs-13"}, []),
        ({"catastrophising": "isi"}, ["/slots/catastrophising"]),
        ({"no-such": "isi"}, ["/slots"]),
        ({"sleep": "pcs-13", "other": "x"}, ["/slots/sleep", "/slots"]),
    ],
)
def test_a_slot_takes_only_what_measures_it(slots, pointers):
    assert [one.pointer for one in settings_problems(CONTENT, Settings(slots=slots))] == pointers


def test_a_refused_setting_fills_nothing():
    found = progress(settings=Settings(slots={"catastrophising": "isi"}))

    assert ("not-measured", "catastrophising") in said(found)


# -- time and facts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timepoint", "asked"),
    [
        ("postoperative-day-3", False),
        ("postoperative-week-1", False),
        ("postoperative-day-14", True),
        ("postoperative-week-2", True),
        (None, True),
    ],
)
def test_questions_about_two_weeks_wait_for_day_14(timepoint, asked):
    found = progress(battery="postoperative", timepoint=timepoint)

    assert ("phq-4" in names(found)) is asked
    assert (("too-early", "day-14") in said(found)) is not asked
    assert ("self-harm-not-asked", "not-yet") in said(found)


def test_a_gate_does_not_open_before_its_day():
    found = progress(phq4(depression=6, anxiety=6), battery="postoperative", timepoint="postoperative-day-3")

    assert not {"phq-9", "gad-7"} & set(names(found))


def test_the_agent_is_asked_only_where_an_opioid_is_taken():
    assert "opioid_agent" not in missing(progress())
    assert "opioid_agent" not in missing(progress(facts={"preoperative_opioids": 0}))
    assert "opioid_agent" in missing(progress(facts={"preoperative_opioids": 1}))


def test_the_outcome_after_surgery_is_asked_only_where_an_operation_is_known():
    assert "icd11-cpsp-outcome" not in names(progress(battery="follow-up"))
    assert "icd11-cpsp-outcome" in names(progress(battery="follow-up", facts={"procedure": "thoracotomy"}))


def test_a_battery_without_the_question_says_so():
    bare = CONTENT.model_copy(
        update={"batteries": (CONTENT.batteries[0].model_copy(update={"entries": CONTENT.batteries[0].entries[:2]}),)}
    )

    found = still_missing(batteries()._replace(content=bare), "preoperative", [])

    assert said(found) == {("self-harm-not-asked", "not-in-battery")}


def test_a_finished_battery_misses_nothing():
    facts = dict.fromkeys(
        ("age", "female", "procedure", "buprenorphine", "methadone", "naltrexone", "pain_at_site"), 0
    ) | dict.fromkeys(("chronic_pain_at_site", "pain_other_regions", "preoperative_opioids", "smoker"), 0)
    results = [
        scored("gcps-r", grade=0),
        scored("peg", total=0.0),
        scored("nrs-pain", rest=0, movement=0, worst=0, average=0),
        scored("nhis-sleep", met("sleep_difficulty", yes=False), met("short_sleep", yes=False)),
        phq4(),
        scored("taps-1", positive_categories=0),
    ]

    found = progress(*results, facts=facts)

    assert found["missing"] == []
    assert found["next"] == []
    assert said(found) == {("self-harm-not-asked", "gate-closed"), ("not-measured", "catastrophising")}


def test_the_hash_of_the_file_travels_with_it():
    assert progress()["definition"] == {"version": CONTENT.version, "sha256": batteries().sha256}


# -- whatever was answered ---------------------------------------------------------------------------------------------

given_results = st.lists(
    st.one_of(
        st.builds(phq4, st.none() | st.integers(0, 6), st.none() | st.integers(0, 6)),
        st.builds(lambda value: scored("phq-8", total=value), st.none() | st.integers(0, 24)),
        st.builds(lambda value: scored("nrs-pain", worst=value), st.none() | st.integers(0, 10)),
    ),
    unique_by=lambda one: one["instrument"],
)


@settings(deadline=None)
@given(given_results, st.booleans(), st.sampled_from([battery.id for battery in CONTENT.batteries]))
def test_without_a_phq_9_it_is_always_said_that_self_harm_was_not_asked(results, phq8, battery):
    found = progress(*results, battery=battery, settings=Settings(phq8_instead_of_phq9=phq8))

    assert [one["code"] for one in found["statements"]].count("self-harm-not-asked") == 1


@settings(deadline=None)
@given(given_results, st.sampled_from([battery.id for battery in CONTENT.batteries]))
def test_what_is_next_is_missing_and_was_not_answered(results, battery):
    found = progress(*results, battery=battery)

    assert set(names(found)) <= set(missing(found))
    assert not set(names(found)) & {one["instrument"] for one in results}
