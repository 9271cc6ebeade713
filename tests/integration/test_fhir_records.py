"""Provenance and AuditEvent over the real handlers: where results came from, who did what, and what was denied."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from tests.support.fhir_calls import codes, create, found, link, response

A_DAY = "2026-11-26"


def today():
    """The day of now and not of the start: a long run may pass midnight."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def events(client, **more):
    return found(client.get(f"/fhir/R4/AuditEvent?date={today()}&_count=100", **more))


def touched(event):
    return [one["what"]["identifier"]["value"] for one in event.get("entity", []) if "what" in one]


# -- where results came from -------------------------------------------------------------------------------------------


def test_each_stored_response_has_one_provenance_that_leads_to_everything_it_names(client, sample):
    stored = client.post("/v1/assessments", sample).json

    shown = found(client.get("/fhir/R4/Provenance?patient=p-1001"))

    assert len(shown) == len(sample["responses"])
    for one in shown:
        assert client.get(f"/fhir/R4/Provenance/{one['id']}").json == one
        assert one["recorded"] == stored["recorded"]
        referred = [part["reference"] for part in one["target"]]
        assert {client.get(f"/fhir/R4/{target}").status for target in referred} == {200}
    hashes = {
        entity["what"]["identifier"]["value"]
        for one in shown
        for entity in one["entity"]
        if "identifier" in entity["what"]
    }
    assert {one["sha256"] for one in stored["provenance"]["definitions"]} <= hashes
    assert {one["definition_sha256"] for one in stored["risk"]["estimates"]} <= hashes


def test_a_provenance_is_found_by_what_it_is_about(client):
    target = create(client).headers["Location"].rpartition("R4/")[2].partition("/_history")[0]
    [by_patient] = found(client.get("/fhir/R4/Provenance?patient=p-77"))
    observation = found(client.get("/fhir/R4/Observation?patient=p-77"))[0]

    for asked in (target, f"http://localhost/fhir/R4/{target}", f"Observation/{observation['id']}"):
        assert found(client.get(f"/fhir/R4/Provenance?target={asked}")) == [by_patient]
        assert found(client.get(f"/fhir/R4/Provenance?target={asked}&patient=p-77")) == [by_patient]
        assert found(client.get(f"/fhir/R4/Provenance?target={asked}&patient=p-78")) == []
        assert found(client.get(f"/fhir/R4/Provenance?target={asked}", token="other")) == []


@pytest.mark.parametrize("target", ["x", "Patient/p-77", "Observation/x-y", "https://ehr.example.org/Observation/1"])
def test_what_is_not_held_has_no_provenance(client, target):
    assert found(client.get(f"/fhir/R4/Provenance?target={target}")) == []
    assert client.get("/fhir/R4/Provenance/x-y").status == 404


def test_another_servers_resource_of_the_same_id_has_no_provenance(client):
    target = create(client).headers["Location"].rpartition("R4/")[2].partition("/_history")[0]

    assert found(client.get(f"/fhir/R4/Provenance?target=https://ehr.example.org/{target}")) == []


def test_provenance_is_never_of_everybody(client):
    for query in ("", "?target=", "?patient="):
        answer = client.get(f"/fhir/R4/Provenance{query}")
        assert (answer.status, codes(answer)) == (400, ["required"])


# -- who did what ------------------------------------------------------------------------------------------------------


def test_what_was_done_is_told_newest_first_by_ids_and_never_by_values(client, intake):
    stored = client.post("/v1/assessments", intake).json["id"]
    client.get(f"/v1/assessments/{stored}")

    read, made = events(client)

    assert (read["action"], made["action"]) == ("R", "C")
    assert touched(read) == touched(made) == [stored]
    assert made["agent"][0]["who"]["identifier"]["value"] == "clinician@demo.example.org"
    assert "p-1001" not in client.get(f"/fhir/R4/AuditEvent?date={today()}").text


def test_each_event_is_read_by_its_id_by_its_tenant_alone(client, intake):
    client.post("/v1/assessments", intake)
    [event] = events(client)

    assert client.get(f"/fhir/R4/AuditEvent/{event['id']}").json == event
    assert client.get(f"/fhir/R4/AuditEvent/{event['id']}", token="other").status == 404
    assert client.get("/fhir/R4/AuditEvent/x").status == 404


def test_reading_the_trail_stands_in_it(client):
    assert events(client) == []
    [search] = events(client)
    client.get(f"/fhir/R4/AuditEvent/{search['id']}")

    read = events(client)[0]

    assert base64.b64decode(search["entity"][0]["query"]).decode() == f"AuditEvent?date={today()}"
    assert touched(read) == [search["id"].rpartition("-")[2]]


def test_pages_of_a_day_hold_each_event_once(client, intake):
    for _ in range(5):
        client.post("/v1/assessments", intake)
    target, seen = f"/fhir/R4/AuditEvent?date=eq{today()}&_count=2", []
    while target:
        answer = client.get(target)
        seen += [one["id"] for one in found(answer)]
        target = link(answer, "next")

    assert len(seen) == len(set(seen)) == 5


def test_another_day_is_an_empty_page(client, intake):
    client.post("/v1/assessments", intake)

    assert found(client.get("/fhir/R4/AuditEvent?date=2020-02-29")) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required"),
        ("date=", "required"),
        ("date=2026-11", "value"),
        ("date=2026-02-30", "value"),
        (f"date=gt{A_DAY}", "value"),
        (f"date={A_DAY}&patient=p-1", "not-supported"),
        (f"date={A_DAY}&cursor=zz", "value"),
    ],
)
def test_a_search_of_the_trail_that_cannot_be_done_is_400(client, query, code):
    answer = client.get(f"/fhir/R4/AuditEvent?{query}")

    assert (answer.status, codes(answer)) == (400, [code])


def test_what_a_search_names_is_bounded(client, intake):
    client.post("/v1/assessments", intake)
    form = {"content-type": "application/x-www-form-urlencoded"}

    for name in ("date", "code", "_id"):
        answer = client.get("/fhir/R4/Observation?patient=p-1001&" + f"{name}=" + ",".join(["2020"] * 101))
        assert (answer.status, codes(answer)) == (400, ["too-costly"])
    huge = client.post("/fhir/R4/Observation/_search", raw=b"patient=p-1001&code=" + b"a" * 300_000, headers=form)
    assert huge.status == 413


@pytest.mark.parametrize("path", ["/v1/assessments/{}", "/fhir/R4/Observation/{}", "/v1/deliveries/{}/retry"])
def test_an_id_that_no_key_can_hold_is_an_unknown_one(client, path, monkeypatch):
    from shared.wiring import repository

    def get_item(**_):
        raise AssertionError("asked for a key that the engine refuses")

    client.get("/v1/assessments/x")
    monkeypatch.setattr(repository()._client, "get_item", get_item)

    send = client.post if path.endswith("retry") else client.get
    assert send(path.format("A" * 3000), *([{}] if path.endswith("retry") else [])).status == 404


def test_the_trail_may_be_searched_by_post(client):
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert found(client.post("/fhir/R4/AuditEvent/_search", raw=f"date={today()}".encode(), headers=form)) == []


@pytest.mark.parametrize("scope", ["assessments:read", "system/*.rs", "system/*.cruds", "tenant:admin"])
def test_only_a_scope_that_names_the_trail_opens_it(client, scope):
    for target in (f"/fhir/R4/AuditEvent?date={today()}", "/fhir/R4/AuditEvent/x"):
        assert client.get(target, token=client.token(scopes=(scope,))).status == 403


@pytest.mark.parametrize("scope", ["audit:read", "system/AuditEvent.rs", "system/AuditEvent.read"])
def test_a_scope_that_names_the_trail_opens_nothing_else(client, scope):
    token = client.token(scopes=(scope,))

    assert client.get(f"/fhir/R4/AuditEvent?date={today()}", token=token).status == 200
    assert client.get("/fhir/R4/Observation?patient=p-1", token=token).status == 403


# -- what was denied ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target", "action", "route"),
    [
        ("GET", "/fhir/R4/Observation/private-77", "R", "GET /fhir/R4/Observation/{id}"),
        ("POST", "/fhir/R4/QuestionnaireResponse", "C", "POST /fhir/R4/QuestionnaireResponse"),
        ("GET", "/v1/assessments/private-77", "R", "GET /v1/assessments/{id}"),
        ("PUT", "/v1/tenant", "U", "PUT /v1/tenant"),
    ],
)
def test_a_denial_is_recorded_by_its_route_and_nothing_that_was_sent(client, method, target, action, route):
    answer = client.send(method, target, response(), token=client.token(scopes=("score",)))

    [denied] = events(client)

    assert answer.status == 403
    assert (denied["action"], denied["outcome"], denied["outcomeDesc"]) == (action, "4", "denied")
    assert denied["entity"] == [{"name": route}]


def test_a_denial_that_cannot_be_recorded_stays_a_denial(client, embedded_table, caplog):
    embedded_table.delete_table(TableName="Table")

    for target in ("/fhir/R4/Observation?patient=p-77", "/v1/assessments/x"):
        assert client.get(target, token=client.token(scopes=("score",))).status == 403

    failed = [record for record in caplog.records if record.message == "denial_not_kept"]
    assert [record.kind for record in failed] == ["ResourceNotFoundException"] * 2
    assert not any("p-77" in str(vars(record)) for record in caplog.records)


def test_a_caller_that_was_not_verified_leaves_no_event(client):
    client.get("/fhir/R4/Observation?patient=p-77", token=None)

    assert events(client) == []
