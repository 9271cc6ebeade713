"""Transactions and batches over the real handlers: all or nothing, or each for itself; and no answer goes unheard."""

from __future__ import annotations

import pytest

from tests.support.fhir_calls import BASE, FORM, MARK, PHQ9, codes, create, found, issues, response

WORRYING = [*PHQ9[:8], 2]
URNS = [f"urn:uuid:00000000-0000-4000-8000-{place:012}" for place in range(4)]
IDENTIFIER = {"system": "https://ehr.example.org/forms", "value": "f-1"}
CONDITION = "identifier=https://ehr.example.org/forms|f-1"


def post(resource=None, **more):
    request = {"method": "POST", "url": "QuestionnaireResponse"}
    entry = {name: value for name, value in more.items() if name != "condition"}
    if "condition" in more:
        request["ifNoneExist"] = more["condition"]
    return {"resource": resource or response(), "request": request, **entry}


def get(url):
    return {"request": {"method": "GET", "url": url}}


def send(client, *entries, kind="transaction", **more):
    return client.post("/fhir/R4", {"resourceType": "Bundle", "type": kind, "entry": list(entries)}, **more)


def answers(answer, kind="transaction"):
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.json["type"] == f"{kind}-response"
    return answer.json["entry"]


def statuses(entries):
    return [int(entry["response"]["status"][:3]) for entry in entries]


def stored(client, patient="p-77"):
    return [one["id"] for one in found(client.get(f"/fhir/R4/QuestionnaireResponse?patient={patient}"))]


def kept(table, kind):
    return [item for item in table.scan(TableName="Table")["Items"] if item.get("kind", {}).get("S") == kind]


def places(answer):
    return {one["expression"][0] for one in issues(answer) if one["severity"] == "error" and "expression" in one}


def is_alert(issue):
    return issue.get("details", {}).get("text", "").startswith("Safety alert")


# -- a transaction -----------------------------------------------------------------------------------------------------


def test_what_a_transaction_creates_is_read_back_at_the_place_it_tells(client):
    made = answers(send(client, post(), post(response(PHQ9[::-1]))))

    assert statuses(made) == [201, 201]
    for entry in made:
        told = entry["response"]
        read = client.get(told["location"].removeprefix("http://localhost").partition("/_history")[0])
        assert read.status == 200
        assert read.headers["ETag"] == told["etag"]
        assert read.json["meta"]["lastUpdated"] == told["lastModified"]
    assert len(stored(client)) == 2


def test_the_base_may_be_written_with_a_slash_at_its_end(client):
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [post()]}

    assert client.post("/fhir/R4/", sent).status == 200


def test_a_transaction_reads_what_it_has_written(client):
    read, made = answers(send(client, get("QuestionnaireResponse?patient=p-77"), post()))

    assert statuses([read, made]) == [200, 201]
    [entry] = read["resource"]["entry"]
    assert f"{BASE}/QuestionnaireResponse/{entry['resource']['id']}/_history/1" == made["response"]["location"]


def test_resources_come_back_where_they_are_preferred(client):
    plain, shown = (
        answers(send(client, post(), headers={"Prefer": f"return={prefer}"}))
        for prefer in ("minimal", "representation")
    )

    assert "resource" not in plain[0]
    assert shown[0]["resource"]["resourceType"] == "QuestionnaireResponse"


def test_one_wrong_entry_leaves_nothing_and_every_issue_of_every_entry_is_told(client, embedded_table):
    answer = send(
        client,
        post(),
        post(response(authored="2199-01-01T00:00:00Z")),
        post(response(subject=None, status="done")),
        {"request": {"method": "DELETE", "url": "QuestionnaireResponse/x"}},
        get("Device?x=y"),
    )

    assert answer.status == 400
    assert places(answer) == {
        "Bundle.entry[1].resource.authored",
        "Bundle.entry[2].resource.subject",
        "Bundle.entry[2].resource.status",
        "Bundle.entry[3].request.method",
        "Bundle.entry[4].request.url",
    }
    assert kept(embedded_table, "assessment") == []


def test_one_entry_that_the_store_refuses_leaves_nothing(client, embedded_table):
    old = create(client, response(identifier=IDENTIFIER)).headers["Location"].split("/")[-3].partition("-")[0]
    client.post(f"/v1/assessments/{old}/void", {"reason": "test"})
    before = len(kept(embedded_table, "assessment"))

    answer = send(client, post(), post(), post(response(status="amended", identifier=IDENTIFIER)))

    assert answer.status == 422
    assert places(answer) == {"Bundle.entry[2].resource.identifier"}
    assert len(kept(embedded_table, "assessment")) == before


def test_a_write_that_fails_for_its_last_part_leaves_nothing(client, embedded_table, monkeypatch):
    from shared.storage.repository import DynamoRepository

    broken = DynamoRepository._writes

    def last_fails(self, new):
        writes = broken(self, new)
        if new.document["authored"] == "2026-11-21T09:00:00+00:00":
            writes[-1]["Put"]["ConditionExpression"] = "attribute_exists(pk)"
        return writes

    monkeypatch.setattr(DynamoRepository, "_writes", last_fails)
    before = embedded_table.scan(TableName="Table")["Count"]

    answer = send(client, post(), post(response(authored="2026-11-21T09:00:00+00:00")))

    assert answer.status == 409
    assert embedded_table.scan(TableName="Table")["Count"] == before


def test_a_read_that_fails_refuses_the_whole(client):
    answer = send(client, post(), get("Observation/x-y"))

    assert (answer.status, places(answer)) == (404, {"Bundle.entry[1].request.url"})
    assert stored(client) == []


def test_a_transaction_may_only_read(client):
    create(client)

    made = answers(send(client, get("Observation?patient=p-77&code=44261-6"), get("Questionnaire/phq-9")))

    assert made[0]["resource"]["entry"][0]["resource"]["valueQuantity"]["value"] == 10
    assert made[1]["resource"]["url"] == FORM


def test_a_reference_to_another_entry_becomes_what_that_is_stored_as(client):
    to_first = response(partOf=[{"reference": URNS[0]}])

    answer = send(client, post(fullUrl=URNS[0]), post(to_first, fullUrl=URNS[1]))

    # A response cannot be part of a response, which is told of the reference as it was rewritten.
    assert answer.status == 422
    assert places(answer) == {"Bundle.entry[1].resource.partOf[0]"}


def test_thirty_responses_are_kept_and_more_than_one_piece_holds_are_not(client, embedded_table):
    assert statuses(answers(send(client, *[post() for _ in range(30)]))) == [201] * 30
    before = len(kept(embedded_table, "assessment"))

    for number, code in ((35, "too-costly"), (60, "too-costly")):
        answer = send(client, *[post() for _ in range(number)])
        assert (answer.status, codes(answer)) == (413, [code])

    assert len(kept(embedded_table, "assessment")) == before


# -- conditions --------------------------------------------------------------------------------------------------------


def test_a_conditional_create_is_done_once(client):
    sent = post(response(identifier=IDENTIFIER), condition=CONDITION)

    first, again = (answers(send(client, sent, post()))[0] for _ in range(2))

    assert statuses([first, again]) == [201, 200]
    assert first["response"]["location"] == again["response"]["location"]
    assert len(stored(client)) == 3


def test_a_transaction_of_which_all_is_there_writes_nothing(client, embedded_table):
    sent = post(response(identifier=IDENTIFIER), condition=CONDITION)
    send(client, sent)
    before = len(kept(embedded_table, "assessment"))

    assert statuses(answers(send(client, sent))) == [200]
    assert len(kept(embedded_table, "assessment")) == before


@pytest.mark.parametrize("other", [CONDITION, CONDITION.replace("|", "%7C")])
def test_the_same_identity_twice_is_refused(client, other):
    sent = response(identifier=IDENTIFIER)

    answer = send(client, post(sent, condition=CONDITION), post(sent, condition=other))

    assert (answer.status, set(codes(answer))) == (422, {"duplicate"})
    assert stored(client) == []


def test_a_condition_that_several_meet_is_412(client):
    for _ in range(2):
        create(client, response(identifier=IDENTIFIER))

    answer = send(client, post(), post(response(identifier=IDENTIFIER), condition=CONDITION))

    assert (answer.status, codes(answer)) == (412, ["multiple-matches"])


def test_a_condition_that_is_not_done_is_412_and_one_that_is_none_400(client):
    assert send(client, post(condition="patient=p-77")).status == 412
    assert send(client, post(condition="zz")).status == 400


def test_a_condition_that_is_lost_meanwhile_is_tried_again(client, monkeypatch):
    from shared.assessments.service import Assessments

    sent = response(identifier=IDENTIFIER)
    submit_all = Assessments.submit_all

    def late(self, *given, **more):
        monkeypatch.setattr(Assessments, "submit_all", submit_all)
        create(client, sent, headers={"If-None-Exist": CONDITION})
        return submit_all(self, *given, **more)

    monkeypatch.setattr(Assessments, "submit_all", late)

    assert statuses(answers(send(client, post(), post(sent, condition=CONDITION)))) == [201, 200]
    assert len(stored(client)) == 2


def test_an_amendment_supersedes_within_a_transaction_and_two_of_one_are_refused(client):
    create(client, response(identifier=IDENTIFIER))
    amended = post(response(PHQ9[::-1], status="amended", identifier=IDENTIFIER))

    twice = send(client, amended, amended)
    once = answers(send(client, amended, post()))

    assert twice.status == 422
    assert statuses(once) == [201, 201]
    assert len(stored(client)) == 2


def test_a_withdrawal_is_done_in_a_batch_and_not_in_a_transaction(client):
    create(client, response(identifier=IDENTIFIER))
    withdrawn = post(response(status="entered-in-error", identifier=IDENTIFIER))

    assert codes(send(client, post(), withdrawn)) == ["not-supported"]
    assert statuses(answers(send(client, withdrawn, kind="batch"), "batch")) == [200]
    assert stored(client) == []


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-None-Exist"])
@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_what_is_of_one_create_is_refused_for_a_bundle(client, kind, name):
    answer = send(client, post(), kind=kind, headers={name: CONDITION})

    assert (answer.status, codes(answer)) == (400, ["not-supported"])
    assert stored(client) == []


# -- a batch -----------------------------------------------------------------------------------------------------------


def test_each_entry_of_a_batch_stands_for_itself(client):
    made = answers(
        send(
            client,
            post(),
            post(response(status="done")),
            get("Observation?patient=p-77&code=44261-6"),
            get("Observation/x-y"),
            {"request": {"method": "PUT", "url": "QuestionnaireResponse/x"}},
            get("Device"),
            {"resource": {"resourceType": "Patient"}},
            post(response(identifier=IDENTIFIER), condition=CONDITION),
            post(response(identifier=IDENTIFIER), condition=CONDITION + "x"),
            kind="batch",
        ),
        "batch",
    )

    assert statuses(made) == [201, 400, 200, 404, 405, 404, 400, 201, 412]
    assert made[2]["resource"]["entry"][0]["resource"]["valueQuantity"]["value"] == 10
    for refused in (made[1], *made[3:7], made[8]):
        assert refused["response"]["outcome"]["issue"][0]["severity"] == "error"
    assert len(stored(client)) == 2


def test_an_entry_of_a_batch_answers_as_the_request_alone(client):
    create(client)
    for url in (
        "Observation?patient=p-77&_count=2",
        "Questionnaire/isi",
        "Observation?patient=",
        "Provenance?patient=p-77",
    ):
        alone = client.get(f"/fhir/R4/{url}")
        [entry] = answers(send(client, get(url), kind="batch"), "batch")
        assert statuses([entry]) == [alone.status]
        assert entry.get("resource", entry["response"].get("outcome")) == alone.json


def test_answers_past_what_a_bundle_holds_ask_for_less(client, sample, monkeypatch):
    monkeypatch.setattr("shared.fhir_server.entries.MAX_ANSWER_BYTES", 40_000)
    client.post("/v1/assessments", sample)
    searches = [get("Observation?patient=p-1001&_count=20")] * 4

    batch = answers(send(client, *searches, post(), kind="batch"), "batch")
    whole = send(client, *searches, post())

    assert statuses(batch) == [200, 413, 413, 413, 201] or statuses(batch) == [200, 200, 413, 413, 201]
    assert (whole.status, set(codes(whole))) == (413, {"too-costly"})


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"resourceType": "Patient"}, "code-invalid"),
        ({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {}}]}, "code-invalid"),
        ({"resourceType": "Bundle", "type": "batch", "entry": []}, "structure"),
        ({"resourceType": "Bundle", "type": "transaction"}, "required"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": {}}, "structure"),
        ({"resourceType": "Bundle", "type": ["batch"], "entry": [{}]}, "code-invalid"),
        ({"resourceType": "Bundle", "type": "batch", MARK: 1, "entry": [{}]}, "structure"),
    ],
)
def test_what_is_no_bundle_is_refused(client, document, code):
    answer = client.post("/fhir/R4", document)

    assert answer.status == (422 if code == "required" else 400)
    assert code in codes(answer)
    assert MARK not in answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nothing_else_is_done_at_the_base(client, method):
    answer = client.send(method, "/fhir/R4", {})

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


# -- safety ------------------------------------------------------------------------------------------------------------


def test_an_alert_is_told_with_its_entry_whatever_was_preferred(client, embedded_table):
    made = answers(send(client, post(), post(response(WORRYING)), headers={"Prefer": "return=minimal"}))

    assert not any(map(is_alert, made[0]["response"].get("outcome", {}).get("issue", [])))
    assert is_alert(made[1]["response"]["outcome"]["issue"][0])
    assert len(kept(embedded_table, "alert")) == 1


@pytest.mark.parametrize(
    "broken",
    [
        post(response(subject=None)),
        {"request": {"method": "POST", "url": "Device"}, "resource": response()},
        {"request": {"method": "PUT", "url": "QuestionnaireResponse"}, "resource": response()},
        {"resource": response()},
        get("Observation/x-y"),
        post(condition="a=b"),
        get("Device"),
    ],
)
def test_a_refused_transaction_still_alerts_and_the_alerts_are_kept(client, embedded_table, broken):
    answer = send(client, post(response(WORRYING)), broken)

    assert answer.status >= 400
    assert is_alert(issues(answer)[0])
    assert len(kept(embedded_table, "alert")) == 1
    assert kept(embedded_table, "assessment") == []


@pytest.mark.parametrize("kind", ["transaction", "batch", "collection", "message"])
def test_too_many_entries_and_a_bundle_of_another_kind_are_heard(client, embedded_table, kind):
    number = 2 if kind in ("collection", "message") else 51
    answer = send(client, *[post(response(WORRYING))] * number, kind=kind)

    assert answer.status in (400, 413)
    assert sum(map(is_alert, issues(answer))) == number
    assert len(kept(embedded_table, "alert")) == 1, "the same answers once"


@pytest.mark.parametrize("broken", [{"fullUrl": ""}, {"request": {"method": "POST", "url": "x y"}}, {MARK: 1}])
def test_a_broken_entry_of_a_batch_is_heard(client, embedded_table, broken):
    [entry] = answers(send(client, post(response(WORRYING)) | broken, kind="batch"), "batch")

    assert statuses([entry])[0] >= 400
    assert is_alert(entry["response"]["outcome"]["issue"][0])
    assert len(kept(embedded_table, "alert")) == 1


# -- who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (("assessments:write", "assessments:read"), 200),
        (("system/QuestionnaireResponse.c", "system/Observation.s"), 200),
        (("system/*.cruds",), 200),
        (("assessments:write",), 403),
        (("assessments:read",), 403),
        (("system/QuestionnaireResponse.c", "system/Observation.r"), 403),
        (("system/QuestionnaireResponse.rs", "system/Observation.rs"), 403),
    ],
)
def test_a_transaction_asks_for_the_scope_of_every_entry(client, scopes, status):
    token = client.token(scopes=scopes)

    answer = send(client, post(), get("Observation?patient=p-77"), token=token)

    assert answer.status == status
    assert len(stored(client)) == (1 if status == 200 else 0)


def test_an_entry_of_a_batch_is_denied_alone_and_the_denial_is_recorded(client, embedded_table):
    token = client.token(scopes=("system/Observation.rs",))
    entries = (get("Observation?patient=p-77"), post(), get("AuditEvent?date=2026-11-26"), get("Observation/x-y"))

    made = answers(send(client, *entries, kind="batch", token=token), "batch")

    assert statuses(made) == [200, 403, 403, 404]
    denied = [item["entity"]["S"] for item in kept(embedded_table, "audit") if item["outcome"]["S"] == "denied"]
    assert sorted(denied) == ["GET /fhir/R4/AuditEvent", "POST /fhir/R4/QuestionnaireResponse"]


def test_a_transaction_without_a_token_is_401(client):
    assert send(client, post(), token=None).status == 401


def test_another_tenants_response_is_no_match_of_a_condition(client):
    sent = post(response(identifier=IDENTIFIER), condition=CONDITION)

    mine, theirs = answers(send(client, sent)), answers(send(client, sent, token="other"))

    assert statuses([*mine, *theirs]) == [201, 201]


def test_no_log_record_holds_an_answer_a_subject_or_a_path(client, caplog):
    for kind in ("transaction", "batch"):
        send(client, post(), get("Observation?patient=p-77"), post(response(subject={"reference": MARK})), kind=kind)

    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert logged
    assert "p-77" not in logged
    assert MARK not in logged
