"""Provenance, AuditEvent, DocumentReference: what each must hold, and what it never does."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from shared.fhir.audit_event import ACTIONS, audit_event, event_id, event_named
from shared.fhir.context import Context
from shared.fhir.document_reference import document_reference
from shared.fhir.provenance import Basis, provenance
from tests.fhir_examples import AUTHORED, NAMES, SOFTWARE

ASSESSMENT = "01JDA0X3V1Q2W3E4R5T6Y7U8I9"
CONTEXT = Context(NAMES, "Patient/p-1001", AUTHORED, SOFTWARE, ASSESSMENT, f"QuestionnaireResponse/{ASSESSMENT}")
PDF = b"%PDF-1.7 example"


def test_provenance_leads_from_results_to_the_response_the_definitions_and_the_software():
    made = provenance(
        ["Observation/o-1", "RiskAssessment/r-1"],
        recorded=AUTHORED,
        software=SOFTWARE,
        names=NAMES,
        response="QuestionnaireResponse/q-1",
        bases=[Basis("phq-9", "1.0.0", "ab" * 32)],
    )

    source, definition = made["entity"]
    assert made["target"] == [{"reference": "Observation/o-1"}, {"reference": "RiskAssessment/r-1"}]
    assert (source["role"], source["what"]) == ("source", {"reference": "QuestionnaireResponse/q-1"})
    assert definition["what"]["identifier"]["value"] == "ab" * 32
    assert definition["what"]["display"] == "phq-9 1.0.0"
    assert made["agent"][0]["who"] == {"display": SOFTWARE}
    assert made["recorded"] == AUTHORED


def audited(action="read", outcome="success", entity=ASSESSMENT):
    given = {"id": "a-1", "recorded": AUTHORED, "actor": "client-1", "names": NAMES, "software": SOFTWARE}
    return audit_event(action=action, outcome=outcome, entity=entity, **given)


@pytest.mark.parametrize(
    ("action", "letter", "interaction"),
    [
        ("create", "C", "create"),
        ("read", "R", "read"),
        ("list", "E", "search-type"),
        ("void", "U", "update"),
        ("delete", "D", "delete"),
        ("card-feedback", "E", "operation"),
    ],
)
def test_an_access_is_audited_by_fhirs_action_and_interaction(action, letter, interaction):
    made = audited(action)

    assert (made["action"], made["subtype"][0]["code"], made["type"]["code"]) == (letter, interaction, "rest")


def test_every_action_has_one_of_fhirs_five_letters():
    assert {letter for letter, _ in ACTIONS.values()} <= set("CRUDE")


@pytest.mark.parametrize(("outcome", "code"), [("success", "0"), ("denied", "4"), ("unheard of", "8")])
def test_a_denial_is_told_from_a_success(outcome, code):
    assert audited(outcome=outcome)["outcome"] == code


def test_an_audit_event_names_who_asked_and_what_was_touched():
    made = audited()

    assert made["agent"] == [
        {"who": {"identifier": {"system": NAMES.identifier("client"), "value": "client-1"}}, "requestor": True}
    ]
    assert made["entity"] == [{"what": {"identifier": {"system": NAMES.identifier("assessment"), "value": ASSESSMENT}}}]
    assert made["source"] == {"observer": {"display": SOFTWARE}}


def test_each_assessment_of_a_list_is_an_entity_with_the_models_that_were_shown():
    other = ASSESSMENT[::-1]
    first, second = audited("list", entity=f"{ASSESSMENT} showing model-a model-b {other}")["entity"]

    assert (first["what"]["identifier"]["value"], second["what"]["identifier"]["value"]) == (ASSESSMENT, other)
    assert [one["valueString"] for one in first["detail"]] == ["model-a", "model-b"]
    assert "detail" not in second


@pytest.mark.parametrize(
    ("entity", "parts"),
    [
        ("AuditEvent?date=2026-11-26", [{"query"}]),
        (f"AuditEvent/{ASSESSMENT}", [{"what"}]),
        ("GET /fhir/R4/Observation/{id}", [{"name"}]),
        ("version 3", [{"name"}]),
    ],
)
def test_an_entity_has_a_name_or_a_query_and_never_both(entity, parts):
    assert [set(one) for one in audited(entity=entity)["entity"]] == parts


def test_a_list_that_held_nothing_touched_nothing():
    assert "entity" not in audited("list", entity="")


def test_the_id_of_an_event_says_when_it_was_recorded():
    named = event_id("2026-11-26T12:00:01.000230Z", ASSESSMENT)

    assert event_named(named) == (datetime(2026, 11, 26, 12, 0, 1, 230, tzinfo=UTC), ASSESSMENT)
    assert len(named) <= 64


@pytest.mark.parametrize("other", ["", "x", ASSESSMENT, f"20261301T120001.000230Z-{ASSESSMENT}"])
def test_another_id_is_no_events(other):
    assert event_named(other) is None


def test_a_report_carries_its_pdf_with_size_and_hash():
    made = document_reference(PDF, CONTEXT, date=AUTHORED, title="Report", related=["Observation/o-1"])
    attachment = made["content"][0]["attachment"]

    assert base64.b64decode(attachment["data"]) == PDF
    assert attachment["size"] == len(PDF)
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(PDF).digest()
    assert (attachment["contentType"], made["status"], made["docStatus"]) == ("application/pdf", "current", "final")
    assert made["identifier"][0]["value"] == ASSESSMENT
    assert made["context"]["related"] == [{"reference": "Observation/o-1"}]


def test_a_later_report_replaces_the_one_before_it():
    made = document_reference(PDF, CONTEXT, date=AUTHORED, title="Report", replaces="DocumentReference/d-1")

    assert made["relatesTo"] == [{"code": "replaces", "target": {"reference": "DocumentReference/d-1"}}]


def test_the_report_of_a_voided_assessment_is_entered_in_error():
    voided = Context(NAMES, "Patient/p-1001", AUTHORED, SOFTWARE, ASSESSMENT, status="entered-in-error")
    made = document_reference(PDF, voided, date=AUTHORED, title="Report")

    assert (made["status"], made["docStatus"]) == ("entered-in-error", "entered-in-error")


def test_what_is_no_pdf_is_no_report():
    with pytest.raises(ValueError, match="PDF"):
        document_reference(b"<html>", CONTEXT, date=AUTHORED, title="Report")
