"""What is compared, what is said of it, and what is refused."""

from __future__ import annotations

import jsonschema
import pytest
from pydantic import ValidationError

from shared.agreement import agree
from shared.agreement.request import CheckRequest
from shared.agreement.siblings import sibling_ids
from shared.errors import NotScorable, SubmissionRefused, problems_of
from shared.instruments import Definition, registry
from shared.scoring import scorer_for
from shared.scoring.scorer import Scorer

GAD7 = {f"gad7_{n}": 1 for n in range(1, 8)}
PHQ9 = {f"phq9_{n}": 1 for n in range(1, 10)}


def check(name, responses, stated):
    return agree(scorer_for(registry().get(name)), responses, stated)


def only(found):
    (difference,) = found["differences"]
    return difference


# -- values ------------------------------------------------------------------------------------------------------------


def test_the_same_total_agrees_and_says_what_it_was_compared_with():
    found = check("gad-7", GAD7, {"total": 7})

    assert found == {
        "instrument": "gad-7",
        "instrument_version": "1.0.0",
        "definition_sha256": registry().get("gad-7").sha256,
        "engine_version": "0.1.0",
        "agrees": True,
        "differences": [],
        "problems": [],
        "alerts": [],
    }


@pytest.mark.parametrize("stated", [7.0, {"value": 7}, {"value": 7, "band": "mild"}, {"band": "mild"}])
def test_only_what_is_stated_is_compared(stated):
    assert check("gad-7", GAD7, {"total": stated})["agrees"] is True


def test_a_rounded_value_is_told_as_such():
    found = check("peg", {"peg_1": 6, "peg_2": 7, "peg_3": 6}, {"total": 6.33})

    assert only(found)["rule"] == "rounded"


@pytest.mark.parametrize("stated", ["7", True, [7], 10**400, float("nan"), float("inf")])
def test_a_value_of_another_kind_never_agrees(stated):
    assert check("gad-7", GAD7, {"total": stated})["agrees"] is False


def test_causes_that_are_as_simple_are_all_told():
    # Six zeros and one missing: counted as zero or prorated, it is the same.
    found = check("gad-7", {f"gad7_{n}": 0 for n in range(1, 7)}, {"total": 0})

    difference = only(found)
    assert difference["rule"] == "missing-as-zero"
    assert [other["rule"] for other in difference["also"]] == ["prorated-against-the-rule"]
    assert difference["explanation"].startswith(
        "Counting what is unanswered as 0 gives 0. Or: Prorating to all 7 items"
    )
    assert difference["explanation"].endswith("We give no score: Needs gad7_7, unanswered.")


def test_a_withheld_score_agrees_with_no_score():
    six = {f"gad7_{n}": 1 for n in range(1, 7)}

    assert check("gad-7", six, {"total": None})["agrees"] is True
    assert only(check("gad-7", GAD7, {"total": None}))["rule"] is None


def test_no_score_where_the_published_rule_prorates():
    found = check("phq-9", {f"phq9_{n}": 2 for n in range(1, 9)}, {"total": None})

    assert only(found)["rule"] == "withheld-against-the-rule"


def test_a_prorated_total_that_was_rounded_to_even():
    # 12 of eight answered items: 13.5, which goes up to 14.
    answers = {f"phq9_{n}": value for n, value in enumerate([2, 2, 2, 2, 1, 1, 1, 1], 1)}

    assert check("phq-9", answers, {"total": 14})["agrees"] is True
    difference = only(check("phq-9", answers, {"total": 13}))
    assert difference["rule"] == "prorated-otherwise-rounded"


def test_a_total_prorated_where_no_rule_allows_it():
    found = check("gad-7", {f"gad7_{n}": 2 for n in range(1, 7)}, {"total": 14})

    assert only(found)["rule"] == "prorated-against-the-rule"


def test_a_time_that_is_unanswered_is_never_counted_as_zero():
    psqi = registry().get("psqi").instrument
    answers = {item.id: 1 for item in psqi.items if item.options in ("often4", "quality4", "problem4")}

    found = check("psqi", answers, {"global": 3})

    assert found["agrees"] is False


# -- bands -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "band", "rule"),
    [
        (9, "mild", "band-edge"),
        (10, "moderate", None),
        (9, "severe", None),
        (9, None, "no-band"),
    ],
)
def test_a_band_beside_ours(value, band, rule):
    answers = dict(zip(GAD7, [3, 3, 3, 1, 0, 0, 0], strict=True))

    found = check("gad-7", answers, {"total": {"value": value, "band": band}})

    rows = {difference["of"]: difference for difference in found["differences"]}
    assert ("value" in rows) is (value != 10)
    assert ("band" in rows) is (band != "moderate")
    if band == "mild":
        assert rows["band"]["rule"] == "band-of-the-stated-value"
    elif "band" in rows:
        assert rows["band"]["rule"] == rule


def test_a_band_whose_edge_was_set_one_higher():
    answers = dict(zip(GAD7, [3, 3, 3, 1, 0, 0, 0], strict=True))

    assert only(check("gad-7", answers, {"total": {"band": "mild"}}))["rule"] == "band-edge"


def test_a_band_from_a_table_that_was_not_verified():
    known = registry().get("gad-7")
    score = known.instrument.scores[0]
    unverified = score.model_copy(update={"bands": score.bands.model_copy(update={"unverified": True})})
    scorer = Scorer(Definition(known.instrument.model_copy(update={"scores": (unverified,)}), "x"))

    found = agree(scorer, GAD7, {"total": {"value": 7, "band": "mild"}})

    assert (only(found)["ours"], only(found)["rule"]) == (None, "band-not-verified")


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_an_unknown_score_is_an_error_at_stated_and_never_named():
    with pytest.raises(SubmissionRefused) as refused:
        check("phq-9", PHQ9, {"total": 9, "Jane Doe": 1})

    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/stated", "unknown-key")
    assert "Jane" not in problem.detail
    assert [alert["id"] for alert in refused.value.alerts] == ["phq9_9-ge-1"]


def test_an_unknown_item_is_an_error_with_every_other_problem():
    with pytest.raises(SubmissionRefused) as refused:
        check("phq-9", {**PHQ9, "phq9_1": 9, "mood": 1}, {"sum": 9})

    assert {(problem.pointer, problem.code) for problem in refused.value.problems} == {
        ("/responses", "unknown-key"),
        ("/stated", "unknown-key"),
        ("/responses/phq9_1", "value-not-allowed"),
    }


def test_refused_answers_that_no_common_storage_explains_are_only_named():
    found = check("gad-7", {**GAD7, "gad7_1": 0, "gad7_2": 9}, {"total": {"value": 8, "band": "mild"}})

    assert [problem["pointer"] for problem in found["problems"]] == ["/responses/gad7_2"]
    assert [(row["of"], row["ours"], row["rule"]) for row in found["differences"]] == [
        ("value", None, None),
        ("band", None, None),
    ]
    assert "ours_if_so" not in found["differences"][0]


def test_refused_answers_are_read_anew_and_what_is_stated_may_still_be_unexplained():
    found = check("gad-7", {**GAD7, "gad7_1": 4}, {"total": {"value": 2, "band": "minimal"}})

    value, band = found["differences"]
    assert (value["ours"], value["rule"], value["ours_if_so"]) == (None, None, 3)
    assert value["explanation"].endswith("No published or common rule explains the stated value then.")
    assert (band["ours"], band["rule"], band["ours_if_so"]) == (None, "answers-stored-one-higher", "minimal")


def test_answers_stored_by_position_are_read_so():
    name = "s-lanss"
    if name not in registry().ids:
        pytest.skip(f"{name} is not among the definitions yet")
    instrument = registry().get(name).instrument
    answers = {item.id: 1 for item in instrument.items}

    found = check(name, answers, {"total": 24})

    assert only(found)["rule"] == "answers-stored-by-position"
    assert only(found)["ours_if_so"] == 24


def test_a_stored_shift_with_an_answer_missing_is_explained_by_both():
    answers = {f"isi_{n}": value for n, value in enumerate([5, 2, 2, 2, 2, 2], 1)}

    found = check("isi", answers, {"total": 9})

    assert only(found)["rule"] == "answers-stored-one-higher+missing-as-zero"
    assert only(found)["ours_if_so"] is None


def test_what_cannot_be_scored_cannot_be_checked():
    known = registry().get("gad-7")
    scorer = Scorer(Definition(known.instrument.model_copy(update={"status": "not-scorable-yet"}), "x"))

    with pytest.raises(NotScorable):
        agree(scorer, GAD7, {"total": 7})


# -- the request -------------------------------------------------------------------------------------------------------


def test_a_request_keeps_apart_what_was_not_said_and_what_was_said_to_be_none():
    asked = CheckRequest.model_validate(
        {"responses": GAD7, "stated": {"a": 7, "b": None, "c": {"value": None}, "d": {"band": "mild"}, "e": "high"}}
    )

    assert asked.claims() == {"a": 7, "b": None, "c": {"value": None}, "d": {"band": "mild"}, "e": "high"}


@pytest.mark.parametrize(
    "body",
    [
        {"responses": GAD7},
        {"responses": GAD7, "stated": {}},
        {"responses": GAD7, "stated": {"total": {}}},
        {"responses": GAD7, "stated": {"total": True}},
        {"responses": GAD7, "stated": {"total": [7]}},
        {"responses": GAD7, "stated": {"total": float("nan")}},
        {"responses": GAD7, "stated": {"total": float("-inf")}},
        {"responses": GAD7, "stated": {"total": 10**400}},
        {"responses": GAD7, "stated": {"total": {"value": 7, "note": "x"}}},
        {"responses": GAD7, "stated": {"total": "x" * 65}},
        {"responses": GAD7, "stated": {"total": {"band": 7}}},
        {"responses": GAD7, "stated": {"total": {"value": {"value": 7}}}},
        {"responses": GAD7, "stated": {str(n): 7 for n in range(101)}},
        {"responses": GAD7, "stated": {"total": 7}, "more": 1},
        {"responses": [1], "stated": {"total": 7}},
    ],
)
def test_another_request_is_refused(body):
    with pytest.raises(ValidationError):
        CheckRequest.model_validate(body)


def test_a_problem_of_what_is_stated_never_repeats_a_key():
    with pytest.raises(ValidationError) as refused:
        CheckRequest.model_validate({"responses": GAD7, "stated": {"Jane Doe": True}})

    (problem,) = problems_of(refused.value)
    assert (problem.pointer, problem.code) == ("/stated", "value-not-allowed")
    assert "Jane" not in problem.detail


def test_the_schema_of_a_request_takes_what_the_request_takes():
    schema = CheckRequest.model_json_schema()

    for stated in (7, 7.5, None, "high", {"value": 7}, {"band": None}):
        jsonschema.validate({"responses": {}, "stated": {"total": stated}}, schema)
    for wrong in (True, [7], {}, {"value": 7, "note": "x"}, "x" * 65):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"responses": {}, "stated": {"total": wrong}}, schema)


def test_other_forms_differ_in_the_last_part_of_their_id():
    ids = ["isi", "phq-9", "promis-sleep-disturbance-8a", "promis-sleep-disturbance-8b", "promis-anxiety-4a"]

    assert sibling_ids("promis-sleep-disturbance-8a", ids) == ["promis-sleep-disturbance-8b"]
    assert sibling_ids("isi", ids) == []
