"""The real template, built with SAM and deployed to a local AWS: what only a deployment can show."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest

from infra.deploy_local import check_access, submit_sample
from infra.local import process
from infra.local.ehr_client import EhrClient
from infra.local.receiver import Fault, receiving
from infra.local.template import ROOT
from infra.stack import deployed
from tests.support.walks import walked

# One worker deploys once for all of them.
pytestmark = pytest.mark.xdist_group("deployed")


@pytest.fixture(scope="module")
def receiver():
    """An EHR that believes the keys which the stack publishes. Its address is known before the stack is deployed."""
    publishes = []
    with receiving(lambda: publishes[0]()) as running:
        running.publishes = publishes
        yield running


@pytest.fixture(scope="module")
def webhook():
    """A port to receive messages on."""
    return process.free_port()


@pytest.fixture(scope="module")
def stack(receiver, webhook):
    with deployed(parameters={"EhrHosts": f"{receiver.address},127.0.0.1:{webhook}"}) as running:
        receiver.publishes.append(lambda: running.call("GET", "/smart/jwks").body)
        yield running


@pytest.fixture(scope="module")
def created(stack, sample):
    return stack.call("POST", "/v1/assessments", stack.token(), sample, {"Idempotency-Key": "d-1"})


def test_the_sample_is_scored_as_the_local_service_scores_it(stack, created, sample):
    expected = json.loads((ROOT / "tests" / "data" / "sample-scores.json").read_text())

    assert created.status == 201
    assert {
        f"{result['instrument']}/{score['id']}": score["value"]
        for result in created.body["results"]
        for score in result["scores"]
    } == expected


def test_it_is_read_back_and_listed(stack, created):
    identifier = created.body["id"]

    assert stack.call("GET", f"/v1/assessments/{identifier}", stack.token()).body == created.body
    listed = stack.call("GET", "/v1/subjects/p-1001/assessments", stack.token())
    assert [item["id"] for item in listed.body["items"]] == [identifier]
    assert created.headers["location"].endswith(f"/v1/assessments/{identifier}")


def test_the_same_key_is_stored_once(stack, created, sample):
    again = stack.call("POST", "/v1/assessments", stack.token(), sample, {"Idempotency-Key": "d-1"})

    assert again.body == created.body


def test_another_tenant_sees_nothing(stack, created):
    foreign = stack.token(tenant="other")

    assert stack.call("GET", f"/v1/assessments/{created.body['id']}", foreign).status == 404


@pytest.mark.parametrize("token", [None, "a.b.c"])
def test_no_token_or_a_bad_one_is_401_as_a_problem(stack, token):
    answer = stack.call("POST", "/v1/instruments/peg/score", token, {"responses": {}})

    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_without_the_scope_is_403_as_a_problem(stack, sample):
    answer = stack.call("POST", "/v1/assessments", stack.token(("score",)), sample)

    assert answer.status == 403
    assert answer.body["type"] == "urn:pain-risk:problem:forbidden"


def test_the_catalogue_is_public_and_complete(stack):
    answer = stack.call("GET", "/v1/instruments", None)

    assert answer.status == 200
    assert len(answer.body["items"]) == len(list((ROOT / "shared/instruments/definitions").glob("*.json")))


def test_an_unknown_route_is_404_as_a_problem(stack):
    answer = stack.call("GET", "/v1/nothing", None)

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_make_deploy_local_shows_holds(stack):
    check_access(stack)

    assert submit_sample(stack)["status"] == "final"


def test_fhir_is_served_with_an_outcome_for_what_is_wrong(stack, created):
    statement = stack.call("GET", "/fhir/R4/metadata")
    panel = stack.call("GET", f"/fhir/R4/Observation/{created.body['id']}-phq-9-panel", stack.token())
    refused = stack.call("POST", "/fhir/R4/QuestionnaireResponse/$score", stack.token(), {})

    # The local AWS knows no ANY method: what is answered with 405 is seen in tests/integration.
    assert statement.body["resourceType"] == "CapabilityStatement"
    assert panel.body["resourceType"] == "Observation"
    assert (refused.status, refused.body["resourceType"]) == (400, "OperationOutcome")


def test_a_registered_client_gets_a_token_and_reads_with_it(stack, created):
    ehr = EhrClient()
    settings = stack.call("GET", "/v1/tenant", stack.token()).body
    stack.call("PUT", "/v1/tenant", stack.token(), ehr.registered_in(settings))
    discovered = stack.call("GET", "/fhir/R4/.well-known/smart-configuration").body
    form = {
        "grant_type": "client_credentials",
        "scope": "system/Observation.rs",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": ehr.assertion(discovered["token_endpoint"]),
    }

    def ask():
        request = urllib.request.Request(stack.url + "/smart/token", urlencode(form).encode())
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30)

    with ask() as answer:
        token = json.load(answer)["access_token"]
    panel = f"/fhir/R4/Observation/{created.body['id']}-phq-9-panel"

    assert stack.call("GET", panel, token).body["resourceType"] == "Observation"
    assert stack.call("GET", "/v1/tenant", token).status == 403
    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask()
    assert discovered["token_endpoint"].endswith("/smart/token")


def test_a_registered_client_is_answered_with_cards_and_says_what_became_of_them(stack, created):
    ehr = EhrClient()
    settings = stack.call("GET", "/v1/tenant", stack.token()).body
    stack.call("PUT", "/v1/tenant", stack.token(), ehr.registered_in(settings))
    discovered = stack.call("GET", "/fhir/R4/.well-known/smart-configuration").body
    base = discovered["token_endpoint"].removesuffix("/smart/token")
    service = "/cds-services/pain-risk-patient-view"
    hook = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/d1", "patientId": created.body["subject"]},
        "prefetch": {"patient": None, "responses": None},
    }

    answer = stack.call("POST", service, ehr.assertion(base + service), hook)
    [safety, *_] = answer.body["cards"]
    outcome = {"card": safety["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-26T00:00:00Z"}
    path = f"{service}/feedback"
    told = stack.call("POST", path, ehr.assertion(base + path), {"feedback": [outcome]})

    assert safety["source"]["topic"]["code"] == "safety"
    assert told.status == 200
    assert [one["number"] for one in stack.call("GET", "/v1/cds-feedback", stack.token()).body["items"]] == [1]
    assert stack.call("POST", service, stack.token(), hook).status == 401


def deliveries(stack, assessment):
    """The deliveries of an assessment, once none of them is under way."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        answer = stack.call("GET", f"/v1/assessments/{assessment['id']}/deliveries", stack.token())
        if all(one["status"] != "pending" for one in answer.body["items"]):
            return answer.body["items"]
        time.sleep(0.2)
    raise AssertionError("deliveries are still under way")


def test_a_submission_reaches_the_ehr_once_and_a_void_puts_an_end_to_it(stack, receiver, sample):
    settings = stack.call("GET", "/v1/tenant", stack.token()).body
    stack.call("PUT", "/v1/tenant", stack.token(), {**settings, "destinations": [receiver.destination()]})
    receiver.faults.append(Fault(status=422))
    assessment = stack.call("POST", "/v1/assessments", stack.token(), {**sample, "subject": "p-2002"}).body

    [refused] = deliveries(stack, assessment)
    assert (refused["status"], refused["error"]) == ("failed", "http-422")
    assert stack.call("POST", f"/v1/deliveries/{refused['id']}/retry", stack.token()).status == 200
    [delivered] = deliveries(stack, assessment)
    assert delivered["status"] == "delivered"
    held = [one for kind in receiver.store.resources for one in receiver.store.of(kind)]
    assert len(held) == len(delivered["items"])
    assert {one["subject"]["reference"] for one in held} == {"Patient/p-2002"}

    stack.call("POST", f"/v1/assessments/{assessment['id']}/void", stack.token(), {"reason": "test"})
    assert [one["status"] for one in deliveries(stack, assessment)] == ["delivered", "delivered"]
    after = [one for kind in receiver.store.resources for one in receiver.store.of(kind)]
    assert len(after) == len(held)
    assert {one["status"] for one in after} == {"entered-in-error"}


def test_the_clients_of_others_walk_through_the_deployed_stack_too(stack, receiver, webhook):
    steps = walked(stack.url, stack.token(), receiver.fhir, webhook)

    assert len(steps) == 13, steps
