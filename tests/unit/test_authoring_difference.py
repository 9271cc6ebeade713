"""What a new version of a definition changes, and for which stored results."""

from __future__ import annotations

import json

import pytest

from shared.authoring.difference import NOTHING, compare, in_words
from shared.instruments.definition import Instrument
from shared.instruments.registry import DEFINITIONS

EVERY_TOTAL = "every result: total"
GAPS = "only results with an unanswered item: total"


def raw(name):
    return json.loads((DEFINITIONS / f"{name}.json").read_text(encoding="utf-8"))


def instrument(definition):
    return Instrument.model_validate_json(json.dumps(definition))


def changed(name, path, value, version="9.0.0"):
    """The difference that one change to a shipped definition makes."""
    definition = raw(name)
    *parents, key = [int(part) if part.isdigit() else part for part in path.split("/")[1:]]
    part = definition
    for parent in parents:
        part = part[parent]
    part[key] = value
    definition["version"] = version
    return compare(instrument(raw(name)), instrument(definition))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/notes", "other"),
        ("/title", "other"),
        ("/items/0/text", "other"),
        ("/options/frequency4/options/0/label", "other"),
        ("/scores/0/missing/rule", "other"),
        ("/scores/0/missing/source", "other source"),
        ("/scores/0/bands/source", "other source"),
        ("/scores/0/cutoffs/0/source", "other source"),
        ("/scores/0/loinc/source", "other source"),
        ("/alerts/0/meaning", "other"),
        ("/trust/grade", "B"),
    ],
)
def test_wording_and_sources_change_no_stored_result_and_need_no_new_version(path, value):
    difference = changed("phq-9", path, value, version=raw("phq-9")["version"])

    assert difference.changes
    assert difference.affected == ()
    assert difference.complaints == ()


@pytest.mark.parametrize(
    ("path", "value", "affected"),
    [
        ("/items/0/reverse", True, "results that answer phq9_1 with 0"),
        ("/items/0/recode", {"0": 0, "1": 1, "2": 2, "3": 9}, "results that answer phq9_1 with 3"),
        ("/scores/0/items", [f"phq9_{n}" for n in range(1, 9)], EVERY_TOTAL),
        ("/scores/0/method", "mean", EVERY_TOTAL),
        ("/scores/0/missing/max_missing", 1, GAPS),
        ("/scores/0/missing/method", "mean-of-answered", GAPS),
        ("/scores/0/missing/unverified", True, f"{GAPS} (reason only)"),
        ("/scores/0/bands/unverified", True, "results with total 5 to 9 change their band"),
        ("/scores/0/range", [0, 28], "every result: what it says of total (range)"),
        ("/scores/0/direction", "neutral", "every result: what it says of total (direction)"),
        (
            "/scores/1/steps/0/value",
            1,
            "every result: symptom_count, major_depressive_syndrome, other_depressive_syndrome",
        ),
        ("/scores/1/id", "symptoms_counted", "every result: symptom_count would be gone"),
        ("/scores/1/id", "symptoms_counted", "every result: symptoms_counted would be added"),
        ("/alerts/0/level", "warning", "results with phq9_9 >= 1 change the level of an alert"),
        ("/alerts", [], "results with phq9_9 >= 1 lose an alert"),
        ("/alerts", [], "results with phq9_9 unanswered lose an alert"),
        ("/status", "not-scorable-yet", "every result"),
        ("/language", "de", "results answered in another language than the wording's: they lose or gain their band"),
        (
            "/validated_ages",
            {"low": 18, "unverified": True},
            "results of people near the validated ages: they lose or gain their band",
        ),
    ],
)
def test_a_change_names_the_results_it_could_change(path, value, affected):
    assert affected in changed("phq-9", path, value).affected


@pytest.mark.parametrize("path", ["/scores/0/cutoffs/0/value", "/scores/0/important_difference/value"])
def test_what_stands_beside_a_result_changes_none_but_needs_a_new_version(path):
    same = changed("phq-9", path, 11, version=raw("phq-9")["version"])

    assert same.affected == ()
    assert same.complaints == (f"numbers changed, but the version is still {raw('phq-9')['version']}",)
    assert changed("phq-9", path, 11).complaints == ()


def test_a_moved_band_edge_names_the_run_of_values_between():
    definition = raw("phq-9")
    definition["scores"][0]["bands"]["rows"][1]["high"] = 7
    definition["scores"][0]["bands"]["rows"][2]["low"] = 8

    difference = compare(instrument(raw("phq-9")), instrument(definition))

    assert difference.affected == ("results with total 8 to 9 change their band",)
    assert "total 8 to 9: mild becomes moderate" in in_words(
        instrument(raw("phq-9")), instrument(definition), difference
    )


def test_a_changed_row_of_a_table_names_its_raw_value():
    name = "promis-sleep-disturbance-8a"
    row = raw(name)["scores"][1]["table"]["rows"][3]

    difference = changed(name, "/scores/1/table/rows/3", row | {"t": row["t"] + 0.1})

    assert difference.affected == (f"results with raw {row['raw']}: t_score",)


def test_a_changed_standard_error_is_told_from_a_changed_score():
    name = "promis-sleep-disturbance-8a"
    row = raw(name)["scores"][1]["table"]["rows"][3]

    difference = changed(name, "/scores/1/table/rows/3", row | {"standard_error": 9.9})

    assert difference.affected == (f"results with raw {row['raw']}: t_score (standard error)",)


def test_a_table_that_was_read_in_print_after_all_changes_what_results_say_of_it():
    name = "promis-sleep-disturbance-8a"

    difference = changed(name, "/scores/1/table/status", "derived")

    assert difference.affected == ("every result: the warnings of t_score",)


def test_a_changed_component_names_the_total_that_uses_it():
    difference = changed("psqi", "/scores/2/steps/0/rows/0/than", 8)

    assert difference.affected == ("every result: c3_duration, global",)


def test_an_answer_that_goes_and_one_that_comes():
    definition = raw("phq-9")
    definition["options"]["frequency4"]["options"][3]["value"] = 4

    difference = compare(instrument(raw("phq-9")), instrument(definition | {"version": "2.0.0"}))

    assert "results that answer phq9_1 with 3: they could no longer be read" in difference.affected
    assert ("item phq9_1", "the answer 4 is new") in [(change.where, change.what) for change in difference.changes]


def test_a_new_item_in_no_score_changes_no_stored_result():
    definition = raw("phq-9")
    definition["items"].append(definition["items"][-1] | {"id": "phq9_11", "n": 11})

    difference = compare(instrument(raw("phq-9")), instrument(definition | {"version": "1.1.0"}))

    assert difference.affected == ()
    assert difference.complaints == ()


def test_a_version_that_falls_is_complained_of():
    assert changed("phq-9", "/notes", "other", version="0.9.0").complaints == (
        f"the version fell from {raw('phq-9')['version']} to 0.9.0",
    )


def test_two_instruments_are_not_two_versions():
    difference = compare(instrument(raw("phq-9")), instrument(raw("gad-7")))

    assert difference.complaints[0] == "these are two instruments, phq-9 and gad-7"


def test_a_change_of_words_alone_is_said_to_change_no_result():
    old = instrument(raw("phq-9"))
    new = instrument(raw("phq-9") | {"notes": "other"})

    assert NOTHING in in_words(old, new, compare(old, new))


def test_the_difference_comes_in_the_same_order_each_time():
    new = instrument(raw("gad-7"))
    old = instrument(raw("phq-9"))

    assert compare(old, new) == compare(old, new)
    removed = [change.where for change in compare(old, new).changes if change.what == "is gone"]
    assert removed[:3] == ["item phq9_1", "item phq9_2", "item phq9_3"]
