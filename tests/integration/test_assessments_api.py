"""Submit, read, list and void, over the real handlers and an embedded table."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta

import pytest


def items_in(table, kind):
    return [item for item in table.scan(TableName="Table")["Items"] if item.get("kind", {}).get("S") == kind]


def test_the_sample_intake_is_scored_stored_and_read_back(client, sample):
    created = client.post("/v1/assessments", sample)
    read = client.get(created.headers["Location"])

    assert created.status == 201
    assert created.headers["Location"] == f"/v1/assessments/{created.json['id']}"
    assert read.json == created.json
    assert [result["instrument"] for result in read.json["results"]] == [r["instrument"] for r in sample["responses"]]
    for echoed in ("subject", "episode", "timepoint", "authored", "capture", "responses", "clinical"):
        assert read.json[echoed] == sample[echoed]


def test_one_submission_writes_assessment_alert_audit_and_key_together(client, intake, embedded_table):
    client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"})

    kinds = ("assessment", "pointer", "alert", "audit", "idempotency")
    assert {kind: len(items_in(embedded_table, kind)) for kind in kinds} == dict.fromkeys(kinds, 1)


def test_every_item_but_the_cursor_secret_lies_in_its_tenants_partition(client, intake, embedded_table):
    client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"})
    client.get("/v1/subjects/p-1001/assessments?limit=1")

    partitions = {item["pk"]["S"] for item in embedded_table.scan(TableName="Table")["Items"]}
    assert all(pk.startswith("TENANT#demo#") for pk in partitions - {"SERVICE"})


def test_the_idempotency_record_holds_a_pointer_and_a_hash_and_no_answers(client, intake, embedded_table):
    client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"})

    [record] = items_in(embedded_table, "idempotency")
    assert set(record) == {"pk", "sk", "kind", "assessment", "body_sha256", "expires_at"}


def test_the_same_key_and_body_give_the_same_201_and_one_record(client, intake, embedded_table):
    reordered = dict(reversed(intake.items()))

    first = client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"})
    again = client.post("/v1/assessments", reordered, headers={"Idempotency-Key": "k1"})

    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert len(items_in(embedded_table, "assessment")) == 1


def test_the_same_201_again_even_after_the_assessment_was_voided(client, intake):
    first = client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"})
    client.post(first.headers["Location"] + "/void", {"reason": "wrong-patient"})

    again = client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"})

    assert again.json == first.json


def test_the_same_key_with_another_body_is_refused_with_its_alert(client, intake):
    client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"})
    other = {**intake, "subject": "p-1002"}

    answer = client.post("/v1/assessments", other, headers={"Idempotency-Key": "k1"})

    assert answer.status == 422
    assert answer.json["type"] == "urn:pain-risk:problem:idempotency-key-reused"
    assert answer.json["alerts"][0]["id"] == "phq9_9-ge-1"


def test_another_tenants_key_is_another_key(client, intake):
    first = client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"})
    other = client.post("/v1/assessments", intake, headers={"Idempotency-Key": "k1"}, token="other")

    assert other.status == 201
    assert other.json["id"] != first.json["id"]


def test_without_a_key_each_submission_is_its_own(client, intake, embedded_table):
    client.post("/v1/assessments", intake)
    client.post("/v1/assessments", intake)

    assert len(items_in(embedded_table, "assessment")) == 2


# -- tenants -----------------------------------------------------------------------------------------------------------


def test_another_tenants_assessment_looks_exactly_like_an_unknown_one(client, intake):
    location = client.post("/v1/assessments", intake).headers["Location"]

    foreign = client.get(location, token="other")
    unknown = client.get("/v1/assessments/01ARZ3NDEKTSV4RRFFQ69G5FAV", token="other")
    void = client.post(location + "/void", {"reason": "wrong-patient"}, token="other")

    assert foreign.status == unknown.status == void.status == 404
    assert foreign.text == unknown.text


def test_another_tenant_sees_none_of_a_subject_of_the_same_id(client, intake):
    client.post("/v1/assessments", intake)

    assert client.get("/v1/subjects/p-1001/assessments", token="other").json == {"items": [], "next_cursor": None}


def test_a_subject_is_unique_within_its_source(client, intake):
    client.post("/v1/assessments", {**intake, "source": "epic"})

    assert client.get("/v1/subjects/p-1001/assessments").json["items"] == []
    assert len(client.get("/v1/subjects/p-1001/assessments?source=epic").json["items"]) == 1


@pytest.mark.parametrize(
    ("method", "target", "scopes"),
    [
        ("POST", "/v1/assessments", ("score", "assessments:read")),
        ("GET", "/v1/assessments/01ARZ3NDEKTSV4RRFFQ69G5FAV", ("assessments:write",)),
        ("POST", "/v1/assessments/01ARZ3NDEKTSV4RRFFQ69G5FAV/void", ("assessments:read",)),
        ("GET", "/v1/subjects/p-1/assessments", ("assessments:write",)),
    ],
)
def test_every_route_asks_for_its_own_scope(client, method, target, scopes):
    answer = client.send(method, target, {} if method == "POST" else None, token=client.token(scopes=scopes))

    assert answer.status == 403


# -- lists -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def five(client, intake):
    """Five assessments of one subject, stored out of order."""
    for day in (3, 1, 5, 2, 4):
        client.post("/v1/assessments", {**intake, "authored": f"2026-11-0{day}T09:00:00+01:00"})
    return client


def test_a_list_is_newest_first_by_when_it_was_authored(five):
    items = five.get("/v1/subjects/p-1001/assessments").json["items"]

    assert [item["authored"][9] for item in items] == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_pages_hold_everything_once(five, limit):
    seen, cursor = [], ""
    while True:
        page = five.get(f"/v1/subjects/p-1001/assessments?limit={limit}{cursor}").json
        assert len(page["items"]) <= limit
        seen += [item["authored"][9] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == ["5", "4", "3", "2", "1"]


def test_a_cursor_serves_no_other_subject_tenant_or_source(five):
    cursor = five.get("/v1/subjects/p-1001/assessments?limit=2").json["next_cursor"]

    foreign = [
        five.get(f"/v1/subjects/p-1002/assessments?cursor={cursor}"),
        five.get(f"/v1/subjects/p-1001/assessments?source=epic&cursor={cursor}"),
        five.get(f"/v1/subjects/p-1001/assessments?cursor={cursor}", token="other"),
    ]

    assert [answer.status for answer in foreign] == [400, 400, 400]


def test_a_cursor_cannot_be_altered(five):
    cursor = five.get("/v1/subjects/p-1001/assessments?limit=2").json["next_cursor"]

    for place in range(len(cursor)):
        altered = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert five.get(f"/v1/subjects/p-1001/assessments?cursor={altered}").status == 400


@pytest.mark.parametrize("cursor", ["", "x", "%C3%A9", "AAAA", "====", "A" * 5000])
def test_what_is_no_cursor_is_400(client, cursor):
    assert client.get(f"/v1/subjects/p-1001/assessments?cursor={cursor}").status == 400


def test_an_unknown_subject_is_an_empty_list(client):
    assert client.get("/v1/subjects/nobody/assessments").json == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("subject", ["a%20b", "x" * 65, "%C3%A9", "a_b"])
def test_a_subject_that_cannot_be_one_is_refused(client, subject):
    assert client.get(f"/v1/subjects/{subject}/assessments").status == 422


def test_a_subject_with_a_slash_is_no_route(client):
    assert client.get("/v1/subjects/a%2Fb/assessments").status == 404


# -- void and supersede ------------------------------------------------------------------------------------------------


def test_a_void_assessment_is_kept_marked_and_left_out_of_the_list(client, intake, embedded_table):
    location = client.post("/v1/assessments", intake).headers["Location"]

    void = client.post(location + "/void", {"reason": "wrong-patient"})

    assert void.status == 200
    assert (void.json["status"], void.json["void"]["reason"]) == ("entered-in-error", "wrong-patient")
    assert client.get(location).json["status"] == "entered-in-error"
    assert client.get("/v1/subjects/p-1001/assessments").json["items"] == []
    assert len(items_in(embedded_table, "alert")) == 1, "voiding never closes an alert"


def test_voiding_again_for_the_same_reason_changes_nothing(client, intake, embedded_table):
    location = client.post("/v1/assessments", intake).headers["Location"]
    first = client.post(location + "/void", {"reason": "wrong-patient"})

    again = client.post(location + "/void", {"reason": "wrong-patient"})
    other = client.post(location + "/void", {"reason": "duplicate"})

    assert (again.status, again.json) == (200, first.json)
    assert other.status == 409
    assert len([item for item in items_in(embedded_table, "audit") if item["action"]["S"] == "void"]) == 1


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "Wrong patient: Jane"}, {"reason": 1}, {"why": "x"}])
def test_a_void_needs_a_reason_that_can_be_kept(client, intake, body):
    location = client.post("/v1/assessments", intake).headers["Location"]

    answer = client.post(location + "/void", body)

    assert answer.status == 422
    assert "Jane" not in answer.text


def test_a_correction_supersedes_and_both_are_kept(client, intake):
    old = client.post("/v1/assessments", intake)
    corrected = copy.deepcopy(intake) | {"supersedes": old.json["id"]}
    corrected["responses"][0]["responses"]["phq9_1"] = 2

    new = client.post("/v1/assessments", corrected, headers={"Idempotency-Key": "k2"})
    again = client.post("/v1/assessments", corrected, headers={"Idempotency-Key": "k2"})
    before = client.get(old.headers["Location"])

    assert (new.status, again.json) == (201, new.json)
    assert (before.json["status"], before.json["superseded_by"]) == ("superseded", new.json["id"])
    assert before.json["results"] == old.json["results"], "a stored assessment never changes"


def test_only_a_current_assessment_of_the_same_subject_can_be_superseded(client, intake):
    old = client.post("/v1/assessments", intake).json["id"]
    correction = {**intake, "supersedes": old}

    other_subject = client.post("/v1/assessments", {**correction, "subject": "p-2"})
    unknown = client.post("/v1/assessments", {**intake, "supersedes": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    foreign = client.post("/v1/assessments", correction, token="other")
    first = client.post("/v1/assessments", correction)
    second = client.post("/v1/assessments", correction)

    assert [a.status for a in (other_subject, unknown, foreign, first, second)] == [422, 422, 422, 201, 409]
    assert unknown.json["errors"] == foreign.json["errors"]


# -- refused submissions -----------------------------------------------------------------------------------------------


def test_an_unknown_instrument_among_good_ones_stores_nothing_but_the_alert(client, intake, embedded_table):
    intake["responses"].append({"instrument": "nope", "responses": {}})

    answer = client.post("/v1/assessments", intake)

    assert answer.status == 422
    assert answer.json["errors"] == [
        {"pointer": "/responses/1/instrument", "code": "unknown-instrument", "detail": "no instrument has this id"}
    ]
    assert answer.json["alerts"][0]["id"] == "phq9_9-ge-1"
    assert items_in(embedded_table, "assessment") == []
    [kept] = items_in(embedded_table, "alert")
    assert kept["pk"]["S"] == "TENANT#demo#SUBJECT#default#p-1001"


def test_a_refused_submission_sent_again_multiplies_no_alerts(client, intake, embedded_table):
    intake["timepoint"] = "whenever"

    for _ in range(3):
        client.post("/v1/assessments", intake)

    assert len(items_in(embedded_table, "alert")) == 1


def test_an_alert_is_kept_even_when_the_subject_cannot_be_read(client, intake, embedded_table):
    intake["subject"] = "Jane Doe"

    answer = client.post("/v1/assessments", intake)

    assert answer.json["alerts"][0]["id"] == "phq9_9-ge-1"
    [kept] = items_in(embedded_table, "alert")
    assert kept["pk"]["S"] == "TENANT#demo#REFUSED"
    assert "Jane" not in answer.text


def test_an_invalid_safety_answer_raises_no_alert_of_its_own(client, intake, embedded_table):
    intake["responses"][0]["responses"]["phq9_9"] = 7

    answer = client.post("/v1/assessments", intake)

    assert answer.status == 422
    assert "alerts" not in answer.json
    assert items_in(embedded_table, "alert") == []


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"subject": "a/b"}, "/subject"),
        ({"subject": ""}, "/subject"),
        ({"subject": "x" * 65}, "/subject"),
        ({"subject": 7}, "/subject"),
        ({"source": "Epic EHR"}, "/source"),
        ({"episode": "knee 2026"}, "/episode"),
        ({"timepoint": "postoperative"}, "/timepoint"),
        ({"timepoint": "postoperative-day-x"}, "/timepoint"),
        ({"timepoint": "postoperative-day-01"}, "/timepoint"),
        ({"authored": "2026-11-20T09:00:00"}, "/authored"),
        ({"authored": "2026-11-20"}, "/authored"),
        ({"authored": "2026-13-20T09:00:00Z"}, "/authored"),
        ({"authored": "0001-01-01T00:00:00+23:59"}, "/authored"),
        ({"authored": 1763630000}, "/authored"),
        ({"authored": (NOW + timedelta(days=1)).isoformat(timespec="seconds")}, "/authored"),
        ({"capture": {"mode": "telepathy"}}, "/capture/mode"),
        ({"capture": {"respondent": None, "mood": "x"}}, "/capture"),
        ({"capture": []}, "/capture"),
        ({"responses": []}, "/responses"),
        ({"responses": {}}, "/responses"),
        ({"clinical": {"age": -1}}, "/clinical/age"),
        ({"clinical": {"age": 54.5}}, "/clinical/age"),
        ({"clinical": {"female": True}}, "/clinical/female"),
        ({"clinical": {"female": 2}}, "/clinical/female"),
        ({"clinical": {"note": "Patient is called Jane"}}, "/clinical/note"),
        ({"clinical": {"Free Text Key": 1}}, "/clinical"),
        ({"supersedes": "x"}, "/supersedes"),
        ({"surprise": 1}, ""),
    ],
)
def test_each_wrong_field_is_named_and_nothing_is_stored(client, intake, embedded_table, change, pointer):
    answer = client.post("/v1/assessments", intake | change)

    assert answer.status == 422, answer.text
    assert pointer in {line["pointer"] for line in answer.json["errors"]}
    assert items_in(embedded_table, "assessment") == []
    assert "Jane" not in answer.text


def test_a_missing_field_is_named_beside_wrong_answers(client, intake):
    del intake["timepoint"]
    intake["responses"][0]["responses"]["phq9_2"] = 9

    answer = client.post("/v1/assessments", intake)

    assert {(line["pointer"], line["code"]) for line in answer.json["errors"]} == {
        ("/timepoint", "required"),
        ("/responses/0/responses/phq9_2", "value-not-allowed"),
    }


def test_an_instrument_given_twice_is_refused(client, intake):
    intake["responses"] *= 2

    answer = client.post("/v1/assessments", intake)

    assert answer.json["errors"][0]["code"] == "duplicate"


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
def test_an_idempotency_key_must_be_printable_and_short(client, intake, key):
    assert client.post("/v1/assessments", intake, headers={"Idempotency-Key": key}).status == 422


# -- alerts of old answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [{"capture": {"mode": "import"}}, {"authored": (NOW - timedelta(days=31)).isoformat(timespec="seconds")}],
    ids=["imported", "older than the limit"],
)
def test_old_answers_record_alerts_without_raising_them(client, intake, change):
    answer = client.post("/v1/assessments", intake | change)

    assert [alert["raised"] for alert in answer.json["alerts"]] == [False]


def test_fresh_answers_raise_their_alerts(client, intake):
    intake["authored"] = NOW.isoformat(timespec="seconds")

    answer = client.post("/v1/assessments", intake)

    assert [alert["raised"] for alert in answer.json["alerts"]] == [True]


# -- privacy -----------------------------------------------------------------------------------------------------------


def logged(caplog, capsys):
    """Everything that was logged or measured, as text."""
    captured = capsys.readouterr()
    return captured.out + captured.err + "\n".join(json.dumps(vars(record), default=str) for record in caplog.records)


def test_logs_hold_no_subject_no_answer_and_no_token(client, intake, capsys, caplog):
    marked = {**intake, "subject": "marked-subject-4711", "episode": "marked-episode-4711"}
    created = client.post("/v1/assessments", marked)
    client.get("/v1/subjects/marked-subject-4711/assessments")
    client.post("/v1/assessments", {**marked, "timepoint": "marked-timepoint-4711"})
    client.post(created.headers["Location"] + "/void", {"reason": "marked-4711"})
    client.get("/v1/assessments/x", token="marked.token.4711")

    text = logged(caplog, capsys)
    assert '"route": "POST /v1/assessments"' in text
    assert "AssessmentStored" in text
    for private in ("4711", "eyJ", "phq9_1", "Any endorsement"):
        assert private not in text


def test_a_fault_of_ours_tells_nothing_but_a_correlation_id(client, intake, embedded_table, capsys, caplog):
    embedded_table.delete_table(TableName="Table")

    answer = client.post("/v1/assessments", intake)

    assert answer.status == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["correlation_id"] == answer.headers["X-Correlation-Id"]
    assert "Table" not in answer.text
    text = logged(caplog, capsys)
    assert "internal_error" in text
    assert "p-1001" not in text


def test_what_a_submission_refers_to_is_kept_as_it_was_sent(client, intake):
    references = {
        "identifier": {"system": "https://ehr.example.org/forms", "value": "f-1"},
        "encounter": "Encounter/e-1",
        "based_on": ["ServiceRequest/s-1"],
        "author": "https://ehr.example.org/fhir/Practitioner/d-1",
    }

    stored = client.post("/v1/assessments", intake | {"references": references})

    assert stored.status == 201
    assert client.get(f"/v1/assessments/{stored.json['id']}").json["references"] == references


@pytest.mark.parametrize(
    ("references", "pointer"),
    [
        ({"encounter": "Patient/1"}, "/references/encounter"),
        ({"based_on": ["Encounter/1"]}, "/references/based_on/0"),
        ({"part_of": ["Procedure/1"] * 21}, "/references/part_of"),
        ({"author": "javascript:Practitioner/1"}, "/references/author"),
        ({"identifier": {"system": "a|b", "value": "x"}}, "/references/identifier/system"),
        ({"identifier": {"value": "x"}}, "/references/identifier/system"),
        ({"note": "free text"}, "/references"),
    ],
)
def test_a_reference_of_another_form_is_named(client, intake, references, pointer):
    answer = client.post("/v1/assessments", intake | {"references": references})

    assert answer.status == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
