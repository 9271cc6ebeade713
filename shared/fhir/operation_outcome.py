"""What is wrong, or only doubtful, as FHIR says it: every issue at once, and never a value that was sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from shared.errors import Alert, DomainError
from shared.fhir.systems import Names, Resource, concept, kept
from shared.fhir.systems import coding as coding_of

Severity = Literal["fatal", "error", "warning", "information"]

MAX_TOLD = 200
"""All issues are told at once, up to here: a hostile body could hold one in every few bytes."""

MALFORMED, NOT_ALLOWED = 400, 422
"""The two statuses of a refused resource: it breaks base FHIR, or it breaks a form or a rule of ours."""


class Issue(NamedTuple):
    """One finding: a code of FHIR's issue-type, the node it is about as a simple FHIRPath, and a sentence.

    ``status`` is the HTTP status that an error of this kind means; of a warning it means nothing.
    """

    severity: Severity
    code: str
    expression: str | None
    diagnostics: str
    status: int = NOT_ALLOWED

    @property
    def refuses(self) -> bool:
        return self.severity in ("fatal", "error")


def error(code: str, expression: str | None, diagnostics: str, status: int = NOT_ALLOWED) -> Issue:
    return Issue("error", code, expression, diagnostics, status)


def malformed(code: str, expression: str | None, diagnostics: str) -> Issue:
    return Issue("error", code, expression, diagnostics, MALFORMED)


def warning(code: str, expression: str | None, diagnostics: str) -> Issue:
    return Issue("warning", code, expression, diagnostics)


def status_of(issues: Iterable[Issue]) -> int:
    """200 where nothing refuses; 400 where anything breaks base FHIR, whatever else is wrong; else as they say."""
    statuses = {issue.status for issue in issues if issue.refuses}
    if MALFORMED in statuses:
        return MALFORMED
    return 200 if not statuses else statuses.pop() if len(statuses) == 1 else NOT_ALLOWED


DOMAIN_CODES = {
    "malformed": "structure",
    "too-large": "too-long",
    "too-costly": "too-costly",
    "unsupported-media-type": "not-supported",
    "unauthorized": "login",
    "forbidden": "forbidden",
    "unknown-instrument": "not-found",
    "not-found": "not-found",
    "not-scorable": "business-rule",
    "response-not-allowed": "value",
    "submission-refused": "business-rule",
    "idempotency-key-reused": "conflict",
    "conflict": "conflict",
    "already-identified": "duplicate",
    "invalid-cursor": "value",
    "throttled": "throttled",
}
"""Our errors by their stable code, as issue-type; any other is an ``exception``."""


def issues_of(refused: DomainError) -> list[Issue]:
    """The issues of a domain error: one for each problem, or one for the error itself."""
    code = DOMAIN_CODES.get(refused.code, "exception")
    sentences = [problem.detail for problem in refused.problems] or [refused.detail]
    return [error(code, None, sentence) for sentence in dict.fromkeys(sentences)]


def fault(correlation_id: str) -> Issue:
    """All that a caller learns of a fault of ours."""
    return Issue("fatal", "exception", None, f"The request could not be handled. Correlation id: {correlation_id}", 500)


def operation_outcome(issues: Sequence[Issue], alerts: Sequence[Alert] = (), names: Names | None = None) -> Resource:
    """The OperationOutcome of ``issues``. A safety alert stands first: it must be seen whatever else is wrong."""
    found = [_alert_issue(alert, names) for alert in alerts]
    different = list(dict.fromkeys(issues))
    found += [_issue(issue) for issue in different[:MAX_TOLD]]
    if len(different) > MAX_TOLD:
        more = f"{len(different) - MAX_TOLD} more issues are not listed."
        found.append(_issue(Issue("information", "incomplete", None, more)))
    nothing = {"severity": "information", "code": "informational", "diagnostics": "Nothing to report."}
    return {"resourceType": "OperationOutcome", "issue": found or [nothing]}


def _issue(issue: Issue) -> Resource:
    expression = [issue.expression] if issue.expression else None
    return kept(severity=issue.severity, code=issue.code, diagnostics=issue.diagnostics, expression=expression)


def _alert_issue(alert: Alert, names: Names | None) -> Resource:
    codings = [coding_of(names.code_system("alert"), alert["id"])] if names else []
    said = f"Safety alert ({alert['level']}): {alert['meaning']}"
    return {"severity": "warning", "code": "business-rule", "details": concept(said, *codings)}
