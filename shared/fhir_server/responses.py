"""QuestionnaireResponses that are kept: a create stores an assessment, which reads as a response again."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import Alert, SubmissionRefused
from shared.fhir.capability import WiredResource
from shared.fhir.operation_outcome import Issue, error
from shared.fhir.questionnaire_response import read_response
from shared.fhir.response_scores import score_reading
from shared.fhir.stored import assessment_of, response_id
from shared.fhir.submitted import create_issues, refused_issues, submission_of
from shared.fhir.systems import Names
from shared.fhir_server.operations import of_responses
from shared.fhir_server.read import read_one, version_headers
from shared.fhir_server.server import Answer, Server
from shared.web.fhir import Refused


def wired(names: Names) -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    return [
        WiredResource(
            "QuestionnaireResponse",
            ("create", "read"),
            operations=of_responses(names),
            documentation="A create keeps an assessment. The operations store nothing.",
        )
    ]


def create(server: Server) -> Answer:
    """Score one response and keep it as an assessment, once per ``Idempotency-Key``."""
    api, names = server.api, server.names
    asked = server.request("QuestionnaireResponse", "c")
    assessments = server.assessments()
    reading = read_response(server.parsed(api.body()), server.forms)
    scored = score_reading(reading)
    issues = [*scored.issues, *create_issues(reading, names)]
    if api.header("If-None-Exist") is not None:
        issues.append(error("not-supported", None, "If-None-Exist is not done here: send an Idempotency-Key.", 412))
    submission = submission_of(reading, names)
    if any(issue.refuses for issue in issues):
        assessments.keep_alerts(scored.alerts, submission, asked)
        raise _refused(server, issues, scored.alerts)
    try:
        submitted = assessments.submit(submission, asked, api.header("Idempotency-Key"))
    except SubmissionRefused as refused:
        raise _refused(server, [*refused_issues(refused), *issues], refused.alerts) from None
    if submitted.created:
        api.count("AssessmentStored")
    if submitted.raised:
        api.count("SafetyAlertRaised", submitted.raised)
    view = submitted.view
    battery = reading.form.battery if reading.form else None
    name = battery or view["responses"][0]["instrument"]
    made = server.stored.response(view, name)
    location = f"{names.base}/QuestionnaireResponse/{response_id(view['id'], name)}"
    headers = {"Location": location, **(version_headers(made, view) if made else {})}
    # An alert is told whatever was preferred.
    preferred = api.preferred()
    if scored.alerts or made is None or preferred not in ("minimal", "representation"):
        return api.outcome(issues, 201, scored.alerts, headers)
    return api.nothing(201, headers) if preferred == "minimal" else api.resource(made, 201, headers)


def _refused(server: Server, issues: list[Issue], alerts: Sequence[Alert]) -> Refused:
    server.api.count("SubmissionRefused")
    if alerts:
        server.api.count("SafetyAlertRaised", len(alerts))
    return Refused(issues, alerts)


def read(server: Server, resource_id: str) -> Answer:
    """One response of a stored assessment, also of one that came by the JSON API."""
    asked = server.request("QuestionnaireResponse", "r")
    name = assessment_of(resource_id)[1]
    return read_one(server, resource_id, asked, lambda view: [server.stored.response(view, name)])
