"""Observed rates: the operation's own row, a mixed one only as such, and never adjusted."""

from __future__ import annotations

import json

import pytest

from shared.documents import read_document
from shared.errors import DefinitionRefused
from shared.profile.base_rates import BaseRates, base_rates, base_rates_for
from tests.support.profiles import SOURCE


def rows(**facts):
    return base_rates_for(base_rates(), facts)


def row(**changes):
    return {
        "id": "made",
        "scope": "operation",
        "procedures": ["thoracotomy"],
        "outcome_kind": "lasting-pain",
        "outcome": "pain",
        "horizon": "1 year",
        "population": "people",
        "rate": 0.1,
        "n": 100,
        "source": SOURCE,
    } | changes


def rates_of(*entries):
    document = {
        "version": "1.0.0",
        "title": "Made",
        "statement": "Seen once.",
        "mixed_statement": "Mixed.",
        "group_statement": "Several.",
        "rows": list(entries),
    }
    return read_document(BaseRates, json.dumps(document).encode(), "made.json")


@pytest.mark.parametrize(
    ("facts", "row_id", "rate", "n"),
    [
        ({"procedure": "total-knee-arthroplasty"}, "cpsp-tka-6m", 0.129, None),
        ({"procedure": "hip-arthroplasty"}, "cpsp-mixed-12m", 0.118, 889),
        ({"condition": "wrist-fracture"}, "crps-wrist-4m", 0.038, 1549),
        ({"procedure": "tibial-fracture-repair"}, "cpsp-tibial-12m", 0.551, 267),
        ({"condition": "non-traumatic-neck-pain"}, "chronic-neck-6m", 0.103, 603),
    ],
)
def test_a_row_says_rate_outcome_horizon_people_and_source(facts, row_id, rate, n):
    found = next(one for one in rows(**facts) if one["id"] == row_id)

    assert (found["rate"], found["n"]) == (rate, n)
    assert found["outcome"]
    assert found["horizon"]
    assert found["population"]
    assert found["source"].startswith("http")
    assert "not this person's probability" in found["statement"]


def test_an_unmapped_operation_gets_none():
    assert rows(procedure="other") == []
    assert rows(procedure="my-own-code") == []
    assert rows() == []


def test_a_mixed_row_stands_in_only_where_no_own_row_is_and_says_so():
    own = rows(procedure="total-knee-arthroplasty")
    none = rows(procedure="hip-arthroplasty")

    assert [one["scope"] for one in own if one["outcome_kind"] == "lasting-pain"] == ["operation"]
    assert {one["scope"] for one in none} == {"mixed"}
    assert all("Mixed surgery" in one["stated_as"] for one in none)


def test_a_row_of_several_operations_says_so():
    found = next(one for one in rows(procedure="hysterectomy") if one["outcome_kind"] == "lasting-pain")

    assert found["id"] == "cpsp-gendolcat-4m"
    assert found["stated_as"] == "Several operations together, this one among them."


def test_no_mixed_surgery_is_shown_for_an_injury():
    assert [one["id"] for one in rows(condition="wrist-fracture")] == ["crps-wrist-4m"]


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, True),
        ({"age": 40}, True),
        ({"age": 70}, False),
        ({"preoperative_opioids": 0}, True),
        ({"preoperative_opioids": 1}, False),
        ({"opioid_agent": "tramadol"}, False),
        ({"methadone": 1}, False),
    ],
)
def test_a_person_known_to_be_outside_the_population_is_not_shown_its_rate(facts, shown):
    found = {one["id"] for one in rows(procedure="hip-arthroplasty", **facts)}

    assert ("new-persistent-opioid-us" in found) is shown


def test_no_fact_but_the_population_changes_a_rate():
    plain = rows(procedure="breast-cancer-surgery")
    loaded = rows(procedure="breast-cancer-surgery", smoker=1, female=1, pain_at_site=1)

    assert plain == loaded


def test_a_range_of_rates_is_no_interval():
    (found,) = rows(condition="acute-low-back-pain")

    assert found["rate"] is None
    assert found["rate_range"] == [0.19, 0.30]
    assert found["ci95"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"rate": 1.2},
        {"rate": None},
        {"rate_range": [0.1, 0.2]},
        {"rate_range": [0.3, 0.2], "rate": None},
        {"ci95": [0.2, 0.3]},
        {"n": 0},
        {"scope": "mixed"},
        {"procedures": []},
        {"source": ""},
        {"colour": "red"},
    ],
)
def test_a_row_that_contradicts_itself_is_refused(changes):
    entry = {key: value for key, value in row(**changes).items() if value is not None}

    with pytest.raises(DefinitionRefused):
        rates_of(entry)


def test_two_rows_of_one_id_are_refused():
    with pytest.raises(DefinitionRefused):
        rates_of(row(), row())


def test_the_hash_of_the_file_travels_with_each_row():
    assert {one["definition"]["sha256"] for one in rows(procedure="sternotomy")} == {base_rates().sha256}
