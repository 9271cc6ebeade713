"""FHIR over the real handlers: what is wired, what it refuses and how, and that it is the same service underneath."""

from __future__ import annotations

import pytest

from tests.support.fhir_calls import (
    BASE,
    CODES,
    FORM,
    MARK,
    PHQ9,
    assessment_in,
    codes,
    create,
    found,
    issues,
    link,
    operate,
    place_of,
    response,
    value_of,
)

# -- what the server is ------------------------------------------------------------------------------------------------


def test_the_statement_needs_no_token_and_names_only_what_is_wired(client):
    answer = client.get("/fhir/R4/metadata", token=None)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    [rest] = answer.json["rest"]
    stated = {one["type"]: [each["code"] for each in one.get("interaction", [])] for one in rest["resource"]}
    assert stated == {
        "Questionnaire": ["read", "vread", "history-instance", "search-type"],
        "CodeSystem": ["read", "search-type"],
        "OperationDefinition": ["read", "search-type"],
        "StructureDefinition": ["read", "search-type"],
        "QuestionnaireResponse": ["create", "read", "vread", "search-type"],
        "Observation": ["read", "vread", "search-type"],
        "RiskAssessment": ["read", "vread", "search-type"],
        "Provenance": ["read", "search-type"],
        "AuditEvent": ["read", "search-type"],
        "Patient": [],
    }
    assert [one["type"] for one in rest["resource"] if one["conditionalCreate"]] == ["QuestionnaireResponse"]
    versioned = [one["type"] for one in rest["resource"] if one["versioning"] == "versioned"]
    assert versioned == ["Questionnaire", "QuestionnaireResponse", "Observation", "RiskAssessment"]
    [responses] = [one for one in rest["resource"] if one["type"] == "QuestionnaireResponse"]
    assert [one["name"] for one in responses["operation"]] == ["extract", "score"]


def test_everything_that_is_stated_is_served(client):
    [rest] = client.get("/fhir/R4/metadata", token=None).json["rest"]
    for resource in rest["resource"]:
        if {"code": "search-type"} in resource.get("interaction", []):
            known = {one["name"] for one in resource["searchParam"]}
            query = "patient=p-1" if "patient" in known else "date=2026-11-26" if "date" in known else "_count=1"
            assert client.get(f"/fhir/R4/{resource['type']}?{query}").status == 200


def test_the_statement_has_an_etag_that_answers_304(client):
    etag = client.get("/fhir/R4/metadata", token=None).headers["ETag"]

    answer = client.get("/fhir/R4/metadata", token=None, headers={"If-None-Match": etag})

    assert (answer.status, answer.text) == (304, "")


def test_only_the_statement_the_forms_and_what_defines_them_is_public(template):
    public = {route.path for route in template.routes() if route.path.startswith("/fhir/") and route.public}

    forms = {f"/fhir/R4/Questionnaire{more}" for more in ("", "/{id}", "/{id}/_history", "/{id}/_history/{version}")}
    definitions = {
        f"/fhir/R4/{kind}{more}"
        for kind in ("CodeSystem", "OperationDefinition", "StructureDefinition")
        for more in ("", "/{id}")
    }
    assert public == {"/fhir/R4/metadata", "/fhir/R4/.well-known/smart-configuration"} | forms | definitions


# -- forms -------------------------------------------------------------------------------------------------------------


def test_a_form_is_read_by_its_id(client):
    answer = client.get("/fhir/R4/Questionnaire/phq-9", token=None)

    assert answer.status == 200
    assert (answer.json["url"], answer.json["version"]) == (FORM, "1.0.0")


def test_canonicals_are_made_of_the_host_that_was_asked(client):
    answer = client.get("/fhir/R4/Questionnaire/phq-9", token=None, headers={"Host": "fhir.example.org"})

    assert answer.json["url"] == "https://fhir.example.org/fhir/R4/Questionnaire/phq-9"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (f"url={FORM}", ["phq-9"]),
        (f"url={FORM}&version=1.0.0", ["phq-9"]),
        (f"url={FORM}&version=9.9.9", []),
        ("_id=gad-7", ["gad-7"]),
        ("name=Phq9", ["phq-9"]),
        ("name=gad", ["gad-2", "gad-7"]),
        ("_id=unknown", []),
    ],
)
def test_forms_are_searched_and_none_is_an_empty_page(client, query, ids):
    answer = client.get(f"/fhir/R4/Questionnaire?{query}", token=None)

    assert [form["id"] for form in found(answer)] == ids


def test_pages_of_forms_hold_each_of_them_once(client):
    target, seen = "/fhir/R4/Questionnaire?_count=30", []
    while target:
        answer = client.get(target, token=None)
        seen += [form["id"] for form in found(answer)]
        target = link(answer, "next")

    assert len(seen) == len(set(seen)) == 84


def test_an_unknown_form_is_404(client):
    answer = client.get("/fhir/R4/Questionnaire/none", token=None)

    assert (answer.status, codes(answer)) == (404, ["not-found"])


# -- operations --------------------------------------------------------------------------------------------------------


def test_score_gives_the_total_that_the_json_api_gives(client):
    plain = client.post("/v1/instruments/phq-9/score", {"responses": {f"phq9_{n}": a for n, a in enumerate(PHQ9, 1)}})
    answer = operate(client, "score", response())

    bundle = answer.json["parameter"][0]["resource"]
    total = value_of([entry["resource"] for entry in bundle["entry"]], "44261-6")
    assert answer.status == 200
    assert total == plain.json["scores"][0]["value"] == 10


def test_a_dollar_sign_may_be_escaped(client):
    assert client.post("/fhir/R4/QuestionnaireResponse/%24score", response()).status == 200


def test_extract_takes_parameters_and_gives_a_transaction(client):
    sent = {
        "resourceType": "Parameters",
        "parameter": [{"name": "questionnaire-response", "resource": response()}],
    }

    answer = operate(client, "extract", sent)

    bundle = answer.json["parameter"][0]["resource"]
    assert (bundle["type"], len(bundle["entry"])) == ("transaction", 9)


def test_operations_store_nothing(client):
    operate(client, "score", response())

    assert found(client.get("/fhir/R4/Observation?patient=p-77")) == []


def test_a_response_without_subject_or_date_is_scored_with_a_warning(client):
    answer = operate(client, "score", response(subject=None, authored=None))

    assert answer.status == 200
    outcome = answer.json["parameter"][1]["resource"]
    assert {issue["severity"] for issue in outcome["issue"]} == {"warning"}


def test_a_hole_gives_a_reason_and_no_total(client):
    answer = operate(client, "score", response([1, 2, 3, None, None, None, None, 0, 0]))

    observations = [entry["resource"] for entry in answer.json["parameter"][0]["resource"]["entry"]]
    assert value_of(observations, "44261-6") is None


def test_an_unknown_operation_is_404(client):
    answer = operate(client, "guess", response())

    assert (answer.status, codes(answer)) == (404, ["not-supported"])


# -- create and read ---------------------------------------------------------------------------------------------------


def test_a_created_response_is_read_back(client):
    made = create(client)
    target = place_of(made)

    read = client.get(target)

    assert made.status == 201
    assert read.status == 200
    assert (read.json["status"], read.json["questionnaire"]) == ("completed", f"{FORM}|1.0.0")
    assert read.json["subject"] == {"reference": "Patient/p-77"}
    answers = {item["linkId"]: item["answer"][0].get("valueCoding", {}).get("code") for item in read.json["item"]}
    assert [answers[f"phq9_{n}"] for n in range(1, 10)] == [CODES[answer] for answer in PHQ9]
    assert read.headers["ETag"] == made.headers["ETag"]
    assert read.headers["Last-Modified"].endswith("GMT")


def test_a_created_response_is_an_assessment_of_the_json_api(client):
    made = create(client)
    assessment = assessment_in(made)

    stored = client.get(f"/v1/assessments/{assessment}")

    assert stored.json["subject"] == "p-77"
    assert stored.json["timepoint"] == "follow-up"
    assert stored.json["results"][0]["scores"][0]["value"] == 10


def test_an_assessment_of_the_json_api_is_read_as_responses(client, sample):
    assessment = client.post("/v1/assessments", sample).json["id"]

    for part in sample["responses"]:
        answer = client.get(f"/fhir/R4/QuestionnaireResponse/{assessment}-{part['instrument']}")
        assert answer.status == 200
        assert answer.json["source"] == {"reference": "Patient/p-1001"}


def test_the_timepoint_is_sent_as_an_extension(client):
    extension = {"url": f"{BASE}/StructureDefinition/timepoint", "valueCode": "preoperative"}

    made = create(client, response(extension=[extension]))

    assert client.get(place_of(made)).json["extension"] == [extension]


def test_a_timepoint_that_is_none_is_named(client):
    extension = {"url": f"{BASE}/StructureDefinition/timepoint", "valueCode": MARK}

    answer = create(client, response(extension=[extension]))

    assert (answer.status, codes(answer)) == (422, ["business-rule"])
    assert issues(answer)[0]["expression"] == ["QuestionnaireResponse.extension"]
    assert MARK not in answer.text


def test_a_client_id_and_version_are_ignored(client):
    made = create(client, response(id="mine", meta={"versionId": "7"}))

    assert made.status == 201
    assert not made.headers["Location"].endswith("mine")


@pytest.mark.parametrize(
    ("prefer", "kind"),
    [("minimal", None), ("representation", "QuestionnaireResponse"), ("OperationOutcome", "OperationOutcome")],
)
def test_prefer_says_what_a_create_returns(client, prefer, kind):
    made = create(client, headers={"Prefer": f"return={prefer}"})

    assert made.status == 201
    assert (made.json["resourceType"] if made.text else None) == kind


def test_the_same_key_creates_once(client):
    first, second = (create(client, headers={"Idempotency-Key": "k-1"}) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert create(client, response(PHQ9[::-1]), headers={"Idempotency-Key": "k-1"}).status == 422


SURROUNDINGS = {
    "identifier": {"system": "https://ehr.example.org/forms", "value": "f-1"},
    "encounter": {"reference": "Encounter/e-1"},
    "basedOn": [{"reference": "ServiceRequest/s-1"}],
    "partOf": [{"reference": "Procedure/p-1"}, {"reference": "Observation/o-1"}],
    "author": {"reference": "https://ehr.example.org/fhir/Practitioner/d-1"},
}


def test_what_a_response_says_of_its_surroundings_is_kept_and_handed_back(client):
    made = create(client, response(**SURROUNDINGS))

    read = client.get(place_of(made)).json
    answers = found(client.get("/fhir/R4/Observation?patient=p-77&_count=100"))
    assert [one["diagnostics"] for one in issues(made)] == ["Nothing to report."]
    assert {name: read[name] for name in SURROUNDINGS} == SURROUNDINGS
    for one in answers:
        assert (one["encounter"], one["basedOn"]) == (SURROUNDINGS["encounter"], SURROUNDINGS["basedOn"])
        assert one["partOf"] == [{"reference": "Procedure/p-1"}]
    assert any(one.get("performer") == [SURROUNDINGS["author"]] for one in answers)


def test_what_is_not_kept_is_told(client):
    made = create(
        client,
        response(
            identifier={"value": "x"},
            encounter={"reference": "Encounter/1", "display": MARK},
            basedOn=[{"reference": "ServiceRequest/1"}, {"display": MARK}],
            author={"reference": "#a"},
        ),
    )

    assert made.status == 201
    places = [one["expression"][0].removeprefix("QuestionnaireResponse.") for one in issues(made)]
    assert places == ["identifier", "encounter", "basedOn[1]", "author"]
    assert MARK not in client.get(place_of(made)).text


def test_a_reference_to_something_of_another_type_is_named(client):
    answer = create(
        client,
        response(
            identifier={"system": "https://ehr.example.org", "value": f"{MARK} x"},
            encounter={"reference": "Patient/1"},
            partOf=[{"reference": "Procedure/1"}, {"reference": "Encounter/1"}],
        ),
    )

    assert answer.status == 422
    places = {one["expression"][0].removeprefix("QuestionnaireResponse.") for one in issues(answer)}
    assert places == {"identifier", "encounter", "partOf[1]"}
    assert MARK not in answer.text


def test_a_void_response_reads_as_entered_in_error(client):
    made = create(client)
    client.post(f"/v1/assessments/{assessment_in(made)}/void", {"reason": "wrong-patient"})

    assert client.get(place_of(made)).json["status"] == "entered-in-error"
    assert found(client.get("/fhir/R4/Observation?patient=p-77")) == []


def test_a_superseded_response_is_gone_and_its_numbers_with_it(client, intake):
    old = client.post("/v1/assessments", intake).json["id"]
    new = client.post("/v1/assessments", intake | {"supersedes": old}).json["id"]

    answer = client.get(f"/fhir/R4/QuestionnaireResponse/{old}-phq-9")

    assert (answer.status, codes(answer)) == (410, ["deleted"])
    assert client.get(f"/fhir/R4/QuestionnaireResponse/{new}-phq-9").json["status"] == "amended"
    shown = found(client.get("/fhir/R4/Observation?patient=p-1001&_count=100"))
    assert {one["status"] for one in shown} == {"corrected"}
    assert all(one["id"].startswith(new) for one in shown)


# -- search ------------------------------------------------------------------------------------------------------------


def test_observations_are_found_by_code(client):
    create(client)

    [total] = found(client.get("/fhir/R4/Observation?patient=Patient/p-77&code=http://loinc.org|44261-6"))

    assert total["valueQuantity"]["value"] == 10
    assert total["subject"] == {"reference": "Patient/p-77"}
    assert total["effectiveDateTime"] == "2026-11-20T09:00:00+00:00"
    assert len(found(client.get("/fhir/R4/Observation?patient=p-77&code=44261-6,44249-1"))) == 2
    assert found(client.get("/fhir/R4/Observation?patient=p-77&code=http://snomed.info/sct|44261-6")) == []


def test_every_match_is_read_by_its_id_and_every_reference_resolves(client, sample):
    client.post("/v1/assessments", sample)
    shown = found(client.get("/fhir/R4/Observation?patient=p-1001&_count=100"))
    shown += found(client.get("/fhir/R4/RiskAssessment?patient=p-1001"))

    for one in shown:
        assert client.get(f"/fhir/R4/{one['resourceType']}/{one['id']}").json == one
    referred = {
        part["reference"]
        for one in shown
        for name in ("hasMember", "derivedFrom", "basis")
        for part in one.get(name, [])
    }
    assert {client.get(f"/fhir/R4/{target}").status for target in referred} == {200}


def test_a_search_may_be_posted_so_that_no_patient_stands_in_a_url(client):
    create(client)
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = client.post("/fhir/R4/Observation/_search", raw=b"patient=p-77&code=44261-6", headers=form)

    assert len(found(answer)) == 1


def test_pages_of_observations_hold_each_of_them_once(client, sample):
    for _ in range(12):
        client.post("/v1/assessments", sample)
    target, seen = "/fhir/R4/Observation?patient=p-1001&_count=100", []
    while target:
        answer = client.get(target)
        page = found(answer)
        assert len(page) <= 100
        seen += [one["id"] for one in page]
        target = link(answer, "next")

    assert len(seen) == len(set(seen))
    assert len({one.partition("-")[0] for one in seen}) == 12


def pages(client, target, between):
    """The ids on each page; ``between`` is done after each."""
    while target:
        answer = client.get(target)
        shown = [one["id"] for one in found(answer)]
        yield shown
        between(shown)
        target = link(answer, "next")


def test_the_next_page_has_the_format_of_the_first_and_pretty_is_passed_over(client):
    create(client)
    headers = {"Accept": "application/fhir+xml"}

    first = client.get("/fhir/R4/Observation?patient=p-77&_count=5&_pretty=true&_format=json", headers=headers)
    second = client.get(link(first, "next"), headers=headers)

    assert "_pretty" not in link(first, "next")
    assert len(found(first)) == len(found(second)) == 5


@pytest.mark.parametrize("query", ["Observation?patient=p-77&_count=5", "Patient/p-77/$everything?_count=5"])
def test_a_void_between_two_pages_stops_no_paging_and_loses_nothing(client, query):
    made = [assessment_in(create(client)) for _ in range(12)]
    voided = []

    def withdraw(shown):
        if shown and len(voided) < 3:
            voided.append(shown[-1].partition("-")[0])
            assert client.post(f"/v1/assessments/{voided[-1]}/void", {"reason": "duplicate"}).status == 200

    seen = [one for page in pages(client, f"/fhir/R4/{query}", withdraw) for one in page]

    assert len(seen) == len(set(seen))
    left = [one for one in made if one not in voided]
    whole = [one for page in pages(client, f"/fhir/R4/{query}", lambda _: None) for one in page]
    assert {one.partition("-")[0] for one in whole} == set(left)
    assert set(whole) <= set(seen)


def test_newer_answers_between_two_pages_stop_no_paging_and_repeat_nothing(client):
    made = [assessment_in(create(client)) for _ in range(3)]
    new = []

    def go_on(shown):
        if not new:
            new.extend(create(client, response(authored="2026-11-21T09:00:00+00:00")) for _ in range(12))

    seen = [one for page in pages(client, "/fhir/R4/Observation?patient=p-77&_count=5", go_on) for one in page]

    assert len(seen) == len(set(seen))
    assert {one.partition("-")[0] for one in seen} == set(made)


def test_a_cursor_at_what_was_never_shown_is_refused(client):
    made = assessment_in(create(client))

    for last in (f"{made}-phq-9-nothing", "nobody-x"):
        answer = client.get(f"/fhir/R4/Observation?patient=p-77&cursor=~{last}")
        assert (answer.status, codes(answer)) == (400, ["value"])


def test_a_risk_assessment_cites_what_is_published_of_its_model(client, sample):
    client.post("/v1/assessments", sample)

    cited = [one["method"] for one in found(client.get("/fhir/R4/RiskAssessment?patient=p-1001&_count=1000"))]

    by_model = {method["coding"][0]["code"]: method["text"] for method in cited}
    assert by_model["painout-2020-risk-factor-count"] == (
        "Risk factors for severe acute pain after surgery, counted (PAIN-OUT 2020). "
        "Schnabel A et al. Pain Reports 2020;5(4):e831"
    )


def test_a_page_of_more_than_there_may_be_holds_as_many_as_there_may_be(client, sample):
    for _ in range(2):
        client.post("/v1/assessments", sample)

    answer = client.get("/fhir/R4/Observation?patient=p-1001&_count=1000")

    assert len(found(answer)) == 100
    assert link(answer, "next")


def test_risk_assessments_are_those_of_the_assessment(client, sample):
    stored = client.post("/v1/assessments", sample).json

    shown = found(client.get("/fhir/R4/RiskAssessment?patient=p-1001"))

    assert len(shown) == len(stored["risk"]["estimates"]) > 0
    assert all(one["occurrenceDateTime"] == stored["recorded"] for one in shown)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required"),
        ("patient=", "required"),
        ("patient=Group/1", "value"),
        (f"patient=https://elsewhere.example.org/Patient/{MARK}", "value"),
        ("patient=p-1&_count=0", "value"),
        ("patient=p-1&_count=-1", "value"),
        ("patient=p-1&cursor=zz", "value"),
        ("patient=p-1&cursor=~zz", "value"),
        (f"patient=p-1&{MARK}=1", "not-supported"),
        ("patient=p-1&patient=p-2", "not-supported"),
    ],
)
def test_a_search_that_cannot_be_done_as_asked_is_400(client, query, code):
    answer = client.get(f"/fhir/R4/Observation?{query}")

    assert (answer.status, codes(answer)) == (400, [code])
    assert MARK not in answer.text


# -- what is refused ---------------------------------------------------------------------------------------------------

MODIFIER = {"url": "https://x.example.org", "valueBoolean": True}


def answered(answer):
    return {"linkId": "phq9_1", "answer": [answer]}


BAD = [
    ("unknown property", {MARK: 1}, 400, "structure"),
    ("no status", {"status": None}, 400, "required"),
    ("a status that is none", {"status": "done"}, 400, "code-invalid"),
    ("no form", {"questionnaire": None}, 422, "required"),
    ("a form without its version", {"questionnaire": FORM}, 422, "required"),
    ("a version that is not known", {"questionnaire": f"{FORM}|9"}, 422, "not-found"),
    ("a form that is not known", {"questionnaire": f"https://x.example.org/{MARK}|1"}, 422, "not-found"),
    ("an unknown question", {"item": [{"linkId": MARK, "answer": [{"valueInteger": 1}]}]}, 422, "not-found"),
    ("a number for a code", {"item": [answered({"valueInteger": 1})]}, 422, "value"),
    ("a code of no option", {"item": [answered({"valueCoding": {"code": MARK}})]}, 422, "code-invalid"),
    ("two values", {"item": [answered({"valueInteger": 1, "valueDecimal": 1})]}, 400, "structure"),
    ("an empty list", {"item": []}, 400, "structure"),
    ("a null", {"language": {"x": None}}, 400, "structure"),
    ("a modifier that is not known", {"modifierExtension": [MODIFIER]}, 422, "extension"),
    ("no such day", {"authored": "2026-02-30"}, 400, "value"),
    ("rules that are not known", {"implicitRules": "https://x.example.org"}, 422, "not-supported"),
]


@pytest.mark.parametrize(("changes", "status", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
@pytest.mark.parametrize("way", ["score", "extract", "create"])
def test_a_bad_response_is_refused_by_every_way_in(client, way, changes, status, code):
    document = response(**changes)
    answer = create(client, document) if way == "create" else operate(client, way, document)

    assert answer.status == status
    assert code in codes(answer)
    assert MARK not in answer.text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": None}, "required"),
        ({"subject": {"reference": "Group/1"}}, "value"),
        ({"subject": {"reference": "https://ehr.example.org/Patient/1"}}, "value"),
        ({"authored": None}, "required"),
        ({"authored": "2026-11-20"}, "value"),
        ({"authored": "2199-01-01T00:00:00Z"}, "business-rule"),
        ({"status": "in-progress"}, "business-rule"),
        ({"status": "stopped"}, "business-rule"),
        ({"status": "entered-in-error"}, "business-rule"),
        ({"status": "amended"}, "business-rule"),
    ],
)
def test_what_is_kept_must_say_whose_it_is_and_when(client, changes, code):
    answer = create(client, response(**changes))

    assert answer.status == 422
    assert code in codes(answer)


def test_all_issues_are_told_at_once(client):
    bad = {"valueCoding": {"system": "http://loinc.org", "code": "x"}}
    items = [{"linkId": "phq9_1", "answer": [bad]}, {"linkId": "nope", "answer": [bad]}]

    answer = create(client, response(item=items, subject=None, authored="2026-11-20"))

    assert set(codes(answer)) == {"code-invalid", "not-found", "required", "value"}


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "structure"),
        (b"{", 400, "structure"),
        (b"[]", 400, "structure"),
        (b'{"a":1,"a":2}', 400, "structure"),
        (b'{"a":NaN}', 400, "structure"),
        (b"\xff", 400, "structure"),
        (b'{"resourceType":"Patient"}', 400, "structure"),
        (b" " * (256 * 1024 + 1), 413, "too-long"),
    ],
)
def test_what_cannot_be_read_is_an_outcome(client, raw, status, code):
    answer = client.post("/fhir/R4/QuestionnaireResponse/$score", raw=raw)

    assert answer.status == status
    assert code in codes(answer)


# -- media types, methods, routes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["application/fhir+json", "application/json; charset=UTF-8"])
def test_both_json_types_are_taken(client, kind):
    assert operate(client, "score", response(), headers={"Content-Type": kind}).status == 200


@pytest.mark.parametrize("kind", ["application/fhir+xml", "text/plain", "application/fhir+json; charset=latin-1"])
def test_another_type_in_is_415(client, kind):
    answer = operate(client, "score", response(), headers={"Content-Type": kind})

    assert (answer.status, codes(answer)) == (415, ["not-supported"])


@pytest.mark.parametrize(
    ("accept", "query", "status"),
    [
        ("application/fhir+json", "", 200),
        ("application/json", "", 200),
        ("text/html, */*;q=0.1", "", 200),
        ("application/fhir+xml", "", 406),
        ("application/fhir+json;q=0", "", 406),
        ("application/fhir+xml", "?_format=json", 200),
        ("application/fhir+json", "?_format=xml", 406),
    ],
)
def test_only_json_is_written(client, accept, query, status):
    answer = client.get(f"/fhir/R4/metadata{query}", token=None, headers={"Accept": accept})

    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("PUT", "/fhir/R4/QuestionnaireResponse/x", "GET, POST"),
        ("DELETE", "/fhir/R4/QuestionnaireResponse/x", "GET, POST"),
        ("PUT", "/fhir/R4/QuestionnaireResponse", "GET, POST"),
        ("DELETE", "/fhir/R4/QuestionnaireResponse/x/_history/1", "GET"),
        ("POST", "/fhir/R4/Observation/x/_history/1", "GET"),
        ("POST", "/fhir/R4/Observation", "GET"),
        ("POST", "/fhir/R4/metadata", "GET"),
    ],
)
def test_what_is_not_done_to_a_resource_is_405(client, method, target, allow):
    answer = client.send(method, target, {})

    assert (answer.status, codes(answer)) == (405, ["not-supported"])
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize(
    "target", ["/fhir/R4/Patient", "/fhir/R4/Patient/1", "/fhir/R4/Observation/1/x", "/fhir/R4/Device"]
)
def test_a_resource_that_is_not_held_is_404(client, target):
    answer = client.get(target)

    assert (answer.status, codes(answer)) == (404, ["not-supported"])


def test_a_fault_of_ours_tells_a_correlation_id_only(client, monkeypatch):
    def broken(*_):
        raise RuntimeError(MARK)

    monkeypatch.setattr("shared.fhir_server.operations.score_reading", broken)

    answer = operate(client, "score", response())

    assert (answer.status, codes(answer)) == (500, ["exception"])
    assert MARK not in answer.text


# -- who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target", "scopes"),
    [
        ("POST", "/fhir/R4/QuestionnaireResponse/$score", ("assessments:read", "assessments:write")),
        ("POST", "/fhir/R4/QuestionnaireResponse", ("score", "assessments:read")),
        ("GET", "/fhir/R4/QuestionnaireResponse/x", ("score", "assessments:write")),
        ("GET", "/fhir/R4/QuestionnaireResponse/x/_history/1", ("system/QuestionnaireResponse.cs",)),
        ("GET", "/fhir/R4/QuestionnaireResponse?patient=p-1", ("score", "system/QuestionnaireResponse.cr")),
        ("GET", "/fhir/R4/Observation/x", ("score", "assessments:write")),
        ("GET", "/fhir/R4/RiskAssessment/x", ("score", "assessments:write")),
        ("GET", "/fhir/R4/Observation?patient=p-1", ("score", "assessments:write")),
        ("GET", "/fhir/R4/RiskAssessment?patient=p-1", ("score", "assessments:write")),
    ],
)
def test_each_way_asks_for_its_scope(client, method, target, scopes):
    body = response() if method == "POST" else None

    answer = client.send(method, target, body, token=client.token(scopes=scopes))

    assert (answer.status, codes(answer)) == (403, ["forbidden"])
    assert client.send(method, target, body, token=None).status == 401


def test_a_token_that_ran_out_since_the_gateway_looked_is_an_outcome(client, monkeypatch):
    from functions.fhir import app

    monkeypatch.setattr(app.api, "_clock", lambda: 4e9)

    answer = operate(client, "score", response())

    assert (answer.status, codes(answer)) == (401, ["login"])
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_another_tenants_response_is_an_unknown_one(client):
    target = place_of(create(client))

    theirs, nobodys = client.get(target, token="other"), client.get("/fhir/R4/QuestionnaireResponse/x-y")

    assert theirs.status == nobodys.status == 404
    assert theirs.json == nobodys.json
    assert found(client.get("/fhir/R4/Observation?patient=p-77", token="other")) == []


def test_a_cursor_of_another_subject_is_refused(client, sample):
    for _ in range(11):
        client.post("/v1/assessments", sample)
    target = "/fhir/R4/RiskAssessment?patient=p-1001&_count=100"
    while "~" in (following := link(client.get(target), "next")):
        target = following

    answer = client.get(following.replace("p-1001", "p-1002"))

    assert (answer.status, codes(answer)) == (400, ["value"])


# -- safety ------------------------------------------------------------------------------------------------------------

WORRYING = [*PHQ9[:8], 2]


def alerts_kept(table):
    return [item for item in table.scan(TableName="Table")["Items"] if "ALERT#" in str(item["sk"])]


def test_an_alert_comes_first_whatever_was_preferred(client):
    made = create(client, response(WORRYING), headers={"Prefer": "return=minimal"})

    assert made.status == 201
    assert issues(made)[0]["details"]["text"].startswith("Safety alert")


@pytest.mark.parametrize(
    "changes", [{"subject": None}, {"questionnaire": f"{FORM}|9"}, {"status": "in-progress"}, {MARK: 1}]
)
def test_a_refused_response_still_alerts_and_the_alert_is_kept(client, embedded_table, changes):
    answer = create(client, response(WORRYING, **changes))

    assert answer.status in (400, 422)
    assert issues(answer)[0]["details"]["text"].startswith("Safety alert")
    assert len(alerts_kept(embedded_table)) > 0


def test_if_none_exist_does_not_silence_an_alert(client, embedded_table):
    answer = create(client, response(WORRYING), headers={"If-None-Exist": "_id=1"})

    assert answer.status == 412
    assert issues(answer)[0]["details"]["text"].startswith("Safety alert")
    assert len(alerts_kept(embedded_table)) > 0


def test_a_worrying_answer_beside_a_response_that_is_there_already_is_told_and_kept(client, embedded_table):
    for answers in ([0] * 9, WORRYING):
        answer = create(client, response(answers), headers={"If-None-Exist": "identifier=a|b"})

    assert answer.status == 200
    assert issues(answer)[0]["details"]["text"].startswith("Safety alert")
    assert len(alerts_kept(embedded_table)) > 0


def test_a_submission_that_is_refused_behind_the_reading_alerts_too(client, embedded_table):
    answer = create(client, response(WORRYING, authored="2199-01-01T00:00:00Z"))

    assert answer.status == 422
    assert issues(answer)[0]["details"]["text"].startswith("Safety alert")
    assert len(alerts_kept(embedded_table)) > 0


def test_an_operation_alerts_and_keeps_nothing(client, embedded_table):
    answer = operate(client, "score", response(WORRYING))

    outcome = answer.json["parameter"][-1]["resource"]
    assert outcome["issue"][0]["details"]["text"].startswith("Safety alert")
    assert alerts_kept(embedded_table) == []


def test_no_log_line_holds_an_answer_a_subject_or_a_path(client, caplog):
    create(client)
    client.get("/fhir/R4/Observation?patient=p-77")
    create(client, response(subject={"reference": f"Group/{MARK}"}))

    logged = str([vars(record) for record in caplog.records])
    assert "/fhir/R4/Observation" in logged
    assert "p-77" not in logged
    assert MARK not in logged
