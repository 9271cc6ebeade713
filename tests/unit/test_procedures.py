"""The closed list of operations and conditions, and the strict reading of such files."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.documents import load_document, read_document
from shared.errors import DefinitionRefused
from shared.procedures import Catalogue, contradictions, procedures
from shared.procedures.catalogue import PROCEDURES, unknown_procedures
from shared.profile.definition import Factors
from tests.support.profiles import made_factors

LIST = procedures().content


def entry(**changes):
    return {"id": "made", "title": "Made", "kind": "procedure", "named_by": ["design"]} | changes


def catalogue_of(*entries):
    other = entry(id="other", kind="either")
    content = json.dumps({"version": "1.0.0", "title": "Made", "procedures": [*entries, other]})
    return read_document(Catalogue, content.encode(), "made.json").content


@pytest.mark.parametrize(
    "named",
    [
        "total-knee-arthroplasty",
        "inguinal-hernia-repair",
        "breast-cancer-surgery",
        "lumbar-disc-herniation-surgery",
        "thoracotomy",
        "whiplash",
        "acute-low-back-pain",
        "non-traumatic-neck-pain",
        "other",
    ],
)
def test_the_ids_of_the_contract_are_there(named):
    assert LIST.get(named) is not None


def test_a_hash_travels_with_the_list():
    assert procedures().sha256 == hashlib.sha256(PROCEDURES.read_bytes()).hexdigest()


def test_other_may_stand_as_an_operation_and_as_a_condition():
    assert "other" in LIST.ids("procedure") & LIST.ids("condition")


def test_a_condition_is_no_operation():
    assert "whiplash" not in LIST.ids("procedure")
    assert "thoracotomy" not in LIST.ids("condition")


def test_only_plain_anatomy_is_bound_to_a_sex():
    assert {one.id for one in LIST.procedures if one.sex_specific} == {"hysterectomy", "caesarean-section"}


@pytest.mark.parametrize(
    ("facts", "contradict"),
    [
        ({"procedure": "hysterectomy", "female": 0}, True),
        ({"procedure": "hysterectomy", "female": 1}, False),
        ({"procedure": "hysterectomy"}, False),
        ({"procedure": "breast-cancer-surgery", "female": 0}, False),
        ({"procedure": "no-such-thing", "female": 0}, False),
        ({"female": 0}, False),
        ({}, False),
    ],
)
def test_a_female_only_operation_and_another_recorded_sex_contradict_each_other(facts, contradict):
    found = contradictions(LIST, facts)

    assert [one.code for one in found] == (["contradictory-facts"] if contradict else [])


def test_a_male_only_operation_contradicts_female_sex():
    catalogue = catalogue_of(entry(sex_specific="male"))

    assert contradictions(catalogue, {"procedure": "made", "female": 1})
    assert not contradictions(catalogue, {"procedure": "made", "female": 0})


def test_unknown_operations_are_named_by_their_place_and_not_repeated():
    found = unknown_procedures(LIST, {"procedure": "my-secret", "condition": "thoracotomy"})

    assert [one.pointer for one in found] == ["/clinical/procedure", "/clinical/condition"]
    assert "my-secret" not in str(found)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["procedure", "condition", "female"]), st.none() | st.integers() | st.text()))
def test_no_facts_break_the_comparison(facts):
    contradictions(LIST, facts)


# -- strict reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([entry(), entry()], "two entries have the same id"),
        ([entry(colour="red")], "holds a key that is not known here"),
        ([entry(kind="maybe")], "should be 'procedure', 'condition' or 'either'"),
        ([entry(named_by=[])], "should have at least 1 item"),
    ],
)
def test_a_list_that_is_not_closed_is_refused(entries, problem):
    with pytest.raises(DefinitionRefused) as refused:
        catalogue_of(*entries)

    assert problem in " ".join(one.detail for one in refused.value.problems)


def test_a_list_without_other_is_refused():
    content = json.dumps({"version": "1.0.0", "title": "Made", "procedures": [entry()]}).encode()

    with pytest.raises(DefinitionRefused, match=r"made\.json"):
        read_document(Catalogue, content, "made.json")


def test_a_key_twice_in_one_object_is_refused():
    with pytest.raises(DefinitionRefused) as refused:
        read_document(Catalogue, b'{"version": "1.0.0", "version": "2.0.0"}', "made.json")

    assert refused.value.problems[0].code == "duplicate-key"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null", b"7"])
def test_what_is_no_such_file_is_refused_and_breaks_nothing(content):
    with pytest.raises(DefinitionRefused):
        read_document(Catalogue, content, "made.json")


def test_a_problem_stands_at_its_place_in_the_file():
    document = made_factors()
    document["factors"][0]["sources"][0]["present"]["op"] = "~"
    del document["factors"][1]["sources"][0]["fact"]
    document["factors"][1]["sources"][0]["present"]["colour"] = "red"

    with pytest.raises(DefinitionRefused) as refused:
        read_document(Factors, json.dumps(document).encode(), "made.json")

    assert {one.pointer for one in refused.value.problems} == {
        "/factors/0/sources/0/present/op",
        "/factors/1/sources/0/fact",
        "/factors/1/sources/0/present",
    }


def test_a_file_is_read_as_it_lies(tmp_path):
    path = tmp_path / "list.json"
    path.write_bytes(PROCEDURES.read_bytes())

    assert load_document(Catalogue, path) == procedures()
