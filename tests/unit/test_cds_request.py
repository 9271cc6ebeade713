"""What a hook request may say, and what is refused: strictly, all at once, and never with another person's data."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cds.hooks import CdsHooks
from shared.cds.orders import ordered
from shared.cds.prefetch import not_supplied, query_of, read_prefetch
from shared.cds.request import read_request
from shared.cds.services import SERVICES, discovery, service_of
from shared.errors import DataNeeded, HookRefused, NotFound
from shared.tenants import TenantSettings
from tests.support.hooks import (
    FORMS,
    NOW,
    PATIENT,
    SHELF,
    body_of,
    bundle,
    context_of,
    operation,
    phq9_response,
    request_of,
)

TOKEN = "zx-secret-zx"
AUTHORIZATION = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "system/*.rs",
    "subject": "cds",
}
OTHER = {"reference": "Patient/p-2"}


def refused(hook, /, **changes):
    with pytest.raises(HookRefused) as error:
        read_request({**body_of(hook), **changes}, service_of(f"pain-risk-{hook}"))
    return [(problem.pointer, problem.code) for problem in error.value.problems]


def refused_prefetch(prefetch):
    with pytest.raises(HookRefused) as error:
        read_prefetch(prefetch, request_of("patient-view"))
    return [(problem.pointer, problem.code) for problem in error.value.problems]


# -- discovery ---------------------------------------------------------------------------------------------------------


def test_every_service_has_its_hook_and_a_prefetch_that_can_be_filled_in():
    services = discovery()["services"]

    assert [service["hook"] for service in services] == [
        "patient-view",
        "order-select",
        "order-sign",
        "appointment-book",
        "encounter-discharge",
    ]
    assert {service["id"] for service in services} == {f"pain-risk-{service['hook']}" for service in services}
    for service in services:
        assert service["title"]
        assert service["description"]
        assert service["usageRequirements"]
        for key in service["prefetch"]:
            assert "{{" not in query_of(key, "p-1")


def test_an_unknown_service_is_not_found():
    with pytest.raises(NotFound):
        service_of("pain-risk-encounter-start")


# -- the request -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.hook)
def test_a_good_request_of_every_hook_is_read(service):
    request = read_request(body_of(service.hook, *([operation()] if "order" in service.hook else [])), service)

    assert (request.patient, request.by_professional) == (PATIENT, True)


def test_all_problems_are_told_at_once():
    wrong = {"hook": "order-sign", "hookInstance": "1", "context": {"patientId": "p 1"}, "prefetch": None}

    assert refused("patient-view", **wrong) == [
        ("/hookInstance", "value-not-allowed"),
        ("/prefetch", "value-not-allowed"),
        ("/hook", "value-not-allowed"),
        ("/context/userId", "required"),
        ("/context/patientId", "value-not-allowed"),
    ]


@pytest.mark.parametrize(
    ("hook", "context", "at"),
    [
        ("order-sign", {"draftOrders": None}, "/context/draftOrders"),
        ("order-select", {"selections": "ServiceRequest/s1"}, "/context/selections"),
        ("encounter-discharge", {"encounterId": None}, "/context/encounterId"),
        ("patient-view", {"userId": "dr-1"}, "/context/userId"),
        ("patient-view", {"patientId": f"Patient/{PATIENT}"}, "/context/patientId"),
        ("patient-view", {"patientId": 7}, "/context/patientId"),
    ],
)
def test_the_context_is_what_its_hook_asks_for(hook, context, at):
    assert (at, "value-not-allowed") in refused(hook, context=context_of(hook, **context))


def test_a_token_needs_the_server_it_is_for():
    assert refused("patient-view", fhirAuthorization=AUTHORIZATION) == [("", "value-not-allowed")]


@pytest.mark.parametrize(
    "server",
    ["ftp://ehr.example.org", "http://ehr.example.org/fhir", "https://u@ehr.example.org", "https://e.org/?a=b"],
)
def test_a_server_is_an_https_address_without_query_or_user(server):
    assert refused("patient-view", fhirServer=server) == [("/fhirServer", "value-not-allowed")]


def test_what_is_not_known_is_passed_over():
    request = request_of("patient-view", extension={"a": 1}, later=[1], context=context_of("patient-view", later=1))

    assert request.patient == PATIENT


@pytest.mark.parametrize(
    ("resource", "hook"),
    [
        (operation(subject=OTHER), "order-sign"),
        ({"resourceType": "DeviceRequest", "patient": OTHER}, "order-sign"),
        ({"resourceType": "Appointment", "participant": [{"actor": OTHER}]}, "appointment-book"),
    ],
)
def test_orders_of_another_person_are_refused(resource, hook):
    name = "appointments" if hook == "appointment-book" else "draftOrders"

    told = refused(hook, context=context_of(hook, **{name: bundle(resource)}))

    assert told == [(f"/context/{name}/entry/0/resource", "another-patient")]


@pytest.mark.parametrize(
    ("reference", "server", "is_another"),
    [
        (f"https://ehr.example.org/fhir/Patient/{PATIENT}", "https://ehr.example.org/fhir", False),
        (f"https://ehr.example.org/fhir/Patient/{PATIENT}", "https://ehr.example.org/fhir/", False),
        (f"https://ehr.example.org/fhir/Patient/{PATIENT}", None, False),
        (f"https://other.example.org/fhir/Patient/{PATIENT}", "https://ehr.example.org/fhir", True),
    ],
)
def test_the_same_id_on_another_server_may_be_another_person(reference, server, is_another):
    sent = {"context": context_of("order-sign", operation(subject={"reference": reference}))}
    sent |= {"fhirServer": server} if server else {}

    if is_another:
        assert refused("order-sign", **sent) == [("/context/draftOrders/entry/0/resource", "another-patient")]
    else:
        assert request_of("order-sign", **sent).patient == PATIENT


def test_two_servers_in_one_request_are_two_persons_though_the_hook_names_neither():
    ours, theirs = ({"reference": f"https://{name}.example.org/fhir/Patient/{PATIENT}"} for name in ("a", "b"))
    orders = {"resourceType": "Bundle", "entry": [{"resource": operation(subject=one)} for one in (ours, theirs)]}

    assert refused("order-sign", context={**context_of("order-sign"), "draftOrders": orders}) == [
        ("/context/draftOrders/entry/1/resource", "another-patient")
    ]


def test_a_response_of_another_server_than_the_orders_is_another_persons():
    ours, theirs = ({"reference": f"https://{name}.example.org/fhir/Patient/{PATIENT}"} for name in ("a", "b"))
    request = request_of("order-sign", context=context_of("order-sign", operation(subject=ours)))
    prefetch = {"patient": None, "responses": bundle({"resourceType": "QuestionnaireResponse", "subject": theirs})}

    with pytest.raises(HookRefused) as error:
        read_prefetch(prefetch, request)

    assert [problem.code for problem in error.value.problems] == ["another-patient"]


def test_a_request_never_shows_its_token():
    request = request_of("patient-view", fhirServer="https://ehr.example.org/fhir", fhirAuthorization=AUTHORIZATION)

    assert request.access_token == TOKEN
    assert TOKEN not in repr(request)
    assert PATIENT not in repr(request)


# -- the prefetch ------------------------------------------------------------------------------------------------------


def outcome(severity="error"):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "exception"}]}


@pytest.mark.parametrize(
    ("prefetch", "missing"),
    [
        ({}, ["patient", "responses"]),
        ({"patient": None, "responses": None}, []),
        ({"patient": outcome(), "responses": bundle()}, ["patient"]),
        ({"patient": None, "responses": outcome()}, ["responses"]),
        ({"patient": None, "responses": bundle(phq9_response([0] * 9), outcome())}, ["responses"]),
        ({"patient": None, "responses": bundle(phq9_response([0] * 9), outcome("information"))}, []),
    ],
)
def test_absent_is_not_supplied_null_is_an_answer_and_an_error_is_none(prefetch, missing):
    assert not_supplied(prefetch) == missing


def test_another_patient_in_the_prefetch_is_refused_by_its_place():
    assert refused_prefetch({"patient": {"resourceType": "Patient", "id": "p-2"}, "responses": None}) == [
        ("/prefetch/patient/id", "another-patient")
    ]
    mixed = bundle(
        phq9_response([0] * 9), phq9_response([0] * 9, subject=OTHER), {"resourceType": "Patient", "id": "p-2"}
    )
    assert refused_prefetch({"patient": None, "responses": mixed}) == [
        ("/prefetch/responses/entry/1/resource/subject", "another-patient"),
        ("/prefetch/responses/entry/2/resource/id", "another-patient"),
    ]


def test_a_patient_without_an_id_cannot_be_known_to_be_the_one():
    assert refused_prefetch({"patient": {"resourceType": "Patient"}}) == [("/prefetch/patient/id", "another-patient")]


@pytest.mark.parametrize("value", [7, "x", [], {"resourceType": "Practitioner"}])
def test_something_else_than_was_asked_for_is_refused(value):
    assert ("/prefetch/patient", "value-not-allowed") in refused_prefetch({"patient": value})
    assert ("/prefetch/responses", "value-not-allowed") in refused_prefetch({"responses": value})


def test_a_response_without_a_patient_is_counted_and_not_used():
    nameless = phq9_response([0] * 9, subject={"display": "somebody"})

    found = read_prefetch({"responses": bundle(nameless, phq9_response([0] * 9))}, request_of("patient-view"))

    assert (len(found.responses), found.unattributed) == (1, 1)


def test_a_page_that_goes_on_is_noticed():
    page = bundle(link=[{"relation": "self", "url": "x"}, {"relation": "next", "url": "y"}])

    assert read_prefetch({"responses": page}, request_of("patient-view")).more
    assert not read_prefetch({"responses": bundle()}, request_of("patient-view")).more


@pytest.mark.parametrize(
    ("patient", "deceased"),
    [
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026-11-01"}, True),
        ({"deceasedBoolean": False}, False),
        ({}, False),
    ],
)
def test_a_deceased_patient_is_known_as_such(patient, deceased):
    sent = {"resourceType": "Patient", "id": PATIENT, **patient}

    assert read_prefetch({"patient": sent}, request_of("patient-view")).is_deceased is deceased


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1972-11-26", 54),
        ("1972-11-27", 53),
        ("1972", None),
        ("x", None),
        (7, None),
        ("1800-01-01", None),
        ("2030-01-01", None),
    ],
)
def test_an_age_is_known_from_a_whole_birth_date_alone(born, age):
    sent = {"resourceType": "Patient", "id": PATIENT, "birthDate": born}

    assert read_prefetch({"patient": sent}, request_of("patient-view")).age_at(NOW) == age


# -- what is missing ---------------------------------------------------------------------------------------------------


def never(*_):
    raise AssertionError("nothing may be fetched without a token")


def test_without_a_token_nothing_is_fetched_and_every_missing_key_is_named():
    hooks = CdsHooks(None, None, never, FORMS, SHELF)  # type: ignore[arg-type]

    with pytest.raises(DataNeeded) as needed:
        hooks.answer(request_of("patient-view", prefetch={}, fhirServer="https://ehr.example.org"), "default", None)  # type: ignore[arg-type]

    assert [problem.pointer for problem in needed.value.problems] == ["/prefetch/patient", "/prefetch/responses"]


# -- whatever is sent --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["resourceType", "id", "subject", "reference", "code", "coding", "category", "contained", "participant", "entry"]
)
RESOURCES = st.fixed_dictionaries(
    {"resourceType": st.sampled_from(["ServiceRequest", "MedicationRequest", "Appointment", "Medication"]) | JSON},
    optional={"subject": JSON, "code": JSON, "category": JSON, "participant": JSON, "contained": JSON, "status": JSON},
)


@given(st.lists(RESOURCES, max_size=3), st.dictionaries(NAMES, JSON, max_size=4), JSON)
def test_no_order_and_no_prefetch_is_more_than_refused(orders, patient, responses):
    body = body_of("order-sign", prefetch={"patient": patient, "responses": responses})
    body["context"]["draftOrders"] = bundle(*orders)
    body = json.loads(json.dumps(body))
    with suppress(HookRefused):
        request = read_request(body, service_of("pain-risk-order-sign"))
        ordered(request, TenantSettings())
        not_supplied(request.prefetch)
        read_prefetch(request.prefetch, request)


@given(JSON)
def test_any_other_json_object_is_refused_with_problems(body):
    with pytest.raises(HookRefused) as error:
        read_request(body if isinstance(body, dict) else {}, service_of("pain-risk-order-select"))
    assert error.value.problems
