"""What a receiver is told of an assessment: the resources, how they name each other, and that order does not matter."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.fhir_store import Store
from shared.delivery.parcel import parcel
from tests.support.deliveries import RESOURCES, VOID, assessed, drawn, small, undrawn


def packed(view, corrects=None, draw=undrawn):
    return parcel(view, corrects, RESOURCES, draw)


def references(part):
    if isinstance(part, list):
        return [found for one in part for found in references(one)]
    if not isinstance(part, dict):
        return []
    own = [part["reference"]] if isinstance(part.get("reference"), str) else []
    return own + [found for one in part.values() for found in references(one)]


def statuses(store):
    """Status by type and identifier; one that stands twice is told with its count."""
    every = [one for kind in store.resources for one in store.of(kind)]
    found = Counter((one["resourceType"], _value(one), one["status"]) for one in every)
    return {(kind, value): (status, count) for (kind, value, status), count in found.items()}


def _value(resource):
    given = resource["identifier"]
    return (given[0] if isinstance(given, list) else given)["value"]


@pytest.fixture(scope="module")
def whole():
    return assessed()


def test_a_parcel_holds_responses_observations_risks_and_one_report(whole):
    kinds = Counter(one["resourceType"] for one in packed(whole).resources)

    assert kinds["QuestionnaireResponse"] == len(whole["responses"])
    assert kinds["RiskAssessment"] == len(whole["risk"]["estimates"])
    assert kinds["DocumentReference"] == 1
    assert kinds["Observation"] > sum(len(result["scores"]) for result in whole["results"])


def test_every_resource_is_told_by_an_identifier_of_its_own(whole):
    made = packed(whole)

    assert len({(one.resource, one.identifier) for one in made.sent}) == len(made.resources)
    assert len(set(made.full_urls)) == len(made.full_urls)
    assert not any("id" in one for one in made.resources)


def test_references_lead_to_entries_or_to_the_receivers_own_patient(whole):
    made = packed(whole)

    assert set(references(made.resources)) - set(made.full_urls) == {"Patient/p-1001"}


def test_what_is_current_is_created_only_where_it_is_not_there_yet(whole):
    requests = [entry["request"] for entry in packed(whole).transaction["entry"]]

    assert {request["method"] for request in requests} == {"POST"}
    assert all(request["ifNoneExist"].startswith("identifier=https://") for request in requests)


def test_what_is_void_replaces_what_is_there():
    made = packed(small(status="entered-in-error", void=VOID))

    assert {one["status"] for one in made.resources} == {"entered-in-error"}
    requests = [entry["request"] for entry in made.transaction["entry"]]
    assert {request["method"] for request in requests} == {"PUT"}
    assert all("?identifier=https://" in request["url"] for request in requests)


def test_a_correction_comes_with_the_end_of_what_it_corrects():
    old = small(status="superseded")
    new = small(supersedes=old["id"])
    made = packed(new, old)

    by_assessment = {(one.identifier.split("/")[0], entry["request"]["method"]) for one, entry in pairs(made)}
    assert by_assessment == {(new["id"], "POST"), (old["id"], "PUT")}
    report = next(one for one in made.resources if one.get("relatesTo"))
    assert report["relatesTo"][0]["target"]["reference"] in made.full_urls


def test_the_senders_own_identifier_tells_no_two_responses_apart_and_is_not_used():
    given = {"identifier": {"system": "urn:ehr", "value": "r-1"}, "encounter": "Encounter/e1"}
    old = small(status="superseded", references=given, superseded_by="x")
    made = packed(small(supersedes=old["id"], references=given), old)

    assert len(set(made.sent)) == len(made.sent)
    responses = [one for one in made.resources if one["resourceType"] == "QuestionnaireResponse"]
    assert {one["identifier"]["system"].rpartition("/")[2] for one in responses} == {"response"}
    assert {one["encounter"]["reference"] for one in responses} == {"Encounter/e1"}


def test_versions_and_times_are_left_to_the_receiver(whole):
    assert {name for one in packed(whole).resources for name in one.get("meta", {})} == {"profile"}


def pairs(made):
    return zip(made.sent, made.transaction["entry"], strict=True)


def test_a_superseded_assessment_is_told_as_a_void_one_is():
    view = small()

    superseded = packed({**view, "status": "superseded", "superseded_by": "x"}, draw=drawn)
    void = packed({**view, "status": "entered-in-error", "superseded_by": "x", "void": VOID}, draw=drawn)

    assert superseded == void


def test_the_same_assessment_is_told_in_the_same_bytes(whole):
    assert json.dumps(packed(whole, draw=drawn).transaction) == json.dumps(packed(whole, draw=drawn).transaction)


def test_a_result_of_another_definition_leaves_no_dangling_reference(whole):
    unknown = {"instrument_version": "0.0.1", "definition_sha256": "0" * 64}
    results = [{**result, **unknown} for result in whole["results"][:1]] + whole["results"][1:]
    made = packed({**whole, "results": results})

    assert set(references(made.resources)) - set(made.full_urls) == {"Patient/p-1001"}
    assert not any("phq-9" in one.identifier for one in made.sent)


def test_a_repetition_changes_nothing_at_the_receiver(whole):
    store = Store()
    bundle = packed(whole).transaction
    store.transact(bundle)
    before = json.dumps(store.resources)

    answer = store.transact(bundle)

    assert json.dumps(store.resources) == before
    assert {entry["response"]["status"] for entry in answer["entry"]} == {"200 OK"}


ORIGINAL, CORRECTION = small(), small()
HISTORY = [
    {ORIGINAL["id"]: ORIGINAL},
    {
        ORIGINAL["id"]: {**ORIGINAL, "status": "superseded", "superseded_by": CORRECTION["id"]},
        CORRECTION["id"]: {**CORRECTION, "supersedes": ORIGINAL["id"]},
    },
    {
        ORIGINAL["id"]: {**ORIGINAL, "status": "superseded", "superseded_by": CORRECTION["id"]},
        CORRECTION["id"]: {**CORRECTION, "supersedes": ORIGINAL["id"], "status": "entered-in-error", "void": VOID},
    },
]
"""Stored; corrected; the correction voided. Each makes a delivery, built and arriving at any later time."""


def told(event, built):
    """The Bundle of the ``event``th delivery, as it is made of how things stand at ``built``."""
    now = HISTORY[max(event, built)]
    if event == 0:
        return packed(now[ORIGINAL["id"]]).transaction
    view = now[CORRECTION["id"]]
    return packed(view, now[ORIGINAL["id"]] if event == 1 else None).transaction


@st.composite
def arrivals(draw):
    """Every delivery at least once, each built at some time, arriving in any order."""
    last = draw(st.integers(0, 2))
    event = st.integers(0, last)
    attempts = draw(st.lists(st.tuples(event, st.integers(0, last)), max_size=8))
    attempts += [(one, draw(st.integers(one, last))) for one in range(last + 1)]
    return last, draw(st.permutations(attempts))


@settings(max_examples=150, deadline=None)
@given(arrivals())
def test_in_whatever_order_and_however_often_deliveries_come_the_receiver_ends_the_same(arrival):
    last, attempts = arrival
    store = Store()

    for event, built in attempts:
        store.transact(told(event, built))

    ended = statuses(store)
    assert {count for _, count in ended.values()} == {1}
    wanted = {ORIGINAL["id"]: last > 0, CORRECTION["id"]: last > 1}
    assert {value.split("/")[0] for _, value in ended} == set(HISTORY[last])
    for (_, value), (status, _) in ended.items():
        assert (status == "entered-in-error") == wanted[value.split("/")[0]]
