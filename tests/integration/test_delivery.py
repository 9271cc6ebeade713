"""From a submission to a receiver: the real handlers, the outbox, the queue, real HTTP, and faults on the way."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local.engine import make_queues
from infra.local.pump import Pump
from infra.local.receiver import Fault, receiving, report_of
from shared.storage.delivery_queue import Due, message, read_message

MARK = "zx-private-zx"


@pytest.fixture
def receiver():
    """It believes the keys that this service would publish."""
    from shared import wiring

    with receiving(lambda: {"keys": [dict(wiring.signing_key().public_jwk)]}) as running:
        yield running


@pytest.fixture
def pump(client, signing_key, template, receiver, monkeypatch):
    """What moves events, with no waits between attempts, and the receiver on the deployer's list."""
    monkeypatch.setenv("EHR_HOSTS", receiver.address)
    monkeypatch.setenv("FIRST_WAIT_SECONDS", "0")
    make_queues(template)
    return Pump(template)


@pytest.fixture
def destinations(client, pump, receiver):
    """The demo tenant's destinations, put in force."""

    def put(*given):
        answer = client.put("/v1/tenant", {"destinations": list(given) or [receiver.destination()]})
        assert answer.status == 200, answer.text

    put()
    return put


def submit(client, intake, **changes):
    answer = client.post("/v1/assessments", {**intake, **changes})
    assert answer.status == 201, answer.text
    return answer.json


def deliveries(client, assessment):
    answer = client.get(f"/v1/assessments/{assessment['id']}/deliveries")
    assert answer.status == 200
    return answer.json["items"]


def states(client, assessment):
    return [(one["event"], one["status"], one["error"]) for one in deliveries(client, assessment)]


def held(receiver):
    """Status of every resource at the receiver, by type and identifier; a duplicate is a failure."""
    found = {}
    for kind in receiver.store.resources:
        for one in receiver.store.of(kind):
            given = one["identifier"]
            key = kind, (given[0] if isinstance(given, list) else given)["value"]
            assert key not in found, f"{key} is there twice"
            found[key] = one["status"]
    return found


def of(found, assessment):
    return {status for (_, value), status in found.items() if value.split("/")[0] == assessment["id"]}


def in_queue(name):
    from shared.storage.client import sqs

    url = sqs().get_queue_url(QueueName=name)["QueueUrl"]
    attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counted = sqs().get_queue_attributes(QueueUrl=url, AttributeNames=attributes)["Attributes"]
    return sum(int(number) for number in counted.values())


def test_what_is_submitted_is_at_the_receiver_once(client, intake, destinations, pump, receiver):
    assessment = submit(client, intake)
    assert states(client, assessment) == [("stored", "pending", None)]

    pump.settle()

    assert states(client, assessment) == [("stored", "delivered", None)]
    [delivery] = deliveries(client, assessment)
    found = held(receiver)
    assert {(item["resource"], item["identifier"]) for item in delivery["items"]} == set(found)
    assert {item["status"] for item in delivery["items"]} == {201}
    assert {kind for kind, _ in found} == {
        "QuestionnaireResponse",
        "Observation",
        "RiskAssessment",
        "DocumentReference",
    }
    assert in_queue("DeliveryQueue") == 0


def test_the_receivers_references_lead_somewhere(client, intake, destinations, pump, receiver):
    submit(client, intake)
    pump.settle()

    [document] = receiver.store.of("DocumentReference")
    assert document["context"]["related"]
    for reference in document["context"]["related"]:
        kind, identifier = reference["reference"].split("/")
        assert identifier in receiver.store.resources[kind]
    assert document["subject"] == {"reference": "Patient/p-1001"}
    assert report_of(document).startswith(b"%PDF-")


def test_what_is_voided_is_entered_in_error_there(client, intake, destinations, pump, receiver):
    assessment = submit(client, intake)
    pump.settle()
    client.post(f"/v1/assessments/{assessment['id']}/void", {"reason": "wrong-patient"})

    pump.settle()

    assert [status for _, status, _ in states(client, assessment)] == ["delivered", "delivered"]
    assert of(held(receiver), assessment) == {"entered-in-error"}


def test_a_correction_puts_an_end_to_what_it_corrects(client, intake, destinations, pump, receiver):
    old = submit(client, intake)
    new = submit(client, intake, supersedes=old["id"])

    pump.settle()

    assert states(client, new) == [("corrected", "delivered", None)]
    found = held(receiver)
    assert of(found, old) == {"entered-in-error"}
    assert "entered-in-error" not in of(found, new)


def test_a_void_that_arrives_first_is_not_undone(client, intake, destinations, pump, receiver):
    # The first delivery is held up until the second is through.
    receiver.faults.append(Fault(status=503))
    assessment = submit(client, intake)
    pump.step()
    client.post(f"/v1/assessments/{assessment['id']}/void", {"reason": "test"})

    pump.settle()

    assert of(held(receiver), assessment) == {"entered-in-error"}


FAULTS = {
    "unavailable": [Fault(status=503)] * 3,
    "throttled": [Fault(status=429, headers={"Retry-After": "0"})] * 2,
    "dropped after the work": [Fault(drop=True)] * 2,
    "signed out": [Fault(status=401)],
    "half an answer": [Fault(status=200, body=b" " * (1024 * 1024 + 1))],
    "everything in turn": [Fault(drop=True), Fault(status=500), Fault(drop=True), Fault(status=429)],
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=list(FAULTS))
def test_whatever_goes_wrong_on_the_way_nothing_is_there_twice(client, intake, destinations, pump, receiver, faults):
    receiver.faults.extend(faults)
    assessment = submit(client, intake)

    pump.settle()

    [delivery] = deliveries(client, assessment)
    assert (delivery["status"], delivery["error"]) == ("delivered", None)
    assert {(item["resource"], item["identifier"]) for item in delivery["items"]} == set(held(receiver))
    assert not receiver.faults


def test_a_message_handed_out_twice_changes_nothing(client, intake, destinations, pump, receiver):
    from shared import wiring

    assessment = submit(client, intake)
    pump.settle()
    [delivery] = deliveries(client, assessment)
    before = json.dumps(receiver.store.resources)

    wiring.delivery_queue().put(Due("demo", delivery["id"]))
    pump.settle()

    assert json.dumps(receiver.store.resources) == before
    assert deliveries(client, assessment) == [delivery]


def test_what_is_never_taken_ends_as_failed_and_is_put_aside(client, intake, destinations, pump, receiver, template):
    receiver.faults.extend([Fault(status=503)] * 12)
    assessment = submit(client, intake)

    pump.settle()

    [delivery] = deliveries(client, assessment)
    assert (delivery["status"], delivery["attempts"], delivery["error"]) == ("failed", 12, "http-503")
    assert (in_queue("DeliveryQueue"), in_queue("UndeliveredQueue")) == (0, 1)


def test_the_queue_and_the_sender_agree_how_often_is_often_enough(template):
    queue = template.queues()["DeliveryQueue"]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == int(template.environment("SenderFunction")["MAX_ATTEMPTS"])
    assert queue["VisibilityTimeout"] >= 6 * dict(template.functions())["SenderFunction"]["Timeout"]


def test_a_failed_delivery_is_listed_and_sent_anew(client, intake, destinations, pump, receiver):
    receiver.faults.append(Fault(status=422))
    failed = submit(client, intake)
    fine = submit(client, intake)
    pump.settle()

    listed = client.get("/v1/deliveries?status=failed").json
    assert [one["assessment"] for one in listed["items"]] == [failed["id"]]
    assert (listed["items"][0]["error"], listed["items"][0]["items"]) == ("http-422", [])
    assert of(held(receiver), failed) == set()

    retried = client.post(f"/v1/deliveries/{listed['items'][0]['id']}/retry")
    assert (retried.status, retried.json["status"], retried.json["attempts"]) == (200, "pending", 0)
    pump.settle()

    assert states(client, failed) == [("stored", "delivered", None)]
    assert client.get("/v1/deliveries?status=failed").json == {"items": [], "next_cursor": None}
    everything = client.get("/v1/deliveries").json["items"]
    assert {one["assessment"] for one in everything} == {failed["id"], fine["id"]}


def test_deliveries_are_listed_in_pages(client, intake, destinations, pump):
    made = [submit(client, intake)["id"] for _ in range(3)]

    first = client.get("/v1/deliveries?limit=2").json
    rest = client.get(f"/v1/deliveries?limit=2&cursor={first['next_cursor']}").json

    assert {one["assessment"] for one in first["items"] + rest["items"]} == set(made)
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)


@pytest.mark.parametrize(("query", "status"), [("status=odd", 422), ("limit=0", 422), ("cursor=x", 400)])
def test_a_list_that_is_asked_for_wrongly_says_so(client, query, status):
    assert client.get(f"/v1/deliveries?{query}").status == status


def test_what_is_pending_or_delivered_is_not_sent_anew(client, intake, destinations, pump):
    assessment = submit(client, intake)
    [delivery] = deliveries(client, assessment)
    path = f"/v1/deliveries/{delivery['id']}/retry"

    assert client.post(path).status == 409
    pump.settle()
    assert client.post(path).status == 409


def test_what_is_pending_for_a_day_got_stuck_and_may_be_sent_anew(client, intake, destinations, pump, monkeypatch):
    from shared import wiring

    assessment = submit(client, intake)
    pump._stream.clear()  # the relay gave it up
    [delivery] = deliveries(client, assessment)
    later = datetime.now(UTC) + timedelta(days=1, minutes=1)
    monkeypatch.setattr(
        "functions.assessments.app.deliveries", lambda: replace(wiring.deliveries(), clock=lambda: later)
    )

    assert client.post(f"/v1/deliveries/{delivery['id']}/retry").status == 200
    pump.settle()

    assert states(client, assessment) == [("stored", "delivered", None)]


def test_another_tenants_deliveries_look_like_none(client, intake, destinations, pump):
    assessment = submit(client, intake)
    [delivery] = deliveries(client, assessment)

    assert client.get(f"/v1/assessments/{assessment['id']}/deliveries", token="other").status == 404
    assert client.post(f"/v1/deliveries/{delivery['id']}/retry", token="other").status == 404
    assert client.get("/v1/deliveries", token="other").json["items"] == []


def test_each_route_asks_for_its_scope(client, intake, destinations, pump):
    assessment = submit(client, intake)
    [delivery] = deliveries(client, assessment)
    reader, admin = client.token(scopes=("assessments:read",)), client.token(scopes=("tenant:admin",))

    assert client.get("/v1/deliveries", token=reader).status == 403
    assert client.post(f"/v1/deliveries/{delivery['id']}/retry", token=reader).status == 403
    assert client.get(f"/v1/assessments/{assessment['id']}/deliveries", token=admin).status == 403


def test_a_destination_takes_the_sources_it_names_and_none_while_it_is_paused(client, intake, destinations, receiver):
    fhir = receiver.destination()
    destinations({**fhir, "id": "a", "sources": ["ehr-a"]}, {**fhir, "id": "b"}, {**fhir, "id": "c", "paused": True})

    ours = submit(client, intake, source="ehr-a")
    others = submit(client, intake, source="ehr-b")

    assert {one["destination"] for one in deliveries(client, ours)} == {"a", "b"}
    assert {one["destination"] for one in deliveries(client, others)} == {"b"}


def test_a_destination_that_was_removed_stops_what_was_to_go_there(client, intake, destinations, pump, receiver):
    assessment = submit(client, intake)
    destinations({**receiver.destination(), "id": "another"})

    pump.settle()

    assert states(client, assessment) == [("stored", "stopped", "destination-gone")]
    assert held(receiver) == {}


def test_a_tenant_without_destinations_has_no_deliveries(client, intake, pump, receiver):
    assessment = submit(client, intake)
    client.post(f"/v1/assessments/{assessment['id']}/void", {"reason": "test"})
    pump.settle()

    assert deliveries(client, assessment) == []
    assert receiver.seen == []


def test_a_webhook_is_told_of_each_event_once_and_signed(client, intake, destinations, pump, receiver):
    destinations(receiver.destination("webhook"))
    receiver.faults.append(Fault(drop=True))
    assessment = submit(client, intake)
    client.post(f"/v1/assessments/{assessment['id']}/void", {"reason": "test"})

    pump.settle()

    assert {one["event"] for one in receiver.messages} == {"assessment.stored", "assessment.voided"}
    assert len(receiver.messages) == 2
    assert {one["assessment"]["id"] for one in receiver.messages} == {assessment["id"]}


def test_a_response_that_came_as_fhir_is_sent_like_any_other(client, destinations, pump, receiver):
    from tests.integration.test_fhir_api import create

    assert create(client).status == 201
    pump.settle()

    assert [one["subject"]["reference"] for one in receiver.store.of("QuestionnaireResponse")] == ["Patient/p-77"]


def test_queue_and_logs_hold_ids_and_nothing_of_the_person(client, intake, destinations, pump, receiver, caplog, capfd):
    from shared.storage.client import sqs

    seen = []
    sqs().meta.events.register(
        "provide-client-params.sqs.SendMessage", lambda params, **_: seen.append(json.dumps(params))
    )
    receiver.faults.extend([Fault(status=503, body=MARK.encode()), Fault(status=422, body=MARK.encode())])
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("pain-risk").propagate = True
        assessment = submit(client, intake, subject=MARK, episode=MARK)
        pump.settle()

    [delivery] = deliveries(client, assessment)
    bodies = [json.loads(json.loads(sent)["MessageBody"]) for sent in seen]
    assert bodies == [{"tenant": "demo", "delivery": delivery["id"]}]
    ours = [record.getMessage() + str(vars(record)) for record in caplog.records if record.name == "pain-risk"]
    assert MARK not in "".join([*seen, *ours, *capfd.readouterr(), json.dumps(delivery)])
    assert MARK in json.dumps(client.get(f"/v1/assessments/{assessment['id']}").json)


def test_a_message_of_the_queue_is_read_as_it_was_written():
    assert read_message(message(Due("demo", "d"))) == Due("demo", "d")


def test_a_fault_of_ours_is_told_by_its_kind_and_tried_again(client, intake, destinations, pump, monkeypatch, capfd):
    from shared.delivery import sender

    pack, calls = sender.parcel, []

    def torn_once(*given):
        calls.append(given)
        if len(calls) == 1:
            raise RuntimeError(MARK)
        return pack(*given)

    monkeypatch.setattr(sender, "parcel", torn_once)
    assessment = submit(client, intake)
    pump.settle()

    [delivery] = deliveries(client, assessment)
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 2)
    assert MARK not in "".join(capfd.readouterr())


def test_the_relay_reports_from_the_first_that_the_queue_did_not_take(client, pump, monkeypatch):
    from functions.relay import app as relay

    taken = []

    class Full:
        def put(self, due):
            if taken:
                raise EndpointConnectionError(endpoint_url="x")
            taken.append(due)

    monkeypatch.setattr(relay, "delivery_queue", Full)
    records = [
        {"dynamodb": {"NewImage": {"tenant": {"S": "demo"}, "id": {"S": str(n)}}, "SequenceNumber": str(10 + n)}}
        for n in range(3)
    ]

    assert relay.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "11"}]}
