"""Whatever is sent, the answer is FHIR's: no fault of ours, and not a word of it repeated."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fhir_calls import BASE, MARK, place_of, response
from tests.support.mutations import as_bytes, mutated

RICH = response(
    [1, 2, 3, 2, 1, 0, 1, 0, 2],
    id="mine",
    meta={"profile": ["http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaireresponse"]},
    language="en",
    identifier={"system": "https://ehr.example.org/forms", "value": "f-1"},
    basedOn=[{"reference": "ServiceRequest/s-1"}],
    partOf=[{"reference": "Procedure/p-1"}],
    encounter={"reference": "Encounter/e-1", "display": "x"},
    author={"reference": "Practitioner/d-1"},
    source={"reference": "Patient/p-77"},
    extension=[{"url": f"{BASE}/StructureDefinition/timepoint", "valueCode": "preoperative"}],
)
# The table and its callers live as long as one test: what examples leave behind is what later ones meet.
MANY = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def is_fhirs(answer):
    assert answer.status < 500, answer.text
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    if answer.status >= 400:
        assert answer.json["resourceType"] == "OperationOutcome"
        assert answer.json["issue"]
        assert MARK not in answer.text


@pytest.mark.parametrize("way", ["", "/$score", "/$extract"])
@MANY
@given(raw=as_bytes(mutated(RICH)), condition=st.sampled_from([None, "identifier=https://ehr.example.org/forms|f-1"]))
def test_a_response_made_wrong_is_never_a_fault(client, way, raw, condition):
    headers = {"If-None-Exist": condition} if condition else {}

    answer = client.post(f"/fhir/R4/QuestionnaireResponse{way}", raw=raw, headers=headers)

    is_fhirs(answer)
    if not way and answer.status in (200, 201):
        read = client.get(place_of(answer))
        assert read.status in (200, 410)


WORDS = [MARK, "|", "a|b", "a|b,c|d", "\\", "\\|", ",", "ge2026", "ge2026-13", "9999", "p-77", "Patient/p-77", "~x"]
TEXT = st.one_of(st.text(max_size=20), st.sampled_from(WORDS))
NAMES = st.sampled_from(
    "patient _id identifier questionnaire status authored source _count _sort cursor code category date method _format "
    f"status:not {MARK}".split()
)


@pytest.mark.parametrize("kind", ["QuestionnaireResponse", "Observation", "RiskAssessment"])
@MANY
@given(sent=st.dictionaries(NAMES, TEXT, max_size=3), patient=st.booleans(), posted=st.booleans())
def test_a_search_made_wrong_is_never_a_fault(client, kind, sent, patient, posted):
    sent |= {"patient": "p-77"} if patient else {}
    query = "&".join(f"{quote(name)}={quote(value, safe='|,', errors='replace')}" for name, value in sent.items())
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    if posted:
        answer = client.post(f"/fhir/R4/{kind}/_search", raw=query.encode(), headers=form)
    else:
        answer = client.get(f"/fhir/R4/{kind}?{query}")

    is_fhirs(answer)


@MANY
@given(condition=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_a_condition_made_wrong_is_never_a_fault(client, condition):
    is_fhirs(client.post("/fhir/R4/QuestionnaireResponse", RICH, headers={"If-None-Exist": condition}))


@MANY
@given(raw=st.text(max_size=40), version=st.text(max_size=10))
def test_an_id_made_wrong_is_never_a_fault(client, raw, version):
    for kind in ("QuestionnaireResponse", "Observation", "RiskAssessment"):
        is_fhirs(client.get(f"/fhir/R4/{kind}/{quote(raw, safe='')}/_history/{quote(version, safe='')}"))
        is_fhirs(client.get(f"/fhir/R4/{kind}/{quote(raw, safe='')}"))
