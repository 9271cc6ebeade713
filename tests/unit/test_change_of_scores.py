"""When two results differ, whether it matters, and whether it exceeds measurement error."""

from __future__ import annotations

import json

import pytest

from infra.local.template import ROOT
from shared.change import change
from shared.change.reliability import rules, standard_error_of_difference
from shared.instruments import Definition, registry
from shared.instruments.definition import Reliability, Table
from shared.scoring import SELF, Setting, scorer_for

EXAMPLES = json.loads((ROOT / "tests/data/reliable-change.json").read_text(encoding="utf-8"))


def definition(name):
    if name not in registry().ids:
        pytest.skip(f"{name} is not among the definitions yet")
    return registry().get(name)


def answers(name, *values):
    items = definition(name).instrument.items
    return {item.id: value for item, value in zip(items, values, strict=False) if value is not None}


def scored(name, *values, setting=SELF):
    return scorer_for(definition(name)).score(answers(name, *values), setting)


def changes(name, before, after):
    return {row["score"]: row for row in change(definition(name), before, after)["changes"]}


def why(row, about):
    return [reason["rule"] for reason in row["because"] if reason["about"] == about]


def altered(name, score_id, **update):
    """A definition with other figures for one score."""
    known = definition(name)
    scores = tuple(s.model_copy(update=update) if s.id == score_id else s for s in known.instrument.scores)
    return Definition(known.instrument.model_copy(update={"scores": scores}), known.sha256)


def with_value(result, score_id, value):
    scores = [{**score, "value": value} if score["id"] == score_id else score for score in result["scores"]]
    return {**result, "scores": scores}


# -- published examples ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", [e for e in EXAMPLES if "expect" in e], ids=lambda e: e["case"])
def test_a_worked_example_comes_out_as_published(example):
    if "table" in example:
        name, score = "promis-sleep-disturbance-8a", "t_score"
        known = definition(name).instrument.scores[1].table.model_dump()
        table = known | {"rows": tuple(example["table"]), "standard_error_unverified": False}
        changed = altered(name, score, table=Table.model_validate(table))
        result = scored(name, *[3] * 8)
    else:
        name, score = "isi", "total"
        reliability = Reliability(kind="as in the example", source=example["source"], **example["reliability"])
        changed = altered(name, score, reliability=reliability)
        result = scored(name, *[2] * 7)

    both = with_value(result, score, example["before"]), with_value(result, score, example["after"])
    row = next(row for row in change(changed, *both)["changes"] if row["score"] == score)

    expect = example["expect"]
    reason = next(reason for reason in row["because"] if reason["about"] == "reliable")
    assert row["difference"] == expect["difference"]
    assert row["reliable"] is expect["reliable"]
    for part in expect.keys() & {"ratio", "standard_error"}:
        assert reason[part] == pytest.approx(expect[part], abs=6e-6)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if "published" in e], ids=lambda e: e["case"])
def test_a_definition_gives_the_smallest_detectable_change_that_was_published(example):
    reliability = definition(example["instrument"]).instrument.scores[0].reliability

    error = standard_error_of_difference(reliability)

    assert error * rules().critical_ratio.value == pytest.approx(example["published"], abs=0.006)


def test_seven_points_on_the_isi_are_reliable_and_six_are_only_important():
    before = scored("isi", 3, 3, 3, 3, 2, 2, 2)
    seven, six = scored("isi", 3, 3, 3, 2, 0, 0, 0), scored("isi", 3, 3, 3, 3, 0, 0, 0)

    by_seven, by_six = changes("isi", before, seven)["total"], changes("isi", before, six)["total"]

    assert (by_seven["difference"], by_seven["important"], by_seven["reliable"]) == (-7, True, True)
    assert (by_six["difference"], by_six["important"], by_six["reliable"]) == (-6, True, False)


@pytest.mark.parametrize(("name", "smallest"), [("phq-9", 6), ("gad-7", 4)])
def test_the_published_smallest_reliable_change_itself_is_reliable(name, smallest):
    high = [3] * 9
    one_less = [2] * (smallest - 1) + [3] * 9
    enough = [2] * smallest + [3] * 9

    assert changes(name, scored(name, *high), scored(name, *enough))["total"]["reliable"] is True
    assert changes(name, scored(name, *high), scored(name, *one_less))["total"]["reliable"] is False


# -- the difference ----------------------------------------------------------------------------------------------------


def test_a_difference_of_thirds_is_exact():
    row = changes("peg", scored("peg", 3, 3, 4), scored("peg", 4, 4, 5))["total"]

    assert (row["difference"], row["important"]) == (1, True)


def test_a_worsening_is_as_important_as_an_improvement_and_says_what_the_source_speaks_of():
    low, high = scored("isi", *[0] * 7), scored("isi", *[2] * 7)

    better, worse = changes("isi", high, low)["total"], changes("isi", low, high)["total"]

    assert (better["better"], worse["better"]) == (True, False)
    assert better["important"] is worse["important"] is True
    assert "read-for-other-direction" in why(worse, "important")
    assert "read-for-other-direction" not in why(better, "important")


def test_no_difference_is_neither_better_nor_worse():
    row = changes("gad-7", scored("gad-7", *[1] * 7), scored("gad-7", *[1] * 7))["total"]

    assert (row["difference"], row["better"], row["important"], row["reliable"]) == (0, None, False, False)


def test_a_score_without_a_better_end_never_becomes_better():
    changed = altered("gad-7", "total", direction="neutral")

    row = change(changed, scored("gad-7", *[0] * 7), scored("gad-7", *[3] * 7))["changes"][0]

    assert (row["difference"], row["better"]) == (21, None)


def test_scores_that_rise_when_things_improve_are_read_that_way():
    changed = altered("gad-7", "total", direction="higher-is-better")

    row = change(changed, scored("gad-7", *[0] * 7), scored("gad-7", *[3] * 7))["changes"][0]

    assert row["better"] is True


# -- what forbids a difference -----------------------------------------------------------------------------------------


def assert_nothing_but(row, rule):
    assert (row["difference"], row["important"], row["reliable"], row["better"]) == (None,) * 4
    assert [(reason["about"], reason["rule"]) for reason in row["because"]] == [("difference", rule)]


def test_an_unscored_result_gives_no_difference_and_the_reason():
    row = changes("isi", scored("isi", *[2] * 7), scored("isi", *[2] * 6))["total"]

    assert_nothing_but(row, "not-scored")
    assert "isi_7" in row["because"][0]["detail"]
    assert (row["before"], row["after"]) == (14, None)


def test_a_prorated_result_gives_no_difference():
    row = changes("phq-9", scored("phq-9", *[2] * 8), scored("phq-9", *[0] * 9))["total"]

    assert (row["before"], row["after"]) == (18, 0)
    assert_nothing_but(row, "prorated")


def test_a_category_is_not_subtracted():
    row = changes("phq-9", scored("phq-9", *[3] * 9), scored("phq-9", *[0] * 9))["major_depressive_syndrome"]

    assert_nothing_but(row, "category")


def test_results_of_different_instruments_are_not_compared():
    for row in changes("phq-9", scored("phq-9", *[1] * 9), scored("gad-7", *[1] * 7)).values():
        assert_nothing_but(row, "different-instrument")


def test_results_of_different_versions_are_not_compared():
    old = {**scored("gad-7", *[1] * 7), "instrument_version": "0.9.0"}

    assert_nothing_but(changes("gad-7", old, scored("gad-7", *[3] * 7))["total"], "different-version")
    assert_nothing_but(changes("gad-7", old, old)["total"], "different-version")


def test_a_proxy_and_the_person_are_not_compared():
    by_proxy = scored("gad-7", *[1] * 7, setting=Setting(respondent="proxy"))

    assert_nothing_but(changes("gad-7", by_proxy, scored("gad-7", *[3] * 7))["total"], "different-setting")


def test_two_reports_of_a_proxy_differ_but_by_no_published_figure():
    low, high = (scored("gad-7", *[n] * 7, setting=Setting(respondent="proxy")) for n in (0, 3))

    row = changes("gad-7", high, low)["total"]

    assert (row["difference"], row["better"], row["important"], row["reliable"]) == (-21, True, None, None)
    assert why(row, "important") == why(row, "reliable") == ["outside-validated-population"]


# -- figures that compute nothing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "rule"),
    [
        ({"value": 4, "unverified": True}, "important-difference-not-verified"),
        ({"value": 2, "value_high": 3}, "important-difference-is-a-range"),
        ({"value": None}, "important-difference-not-fixed"),
        (None, "no-important-difference"),
    ],
)
def test_a_figure_that_is_not_one_verified_number_decides_nothing(figure, rule):
    known = definition("gad-7").instrument.scores[0].important_difference
    nothing = {"value_high": None, "unverified": False}
    changed = altered("gad-7", "total", important_difference=figure and known.model_copy(update=nothing | figure))

    row = change(changed, scored("gad-7", *[3] * 7), scored("gad-7", *[0] * 7))["changes"][0]

    assert row["important"] is None
    assert why(row, "important")[0] == rule


def test_other_published_figures_are_context_only():
    row = changes("isi", scored("isi", *[2] * 7), scored("isi", *[0] * 7))["total"]

    other = [reason for reason in row["because"] if reason["rule"] == "important-difference-other"]
    assert [reason["value"] for reason in other] == [8.4]
    assert all("holds" not in reason and reason["source"] for reason in other)


def test_a_move_to_another_band_is_asked_for_where_the_source_asks_for_it():
    figure = definition("gad-7").instrument.scores[0].important_difference
    asking = figure.model_copy(update={"value": 3, "with_another_band": True})
    changed = altered("gad-7", "total", important_difference=asking)
    at = {}
    for total, band in ((1, "minimal"), (4, "minimal"), (7, "mild")):
        result = scored("gad-7", *[0] * 7)
        at[total] = {**result, "scores": [{**result["scores"][0], "value": total, "band": band}]}

    within = change(changed, at[4], at[1])["changes"][0]
    across = change(changed, at[7], at[4])["changes"][0]

    assert (within["important"], across["important"]) == (False, True)


def test_standard_errors_that_were_not_verified_decide_nothing():
    name = "promis-sleep-disturbance-8a"

    row = changes(name, scored(name, *[1] * 8), scored(name, *[5] * 8))["t_score"]

    assert row["reliable"] is None
    assert why(row, "reliable") == ["standard-error-not-verified"]


def test_reliability_that_was_not_verified_decides_nothing():
    known = definition("gad-7").instrument.scores[0].reliability
    changed = altered("gad-7", "total", reliability=known.model_copy(update={"unverified": True}))

    row = change(changed, scored("gad-7", *[3] * 7), scored("gad-7", *[0] * 7))["changes"][0]

    assert (row["reliable"], why(row, "reliable")) == (None, ["reliability-not-verified"])


def test_without_reliability_inputs_the_answer_is_not_known():
    row = changes("peg", scored("peg", 0, 0, 0), scored("peg", 9, 9, 9))["total"]

    assert (row["reliable"], why(row, "reliable")) == (None, ["no-reliability"])


def test_a_score_whose_own_standard_error_was_withheld_is_not_judged():
    name = "promis-depression-4a"

    row = changes(name, scored(name, *[1] * 4), scored(name, *[5] * 4))["t_score"]

    assert (row["reliable"], why(row, "reliable")) == (None, ["no-standard-error"])


def test_verified_standard_errors_of_both_scores_judge_a_t_score():
    name = "promis-depression-4a"

    row = changes(name, scored(name, *[4] * 4), scored(name, *[2] * 4))["t_score"]

    reason = next(reason for reason in row["because"] if reason["about"] == "reliable")
    assert (row["reliable"], reason["rule"], reason["value"]) == (True, "own-standard-errors", 1.96)
