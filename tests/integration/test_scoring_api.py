"""The catalogue and stateless scoring, over the real handlers."""

from __future__ import annotations

import json

import pytest

from shared.instruments import registry

PHQ9 = dict(zip([f"phq9_{n}" for n in range(1, 10)], [1, 2, 3, 2, 1, 0, 1, 0, 1], strict=True))


def test_health_needs_no_token(client):
    answer = client.get("/health", token=None)

    assert answer.status == 200
    assert answer.json["status"] == "ok"


def test_a_complete_phq9_gives_every_score_of_the_sheet_in_order(client):
    answer = client.post("/v1/instruments/phq-9/score", {"responses": PHQ9})

    assert answer.status == 200
    assert [score["id"] for score in answer.json["scores"]] == [
        "total",
        "symptom_count",
        "major_depressive_syndrome",
        "other_depressive_syndrome",
    ]
    assert answer.json["scores"][0] == {
        "id": "total",
        "status": "scored",
        "value": 11,
        "band": "moderate",
        "range": [0, 27],
        "direction": "higher-is-worse",
        "answered": 9,
        "of": 9,
        "standard_error": None,
        "reason": None,
    }
    assert [alert["id"] for alert in answer.json["alerts"]] == ["phq9_9-ge-1"]
    assert answer.json["alerts"][0]["item"] == "phq9_9"
    assert answer.json["definition_sha256"] == registry().get("phq-9").sha256


def test_nothing_answered_is_a_result_and_not_an_error(client):
    answer = client.post("/v1/instruments/phq-9/score", {"responses": {}})

    total = answer.json["scores"][0]
    assert (answer.status, total["status"], total["value"], total["band"]) == (200, "not_scored", None, None)
    assert total["reason"]["code"] == "too-many-missing"
    assert [alert["id"] for alert in answer.json["alerts"]] == ["phq9_9-missing"]


@pytest.mark.parametrize("wrong", [4, -1, True, 1.0, "1", [1], {"a": 1}, 10**400])
def test_an_answer_outside_the_options_is_refused_and_never_repeated(client, wrong):
    answer = client.post("/v1/instruments/phq-9/score", {"responses": {**PHQ9, "phq9_1": wrong}})

    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["errors"] == [
        {"pointer": "/responses/phq9_1", "code": "value-not-allowed", "detail": "must be one of the item's options"}
    ]
    assert answer.json["alerts"][0]["id"] == "phq9_9-ge-1", "a refused submission still speaks up"


def test_every_problem_is_named_at_once(client):
    responses = {**PHQ9, "phq9_1": 9, "phq9_2": "x", "Jane Doe": 1}

    answer = client.post("/v1/instruments/phq-9/score", {"responses": responses})

    found = {(line["pointer"], line["code"]) for line in answer.json["errors"]}
    assert found == {
        ("/responses/phq9_1", "value-not-allowed"),
        ("/responses/phq9_2", "value-not-allowed"),
        ("/responses", "unknown-key"),
    }
    assert "Jane" not in answer.text


def test_a_proxy_gets_the_value_without_a_band_and_is_told_why(client):
    answer = client.post("/v1/instruments/phq-9/score", {"responses": PHQ9, "capture": {"respondent": "proxy"}})

    total = answer.json["scores"][0]
    assert (total["value"], total["band"], total["reason"]["code"]) == (11, None, "outside-validated-population")
    assert answer.json["warnings"][0]["code"] == "answered-by-proxy"


def test_answers_in_another_language_than_the_wording_get_no_band(client):
    answer = client.post("/v1/instruments/phq-9/score", {"responses": PHQ9, "capture": {"language": "de-AT"}})

    assert answer.json["scores"][0]["band"] is None
    assert answer.json["warnings"][0]["code"] == "other-language"


def test_the_catalogue_lists_every_definition_with_trust_and_licence(client):
    answer = client.get("/v1/instruments", token=None)

    items = {item["id"]: item for item in answer.json["items"]}
    assert sorted(items) == list(registry().ids)
    assert items["phq-9"]["trust"]["grade"] == "A"
    assert items["isi"]["licence"]["may_ship_item_text"] is False
    assert answer.json["next_cursor"] is None


def test_the_catalogue_can_be_read_in_pages(client):
    seen, cursor = [], ""
    while True:
        page = client.get(f"/v1/instruments?limit=3{cursor}", token=None).json
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == list(registry().ids)


@pytest.mark.parametrize("query", ["cursor=abc", "limit=3&cursor="])
def test_a_cursor_of_another_list_is_refused(client, query):
    assert client.get(f"/v1/instruments?{query}", token=None).status == 400


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1", "1e1", "999999999999999999999"])
def test_a_limit_outside_1_to_100_is_refused(client, limit):
    assert client.get(f"/v1/instruments?limit={limit}", token=None).status == 422


def test_one_definition_is_served_whole_and_answers_not_changed(client):
    first = client.get("/v1/instruments/psqi", token=None)
    again = client.get("/v1/instruments/psqi", token=None, headers={"If-None-Match": first.headers["ETag"]})

    assert first.json["scores"][-1]["missing"]["source"]
    assert first.json["definition_sha256"] == registry().get("psqi").sha256
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize("target", ["/v1/instruments/nope", "/v1/instruments/..%2Fregistry", "/v1/nothing", "/v1"])
def test_what_does_not_exist_is_404(client, target):
    answer = client.get(target, token=None)

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def json_routes(template):
    """The routes of the JSON API. FHIR describes its own in its CapabilityStatement: see ``test_fhir_api.py``."""
    return [route for route in template.routes() if not route.path.startswith("/fhir/")]


def test_the_openapi_document_holds_exactly_the_deployed_routes(client, template):
    document = client.get("/openapi.json", token=None).json

    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert described == {(route.method, route.path) for route in json_routes(template)}
    assert document["openapi"] == "3.1.0"
    for route in json_routes(template):
        security = document["paths"][route.path][route.method.lower()]["security"]
        assert (security == []) == route.public


# -- what cannot be parsed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b'{"responses": {"phq9_1": NaN}}',
        b'{"responses": {"phq9_1": Infinity}}',
        b'{"responses": {"phq9_1": 1e999}}',
        b'{"responses": {"phq9_1": 1, "phq9_1": 2}}',
        b'{"responses": {}, "responses": {}}',
        b"\xff\xfe",
        b'{"responses": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"[" * 100_000,
        b'{"responses": {"phq9_1": ' + b"9" * 5000 + b"}}",
    ],
    ids=lambda raw: repr(raw[:32]),
)
def test_what_cannot_be_parsed_is_400(client, raw):
    answer = client.post("/v1/instruments/phq-9/score", raw=raw)

    assert answer.status == 400
    assert answer.json["type"] == "urn:pain-risk:problem:malformed"
    assert answer.json["errors"] == []


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
def test_another_media_type_is_415(client, media_type):
    answer = client.post("/v1/instruments/phq-9/score", {"responses": {}}, headers={"Content-Type": media_type})

    assert answer.status == 415


def test_more_than_256_kb_is_413(client):
    body = {"responses": {f"item_{n}": 1 for n in range(30_000)}}

    answer = client.post("/v1/instruments/phq-9/score", body)

    assert len(json.dumps(body)) > 300_000
    assert answer.status == 413


@pytest.mark.parametrize("body", [[], 1, "x", None, {"answers": {}}, {"responses": []}, {"responses": {}, "x": 1}])
def test_a_body_of_another_shape_is_422(client, body):
    answer = client.post("/v1/instruments/phq-9/score", raw=json.dumps(body).encode())

    assert answer.status == 422
    assert answer.json["errors"]


# -- tokens ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "not.a.token", "eyJhbGciOiJub25lIn0.e30."])
def test_no_token_or_a_bad_one_is_401(client, token):
    answer = client.post("/v1/instruments/phq-9/score", {"responses": PHQ9}, token=token)

    assert answer.status == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_every_route_that_is_not_public_asks_for_a_token(client, template):
    for route in json_routes(template):
        target = route.path.replace("{id}", "phq-9").replace("{subject}", "p-1")
        answer = client.send(route.method, target, {} if route.method == "POST" else None, token=None)
        # A CDS service verifies its clients itself.
        signed = route.method == "POST" and route.path.startswith("/cds-services/")
        assert (answer.status == 401) == (signed or not route.public), route


def test_a_token_without_the_scope_is_403(client):
    token = client.token(scopes=("assessments:read",))

    answer = client.post("/v1/instruments/phq-9/score", {"responses": PHQ9}, token=token)

    assert answer.status == 403
    assert answer.json["type"] == "urn:pain-risk:problem:forbidden"


def test_where_metrics_are_off_none_is_printed_however_many_there_are(client, capsys, monkeypatch):
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")

    for _ in range(101):
        assert client.post("/v1/instruments/peg/score", {"responses": {}}).status == 200

    assert "_aws" not in capsys.readouterr().out
