"""SMART Backend Services, from registration to a resource read."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

import jwt
import pytest

from functions.fhir import app as fhir
from infra.local.gateway import Gateway
from shared import wiring
from shared.tokens import ISSUER
from shared.tokens.signing import signed_jwt
from tests.conftest import Client
from tests.support.client_keys import claims_of, client_key, publishing

EHR = "ehr-1"
HOST = {"host": "api.example.org"}
TOKEN_URL = "https://api.example.org/smart/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = {"content-type": "application/x-www-form-urlencoded", **HOST}


RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "questionnaire": "https://api.example.org/fhir/R4/Questionnaire/phq-2|1.0.0",
    "status": "completed",
    "subject": {"reference": "Patient/p-1001"},
    "authored": "2026-11-20T09:00:00+00:00",
    "item": [
        {"linkId": f"phq2_{n}", "answer": [{"valueCoding": {"system": "http://loinc.org", "code": "LA6569-3"}}]}
        for n in (1, 2)
    ],
}


def registered(**changes):
    given = {"id": EHR, "title": "EHR", "jwks": client_key().jwks, "scopes": ["system/*.cruds"], **changes}
    return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def register(client):
    """Put these clients into a tenant's settings."""

    def register(*clients, tenant="demo"):
        return client.send("PUT", "/v1/tenant", {"clients": list(clients)}, token=tenant)

    return register


@pytest.fixture
def ask(client, signing_key):
    """Ask for a token; ``form`` changes the parameters, ``claims`` those of the assertion, None leaves one out."""

    def ask(scope="system/*.cruds", *, key=None, headers=None, raw=None, claims=None, **form):
        iss = (claims or {}).get("iss", EHR)
        signed = (key or client_key()).sign(claims_of(iss, TOKEN_URL, **{**(claims or {}), "iss": iss}))
        sent = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed,
            **form,
        }
        body = urlencode({name: value for name, value in sent.items() if value is not None}).encode()
        return client.post("/smart/token", raw=raw if raw is not None else body, headers=headers or FORM, token=None)

    return ask


@pytest.fixture
def token(register, ask):
    """An access token of the demo tenant's client."""
    register(registered())
    return ask().json["access_token"]


# -- registration ------------------------------------------------------------------------------------------------------


def test_a_client_of_another_tenant_cannot_be_registered(client, register):
    register(registered())

    answer = register(registered(id="own"), registered(title="Mine"), tenant="other")

    assert answer.status == 409
    assert [(line["pointer"], line["code"]) for line in answer.json["errors"]] == [("/clients/1/id", "client-taken")]
    assert client.get("/v1/tenant", token="other").json["version"] == 0
    assert EHR not in answer.text


def test_a_client_that_was_dropped_may_be_registered_by_another_tenant(register):
    register(registered())
    register()

    assert register(registered(), tenant="other").status == 200


def destination(**changes):
    given = {"id": "ehr", "title": "EHR", "kind": "fhir", "url": "https://ehr.example.org/R4", "client_id": "pain"}
    return {"destinations": [{**given, **changes}]}


@pytest.mark.parametrize(
    "url", ["https://ehr.example.org/R4", "https://EHR.example.org:443/r4/", "https://ehr.example.org/R4/"]
)
def test_no_tenant_can_have_the_services_key_sign_in_as_another_tenants_client(client, url):
    assert client.send("PUT", "/v1/tenant", destination()).status == 200

    answer = client.send("PUT", "/v1/tenant", destination(url=url), token="other")

    assert answer.status == 409
    assert [(line["pointer"], line["code"]) for line in answer.json["errors"]] == [
        ("/destinations/0/url", "destination-taken")
    ]
    assert client.send("PUT", "/v1/tenant", {}).status == 200
    assert client.send("PUT", "/v1/tenant", destination(url=url), token="other").status == 200


@pytest.mark.parametrize(
    "changes",
    [{"url": "https://ehr.example.org/other/R4"}, {"client_id": "mine"}, {"kind": "webhook", "client_id": None}],
)
def test_another_base_client_id_or_kind_is_another_destination(client, changes):
    client.send("PUT", "/v1/tenant", destination())

    assert client.send("PUT", "/v1/tenant", destination(**changes), token="other").status == 200


@pytest.mark.parametrize("path", ["/a/../R4", "/%52%34", "//R4", "/./R4", "/R4?x=1", "/R4;x", "/R4//"])
def test_a_base_url_is_spelled_in_one_way(client, path):
    answer = client.send("PUT", "/v1/tenant", destination(url=f"https://ehr.example.org{path}"))

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/destinations/0")


def test_two_destinations_of_one_tenant_may_lead_to_one_server(client):
    [one] = destination()["destinations"]

    assert client.send("PUT", "/v1/tenant", {"destinations": [one, {**one, "id": "again"}]}).status == 200


# -- discovery ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", [None, "application/fhir+json", "text/html"])
def test_discovery_is_plain_json_with_absolute_urls(client, accept):
    headers = {**HOST, **({"accept": accept} if accept else {})}

    answer = client.get("/fhir/R4/.well-known/smart-configuration", token=None, headers=headers)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["token_endpoint"] == TOKEN_URL
    assert answer.json["jwks_uri"] == "https://api.example.org/smart/jwks"
    assert answer.json["grant_types_supported"] == ["client_credentials"]
    assert {"ES384", "RS384"} <= set(answer.json["token_endpoint_auth_signing_alg_values_supported"])
    assert {"client-confidential-asymmetric", "permission-v1", "permission-v2"} <= set(answer.json["capabilities"])
    assert answer.json["code_challenge_methods_supported"] == ["S256"]


LETTER = {"create": "c", "read": "r", "vread": "r", "update": "u", "delete": "d", "search-type": "s"}


def test_the_scopes_in_discovery_are_those_of_what_is_served(client):
    statement = client.get("/fhir/R4/metadata", token=None, headers=HOST).json
    offered = client.get("/fhir/R4/.well-known/smart-configuration", token=None).json["scopes_supported"]
    # Public, or with an operation over the others alone.
    without_one = {"Questionnaire", "CodeSystem", "OperationDefinition", "StructureDefinition", "Patient"}

    served = {
        "system/{}.{}".format(
            resource["type"],
            "".join(sorted({LETTER[one["code"]] for one in resource["interaction"]}, key="cruds".index)),
        )
        for resource in statement["rest"][0]["resource"]
        if resource["type"] not in without_one
    }

    assert {scope for scope in offered if scope.startswith("system/")} == served


def test_the_capability_statement_leads_to_the_token_endpoint(client):
    security = client.get("/fhir/R4/metadata", token=None, headers=HOST).json["rest"][0]["security"]

    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert security["extension"][0]["extension"] == [{"url": "token", "valueUri": TOKEN_URL}]


def test_the_public_key_verifies_what_was_signed_and_holds_nothing_private(client, token):
    answer = client.get("/smart/jwks", token=None)
    [key] = answer.json["keys"]

    claims = jwt.decode(token, jwt.PyJWK(key), ["ES384"], audience="pain-risk")

    assert claims["iss"] == ISSUER
    assert "d" not in key
    assert "max-age" in answer.headers["Cache-Control"]


# -- a token -----------------------------------------------------------------------------------------------------------


def test_a_good_assertion_gets_a_token_for_five_minutes(register, ask):
    register(registered())

    answer = ask("system/Observation.read system/QuestionnaireResponse.c")

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 300
    assert answer.json["scope"] == "system/Observation.rs system/QuestionnaireResponse.c"
    claims = jwt.decode(answer.json["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["tenant"], claims["exp"] - claims["iat"]) == (EHR, "demo", 300)


def test_rs384_is_as_good(register, ask):
    register(registered(jwks=client_key("RS384").jwks))

    assert ask(key=client_key("RS384")).status == 200


def test_scopes_are_narrowed_to_those_registered(register, ask):
    register(registered(scopes=["system/Observation.rs", "score"]))

    assert ask("system/*.cruds score tenant:admin").json["scope"] == "score system/Observation.rs"


@pytest.mark.parametrize("scope", ["system/Observation.dus", "tenant:admin", "launch", "x" * 5000, " ", None])
def test_where_nothing_can_be_granted_the_scope_is_invalid(register, ask, scope):
    register(registered())

    answer = ask(scope)

    assert (answer.status, answer.json) == (400, {"error": "invalid_scope"})


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"raw": b""}, "invalid_request"),
        ({"raw": b"grant_type=client_credentials&grant_type=client_credentials"}, "invalid_request"),
        ({"raw": b"grant_type=%ff"}, "invalid_request"),
        ({"raw": b"\xff\xfe"}, "invalid_request"),
        ({"raw": b"a=1&" * 50}, "invalid_request"),
        ({"raw": b"grant_type=client_credentials&x=" + b"y" * 40_000}, "invalid_request"),
        ({"raw": b'{"grant_type": "client_credentials"}'}, "invalid_request"),
        ({"headers": {"content-type": "application/json", **HOST}}, "invalid_request"),
        ({"headers": dict(HOST)}, "invalid_request"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_request_that_is_none_says_so(register, ask, change, error):
    register(registered())

    answer = ask(**change)

    assert (answer.status, answer.json) == (400, {"error": error})
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_failed_authentication_gets_the_same_answer(register, ask):
    register(registered())
    stranger = client_key("ES384", "stranger")

    answers = [
        ask(claims={"iss": "ehr-unknown"}),
        ask(claims={"sub": "other"}),
        ask(claims={"aud": "https://api.example.org/"}),
        ask(claims={"exp": int(time.time()) - 200, "iat": None}),
        ask(claims={"exp": int(time.time()) + 900}),
        ask(claims={"jti": None}),
        ask(claims={"tenant": "other"}),
        ask(key=stranger),
        ask(key=stranger._replace(kid="k1")),
        ask(key=client_key("RS256")),
        ask(client_assertion=None),
        ask(client_assertion="a.b.c"),
        ask(client_assertion="x" * 20_000),
        ask(client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        ask(client_assertion_type=None),
        ask(client_id="other"),
    ]

    assert {answer.status for answer in answers} == {401}
    assert {answer.text for answer in answers} == {'{"error":"invalid_client"}'}


def test_an_assertion_is_used_once(register, ask):
    register(registered())

    first, again = ask(claims={"jti": "one"}), ask(claims={"jti": "one"})

    assert (first.status, again.status, again.json) == (200, 401, {"error": "invalid_client"})


def test_a_dropped_client_gets_no_token(register, ask):
    register(registered())
    register()

    assert ask().status == 401


def test_keys_published_on_a_listed_host_are_fetched(register, ask, monkeypatch):
    with publishing() as published:
        published.publish(client_key().jwks)
        monkeypatch.setenv("EHR_HOSTS", published.host)
        register(registered(jwks=None, jwks_url=published.url))

        assert ask().status == 200

    assert published.asked == 1


def test_keys_published_elsewhere_are_not_fetched(register, ask):
    with publishing() as published:
        published.publish(client_key().jwks)
        register(registered(jwks=None, jwks_url=published.url))

        assert ask().status == 401

    assert published.asked == 0


def test_a_fault_of_the_signing_service_tells_nothing(register, ask, monkeypatch):
    register(registered())
    monkeypatch.setenv("SIGNING_KEY_ID", "00000000-0000-0000-0000-000000000000")

    answer = ask()

    assert answer.status == 500
    assert set(answer.json) == {"type", "title", "status", "detail", "errors", "correlation_id"}
    assert "0000" not in answer.text.replace(answer.json["correlation_id"], "")


# -- its use -----------------------------------------------------------------------------------------------------------


def test_a_token_sends_a_response_and_reads_its_scores(client, token):
    sent = client.send("POST", "/fhir/R4/QuestionnaireResponse", RESPONSE, token=token, headers=HOST)
    assert sent.status == 201, sent.text

    found = client.get("/fhir/R4/Observation?patient=p-1001", token=token, headers=HOST)

    assert found.status == 200
    assert found.json["entry"]


def test_a_token_reaches_no_further_than_its_scopes(client, register, ask):
    register(registered())
    reads = ask("system/Observation.rs").json["access_token"]

    assert client.get("/fhir/R4/Observation?patient=p-1", token=reads).status == 200
    assert client.get("/fhir/R4/RiskAssessment?patient=p-1", token=reads).status == 403
    assert client.send("POST", "/fhir/R4/QuestionnaireResponse", RESPONSE, token=reads).status == 403
    assert client.get("/v1/tenant", token=reads).status == 403
    assert client.get("/v1/subjects/p-1/assessments", token=reads).status == 403


def test_a_client_with_scopes_of_ours_uses_the_json_api(client, register, ask):
    register(registered(scopes=["score"]))

    scored = client.post(
        "/v1/instruments/peg/score",
        {"responses": {"peg_1": 6, "peg_2": 7, "peg_3": 5}},
        token=ask("score").json["access_token"],
    )

    assert scored.status == 200


def test_a_token_is_of_its_tenant_alone(client, register, ask, token, intake):
    created = client.post("/v1/assessments", intake).json
    register(registered(id="ehr-2"), tenant="other")
    foreign = ask(claims={"iss": "ehr-2"}).json["access_token"]
    target = f"/fhir/R4/Observation/{created['id']}-phq-9-panel"

    assert client.get(target, token=token).status == 200
    assert client.get(target, token=foreign).status == 404


def test_a_token_is_over_after_five_minutes_though_the_gateway_still_knows_it(client, token, monkeypatch):
    target = "/fhir/R4/Observation?patient=p-1"
    before = client.get(target, token=token)
    monkeypatch.setattr(fhir.api, "_clock", lambda: time.time() + 301)

    assert (before.status, client.get(target, token=token).status) == (200, 401)


def test_a_token_of_six_minutes_ago_is_refused(client, register, ask, monkeypatch):
    register(registered())
    with monkeypatch.context() as earlier:
        then = time.time() - 301
        earlier.setattr(time, "time", lambda: then)
        old = ask(claims={"iat": int(then) + 301, "exp": int(then) + 400}).json["access_token"]

    assert client.get("/fhir/R4/Observation?patient=p-1", token=old).status == 401


def test_an_assertion_is_no_access_token(client, register):
    register(registered())
    assertion = client_key().sign(claims_of(EHR, TOKEN_URL))

    assert client.get("/fhir/R4/Observation?patient=p-1", token=assertion).status == 401


@pytest.mark.parametrize("typ", ["JWT", "at+jwt"])
def test_a_token_that_a_client_signed_in_our_name_is_refused(client, register, signing_key, typ):
    register(registered())
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "pain-risk",
        "sub": EHR,
        "tenant": "demo",
        "scope": "tenant:admin",
        "jti": "1",
        "exp": now + 100,
    }

    forged = client_key().sign(claims, typ=typ, kid=wiring.signing_key().public_jwk["kid"])

    assert client.get("/v1/tenant", token=forged).status == 401


def test_what_else_our_key_signs_is_no_access_token(client, signing_key):
    claims = {
        "iss": ISSUER,
        "aud": "pain-risk",
        "sub": EHR,
        "tenant": "demo",
        "scope": "tenant:admin",
        "jti": "1",
        "exp": int(time.time()) + 100,
    }

    assert client.get("/v1/tenant", token=signed_jwt(claims, wiring.signing_key())).status == 401


def test_a_fault_of_the_key_service_is_no_verdict_on_a_token(client, token, template, issuer, monkeypatch):
    monkeypatch.setenv("SIGNING_KEY_ID", "00000000-0000-0000-0000-000000000000")
    wiring.signing_key.cache_clear()

    with pytest.raises(Exception, match="NotFound"):
        Client(Gateway(template), issuer).get("/v1/tenant", token=token)


def test_a_refusal_is_logged_by_its_reason_and_nothing_that_was_sent(register, ask, capsys, caplog):
    register(registered())
    issued = ask(claims={"jti": "marked-jti"})
    ask(claims={"jti": "marked-jti"})

    captured = capsys.readouterr()
    records = [vars(record) for record in caplog.records]
    text = captured.out + captured.err + json.dumps(records, default=str)
    assert [record["reason"] for record in records if record["msg"] == "client_refused"] == ["replayed"]
    assert not any(mark in text for mark in ("marked-jti", EHR, issued.json["access_token"], "eyJ"))


def test_the_patients_of_a_client_are_those_of_its_source(client, register, ask):
    register(registered(source="epic"))
    token = ask().json["access_token"]

    created = client.post("/fhir/R4/QuestionnaireResponse", RESPONSE, token=token, headers=HOST)
    seen = client.get("/fhir/R4/Observation?patient=p-1001", token=token, headers=HOST)
    listed = client.get("/v1/subjects/p-1001/assessments?source=epic")

    assert created.status == 201
    assert seen.json["entry"]
    assert [one["source"] for one in listed.json["items"]] == ["epic"]
    assert client.get("/v1/subjects/p-1001/assessments").json["items"] == []
