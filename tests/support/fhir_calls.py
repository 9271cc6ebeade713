"""A FHIR client's requests to the whole service, and what it looks at in the answers."""

from __future__ import annotations

from urllib.parse import urlsplit

BASE = "http://localhost/fhir/R4"
FORM = f"{BASE}/Questionnaire/phq-9"
PHQ9 = [1, 2, 3, 2, 1, 0, 1, 0, 0]
MARK = "zx-private-zx"
CODES = ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"]


def response(answers=PHQ9, **changes):
    items = [
        {"linkId": f"phq9_{n}", "answer": [{"valueCoding": {"system": "http://loinc.org", "code": CODES[answer]}}]}
        for n, answer in enumerate(answers, 1)
        if answer is not None
    ]
    document = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{FORM}|1.0.0",
        "status": "completed",
        "subject": {"reference": "Patient/p-77"},
        "authored": "2026-11-20T09:00:00+00:00",
        "item": items,
    } | changes
    return {name: value for name, value in document.items() if value is not None}


def create(client, document=None, **more):
    return client.post("/fhir/R4/QuestionnaireResponse", document or response(), **more)


def place_of(made):
    """Where what was created is read."""
    assert made.status in (200, 201), made.text
    return urlsplit(made.headers["Location"]).path.partition("/_history/")[0]


def assessment_in(made):
    return place_of(made).rsplit("/", 1)[1].partition("-")[0]


def operate(client, name, document, **more):
    return client.post(f"/fhir/R4/QuestionnaireResponse/${name}", document, **more)


def issues(answer):
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.json["resourceType"] == "OperationOutcome"
    return answer.json["issue"]


def codes(answer):
    return [issue["code"] for issue in issues(answer) if issue["severity"] in ("error", "fatal")]


def found(answer):
    assert answer.status == 200
    assert answer.json["type"] == "searchset"
    return [entry["resource"] for entry in answer.json.get("entry", [])]


def link(answer, relation):
    urls = [one["url"] for one in answer.json["link"] if one["relation"] == relation]
    return urls[0].removeprefix("http://localhost") if urls else None


def value_of(resources, code):
    return next(
        one.get("valueQuantity", {}).get("value")
        for one in resources
        if any(coding["code"] == code for coding in one["code"]["coding"])
    )
