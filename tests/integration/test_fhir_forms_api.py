"""Forms over the real handlers: batteries, versions, licensed wording, and what every canonical of ours stands for."""

from __future__ import annotations

import json
import random
from urllib.parse import quote, urlsplit

import pytest

from shared import wiring
from shared.fhir.battery_form import battery_of
from shared.fhir.options import coded_options
from shared.fhir.systems import Names
from shared.instruments import registry
from shared.instruments.registry import DEFINITIONS
from tests.fhir_examples import NAMES, battery_answers, battery_response, response
from tests.support.text_packs import pack_for

BASE = "http://localhost/fhir/R4"
PHQ4 = {"phq4_1": 0, "phq4_2": 0, "phq4_3": 1, "phq4_4": 1}
PHQ9 = {f"phq9_{n}": 1 for n in range(3, 9)}
FOUR = battery_of("injury", registry())


def here(document):
    """The same response, to a form of this service."""
    return json.loads(json.dumps(document).replace(NAMES.base, BASE))


def injury(**answers):
    return here(battery_response(FOUR, answers))


def form(client, path, **headers):
    answer = client.get(f"/fhir/R4/Questionnaire/{path}", token=None, headers=headers)
    assert answer.status == 200, answer.text
    return answer


def create(client, document, **more):
    return client.post("/fhir/R4/QuestionnaireResponse", document, **more)


def at(answer):
    return urlsplit(answer.headers["Location"]).path


def assessment_in(answer):
    """The assessment in the Location of a create."""
    return at(answer).split("/")[4].partition("-")[0]


def codes(answer):
    assert answer.json["resourceType"] == "OperationOutcome"
    return [issue["code"] for issue in answer.json["issue"] if issue["severity"] in ("error", "fatal")]


def items_of(part):
    for item in part.get("item", ()):
        yield item
        yield from items_of(item)


def answers_in(document):
    return {item["linkId"]: item["answer"] for item in items_of(document) if "answer" in item}


# -- batteries ---------------------------------------------------------------------------------------------------------


def test_a_battery_is_read_and_found_as_any_form(client):
    read = form(client, "injury").json
    found = client.get(f"/fhir/R4/Questionnaire?url={BASE}/Questionnaire/injury", token=None).json

    assert (read["url"], read["version"]) == (f"{BASE}/Questionnaire/injury", FOUR.version)
    assert [entry["resource"] for entry in found["entry"]] == [read]


def test_a_response_to_a_battery_is_kept_as_one_assessment_and_reads_as_it_was_sent(client):
    sent = injury(**battery_answers(FOUR, random.Random(1)))
    made = create(client, sent)
    read = client.get(at(made))

    assert made.status == 201
    assert read.status == 200
    given = {link_id: answer for link_id, answer in answers_in(read.json).items() if "/" not in link_id}
    assert given == answers_in(sent)
    assert (read.json["questionnaire"], read.json["status"]) == (sent["questionnaire"], "completed")


def test_each_instrument_of_a_battery_reads_as_a_response_of_its_own(client):
    made = create(client, injury(**PHQ4, **PHQ9, phq9_9=0))
    assessment = assessment_in(made)
    phq9 = client.get(f"/fhir/R4/QuestionnaireResponse/{assessment}-phq-9").json
    stored = client.get(f"/v1/assessments/{assessment}").json

    assert phq9["questionnaire"] == f"{BASE}/Questionnaire/phq-9|1.0.0"
    assert {f"phq9_{n}" for n in range(1, 10)} <= answers_in(phq9).keys()
    assert stored["battery"]["battery"] == "injury"
    scores = {result["instrument"]: result["scores"][0]["value"] for result in stored["results"]}
    assert (scores["phq-9"], scores["phq-4"]) == (8, 2)


def test_a_battery_is_scored_without_being_kept(client):
    answer = client.post("/fhir/R4/QuestionnaireResponse/$score", injury(**PHQ4, **PHQ9, phq9_9=0))
    observations = [entry["resource"] for entry in answer.json["parameter"][0]["resource"]["entry"]]
    [total] = [one for one in observations if {"44261-6"} & {each["code"] for each in one["code"]["coding"]}]

    assert total["valueQuantity"]["value"] == 8
    urls = [entry["fullUrl"] for entry in answer.json["parameter"][0]["resource"]["entry"]]
    assert len(set(urls)) == len(urls)


def test_a_battery_is_extracted(client):
    answer = client.post("/fhir/R4/QuestionnaireResponse/$extract", injury(**PHQ4))
    bundle = answer.json["parameter"][0]["resource"]

    # The four answers, and the two of them that answer PHQ-9's first two questions as well.
    assert (bundle["type"], len(bundle["entry"])) == ("transaction", 6)


def test_a_safety_answer_in_a_battery_is_spoken_of_and_recorded(client):
    made = create(client, injury(**PHQ4, **PHQ9, phq9_9=3))
    kept = client.get(f"/v1/assessments/{assessment_in(made)}").json

    assert "Safety alert (urgent)" in made.json["issue"][0]["details"]["text"]
    assert [alert["id"] for alert in kept["alerts"]] == ["phq9_9-ge-1"]


def test_a_refused_battery_tells_every_issue_and_still_speaks_of_the_safety_answer(client):
    sent = injury(**PHQ4 | {"phq4_4": 0}, phq9_9=2) | {"subject": {}}
    sent["item"][0]["item"][0]["answer"][0]["valueCoding"]["code"] = "none"
    answer = create(client, sent)

    assert {"code-invalid", "business-rule", "structure"} <= set(codes(answer))
    assert "Safety alert" in answer.json["issue"][0]["details"]["text"]


def test_an_assessment_of_the_json_api_that_is_no_answer_to_the_form_has_no_response_to_it(client, intake):
    answers = {"instrument": "phq-8", "responses": {f"phq8_{n}": 1 for n in range(1, 9)}}
    kept = client.post("/v1/assessments", {**intake, "battery": "injury", "responses": [answers]}).json["id"]

    assert client.get(f"/fhir/R4/QuestionnaireResponse/{kept}-injury").status == 404
    assert client.get(f"/fhir/R4/QuestionnaireResponse/{kept}-phq-8").status == 200


def test_an_assessment_of_the_json_api_that_answers_the_form_reads_as_one(client, intake):
    answers = {"instrument": "phq-4", "responses": PHQ4}
    kept = client.post("/v1/assessments", {**intake, "battery": "injury", "responses": [answers]}).json["id"]
    read = client.get(f"/fhir/R4/QuestionnaireResponse/{kept}-injury").json

    assert {f"phq4_{n}" for n in range(1, 5)} <= answers_in(read).keys()


SENT_AS = {"identifier": {"system": "http://ehr.example.org/forms", "value": "f-1"}}
CONDITION = {"If-None-Exist": "identifier=http://ehr.example.org/forms|f-1"}


def test_a_battery_that_was_sent_before_is_found_and_nothing_is_written(client):
    first = create(client, injury(**PHQ4) | SENT_AS, headers=CONDITION)
    again = create(client, injury(**PHQ4) | SENT_AS, headers=CONDITION)

    assert (first.status, again.status) == (201, 200)
    assert at(first) == at(again)


def test_a_correction_of_a_battery_supersedes_it_and_a_withdrawal_voids_it(client):
    first = create(client, injury(**PHQ4) | SENT_AS)
    corrected = create(client, injury(**PHQ4 | {"phq4_1": 3}) | SENT_AS | {"status": "amended"})
    withdrawn = create(client, injury(**PHQ4) | SENT_AS | {"status": "entered-in-error"})

    assert (corrected.status, withdrawn.status) == (201, 200)
    assert client.get(f"/v1/assessments/{assessment_in(first)}").json["superseded_by"] == assessment_in(corrected)
    assert client.get(f"/v1/assessments/{assessment_in(corrected)}").json["status"] == "entered-in-error"


def test_a_search_finds_the_whole_by_the_senders_identifier_and_the_parts_by_their_forms(client):
    made = create(client, injury(**PHQ4) | SENT_AS)

    def found(query):
        answer = client.get(f"/fhir/R4/QuestionnaireResponse?patient=p-1001&{query}")
        return [entry["resource"]["id"] for entry in answer.json.get("entry", [])]

    assert found("identifier=http://ehr.example.org/forms|f-1") == [f"{assessment_in(made)}-injury"]
    assert found(f"questionnaire={BASE}/Questionnaire/phq-4") == [f"{assessment_in(made)}-phq-4"]
    assert found(f"questionnaire={BASE}/Questionnaire/injury") == [f"{assessment_in(made)}-injury"]


def test_another_tenants_battery_is_not_there(client):
    made = create(client, injury(**PHQ4))

    assert client.get(at(made), token="other").status == 404


# -- versions ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_versions(tmp_path, monkeypatch):
    """A registry whose PHQ-2 is 1.1.0 today, with a 1.0.0 before it whose second item was called otherwise."""
    (tmp_path / "definitions").mkdir()
    (tmp_path / "superseded").mkdir()
    for path in DEFINITIONS.glob("*.json"):
        (tmp_path / "definitions" / path.name).write_bytes(path.read_bytes())
    text = (DEFINITIONS / "phq-2.json").read_text(encoding="utf-8")
    (tmp_path / "definitions" / "phq-2.json").write_text(text.replace('"version": "1.0.0"', '"version": "1.1.0"'))
    (tmp_path / "superseded" / "phq-2-1.0.0.json").write_text(text.replace('"phq2_2"', '"phq2_former"'))
    held = registry()
    monkeypatch.setattr(held, "_folder", tmp_path / "definitions")
    monkeypatch.setattr(held, "_loaded", {})
    app_caches()
    yield held
    app_caches()


def app_caches():
    from shared.fhir_server import server

    server._forms_of.cache_clear()
    wiring.forget()


OLD, NEW = f"{BASE}/Questionnaire/phq-2|1.0.0", f"{BASE}/Questionnaire/phq-2|1.1.0"


def phq2(held, version, **answers):
    instrument = held.version("phq-2", version).instrument
    return here(response(instrument, answers))


def test_a_superseded_version_is_read_listed_and_found(client, two_versions):
    assert form(client, "phq-2").json["version"] == "1.1.0"
    old = form(client, "phq-2/_history/1.0.0").json
    assert "phq2_former" in {item["linkId"] for item in old["item"]}
    assert (old["version"], old["meta"]["versionId"]) == ("1.0.0", "1.0.0")

    listed = client.get("/fhir/R4/Questionnaire/phq-2/_history", token=None).json
    assert listed["type"] == "history"
    assert [entry["resource"]["version"] for entry in listed["entry"]] == ["1.1.0", "1.0.0"]

    for query in (f"url={BASE}/Questionnaire/phq-2&version=1.0.0", f"url={quote(OLD)}"):
        found = client.get(f"/fhir/R4/Questionnaire?{query}", token=None).json
        assert [entry["resource"] for entry in found["entry"]] == [old]


def test_a_version_that_is_not_held_is_404_and_so_is_the_history_of_nothing(client):
    for path in ("phq-2/_history/9.9.9", "none/_history/1.0.0", "none/_history"):
        answer = client.get(f"/fhir/R4/Questionnaire/{path}", token=None)
        assert (answer.status, codes(answer)) == (404, ["not-found"])


def test_a_history_is_paged(client, two_versions):
    first = client.get("/fhir/R4/Questionnaire/phq-2/_history?_count=1", token=None).json
    [following] = [link["url"] for link in first["link"] if link["relation"] == "next"]
    second = client.get(following.removeprefix("http://localhost"), token=None).json

    assert [entry["resource"]["version"] for entry in second["entry"]] == ["1.0.0"]


def test_an_old_versions_response_is_scored_and_told_by_its_own_definition(client, two_versions):
    sent = phq2(two_versions, "1.0.0", phq2_1=3, phq2_former=2)
    scored = client.post("/fhir/R4/QuestionnaireResponse/$score", sent)
    made = create(client, sent)
    read = client.get(at(made)).json
    assessment = assessment_in(made)
    observations = client.get("/fhir/R4/Observation?patient=p-1001&_count=50").json["entry"]

    assert "5" in json.dumps(scored.json["parameter"][0]["resource"])
    assert made.status == 201
    assert read["questionnaire"] == OLD
    assert {"phq2_1", "phq2_former", "total"} <= answers_in(read).keys()
    assert f"{assessment}-phq-2-phq2.former" in {entry["resource"]["id"] for entry in observations}
    [result] = client.get(f"/v1/assessments/{assessment}").json["results"]
    assert (result["instrument_version"], result["scores"][0]["value"]) == ("1.0.0", 5)


def test_a_result_of_another_version_is_still_told_after_the_version_changed(client, two_versions, intake):
    answers = {"instrument": "phq-2", "instrument_version": "1.0.0", "responses": {"phq2_1": 1, "phq2_former": 1}}
    kept = client.post("/v1/assessments", {**intake, "responses": [answers]}).json["id"]

    assert client.get(f"/fhir/R4/QuestionnaireResponse/{kept}-phq-2").json["questionnaire"] == OLD


def test_todays_response_is_scored_by_todays_definition(client, two_versions):
    assert create(client, phq2(two_versions, "1.1.0", phq2_1=3, phq2_2=2)).status == 201
    crossed = phq2(two_versions, "1.0.0", phq2_1=3, phq2_former=2) | {"questionnaire": NEW}
    assert codes(create(client, crossed)) == ["not-found"]


def test_a_version_that_no_registry_holds_is_refused(client, two_versions, intake):
    sent = phq2(two_versions, "1.0.0", phq2_1=3) | {"questionnaire": f"{BASE}/Questionnaire/phq-2|0.9.0"}
    by_json = {"instrument": "phq-2", "instrument_version": "0.9.0", "responses": {"phq2_1": 1}}
    answer = client.post("/v1/assessments", {**intake, "responses": [by_json]})

    assert codes(create(client, sent)) == ["not-found"]
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/responses/0/instrument_version")


# -- licensed wording --------------------------------------------------------------------------------------------------


@pytest.fixture
def packs(tmp_path, monkeypatch, client):
    """A clinic's German and French wording of ISI, and its German PHQ-9."""
    for name, language in (("isi", "de"), ("isi", "fr"), ("phq-9", "de")):
        pack = pack_for(registry().get(name).instrument, language)
        (tmp_path / f"{name}-{language}.json").write_text(json.dumps(pack), encoding="utf-8")
    monkeypatch.setenv("TEXT_PACK_FOLDERS", str(tmp_path))
    app_caches()
    yield
    app_caches()


def isi(**answers):
    return here(response(registry().get("isi").instrument, answers))


def test_a_pack_makes_a_licensed_form_active_and_says_which_it_is(client, packs):
    made = form(client, "isi")

    assert (made.json["status"], made.json["language"]) == ("active", "de")
    assert made.json["extension"][0]["url"] == f"{BASE}/StructureDefinition/text-pack"
    assert made.json["item"][0]["text"] in ("lead-in", "words of isi_1")
    assert made.headers["Vary"] == "Accept-Language"


def test_the_language_that_is_asked_for_is_shown_and_has_an_etag_of_its_own(client, packs):
    german, french = (
        form(client, "isi", **{"Accept-Language": "de"}),
        form(client, "isi", **{"Accept-Language": "fr-CA, fr;q=0.8"}),
    )

    assert (german.json["language"], french.json["language"]) == ("de", "fr")
    assert german.headers["ETag"] != french.headers["ETag"]


@pytest.mark.parametrize(
    ("asked", "shown"), [("de", "de"), ("DE", "de"), ("it", "en"), ("de;q=0, *", "en"), ("", "en"), ("en, de", "en")]
)
def test_a_form_whose_official_wording_ships_is_shown_in_it_unless_another_is_asked_for(client, packs, asked, shown):
    assert form(client, "phq-9", **{"Accept-Language": asked}).json["language"] == shown


def test_without_a_pack_the_form_of_labels_is_a_draft(client):
    assert form(client, "isi").json["status"] == "draft"


def test_a_text_that_was_shown_is_no_difference_and_another_is_told(client, packs):
    def warned(text):
        sent = isi(isi_1=1)
        sent["item"][0]["text"] = text
        made = create(client, sent)
        assert made.status == 201
        return [one["severity"] for one in made.json["issue"] if one["severity"] == "warning"]

    assert warned("words of isi_1") == []
    assert warned("Something else") == ["warning"]


def test_a_response_in_the_packs_language_keeps_its_band_and_says_which_pack_it_was(client, packs):
    sent = isi(**{f"isi_{n}": 2 for n in range(1, 8)}) | {"language": "de"}
    made = create(client, sent)
    assessment = assessment_in(made)
    [result] = client.get(f"/v1/assessments/{assessment}").json["results"]
    scored = client.post(
        "/fhir/R4/QuestionnaireResponse/$score", isi(**{f"isi_{n}": 2 for n in range(1, 8)}) | {"language": "de"}
    )

    assert result["text_pack"]["language"] == "de"
    assert result["scores"][0]["band"] is not None
    assert f'"{result["scores"][0]["band"]}"' in scored.text


# -- what canonicals stand for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "CodeSystem/phq-9",
        "CodeSystem/isi-severity",
        "CodeSystem/band",
        "CodeSystem/risk-model",
        "CodeSystem/risk-class-start-back-2008",
        "OperationDefinition/QuestionnaireResponse-score",
        "StructureDefinition/timepoint",
    ],
)
def test_what_defines_a_canonical_is_public_and_may_be_kept(client, path):
    options = coded_options(registry().get("isi").instrument, registry().get("isi").instrument.items[0], Names(BASE))
    path = path.replace("isi-severity", options[0].system.rsplit("/", 1)[1])
    answer = client.get(f"/fhir/R4/{path}", token=None)
    again = client.get(f"/fhir/R4/{path}", token=None, headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.status == 200
    assert answer.json["url"] == f"{BASE}/{path}"
    assert answer.headers["Cache-Control"].startswith("public")
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize("kind", ["CodeSystem", "OperationDefinition", "StructureDefinition"])
def test_what_is_unknown_is_404_and_a_search_for_it_is_empty(client, kind):
    answer = client.get(f"/fhir/R4/{kind}/none", token=None)

    assert (answer.status, codes(answer)) == (404, ["not-found"])
    assert "entry" not in client.get(f"/fhir/R4/{kind}?_id=none", token=None).json
    assert client.get(f"/fhir/R4/{kind}?unknown=1", token=None).status == 400
    assert client.send("DELETE", f"/fhir/R4/{kind}/none", token=None).status == 405


def test_definitions_are_searched_by_canonical_and_in_pages(client):
    url = f"{BASE}/CodeSystem/phq-9"
    for answer in (
        client.get(f"/fhir/R4/CodeSystem?url={url}", token=None),
        client.post(
            "/fhir/R4/CodeSystem/_search",
            raw=f"url={quote(url)}".encode(),
            token=None,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
    ):
        assert [entry["resource"]["id"] for entry in answer.json["entry"]] == ["phq-9"]
    page = client.get("/fhir/R4/CodeSystem?_count=5", token=None).json
    assert len(page["entry"]) == 5
    assert "next" in {link["relation"] for link in page["link"]}


def test_forms_are_searched_by_post_too(client):
    answer = client.post(
        "/fhir/R4/Questionnaire/_search",
        raw=b"_id=injury",
        token=None,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert [entry["resource"]["id"] for entry in answer.json["entry"]] == ["injury"]


def test_the_operation_that_the_statement_names_is_defined(client):
    [rest] = client.get("/fhir/R4/metadata", token=None).json["rest"]
    named = [one["definition"] for resource in rest["resource"] for one in resource.get("operation", [])]
    ours = [url for url in named if url.startswith(BASE)]

    assert ours
    for url in ours:
        assert client.get(urlsplit(url).path, token=None).json["url"] == url


def test_the_codes_of_cards_can_be_looked_up(client):
    for name, code in (("card-topic", "safety"), ("card-override", "inputs-wrong")):
        answer = client.get(f"/fhir/R4/CodeSystem/{name}", token=None)

        assert code in [one["code"] for one in answer.json["concept"]]
