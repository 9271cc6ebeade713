"""Sending: over real HTTP to a receiver that signs in, takes transactions and messages, and can fail."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from infra.local.receiver import Fault, receiving, report_of
from shared.assessments.ports import NotCurrent
from shared.delivery.answer import NOT_UNDERSTOOD
from shared.delivery.fhir_server import FhirServers
from shared.delivery.sender import FAULT, LONGEST_WAIT, Sender
from shared.delivery.webhook import Webhooks
from shared.tokens.signing import detached_jws
from shared.web.outgoing import Answer
from tests.support.deliveries import RESOURCES, Assessed, Kept, Signer, drawn, identifier, small, undrawn

ATTEMPTS = 5
SIGNER = Signer()


class Bench:
    """A sender with everything around it; the clock can be moved."""

    def __init__(self, receiver, **changes):
        self.receiver = receiver
        self.assessed = Assessed(receiver.destination(), receiver.destination("webhook"))
        self.kept = Kept()
        self.past = timedelta(0)
        hosts = changes.pop("hosts", frozenset({receiver.address}))
        signer = changes.pop("signer", SIGNER)
        self.sender = Sender(
            **{
                "assessments": self.assessed,
                "deliveries": self.kept,
                "fhir_servers": FhirServers(hosts, lambda: signer, self.clock, identifier),
                "webhooks": Webhooks(hosts, lambda: signer, self.clock),
                "resources": RESOURCES,
                "draw": undrawn,
                "clock": self.clock,
                "new_id": identifier,
                "max_attempts": ATTEMPTS,
                "first_wait": 10.0,
                **changes,
            }
        )

    def clock(self):
        return datetime.now(UTC) + self.past

    def due(self, view=None, destination="fhir", event="stored"):
        return self.kept.due(self.assessed.put(view or small())["id"], destination, event)

    def send(self, delivery, attempt=1):
        return self.sender.send("demo", delivery.id, attempt)

    def now(self, delivery):
        return self.kept.deliveries[delivery.id]

    def state(self, delivery):
        one = self.now(delivery)
        return one.status, one.attempts, one.error


@pytest.fixture
def receiver():
    with receiving(SIGNER.jwks) as running:
        yield running


@pytest.fixture
def bench(receiver):
    return Bench(receiver)


def test_a_stored_assessment_is_at_the_receiver_once_with_a_record_of_each_resource(bench):
    delivery = bench.due()

    assert bench.send(delivery) is None

    one = bench.now(delivery)
    assert bench.state(delivery) == ("delivered", 1, None)
    assert len(bench.receiver.store.of("QuestionnaireResponse")) == 1
    for item in one.items:
        kind, _, identifier = item["location"].partition("/")
        assert (kind, item["status"]) == (item["resource"], 201)
        assert identifier in bench.receiver.store.resources[kind]
    assert [(event.action, event.entity, event.actor) for event in bench.kept.audited] == [
        ("deliver", one.assessment, "destination fhir")
    ]


def test_a_delivery_handed_out_twice_is_sent_once_more_only_while_it_is_pending(bench):
    delivery = bench.due()
    bench.send(delivery)
    arrived = len(bench.receiver.seen)

    assert bench.send(delivery, attempt=2) is None

    assert len(bench.receiver.seen) == arrived


def test_the_connection_dropped_after_the_work_was_done_leaves_no_duplicate(bench):
    delivery = bench.due()
    bench.receiver.faults.append(Fault(drop=True))

    assert bench.send(delivery) > 0
    assert bench.state(delivery) == ("pending", 1, "no-answer")
    before = {kind: len(bench.receiver.store.of(kind)) for kind in bench.receiver.store.resources}
    assert bench.send(delivery, attempt=2) is None

    assert bench.state(delivery) == ("delivered", 2, None)
    assert {kind: len(bench.receiver.store.of(kind)) for kind in bench.receiver.store.resources} == before
    assert {item["status"] for item in bench.now(delivery).items} == {200}


def test_a_receiver_that_works_on_after_we_gave_up_waiting_holds_it_once(bench, monkeypatch):
    monkeypatch.setattr("shared.delivery.fhir_server.SECONDS", 0.2)
    delivery = bench.due()
    bench.receiver.faults.append(Fault(seconds=0.6))

    assert bench.send(delivery) > 0
    assert bench.state(delivery) == ("pending", 1, "no-answer")
    while not bench.receiver.seen:
        time.sleep(0.05)
    monkeypatch.undo()
    assert bench.send(delivery, attempt=2) is None

    assert {item["status"] for item in bench.now(delivery).items} == {200}
    assert len(bench.receiver.store.of("DocumentReference")) == 1


@pytest.mark.parametrize("status", [408, 409, 412, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(bench, status):
    delivery = bench.due()
    bench.receiver.faults.append(Fault(status=status))

    assert bench.send(delivery) > 0
    assert bench.state(delivery) == ("pending", 1, f"http-{status}")
    assert bench.send(delivery, attempt=2) is None
    assert bench.state(delivery) == ("delivered", 2, None)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 403, 404, 405, 413, 415, 422])
def test_a_receiver_that_says_no_or_points_elsewhere_is_not_asked_again(bench, status):
    delivery = bench.due()
    bench.receiver.faults.append(Fault(status=status, headers={"Location": f"{bench.receiver.fhir}/elsewhere"}))

    assert bench.send(delivery) is None
    assert bench.state(delivery) == ("failed", 1, f"http-{status}")
    assert bench.receiver.store.resources == {}


def test_after_the_last_attempt_it_has_failed(bench):
    delivery = bench.due()
    bench.receiver.faults.append(Fault(status=503))

    assert bench.send(delivery, attempt=ATTEMPTS) == 0.0
    assert bench.state(delivery) == ("failed", 1, "http-503")


def test_a_receiver_that_is_not_there_is_tried_again(receiver):
    bench = _with_destination(receiver, token_url="http://127.0.0.1:9/token")
    delivery = bench.due()

    assert bench.send(delivery) > 0
    assert bench.state(delivery) == ("pending", 1, "sign-in-no-answer")


def _with_destination(receiver, **changes):
    bench = Bench(receiver, hosts=frozenset({"127.0.0.1:9", receiver.address}))
    bench.assessed.decided["destinations"][0] |= changes
    return bench


def test_a_host_that_the_deployer_does_not_list_is_never_called(receiver):
    bench = Bench(receiver, hosts=frozenset({"ehr.example.org"}))
    delivery, message = bench.due(), bench.due(destination="webhook")

    assert (bench.send(delivery), bench.send(message)) == (None, None)
    assert bench.state(delivery) == ("failed", 1, "sign-in-host-not-allowed")
    assert bench.state(message) == ("failed", 1, "host-not-allowed")
    assert receiver.seen == []


def test_a_token_endpoint_off_the_list_is_never_called_though_the_server_names_it(receiver):
    bench = _with_destination(receiver, token_url="http://127.0.0.1:10/token")
    delivery = bench.due()

    assert bench.send(delivery) is None
    assert bench.state(delivery) == ("failed", 1, "sign-in-host-not-allowed")


def test_a_key_that_the_receiver_does_not_know_is_refused_at_sign_in(receiver):
    bench = Bench(receiver, signer=Signer())
    delivery = bench.due()

    assert bench.send(delivery) is None
    assert bench.state(delivery) == ("failed", 1, "sign-in-http-401")


def test_a_token_is_kept_and_one_that_was_forgotten_is_asked_for_once(bench, monkeypatch):
    granted = []
    grant = bench.receiver._grant
    monkeypatch.setattr(bench.receiver, "_grant", lambda body: (granted.append(1), grant(body))[1])
    for _ in range(3):
        bench.send(bench.due())
    assert len(granted) == 1

    bench.receiver.forget_tokens()
    delivery = bench.due()
    assert bench.send(delivery) is None

    assert bench.state(delivery) == ("delivered", 1, None)
    assert len(granted) == 2


def test_a_token_is_not_used_past_its_time(bench, monkeypatch):
    granted = []
    grant = bench.receiver._grant
    monkeypatch.setattr(bench.receiver, "_grant", lambda body: (granted.append(1), grant(body))[1])
    bench.send(bench.due())
    bench.past = timedelta(seconds=280)
    monkeypatch.setattr("infra.local.receiver.TOKEN_SECONDS", 3000)

    bench.send(bench.due())

    assert len(granted) == 2


def test_a_second_401_is_an_answer(bench):
    delivery = bench.due()
    bench.receiver.faults.extend([Fault(status=401), Fault(status=401)])

    assert bench.send(delivery) is None
    assert bench.state(delivery) == ("failed", 1, "http-401")


def test_a_success_with_a_refused_entry_in_it_is_a_failure(bench):
    view = small()
    count = len(bench.sender._packed("demo", bench.due(view), view).resources)
    entries = [{"response": {"status": "201 Created"}}] * (count - 1)
    wrong = [*entries, {"response": {"status": "422 Unprocessable", "outcome": {"text": "zx-private-zx"}}}]
    delivery = bench.due(view)
    body = json.dumps({"resourceType": "Bundle", "entry": wrong}).encode()
    bench.receiver.faults.append(Fault(status=200, body=body))

    assert bench.send(delivery) is None
    assert bench.state(delivery) == ("failed", 1, "entry-http-422")
    assert "zx-private-zx" not in str(bench.now(delivery))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"resourceType": "Bundle"}',
        b'{"resourceType": "Bundle", "entry": []}',
        b"\xff",
    ],
)
def test_a_success_that_says_nothing_of_the_entries_is_not_taken_for_one(bench, body):
    delivery = bench.due()
    bench.receiver.faults.append(Fault(status=200, body=body))

    assert bench.send(delivery) is None
    assert bench.state(delivery) == ("failed", 1, NOT_UNDERSTOOD)


def test_an_answer_without_end_is_cut_off(bench):
    delivery = bench.due()
    bench.receiver.faults.append(Fault(status=200, body=b" " * (1024 * 1024 + 1)))

    assert bench.send(delivery) > 0
    assert bench.state(delivery) == ("pending", 1, "too-large")


def test_waits_double_with_jitter_and_heed_the_receiver_within_reason(bench):
    for attempt in range(1, ATTEMPTS):
        longest = 10.0 * 2 ** (attempt - 1)
        assert all(longest / 2 <= bench.sender.wait(attempt) <= longest for _ in range(50))
    assert bench.sender.wait(1, after=120.0) == 120.0
    assert bench.sender.wait(1, after=10.0**9) == LONGEST_WAIT

    bench.receiver.faults.append(Fault(status=429, headers={"Retry-After": "77"}))
    assert bench.send(bench.due()) == 77.0
    bench.receiver.faults.append(Fault(status=503, headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}))
    assert 5 <= bench.send(bench.due()) <= 10
    bench.receiver.faults.append(Fault(status=503, headers={"Retry-After": "soon"}))
    assert 5 <= bench.send(bench.due()) <= 10


def test_a_destination_that_is_gone_or_paused_stops_what_was_to_go_there(bench):
    gone, paused = bench.due(destination="nobody"), bench.due()
    bench.assessed.decided["destinations"][0]["paused"] = True

    assert (bench.send(gone), bench.send(paused)) == (None, None)
    assert bench.state(gone) == ("stopped", 1, "destination-gone")
    assert bench.state(paused) == ("stopped", 1, "destination-paused")
    assert bench.receiver.store.resources == {}


def test_nothing_is_sent_of_an_assessment_that_was_erased(bench):
    delivery = bench.due()
    bench.assessed.views.clear()

    assert bench.send(delivery) is None
    assert bench.state(delivery) == ("stopped", 1, "assessment-gone")


def test_a_delivery_that_is_unknown_or_anothers_is_done(bench):
    delivery = bench.due()

    assert bench.sender.send("other", delivery.id, 1) is None
    assert bench.sender.send("demo", identifier(), 1) is None
    assert bench.state(delivery) == ("pending", 0, None)


def test_a_fault_of_ours_is_tried_again_and_fails_in_the_end(receiver):
    def torn(_):
        raise RuntimeError("zx-private-zx")

    bench = Bench(receiver, draw=torn)
    delivery = bench.due()

    for attempt in (1, ATTEMPTS):
        with pytest.raises(RuntimeError):
            bench.send(delivery, attempt)

    assert bench.state(delivery) == ("failed", 2, FAULT)


def test_who_is_second_to_write_down_the_same_delivery_leaves_it(bench):
    delivery = bench.due()

    def taken(*_, **__):
        raise NotCurrent

    bench.kept.record = taken

    assert bench.send(delivery) is None


def test_a_void_assessment_ends_as_entered_in_error(bench):
    view = small()
    bench.send(bench.due(view))
    void = bench.due({**view, "status": "entered-in-error"}, event="voided")

    bench.send(void)

    store = bench.receiver.store
    every = [one["status"] for kind in store.resources for one in store.of(kind)]
    assert set(every) == {"entered-in-error"}
    assert {one["meta"]["versionId"] for one in store.of("Observation")} == {"2"}


def test_a_server_without_sign_in_is_called_without_a_token(bench, monkeypatch):
    sent = []
    monkeypatch.setattr(bench.receiver, "_require_token", lambda headers: sent.append(headers.get("Authorization")))
    bench.assessed.decided["destinations"][0]["client_id"] = None

    assert bench.send(bench.due()) is None
    assert sent == [None]


def test_a_webhook_gets_one_signed_message_that_it_can_verify(bench):
    view = small()
    delivery = bench.due(view, "webhook")
    bench.receiver.faults.append(Fault(drop=True))

    assert bench.send(delivery) > 0
    assert bench.send(delivery, attempt=2) is None

    [message] = bench.receiver.messages
    assert (message["event"], message["id"]) == ("assessment.stored", delivery.id)
    assert message["assessment"]["id"] == view["id"]
    assert {entry["resource"]["resourceType"] for entry in message["bundle"]["entry"]} >= {"Observation"}
    assert not any("request" in entry for entry in message["bundle"]["entry"])
    assert bench.state(delivery) == ("delivered", 2, None)


def test_a_message_says_in_its_signature_for_whom_and_of_which_tenant_it_is(bench, monkeypatch):
    sent = []
    monkeypatch.setattr(
        "shared.delivery.webhook.call", lambda *_, headers, **__: sent.append(headers) or Answer(204, {}, b"")
    )

    bench.send(bench.due(destination="webhook"))

    header = jwt.get_unverified_header(sent[0]["Pain-Risk-Signature"])
    assert (header["aud"], header["tenant"]) == (bench.receiver.webhook, "demo")


def test_a_message_signed_by_another_key_or_changed_on_the_way_is_refused_by_the_receiver(receiver):
    bench = Bench(receiver, signer=Signer())
    delivery = bench.due(destination="webhook")

    assert bench.send(delivery) is None
    assert bench.state(delivery) == ("failed", 1, "http-401")
    assert receiver.messages == []


def test_a_signature_holds_over_the_bytes_and_names_key_time_and_delivery():
    body = b'{"a": 1}'
    head, _, signature = detached_jws(body, SIGNER, {"iat": 1, "jti": "d"}).partition("..")
    key = jwt.PyJWK(SIGNER.public_jwk).key

    verified = jwt.PyJWS().decode_complete(f"{head}..{signature}", key, ["ES384"], detached_payload=body)

    assert verified["header"] == {"alg": "ES384", "kid": "k1", "iat": 1, "jti": "d", "b64": False, "crit": ["b64"]}
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.PyJWS().decode_complete(f"{head}..{signature}", key, ["ES384"], detached_payload=body + b" ")


def test_the_report_at_the_receiver_is_the_page_that_was_drawn(receiver):
    bench = Bench(receiver, draw=drawn)
    view = small()
    bench.send(bench.due(view))

    [document] = receiver.store.of("DocumentReference")

    assert report_of(document) == drawn(view)
    assert document["content"][0]["attachment"]["contentType"] == "application/pdf"
