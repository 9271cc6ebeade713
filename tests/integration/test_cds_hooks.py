"""CDS Hooks through the gateway: signed calls, cards, feedback, and everything that is refused."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.cds_hooks import app as cds_hooks
from shared.assessments.identifiers import new_id
from shared.tokens.client_jwt import PUBLIC_SANDBOX
from tests.support.card_rules import check_answer, hollow
from tests.support.client_keys import claims_of, client_key
from tests.support.fhir_calls import found
from tests.support.hooks import body_of, bundle, kinds, operation, phq9, phq9_response

HOST = "http://localhost"
EHR = "https://ehr.example.org"
VIEW = "/cds-services/pain-risk-patient-view"
SIGN = "/cds-services/pain-risk-order-sign"
MARK = "zx-private-zx"
IN_DANGER = [1, 2, 3, 2, 1, 0, 1, 0, 1]
CALM = [1, 1, 1, 1, 1, 0, 0, 0, 0]


def registered(**changes):
    return {"id": EHR, "title": "EHR", "jwks": client_key().jwks, "cds_hooks": True, **changes}


@pytest.fixture
def ehr(client):
    """Calls as the registered EHR of the tenant demo."""
    assert client.send("PUT", "/v1/tenant", {"clients": [registered()]}).status == 200
    return lambda path, body, **claims: signed(client, path, body, **claims)


def signed(client, path, body, *, iss=EHR, aud=None, raw=None, headers=None, **claims):
    token = client_key().sign(claims_of(iss, aud or HOST + path, **{"sub": None, **claims}))
    sent = {"Authorization": f"Bearer {token}", **(headers or {})}
    return client.post(path, body, raw=raw, token=None, headers=sent)


@pytest.fixture
def today():
    return datetime.now(UTC).strftime("%Y-%m-%d")


def store(client, answers, today, **changes):
    body = {**phq9(answers, today, **changes), "authored": f"{today}T00:00:01+00:00"}
    answer = client.post("/v1/assessments", body)
    assert answer.status == 201, answer.text
    return answer.json


def items(table, kind):
    found = table.scan(TableName="Table", ConsistentRead=True)["Items"]
    return [item for item in found if item.get("kind", {}).get("S") == kind]


def pointers(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [line["pointer"] for line in answer.json["errors"]]


# -- discovery ---------------------------------------------------------------------------------------------------------


def test_discovery_needs_no_token(client):
    answer = client.get("/cds-services", token=None)

    assert answer.status == 200
    assert len(answer.json["services"]) == 5
    assert not hollow(answer.json)


# -- who may call ------------------------------------------------------------------------------------------------------


def test_a_signed_call_is_answered(ehr):
    answer = ehr(VIEW, body_of("patient-view"))

    assert (answer.status, answer.json) == (200, {"cards": []})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": f"{HOST}/cds-services"},
        {"aud": HOST},
        {"aud": f"{HOST}{SIGN}"},
        {"iss": "https://nobody.example.org"},
        {"iss": PUBLIC_SANDBOX},
        {"exp": 1},
        {"iat": None},
        {"jti": None},
        {"tenant": "demo"},
    ],
)
def test_a_bad_token_is_401_with_one_body_whatever_is_wrong(ehr, claims):
    answer = ehr(VIEW, body_of("patient-view"), **claims)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json == {
        "type": "urn:pain-risk:problem:unauthorized",
        "title": "A valid token is needed",
        "status": 401,
        "detail": "A valid token is needed",
        "errors": [],
    }


def test_a_bearer_token_of_the_json_api_is_no_client(client):
    assert client.post(VIEW, body_of("patient-view")).status == 401
    assert client.post(VIEW, body_of("patient-view"), token=None).status == 401


def test_a_token_is_used_once(ehr):
    jti = new_id()

    assert ehr(VIEW, body_of("patient-view"), jti=jti).status == 200
    assert ehr(VIEW, body_of("patient-view"), jti=jti).status == 401


def test_the_public_sandbox_is_refused_even_where_it_is_registered(client):
    client.send("PUT", "/v1/tenant", {"clients": [registered(id=PUBLIC_SANDBOX)]})

    assert signed(client, VIEW, body_of("patient-view"), iss=PUBLIC_SANDBOX).status == 401


def test_a_client_that_may_not_call_cds_services_is_403_and_its_denial_is_kept(client):
    client.send("PUT", "/v1/tenant", {"clients": [registered(cds_hooks=False)]})

    assert signed(client, VIEW, body_of("patient-view")).status == 403

    trail = found(client.get(f"/fhir/R4/AuditEvent?date={datetime.now(UTC):%Y-%m-%d}"))
    [denied] = [event for event in trail if event["outcome"] != "0"]
    assert denied["agent"][0]["who"]["identifier"]["value"] == EHR


def test_the_tenant_is_the_clients_and_no_other(client, ehr, today):
    other = client.post("/v1/assessments", phq9(IN_DANGER, today, authored=f"{today}T00:00:01+00:00"), token="other")
    assert other.status == 201

    assert ehr(VIEW, body_of("patient-view")).json == {"cards": []}


def test_patient_ids_are_those_of_the_clients_source(client, ehr, today):
    store(client, IN_DANGER, today, source="clinic-b")

    assert ehr(VIEW, body_of("patient-view")).json == {"cards": []}
    client.send("PUT", "/v1/tenant", {"clients": [registered(source="clinic-b")]})
    assert kinds(ehr(VIEW, body_of("patient-view")).json["cards"])[0] == "safety"


# -- cards -------------------------------------------------------------------------------------------------------------


def test_a_stored_assessment_is_told_in_cards_that_keep_the_rules(client, ehr, today):
    stored = store(client, IN_DANGER, today)

    answer = ehr(VIEW, body_of("patient-view"))

    check_answer(answer.json)
    assert kinds(answer.json["cards"]) == ["safety", "profile", "scores"]
    assert answer.json["cards"][0]["indicator"] == "critical"
    assert stored["id"] in answer.json["cards"][0]["detail"]


def test_a_voided_assessment_is_silent(client, ehr, today):
    stored = store(client, IN_DANGER, today)
    client.post(f"/v1/assessments/{stored['id']}/void", {"reason": "wrong-patient"})

    assert ehr(VIEW, body_of("patient-view")).json == {"cards": []}


def test_the_ehrs_own_response_is_read_by_the_form_that_is_published(client, ehr, today):
    form = client.get("/fhir/R4/Questionnaire/phq-9", token=None).json
    own = phq9_response(CALM, f"{today}T00:00:01Z", questionnaire=f"{form['url']}|{form['version']}")
    prefetch = {"patient": None, "responses": bundle(own)}

    [card] = ehr(VIEW, body_of("patient-view", prefetch=prefetch)).json["cards"]

    assert "total **5**" in card["detail"]


def test_a_deceased_patient_has_no_cards(client, ehr, today):
    store(client, IN_DANGER, today)
    patient = {"resourceType": "Patient", "id": "p-1001", "deceasedBoolean": True}

    answer = ehr(VIEW, body_of("patient-view", prefetch={"patient": patient, "responses": bundle()}))

    assert answer.json == {"cards": []}


def test_outside_text_never_reaches_a_card(client, ehr, today):
    settings_ = {"clients": [registered()], "code_maps": [{"system": "s", "code": "c", "means": "hysterectomy"}]}
    client.send("PUT", "/v1/tenant", settings_)
    hostile = f"**{MARK}** <script>alert(1)</script> [x](https://evil.example)"
    order = operation("c", "s")
    order["code"] |= {"text": hostile}
    order["code"]["coding"][0]["display"] = hostile
    foreign = phq9_response(CALM, f"{today}T00:00:01Z", questionnaire=f"https://evil.example/{MARK}|1")
    foreign["item"] = [{"linkId": MARK, "text": hostile, "answer": [{"valueString": hostile}]}]
    patient = {"resourceType": "Patient", "id": "p-1001", "name": [{"text": hostile}]}
    prefetch = {"patient": patient, "responses": bundle(foreign)}

    answer = ehr(SIGN, body_of("order-sign", order, prefetch=prefetch))

    assert kinds(answer.json["cards"]) == ["due"]
    assert MARK not in answer.text
    assert "evil" not in answer.text


def test_a_served_card_is_kept_with_what_it_was_over_and_not_what_it_said(client, ehr, embedded_table, today):
    store(client, IN_DANGER, today)
    made = ehr(VIEW, body_of("patient-view")).json["cards"]

    kept = items(embedded_table, "card")

    assert {item["uuid"]["S"] for item in kept} == {card["uuid"] for card in made}
    assert all(item["pk"]["S"].startswith("TENANT#demo#CARD#") for item in kept)


def test_what_was_shown_is_audited_with_the_client_and_the_user(client, ehr, embedded_table, today):
    stored = store(client, CALM, today)
    ehr(VIEW, body_of("patient-view"))

    [event] = [one for one in items(embedded_table, "audit") if one["action"]["S"] == "list"]

    assert event["actor"]["S"] == f"{EHR} Practitioner/dr-1"
    assert stored["id"] in event["entity"]["S"]


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_another_hook_than_the_services_is_400(ehr):
    answer = ehr(VIEW, body_of("order-sign"))

    assert answer.status == 400
    assert pointers(answer) == ["/hook"]


def test_an_unknown_service_is_404(ehr):
    assert ehr("/cds-services/pain-risk-encounter-start", body_of("patient-view")).status == 404
    assert ehr("/cds-services/pain-risk-encounter-start/feedback", {"feedback": []}).status == 404


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"hook": 1, "hook": 2}', 400),
        (b'{"hook": NaN}', 400),
        (b'{"a":' * 30 + b"1" + b"}" * 30, 400),
        (b"\xff", 400),
        (b'{"a": "' + b"x" * 262_144 + b'"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(ehr, raw, status):
    assert ehr(VIEW, None, raw=raw).status == status


def test_another_media_type_is_415(ehr):
    assert ehr(VIEW, body_of("patient-view"), headers={"Content-Type": "text/plain"}).status == 415


def test_another_patient_in_the_prefetch_is_400_and_names_the_place(ehr):
    prefetch = {"patient": {"resourceType": "Patient", "id": "p-2"}, "responses": bundle()}

    answer = ehr(VIEW, body_of("patient-view", prefetch=prefetch))

    assert answer.status == 400
    assert pointers(answer) == ["/prefetch/patient/id"]
    assert "p-2" not in answer.text


def test_what_was_not_supplied_and_cannot_be_fetched_is_412(ehr):
    answer = ehr(VIEW, body_of("patient-view", prefetch={}))

    assert answer.status == 412
    assert pointers(answer) == ["/prefetch/patient", "/prefetch/responses"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
PARTS = ("hook", "hookInstance", "context", "prefetch", "fhirServer", "fhirAuthorization", "extension")
CONTEXTS = st.dictionaries(
    st.sampled_from(["userId", "patientId", "encounterId", "draftOrders", "selections"]), JSON, max_size=3
)
RESPONSES = st.fixed_dictionaries(
    {"resourceType": st.just("QuestionnaireResponse"), "subject": st.just({"reference": "Patient/p-1001"})},
    optional={"status": JSON, "questionnaire": JSON, "authored": JSON, "item": JSON, "identifier": JSON},
)


@given(st.dictionaries(st.sampled_from(PARTS), JSON, max_size=3), CONTEXTS, st.lists(RESPONSES, max_size=2))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_is_a_fault_of_ours(ehr, changes, context, responses):
    body = body_of("order-sign")
    body["context"] |= context
    body["prefetch"]["responses"] = bundle(*responses)
    body |= changes

    answer = ehr(SIGN, json.loads(json.dumps(body)))

    assert answer.status in (200, 400, 412), answer.text


@given(JSON, st.dictionaries(st.sampled_from(["card", "outcome", "outcomeTimestamp", "overrideReason"]), JSON))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_feedback_is_a_fault_of_ours(ehr, whole, entry):
    for body in ({"feedback": whole}, {"feedback": [entry]}):
        assert ehr(f"{VIEW}/feedback", body).status in (400, 404)


# -- fetching ----------------------------------------------------------------------------------------------------------


class FhirServer:
    """What a little FHIR server answers by the beginning of the path, and what it was sent."""

    def __init__(self):
        self.answers, self.asked, self.host = {}, [], ""

    @property
    def base(self):
        return f"http://{self.host}/fhir"


@contextmanager
def serving():
    served = FhirServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            served.asked.append((self.path, self.headers.get("Authorization")))
            status, document = next(
                (answer for start, answer in served.answers.items() if self.path.startswith(start)), (404, {})
            )
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{served.base}/Patient/elsewhere")
            self.end_headers()
            self.wfile.write(document if isinstance(document, bytes) else json.dumps(document).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.host = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def fhir_server(monkeypatch):
    """A FHIR server on the deployer's list, with the person of the tests."""
    with serving() as served:
        monkeypatch.setenv("EHR_HOSTS", served.host)
        cds_hooks.settings.cache_clear()
        cds_hooks.hooks.cache_clear()
        served.answers = {
            "/fhir/Patient/p-1001": (200, {"resourceType": "Patient", "id": "p-1001"}),
            "/fhir/QuestionnaireResponse?": (200, bundle()),
        }
        yield served


def unsupplied(server, **changes):
    authorization = {
        "access_token": MARK,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "cds",
    }
    more = {"prefetch": {}, "fhirServer": server, "fhirAuthorization": authorization, **changes}
    return {name: value for name, value in body_of("patient-view", **more).items() if value is not None}


def test_what_was_not_supplied_is_fetched_with_the_given_token(ehr, fhir_server):
    assert ehr(VIEW, unsupplied(fhir_server.base)).status == 200

    assert fhir_server.asked == [
        ("/fhir/Patient/p-1001", f"Bearer {MARK}"),
        (
            "/fhir/QuestionnaireResponse?patient=p-1001&status=completed&_sort=-authored&_count=20",
            f"Bearer {MARK}",
        ),
    ]


def test_only_what_is_missing_is_fetched(ehr, fhir_server):
    ehr(VIEW, unsupplied(fhir_server.base, prefetch={"patient": None}))

    assert len(fhir_server.asked) == 1


def test_without_a_token_of_the_ehr_nothing_is_fetched(ehr, fhir_server):
    assert ehr(VIEW, unsupplied(fhir_server.base, fhirAuthorization=None)).status == 412
    assert fhir_server.asked == []


def test_a_server_that_is_not_listed_is_never_called(ehr, fhir_server, monkeypatch):
    monkeypatch.setenv("EHR_HOSTS", "ehr.example.org")
    cds_hooks.settings.cache_clear()
    cds_hooks.hooks.cache_clear()

    assert ehr(VIEW, unsupplied(fhir_server.base)).status == 412
    assert fhir_server.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}),
        (404, {}),
        (302, {}),
        (200, b"not json"),
        (200, b'{"a": 1, "a": 2}'),
        (200, b'"text"'),
        (200, b'{"a": "' + b"x" * 300_000 + b'"}'),
        (200, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}),
    ],
)
def test_a_failed_fetch_is_412_and_no_redirect_is_followed(ehr, fhir_server, answer):
    fhir_server.answers["/fhir/Patient/p-1001"] = answer

    told = ehr(VIEW, unsupplied(fhir_server.base))

    assert told.status == 412
    assert pointers(told) == ["/prefetch/patient"]
    assert all(path != "/fhir/Patient/elsewhere" for path, _ in fhir_server.asked)


def test_another_patient_that_was_fetched_is_refused(ehr, fhir_server):
    fhir_server.answers["/fhir/Patient/p-1001"] = (200, {"resourceType": "Patient", "id": "p-2"})

    assert ehr(VIEW, unsupplied(fhir_server.base)).status == 400


# -- feedback ----------------------------------------------------------------------------------------------------------


def overridden(card, code="not-now", **changes):
    system = next((reason["system"] for reason in card.get("overrideReasons", [])), "s")
    return {
        "card": card["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-26T00:00:00Z",
        "overrideReason": {"reason": {"code": code, "system": system}, "userComment": MARK},
        **changes,
    }


def counts(client, **more):
    answer = client.get("/v1/cds-feedback", **more)
    assert answer.status == 200
    return [(one["kind"], one["outcome"], one["reason"], one["number"]) for one in answer.json["items"]]


def test_feedback_is_kept_with_the_person_and_counted_once(client, ehr, embedded_table, today):
    store(client, IN_DANGER, today)
    safety, profile, _ = ehr(VIEW, body_of("patient-view")).json["cards"]
    sent = {
        "feedback": [
            overridden(safety, "already-addressed"),
            {
                "card": profile["uuid"],
                "outcome": "accepted",
                "acceptedSuggestions": [{"id": profile["suggestions"][0]["uuid"]}],
                "outcomeTimestamp": "2026-11-26T00:00:00Z",
            },
        ]
    }

    for _ in range(2):
        assert ehr(f"{VIEW}/feedback", sent).status == 200

    assert counts(client) == [("profile", "accepted", "", 1), ("safety", "overridden", "already-addressed", 1)]
    assert {item["pk"]["S"] for item in items(embedded_table, "feedback")} == {"TENANT#demo#SUBJECT#default#p-1001"}
    assert counts(client, token="other") == []


def test_an_unknown_card_refuses_the_whole_and_nothing_is_stored(client, ehr, embedded_table, today):
    store(client, IN_DANGER, today)
    card = ehr(VIEW, body_of("patient-view")).json["cards"][0]
    unknown = {"uuid": "00000000-0000-4000-8000-000000000000"}

    answer = ehr(f"{VIEW}/feedback", {"feedback": [overridden(card), overridden(unknown)]})

    assert answer.status == 404
    assert items(embedded_table, "feedback") == []
    assert counts(client) == []


def test_another_tenants_card_is_unknown(client, ehr, today):
    store(client, IN_DANGER, today)
    card = ehr(VIEW, body_of("patient-view")).json["cards"][0]
    theirs = "https://ehr.other.example.org"
    client.send("PUT", "/v1/tenant", {"clients": [registered(id=theirs)]}, token="other")

    answer = signed(client, f"{VIEW}/feedback", {"feedback": [overridden(card)]}, iss=theirs)

    assert answer.status == 404


def test_the_counts_are_for_administrators(client):
    assert client.get("/v1/cds-feedback", token=client.token(scopes=("assessments:read",))).status == 403
    assert client.get("/v1/cds-feedback", token=None).status == 401


# -- what is told outside ----------------------------------------------------------------------------------------------


def test_no_log_and_no_metric_holds_anything_private(client, ehr, fhir_server, capsys, caplog, today):
    store(client, IN_DANGER, today)
    card = ehr(VIEW, unsupplied(fhir_server.base)).json["cards"][0]
    ehr(f"{VIEW}/feedback", {"feedback": [overridden(card)]})
    ehr(VIEW, body_of(MARK))
    ehr(VIEW, body_of("patient-view"), aud=HOST)

    told = "".join(capsys.readouterr()) + json.dumps([vars(record) for record in caplog.records], default=str)

    for event in ("CdsCardServed", "CdsCardOverridden", "token_refused"):
        assert event in told
    for private in (MARK, "p-1001", card["uuid"], EHR, "dr-1"):
        assert private not in told


# -- browsers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sandbox_origin(monkeypatch):
    monkeypatch.setenv("BROWSER_ORIGINS", "https://sandbox.example.org,https://b.example.org")
    cds_hooks.settings.cache_clear()
    cds_hooks.origins.cache_clear()
    return "https://sandbox.example.org"


@pytest.mark.parametrize("path", ["/cds-services", VIEW, f"{VIEW}/feedback"])
def test_a_listed_browser_may_call(client, sandbox_origin, path):
    answer = client.send("OPTIONS", path, token=None, headers={"Origin": sandbox_origin})

    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["Access-Control-Allow-Origin"] == sandbox_origin
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "https://sandbox.example.org.evil.example", "null"])
def test_no_other_browser_may_call(client, sandbox_origin, origin):
    for method, path in (("OPTIONS", VIEW), ("GET", "/cds-services")):
        answer = client.send(method, path, token=None, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_browser_reads_refusals_too(client, sandbox_origin):
    answer = client.post(VIEW, {}, token=None, headers={"Origin": sandbox_origin})

    assert answer.status == 401
    assert answer.headers["Access-Control-Allow-Origin"] == sandbox_origin


def test_without_a_list_no_browser_may_call(client):
    answer = client.send("OPTIONS", VIEW, token=None, headers={"Origin": "https://sandbox.example.org"})

    assert answer.status == 204
    assert "Access-Control-Allow-Origin" not in answer.headers
