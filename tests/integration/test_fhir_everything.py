"""``Patient/id/$everything`` over the real handlers: all that is held of one person, and nothing of another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.fhir_calls import codes, create, found, link

HELD = {"QuestionnaireResponse", "Observation", "RiskAssessment", "Provenance"}


def everything(client, query="", patient="p-1001", **more):
    return client.get(f"/fhir/R4/Patient/{patient}/$everything{query}", **more)


def parameters(**values):
    sent = [{"name": name, **value} for name, value in values.items()]
    return {"resourceType": "Parameters", "parameter": sent}


def kinds(answer):
    return {one["resourceType"] for one in found(answer)}


def test_all_that_is_held_of_a_person_is_given_and_each_is_read_by_its_id(client, sample):
    client.post("/v1/assessments", sample)

    shown = found(everything(client, "?_count=100"))

    assert {one["resourceType"] for one in shown} == HELD
    for one in shown:
        assert client.get(f"/fhir/R4/{one['resourceType']}/{one['id']}").json == one


def test_pages_hold_each_resource_once(client, sample):
    for _ in range(3):
        client.post("/v1/assessments", sample)
    target, seen = "/fhir/R4/Patient/p-1001/$everything?_count=7", []
    while target:
        answer = client.get(target)
        page = found(answer)
        assert len(page) <= 7
        seen += [(one["resourceType"], one["id"]) for one in page]
        target = link(answer, "next")

    assert len(seen) == len(set(seen))
    assert [kind for kind, _ in seen].count("Provenance") == 3 * len(sample["responses"])


def test_a_person_who_is_not_known_and_anothers_person_are_empty_pages(client, sample):
    client.post("/v1/assessments", sample)

    assert found(everything(client, patient="p-9")) == []
    assert found(everything(client, token="other")) == []


def test_only_the_types_that_are_asked_for_are_given(client, sample):
    client.post("/v1/assessments", sample)

    assert kinds(everything(client, "?_type=Provenance,RiskAssessment")) == {"Provenance", "RiskAssessment"}
    assert kinds(everything(client, "?_type=Condition")) == set()


def test_only_what_was_recorded_since_is_given(client, sample):
    client.post("/v1/assessments", sample)
    now = datetime.now(UTC)

    before, after = (
        everything(client, f"?_count=100&_since={(now + change).isoformat()}")
        for change in (timedelta(minutes=-1), timedelta(minutes=1))
    )

    assert kinds(before) == HELD
    assert found(after) == []


def test_it_may_be_posted_with_parameters_or_without(client, sample):
    client.post("/v1/assessments", sample)
    target = "/fhir/R4/Patient/p-1001/$everything"
    sent = parameters(_type={"valueCode": "Provenance"}, _count={"valueInteger": 2})

    assert len(found(client.post(target))) == 20
    assert [one["resourceType"] for one in found(client.post(target, sent))] == ["Provenance"] * 2
    two_types = {"resourceType": "Parameters"}
    two_types["parameter"] = [{"name": "_type", "valueCode": kind} for kind in ("Provenance", "RiskAssessment")]
    assert kinds(client.post(target, two_types)) == {"Provenance", "RiskAssessment"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?_type=", "value"),
        ("?_type=observation", "value"),
        ("?_since=2026-11-26", "value"),
        ("?_count=0", "value"),
        ("?cursor=x", "value"),
        ("?start=2026-01-01", "not-supported"),
        ("?patient-source=!", "value"),
    ],
)
def test_what_cannot_be_done_as_asked_is_400(client, query, code):
    answer = everything(client, query)

    assert (answer.status, codes(answer)) == (400, [code])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"resourceType": "Patient"}, "code-invalid"),
        (parameters(start={"valueDate": "2026-01-01"}), "not-supported"),
        (parameters(_count={"valueString": "2"}), "value"),
        (parameters(_count={"valueInteger": "2"}), "value"),
        (parameters(_since={"valueInstant": "2026"}), "value"),
        ({"resourceType": "Parameters", "parameter": []}, "structure"),
        ({"resourceType": "Parameters", "parameter": [None]}, "structure"),
    ],
)
def test_parameters_that_are_none_are_400(client, sent, code):
    answer = client.post("/fhir/R4/Patient/p-1001/$everything", sent)

    assert answer.status == 400
    assert code in codes(answer)


def test_a_count_that_is_sent_twice_is_400(client):
    sent = {"resourceType": "Parameters", "parameter": [{"name": "_count", "valueInteger": 2}] * 2}

    assert client.post("/fhir/R4/Patient/p-1001/$everything", sent).status == 400


@pytest.mark.parametrize(
    ("scopes", "query", "status"),
    [
        (("assessments:read",), "", 200),
        (("system/*.rs",), "", 200),
        (tuple(f"system/{kind}.rs" for kind in sorted(HELD)), "", 200),
        (("system/Observation.rs",), "", 403),
        (("system/Observation.rs",), "?_type=Observation", 200),
        (("system/Observation.r",), "?_type=Observation", 403),
        (("score", "assessments:write", "audit:read"), "", 403),
    ],
)
def test_a_scope_must_cover_every_type_that_is_given(client, scopes, query, status):
    assert everything(client, query, token=client.token(scopes=scopes)).status == status


@pytest.mark.parametrize("target", ["p-1/$other", "p-1/$everything/x", "p_1/$everything"])
def test_another_operation_or_a_patient_that_is_none_is_refused(client, target):
    assert client.get(f"/fhir/R4/Patient/{target}").status in (400, 404)


def test_void_and_superseded_assessments_are_left_out(client, intake):
    old = client.post("/v1/assessments", intake).json["id"]
    client.post("/v1/assessments", intake | {"supersedes": old})
    wrong = client.post("/v1/assessments", intake).json["id"]
    client.post(f"/v1/assessments/{wrong}/void", {"reason": "wrong-patient"})

    shown = found(everything(client, "?_count=100"))

    assert shown
    assert not any(one["id"].startswith((old, wrong)) for one in shown)


def test_what_came_by_fhir_is_given_too(client):
    create(client)

    assert kinds(everything(client, "?_count=100", patient="p-77")) >= {
        "QuestionnaireResponse",
        "Observation",
        "Provenance",
    }
