"""Issues as an OperationOutcome: every one, with its code and place, alerts first, and no value."""

from __future__ import annotations

import pytest

from shared.errors import (
    Conflict,
    DomainError,
    IdempotencyKeyReused,
    InvalidCursor,
    NotFound,
    NotScorable,
    Problem,
    ResponsesRefused,
    SubmissionRefused,
    UnknownInstrument,
)
from shared.fhir.operation_outcome import (
    MAX_TOLD,
    Issue,
    error,
    fault,
    issues_of,
    malformed,
    operation_outcome,
    status_of,
    warning,
)
from shared.instruments import registry
from shared.scoring import scorer_for
from tests.fhir_examples import NAMES


def test_every_issue_stands_once_in_its_order():
    issues = [error("value", "A.b", "One."), warning("value", None, "Two."), error("value", "A.b", "One.")]

    assert operation_outcome(issues)["issue"] == [
        {"severity": "error", "code": "value", "diagnostics": "One.", "expression": ["A.b"]},
        {"severity": "warning", "code": "value", "diagnostics": "Two."},
    ]


def test_a_body_full_of_faults_is_told_of_them_up_to_a_limit():
    told = operation_outcome([error("value", f"A[{place}]", "x") for place in range(MAX_TOLD + 5)])["issue"]

    assert len(told) == MAX_TOLD + 1
    assert told[-1]["diagnostics"] == "5 more issues are not listed."


def test_nothing_to_report_is_said_since_an_outcome_is_never_empty():
    assert operation_outcome([])["issue"][0]["severity"] == "information"


def test_a_safety_alert_stands_before_everything_else():
    [alert] = scorer_for(registry().get("phq-9")).score({f"phq9_{n}": 1 for n in range(1, 10)})["alerts"]
    first, second = operation_outcome([error("value", None, "x")], [alert], NAMES)["issue"]

    assert first["details"]["coding"] == [{"system": NAMES.code_system("alert"), "code": "phq9_9-ge-1"}]
    assert first["details"]["text"].startswith("Safety alert (urgent): ")
    assert second["severity"] == "error"


@pytest.mark.parametrize(
    ("issues", "status"),
    [
        ([], 200),
        ([warning("value", None, "x")], 200),
        ([Issue("information", "business-rule", None, "x")], 200),
        ([error("value", None, "x")], 422),
        ([error("value", None, "x"), malformed("structure", None, "x")], 400),
        ([error("too-long", None, "x", 413)], 413),
        ([error("not-supported", None, "x", 404), error("value", None, "x")], 422),
        ([fault("c")], 500),
    ],
)
def test_what_breaks_base_fhir_is_400_and_what_breaks_a_rule_is_422(issues, status):
    assert status_of(issues) == status


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (UnknownInstrument(), "not-found"),
        (NotFound(), "not-found"),
        (NotScorable(), "business-rule"),
        (SubmissionRefused(), "business-rule"),
        (IdempotencyKeyReused(), "conflict"),
        (Conflict(), "conflict"),
        (InvalidCursor(), "value"),
        (DomainError(), "exception"),
    ],
)
def test_every_error_of_the_domain_has_a_code_of_fhirs(refused, code):
    assert [issue.code for issue in issues_of(refused)] == [code]


def test_every_problem_of_an_error_is_an_issue():
    refused = ResponsesRefused(
        problems=[Problem("/a", "x", "one"), Problem("/b", "x", "two"), Problem("/c", "x", "one")]
    )

    assert [(issue.code, issue.diagnostics) for issue in issues_of(refused)] == [("value", "one"), ("value", "two")]


def test_a_fault_tells_a_correlation_id_and_nothing_else():
    assert fault("c-1") == Issue(
        "fatal", "exception", None, "The request could not be handled. Correlation id: c-1", 500
    )
