"""Bundles in and out: order, identity, limits, references."""

from __future__ import annotations

import pytest

from shared.fhir.bundle import (
    Answer,
    bundle_response,
    collection,
    read_bundle,
    rewritten,
    searchset,
    transaction,
)
from shared.fhir.operation_outcome import status_of
from tests.fhir_examples import phq9

BASE = "https://scoring.example.org/fhir/R4"
WIRED = {"QuestionnaireResponse": ("POST", "GET"), "Observation": ("GET", "DELETE", "PUT")}


def entry(method="POST", url="QuestionnaireResponse", resource=None, **more):
    made = {"request": {"method": method, "url": url}}
    if method in ("POST", "PUT"):
        made["resource"] = resource or phq9()
    return made | more


def bundle(*entries, kind="transaction"):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def issues(*entries, **more):
    plan = read_bundle(bundle(*entries), wired=WIRED, **more)
    return [(issue.code, issue.expression) for issue in plan.issues]


def test_a_transaction_is_carried_out_in_fhirs_order_whatever_the_order_of_its_entries():
    observation = {"resourceType": "Observation", "id": "o2"}
    sent = bundle(
        entry("GET", "Observation?code=x"),
        entry("PUT", "Observation/o2", observation),
        entry(fullUrl="urn:uuid:1"),
        entry("DELETE", "Observation/o1"),
        entry(fullUrl="urn:uuid:2"),
    )
    plan = read_bundle(sent, wired=WIRED)

    assert plan.issues == []
    assert [(one.method, one.place) for one in plan.entries] == [
        ("DELETE", 3),
        ("POST", 2),
        ("POST", 4),
        ("PUT", 1),
        ("GET", 0),
    ]


def test_a_batch_keeps_its_order():
    plan = read_bundle(bundle(entry("GET", "Observation?a=b"), entry(), kind="batch"), wired=WIRED)

    assert (plan.type, [one.method for one in plan.entries]) == ("batch", ["GET", "POST"])


@pytest.mark.parametrize(
    ("sent", "code", "expression"),
    [
        ({"resource": phq9()}, "required", "Bundle.entry[0].request"),
        (entry(url="http://elsewhere.example.org/Patient"), "value", "Bundle.entry[0].request.url"),
        (entry(url="Patient"), "not-supported", "Bundle.entry[0].request.url"),
        (entry("DELETE", "QuestionnaireResponse/1"), "not-supported", "Bundle.entry[0].request.method"),
        (entry(url="QuestionnaireResponse/1"), "value", "Bundle.entry[0].request.url"),
        (entry("DELETE", "Observation"), "value", "Bundle.entry[0].request.url"),
        (entry(resource={"resourceType": "Observation"}), "value", "Bundle.entry[0].resource"),
        ({"request": {"method": "POST", "url": "QuestionnaireResponse"}}, "required", "Bundle.entry[0].resource"),
        (entry("GET", "Observation") | {"resource": {"a": 1}}, "structure", "Bundle.entry[0].resource"),
        (
            entry("PUT", "Observation/1", {"resourceType": "Observation", "id": "2"}),
            "value",
            "Bundle.entry[0].resource.id",
        ),
        (
            entry(request={"method": "POST", "url": "QuestionnaireResponse", "ifNoneExist": "?identifier=x"}),
            "value",
            "Bundle.entry[0].request.ifNoneExist",
        ),
        (entry("FETCH"), "code-invalid", "Bundle.entry[0].request.method"),
        (entry(surprise=1), "structure", "Bundle.entry[0]"),
    ],
)
def test_what_is_wrong_with_an_entry_is_told_where_it_stands(sent, code, expression):
    assert (code, expression) in issues(sent)


def test_every_entry_is_looked_at():
    assert {place for _, place in issues(entry(url="Patient"), entry(), entry(url="Group"))} == {
        "Bundle.entry[0].request.url",
        "Bundle.entry[2].request.url",
    }


@pytest.mark.parametrize(
    "twice",
    [
        entry(fullUrl="urn:uuid:1"),
        entry("DELETE", "Observation/o1"),
        entry(request={"method": "POST", "url": "QuestionnaireResponse", "ifNoneExist": "identifier=a|b"}),
    ],
)
def test_the_same_identity_twice_is_refused(twice):
    assert [code for code, _ in issues(twice, twice)] == ["duplicate"]


def test_two_plain_creates_are_two():
    assert issues(entry(), entry()) == []


def test_a_bundle_over_the_limit_is_refused_up_front():
    plan = read_bundle(bundle(*[entry()] * 4), wired=WIRED, max_entries=3)

    assert status_of(plan.issues) == 413
    assert len(plan.entries) == 4, "what they answer can still be heard"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"resourceType": "Bundle", "type": "collection", "entry": [entry()]}, "code-invalid"),
        ({"resourceType": "Bundle", "type": "transaction"}, "required"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": []}, "structure"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": {}}, "structure"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": [None]}, "structure"),
    ],
)
def test_what_is_no_transaction_or_batch_is_refused(document, code):
    assert code in [issue.code for issue in read_bundle(document, wired=WIRED).issues]


def test_references_are_rewritten_to_the_ids_that_were_assigned():
    resource = {
        "subject": {"reference": "urn:uuid:1", "display": "urn:uuid:1"},
        "basedOn": [{"reference": "ServiceRequest/1"}],
    }

    assert rewritten(resource, {"urn:uuid:1": "Patient/9"}) == {
        "subject": {"reference": "Patient/9", "display": "urn:uuid:1"},
        "basedOn": [{"reference": "ServiceRequest/1"}],
    }


def test_the_answer_has_one_response_an_entry_in_the_order_they_were_sent():
    answers = [
        Answer(1, "200 OK"),
        Answer(0, "201 Created", "Observation/1/_history/1", 'W/"1"', "2026-01-01T00:00:00Z"),
    ]
    made = bundle_response("transaction", answers)

    assert made["type"] == "transaction-response"
    assert [one["response"]["status"] for one in made["entry"]] == ["201 Created", "200 OK"]


def test_no_match_is_an_empty_searchset_and_not_a_missing_one():
    made = searchset([], base=BASE, self_url=f"{BASE}/Observation?code=x")

    assert made == {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "self", "url": f"{BASE}/Observation?code=x"}],
    }


def test_a_page_says_which_entries_match_and_where_the_next_page_is():
    match = {"resourceType": "Observation", "id": "o1"}
    made = searchset(
        [match],
        base=BASE,
        self_url=f"{BASE}/Observation",
        next_url=f"{BASE}/Observation?page=2",
    )

    assert [one["search"]["mode"] for one in made["entry"]] == ["match"]
    assert made["entry"][0]["fullUrl"] == f"{BASE}/Observation/o1"
    assert made["link"][1] == {"relation": "next", "url": f"{BASE}/Observation?page=2"}


def test_what_is_delivered_is_created_only_where_the_receiver_has_none_of_it():
    with_one = {"resourceType": "Observation", "identifier": [{"system": "http://x.org/id", "value": "a/b"}]}
    without = {"resourceType": "Observation"}
    first, second = transaction([with_one, without], ["urn:uuid:1", "urn:uuid:2"])["entry"]

    assert first["request"] == {
        "method": "POST",
        "url": "Observation",
        "ifNoneExist": "identifier=http://x.org/id|a/b",
    }
    assert "ifNoneExist" not in second["request"]
    assert "request" not in collection([without], ["urn:uuid:1"])["entry"][0]
