"""Which response is which: identifiers, conditional creates, amendments, withdrawals and versions."""

from __future__ import annotations

import pytest

from tests.support.fhir_calls import (
    BASE,
    FORM,
    MARK,
    assessment_in,
    codes,
    create,
    found,
    issues,
    place_of,
    response,
)

SYSTEM = "https://ehr.example.org/forms"
IDENTIFIER = {"system": SYSTEM, "value": "f-1"}
CONDITION = {"If-None-Exist": f"identifier={SYSTEM}|f-1"}
SOME_OTHER = [1] * 9


def once(client, document=None, **headers):
    return create(client, document, headers=CONDITION | headers)


def said(answer):
    return [one.get("diagnostics", "") for one in issues(answer)]


def stored(client):
    return found(client.get("/fhir/R4/QuestionnaireResponse?patient=p-77"))


# -- conditional create ------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_created_and_what_is_there_is_not_created_again(client):
    first, second = once(client), once(client)

    assert (first.status, second.status) == (201, 200)
    assert first.headers["Location"] == second.headers["Location"]
    assert first.headers["ETag"] == second.headers["ETag"] == 'W/"1"'
    assert len(stored(client)) == 1


def test_the_identifier_of_the_condition_becomes_that_of_the_response(client):
    made = once(client)

    assert client.get(place_of(made)).json["identifier"] == IDENTIFIER
    assert once(client, response(identifier=IDENTIFIER)).status == 200


def test_what_came_without_a_condition_is_seen_by_one(client):
    made = create(client, response(identifier=IDENTIFIER))

    assert place_of(once(client)) == place_of(made)


def test_a_submission_of_the_json_api_is_seen_by_a_condition(client, intake):
    assessment = client.post("/v1/assessments", intake | {"references": {"identifier": IDENTIFIER}}).json["id"]

    assert place_of(once(client)).endswith(f"{assessment}-phq-9")


def test_several_of_one_identifier_are_412(client):
    for _ in range(2):
        create(client, response(identifier=IDENTIFIER))

    answer = once(client)

    assert (answer.status, codes(answer)) == (412, ["multiple-matches"])
    assert len(stored(client)) == 2


def test_a_condition_may_be_escaped_as_a_query_is(client):
    escaped = "identifier=https%3A%2F%2Fehr.example.org%2Fforms%7Cf-1"

    assert once(client).status == 201
    assert create(client, headers={"If-None-Exist": escaped}).status == 200


def test_a_void_response_does_not_count_and_passes_its_claim_on(client):
    first = once(client)
    client.post(f"/v1/assessments/{assessment_in(first)}/void", {"reason": "wrong-patient"})

    second, third = once(client), once(client)

    assert (second.status, third.status) == (201, 200)
    assert place_of(first) != place_of(second) == place_of(third)


def test_a_condition_means_something_within_its_tenant_and_source(client):
    once(client)
    settings = {"sources": ["ehr-b"]}
    client.send("PUT", "/v1/tenant", settings, token=client.token(scopes=("tenant:admin",)))
    other = response(extension=[{"url": f"{BASE}/StructureDefinition/source", "valueCode": "ehr-b"}])

    assert create(client, token="other", headers=CONDITION).status == 201
    assert once(client, other).status == 201


def test_what_is_there_is_shown_to_who_sent_the_same_and_to_nobody_else(client):
    once(client)
    prefer = {"Prefer": "return=representation"}

    same, another = once(client, **prefer), once(client, response(SOME_OTHER), **prefer)

    assert same.json["resourceType"] == "QuestionnaireResponse"
    assert (another.status, another.json["resourceType"]) == (200, "OperationOutcome")
    assert "A response with this identifier is stored already." in said(another)


@pytest.mark.parametrize(
    ("condition", "status", "code"),
    [
        ("", 400, "value"),
        ("?identifier=a|b", 400, "value"),
        ("identifier", 400, "value"),
        ("&&", 400, "value"),
        ("&".join(["identifier=a|b"] * 30), 400, "value"),
        (f"identifier={MARK}", 412, "not-supported"),
        ("identifier=|b", 412, "not-supported"),
        ("identifier=a|", 412, "not-supported"),
        ("identifier=a|b,a|c", 412, "not-supported"),
        ("identifier=a|b&status=completed", 412, "not-supported"),
        ("identifier:exact=a|b", 412, "not-supported"),
        ("_id=1", 412, "not-supported"),
        ("patient=p-77", 412, "not-supported"),
        (f"identifier={BASE}/id/response|x/phq-9", 412, "not-supported"),
    ],
)
def test_a_condition_that_cannot_be_read_is_400_and_one_that_is_not_done_412(client, condition, status, code):
    answer = create(client, headers={"If-None-Exist": condition})

    assert (answer.status, codes(answer)) == (status, [code])
    assert MARK not in answer.text
    assert stored(client) == []


def test_a_condition_on_another_identifier_than_the_responses_own_is_412(client):
    answer = once(client, response(identifier=IDENTIFIER | {"value": "f-2"}))

    assert (answer.status, codes(answer)) == (412, ["not-supported"])


def test_a_refused_response_tells_everything_at_once(client):
    extension = {"url": f"{BASE}/StructureDefinition/timepoint", "valueCode": "never"}

    answer = once(
        client, response(subject=None, extension=[extension], encounter={"reference": "Patient/1"}, authored="2026-11")
    )

    places = {one["expression"][0].removeprefix("QuestionnaireResponse.") for one in issues(answer)}
    assert places == {"subject", "extension", "encounter", "authored"}


# -- amended and entered in error --------------------------------------------------------------------------------------


def test_an_amended_response_supersedes_the_one_that_its_identifier_names(client):
    old = create(client, response(identifier=IDENTIFIER))

    new = create(client, response(SOME_OTHER, identifier=IDENTIFIER, status="amended"))

    assert new.status == 201
    assert client.get(place_of(old)).status == 410
    assert client.get(place_of(new)).json["status"] == "amended"
    assert [one["id"] for one in stored(client)] == [place_of(new).rsplit("/", 1)[1]]
    assert client.get(f"/v1/assessments/{assessment_in(old)}").json["superseded_by"] == assessment_in(new)
    assert place_of(once(client)) == place_of(new)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k-1"}])
def test_an_amendment_that_is_sent_again_amends_once(client, headers):
    create(client, response(identifier=IDENTIFIER))
    amended = response(SOME_OTHER, identifier=IDENTIFIER, status="amended")

    first, second = (create(client, amended, headers=headers) for _ in range(2))

    assert (first.status, second.status) == (201, 200)
    assert first.headers["Location"] == second.headers["Location"]
    assert create(client, amended | {"item": response()["item"]}).status == 201


def test_a_response_that_was_read_here_is_amended_by_our_identifier(client):
    document = client.get(place_of(create(client))).json

    new = create(client, document | {"status": "amended", "item": response(SOME_OTHER)["item"]})

    assert new.status == 201
    amended = client.get(place_of(new)).json
    assert amended["identifier"]["system"] == document["identifier"]["system"]
    assert amended["identifier"]["value"] != document["identifier"]["value"]


def test_who_may_only_create_may_withdraw_but_is_shown_no_answers(client):
    identifier = {"system": "https://ehr.example.org/answers", "value": "a-1"}
    create(client, response(identifier=identifier))
    withdrawal = response([0] * 9, identifier=identifier, status="entered-in-error")
    representation = {"prefer": "return=representation"}

    creator = client.token(scopes=("system/QuestionnaireResponse.c",))
    told = create(client, withdrawal, token=creator, headers=representation)
    shown = create(client, withdrawal, headers=representation)

    assert (told.status, told.json["resourceType"]) == (200, "OperationOutcome")
    assert (shown.status, shown.json["status"]) == (200, "entered-in-error")


@pytest.mark.parametrize("status", ["amended", "entered-in-error"])
def test_what_names_no_one_current_response_changes_nothing(client, intake, status):
    changed = {"identifier": IDENTIFIER, "status": status}
    assert codes(create(client, response(status=status))) == ["business-rule"]
    assert create(client, response(**changed)).status == 422
    for other in ({"subject": {"reference": "Patient/p-78"}}, {"questionnaire": f"{BASE}/Questionnaire/gad-7|1.0.0"}):
        create(
            client, response(identifier=IDENTIFIER, **(other | ({"item": None} if "questionnaire" in other else {})))
        )
    assert create(client, response(**changed)).status == 422
    assert create(client, response(**changed), token="other").status == 422
    for _ in range(2):
        create(client, response(identifier=IDENTIFIER))

    answer = create(client, response(**changed))

    assert (answer.status, codes(answer)) == (422, ["business-rule"])
    assert {"QuestionnaireResponse.identifier"} == {
        one["expression"][0] for one in issues(answer) if one["severity"] == "error"
    }
    assert len([one for one in stored(client) if one["questionnaire"] == f"{FORM}|1.0.0"]) == 2


def test_a_part_of_an_assessment_of_several_instruments_is_not_amended_by_itself(client, sample):
    several = sample | {"references": {"identifier": IDENTIFIER}}
    client.post("/v1/assessments", several)
    [phq9] = [part for part in sample["responses"] if part["instrument"] == "phq-9"]

    answer = create(
        client,
        response(
            [phq9["responses"][f"phq9_{n}"] for n in range(1, 10)],
            subject={"reference": f"Patient/{sample['subject']}"},
            identifier=IDENTIFIER,
            status="amended",
        ),
    )

    assert answer.status == 422
    assert any("several instruments" in sentence for sentence in said(answer))


@pytest.mark.parametrize("status", ["amended", "entered-in-error"])
def test_an_amendment_is_not_conditional(client, status):
    create(client, response(identifier=IDENTIFIER))

    assert once(client, response(status=status, identifier=IDENTIFIER)).status == 422


def test_a_response_entered_in_error_withdraws_the_one_that_its_identifier_names(client):
    made = create(client, response(identifier=IDENTIFIER))
    wrong = response(identifier=IDENTIFIER, status="entered-in-error")

    first, second = create(client, wrong), create(client, wrong)

    assert (first.status, second.status) == (200, 200)
    assert first.headers["Location"] == second.headers["Location"]
    assert first.headers["Location"] == made.headers["Location"].removesuffix("1") + "2"
    assert client.get(place_of(made)).json["status"] == "entered-in-error"
    assert client.get(f"/v1/assessments/{assessment_in(made)}").json["void"]["reason"] == "entered-in-error"
    assert stored(client) == []


def test_put_is_not_done(client):
    answer = client.send("PUT", place_of(create(client)), response(SOME_OTHER))

    assert (answer.status, codes(answer)) == (405, ["not-supported"])


# -- versions ----------------------------------------------------------------------------------------------------------


def everything(client, assessment):
    kinds = ("QuestionnaireResponse", "Observation", "RiskAssessment")
    pages = [client.get(f"/fhir/R4/{kind}?patient=p-1001&_count=100") for kind in kinds]
    made = [one for page in pages for one in found(page)]
    assert {one["id"].partition("-")[0] for one in made} == {assessment}
    return made


def test_every_stored_resource_says_its_version_and_is_read_by_it(client, sample):
    assessment = client.post("/v1/assessments", sample).json["id"]
    recorded = client.get(f"/v1/assessments/{assessment}").json["recorded"]

    made = everything(client, assessment)

    assert {one["resourceType"] for one in made} == {"QuestionnaireResponse", "Observation", "RiskAssessment"}
    for one in made:
        assert (one["meta"]["versionId"], one["meta"]["lastUpdated"]) == ("1", recorded)
        target = f"/fhir/R4/{one['resourceType']}/{one['id']}"
        read, version = client.get(target), client.get(f"{target}/_history/1")
        assert read.json == version.json == one
        assert read.headers["ETag"] == version.headers["ETag"] == 'W/"1"'
        for unknown in ("0", "2", "x", "01"):
            assert client.get(f"{target}/_history/{unknown}").status == 404


def test_what_was_voided_has_a_second_version_and_keeps_its_first(client):
    made = create(client)
    assert made.headers["Location"].endswith("/_history/1")
    client.post(f"/v1/assessments/{assessment_in(made)}/void", {"reason": "wrong-patient"})

    now, first, second = (client.get(place_of(made) + end) for end in ("", "/_history/1", "/_history/2"))

    assert now.json == second.json
    assert [one.json["status"] for one in (first, second)] == ["completed", "entered-in-error"]
    assert [one.headers["ETag"] for one in (now, first, second)] == ['W/"2"', 'W/"1"', 'W/"2"']
    assert second.json["meta"]["lastUpdated"] > first.json["meta"]["lastUpdated"]
    observation = place_of(made).replace("QuestionnaireResponse", "Observation").replace("-phq-9", "-phq-9-total")
    assert client.get(f"{observation}/_history/1").json["status"] == "final"
    assert client.get(observation).json["status"] == "entered-in-error"


def test_what_was_superseded_is_gone_but_for_its_first_version(client):
    made = create(client, response(identifier=IDENTIFIER))
    create(client, response(SOME_OTHER, identifier=IDENTIFIER, status="amended"))

    now, first, second = (client.get(place_of(made) + end).status for end in ("", "/_history/1", "/_history/2"))

    assert (now, first, second) == (410, 200, 410)


def test_a_version_of_another_tenant_is_an_unknown_one(client):
    made = create(client)

    theirs = client.get(f"{place_of(made)}/_history/1", token="other")
    nobodys = client.get("/fhir/R4/QuestionnaireResponse/x-y/_history/1")

    assert theirs.status == nobodys.status == 404
    assert theirs.json == nobodys.json


# -- search ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(client):
    """Three responses of one patient, oldest first: the first and the last to the PHQ-9."""
    gad = [
        {"linkId": f"gad7_{n}", "answer": [{"valueCoding": {"system": "http://loinc.org", "code": "LA6568-5"}}]}
        for n in range(1, 8)
    ]
    documents = [
        response(authored="2026-11-18T23:30:00+00:00", identifier=IDENTIFIER),
        response(authored="2026-11-19T09:00:00+00:00", questionnaire=f"{BASE}/Questionnaire/gad-7|1.0.0", item=gad),
        response(authored="2026-11-20T09:00:00+02:00"),
    ]
    return [place_of(create(client, document)).rsplit("/", 1)[1] for document in documents]


def test_times_finer_than_a_microsecond_are_kept_as_they_are(client):
    authored = "2026-11-20T09:00:00.1234567Z"

    made = create(client, response(authored=authored))

    assert client.get(place_of(made)).json["authored"] == authored


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("patient=p-77", (2, 1, 0)),
        ("patient=Patient/p-77&status=completed&_sort=-authored&_count=20", (2, 1, 0)),
        ("patient=p-77&status=amended", ()),
        ("patient=p-77&status=http://hl7.org/fhir/questionnaire-answers-status|completed", (2, 1, 0)),
        ("patient=p-77&status=http://example.org|completed", ()),
        ("patient=p-77&status=amended,completed&questionnaire=" + FORM, (2, 0)),
        (f"patient=p-77&questionnaire={FORM}|1.0.0", (2, 0)),
        (f"patient=p-77&questionnaire={FORM}|9.9.9", ()),
        ("patient=p-77&authored=2026-11-20", (2,)),
        ("patient=p-77&authored=ge2026-11-19", (2, 1)),
        ("patient=p-77&authored=gt2026-11-19", (2,)),
        ("patient=p-77&authored=lt2026-11-19", (0,)),
        ("patient=p-77&authored=le2026-11-19", (1, 0)),
        ("patient=p-77&authored=ge2026-11-18&authored=lt2026-11-20", (1, 0)),
        ("patient=p-77&authored=2026-11", (2, 1, 0)),
        ("patient=p-77&authored=lt2026", ()),
        ("patient=p-77&authored=eq2026-11-20T07:00:00Z", (2,)),
        ("patient=p-77&authored=2026-11-20T09:00:00%2B02:00", (2,)),
        ("patient=p-77&authored=2026-11-20T09:00", ()),
        ("patient=p-77&authored=2026-11-18,2026-11-20", (2, 0)),
        (f"identifier={SYSTEM}|f-1", (0,)),
        (f"identifier={SYSTEM}|f-2", ()),
        (f"identifier={SYSTEM}|f-1&patient=p-78", ()),
        ("identifier=f-1&patient=p-77", (0,)),
        ("identifier=|f-1&patient=p-77", ()),
        (f"identifier={SYSTEM}|&patient=p-77", (0,)),
    ],
)
def test_responses_are_found_by_what_is_asked(client, three, query, places):
    answer = client.get(f"/fhir/R4/QuestionnaireResponse?{query}")

    assert [one["id"] for one in found(answer)] == [three[place] for place in places]


def test_a_source_narrows_every_search_and_is_not_r4s_own_parameter_of_that_name(client):
    theirs = response(extension=[{"url": f"{BASE}/StructureDefinition/source", "valueCode": "ehr-b"}])
    own, other = (place_of(create(client, one)).rsplit("/", 1)[1] for one in (response(), theirs))
    search = "/fhir/R4/QuestionnaireResponse"

    assert own != other
    for query, ids in [
        ("patient=p-77", [own]),
        ("patient=p-77&patient-source=ehr-b", [other]),
        (f"_id={own},{other}&patient-source=ehr-b", [other]),
        (f"_id={own}&patient=p-77&patient-source=ehr-b", []),
    ]:
        assert [one["id"] for one in found(client.get(f"{search}?{query}"))] == ids
    assert codes(client.get(f"{search}?patient=p-77&source=Patient/p-77")) == ["not-supported"]


def test_responses_are_found_by_their_ids_and_by_our_identifier(client, three):
    ours = client.get(f"/fhir/R4/QuestionnaireResponse/{three[1]}").json["identifier"]
    for query, ids in [
        (f"_id={three[0]}", {three[0]}),
        (f"_id={three[0]},{three[2]},nobody-x", {three[0], three[2]}),
        (f"_id={three[0]}&patient=p-77&status=completed", {three[0]}),
        (f"_id={three[0]}&patient=p-78", set()),
        (f"identifier={ours['system']}|{ours['value']}", {three[1]}),
    ]:
        assert {one["id"] for one in found(client.get(f"/fhir/R4/QuestionnaireResponse?{query}"))} == ids
        assert found(client.get(f"/fhir/R4/QuestionnaireResponse?{query}", token="other")) == []


def test_a_search_of_responses_may_be_posted_and_is_paged(client, three):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    raw, seen = b"patient=p-77&_count=1&authored=ge2026-11-01&authored=le2026-11-30", []
    for _ in range(3):
        answer = client.post("/fhir/R4/QuestionnaireResponse/_search", raw=raw, headers=form)
        seen += [one["id"] for one in found(answer)]
        following = [one["url"] for one in answer.json["link"] if one["relation"] == "next"]
        raw = following[0].partition("?")[2].encode() if following else b""

    assert seen == three[::-1]
    assert raw == b""


def test_many_of_one_identifier_are_paged_too(client):
    made = {place_of(create(client, response(identifier=IDENTIFIER))).rsplit("/", 1)[1] for _ in range(5)}
    target, seen = f"/fhir/R4/QuestionnaireResponse?identifier={SYSTEM}|f-1&_count=2", []
    while target:
        answer = client.get(target)
        seen += [one["id"] for one in found(answer)]
        following = [one["url"] for one in answer.json["link"] if one["relation"] == "next"]
        target = following[0].removeprefix("http://localhost") if following else None

    assert len(seen) == 5
    assert set(seen) == made


def test_observations_and_risks_are_found_by_date_category_and_method(client, sample):
    stored = client.post("/v1/assessments", sample).json
    day, model = sample["authored"][:10], stored["risk"]["estimates"][0]["model"]
    recorded = stored["recorded"][:10]

    def ids(query):
        return [one["id"] for one in found(client.get(f"/fhir/R4/{query}"))]

    observations = ids("Observation?patient=p-1001&_count=100&_sort=-date")
    assert ids(f"Observation?patient=p-1001&date={day}&_count=100") == observations != []
    assert ids(f"Observation?patient=p-1001&date=gt{day}") == []
    assert ids("Observation?patient=p-1001&category=survey&_count=100") == observations
    assert ids("Observation?patient=p-1001&category=vital-signs") == []
    assert ids(f"Observation?_id={observations[3]},{observations[5]}") == [observations[3], observations[5]]
    assert len(ids(f"RiskAssessment?patient=p-1001&date={recorded}&_count=100")) == len(stored["risk"]["estimates"])
    assert ids(f"RiskAssessment?patient=p-1001&date=lt{recorded}") == []
    [risk] = ids(f"RiskAssessment?patient=p-1001&method={BASE}/CodeSystem/risk-model|{model}")
    assert ids(f"RiskAssessment?_id={risk}") == [risk]
    assert ids("RiskAssessment?patient=p-1001&method=none") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required"),
        ("status=completed", "required"),
        ("_id=", "required"),
        (f"identifier={MARK}", "value"),
        ("identifier=a|b,c|d", "value"),
        ("identifier=|", "value"),
        ("patient=p-1&authored=", "value"),
        (f"patient=p-1&authored={MARK}", "value"),
        ("patient=p-1&authored=ap2026", "value"),
        ("patient=p-1&authored=2026-02-30", "value"),
        ("patient=p-1&authored=9999-12-31", "value"),
        ("patient=p-1&authored=0000", "value"),
        ("patient=p-1&authored=2026&authored=2027&authored=2028", "not-supported"),
        ("patient=p-1&status=completed&status=amended", "not-supported"),
        ("patient=p-1&_sort=authored", "not-supported"),
        ("patient=p-1&status:not=completed", "not-supported"),
        ("_id=x-y&cursor=zz", "value"),
        ("_id=x-y&cursor=~zz", "value"),
        ("_id=" + ",".join(["x-y"] * 101), "too-costly"),
        ("patient=Group/1&_id=x", "value"),
    ],
)
def test_a_search_of_responses_that_cannot_be_done_as_asked_is_400(client, query, code):
    answer = client.get(f"/fhir/R4/QuestionnaireResponse?{query}")

    assert (answer.status, codes(answer)) == (400, [code])
    assert MARK not in answer.text
