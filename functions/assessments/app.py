"""Assessments: submit, read, void, list. All of it belongs to the tenant of the verified token."""

from __future__ import annotations

import os
from typing import Any

from pydantic import ValidationError

from shared.assessments.ports import SubjectKey
from shared.assessments.request import Request
from shared.assessments.submission import SubjectQuery
from shared.errors import SubmissionRefused, problems_of
from shared.names import DEFAULT_SOURCE
from shared.web.api import Api
from shared.web.body import read_object
from shared.web.listing import read_limit
from shared.wiring import assessments, deliveries, keep_denial, risk, tenants

api = Api(denied=keep_denial)


def request(scope: str) -> Request:
    caller = api.caller(scope)
    return Request(caller.tenant, caller.actor, api.correlation_id)


@api.post("/v1/assessments")
def submit_assessment() -> Any:
    """Score one submission and keep it, once."""
    asked = request("assessments:write")
    body = read_object(api.event)
    try:
        submitted = assessments().submit(body, asked, api.header("Idempotency-Key"))
    except SubmissionRefused as refused:
        api.count("SubmissionRefused")
        if refused.alerts:
            api.count("SafetyAlertRaised", len(refused.alerts))
        raise
    if submitted.created:
        api.count("AssessmentStored")
    if submitted.raised:
        api.count("SafetyAlertRaised", submitted.raised)
    return api.json(submitted.view, 201, {"Location": api.link(f"/v1/assessments/{submitted.view['id']}")})


@api.get("/v1/assessments/<assessment_id>")
def read_assessment(assessment_id: str) -> Any:
    """One stored assessment."""
    return api.json(assessments().read(assessment_id, request("assessments:read")))


@api.post("/v1/assessments/<assessment_id>/void")
def void_assessment(assessment_id: str) -> Any:
    """Mark an assessment as entered in error; it is kept."""
    asked = request("assessments:write")
    return api.json(assessments().void(assessment_id, read_object(api.event), asked))


@api.get("/v1/subjects/<subject>/assessments")
def list_assessments(subject: str) -> Any:
    """A subject's assessments, newest first."""
    asked = request("assessments:read")
    try:
        query = SubjectQuery(subject=subject, source=api.query("source") or DEFAULT_SOURCE)
    except ValidationError as error:
        raise SubmissionRefused(problems=[line._replace(pointer="") for line in problems_of(error)]) from None
    items, next_cursor = assessments().of_subject(
        SubjectKey(asked.tenant, query.source, query.subject),
        asked,
        limit=read_limit(api.query("limit")),
        cursor=api.query("cursor"),
    )
    return api.json({"items": items, "next_cursor": next_cursor})


@api.get("/v1/assessments/<assessment_id>/deliveries")
def list_deliveries_of_assessment(assessment_id: str) -> Any:
    """What was to be sent of one assessment, and what came of it."""
    found = deliveries().of_assessment(assessment_id, request("assessments:read"))
    return api.json({"items": found, "next_cursor": None})


@api.get("/v1/deliveries")
def list_deliveries() -> Any:
    """The tenant's deliveries, newest first."""
    asked = request("tenant:admin")
    items, next_cursor = deliveries().of_tenant(
        asked, status=api.query("status"), limit=read_limit(api.query("limit")), cursor=api.query("cursor")
    )
    return api.json({"items": items, "next_cursor": next_cursor})


@api.post("/v1/deliveries/<delivery_id>/retry")
def retry_delivery(delivery_id: str) -> Any:
    """Have a delivery that failed or was stopped sent anew."""
    return api.json(deliveries().retry(delivery_id, request("tenant:admin")))


@api.get("/v1/tenant")
def read_tenant() -> Any:
    """The tenant's settings in force."""
    document = tenants().read(request("tenant:admin"))
    return api.json(document, headers={"ETag": f'"{document["version"]}"'})


@api.put("/v1/tenant")
def replace_tenant() -> Any:
    """Put a whole new settings document in force; If-Match holds it to the version it was made from."""
    asked = request("tenant:admin")
    document = tenants().replace(read_object(api.event), asked, expected=api.header("If-Match"))
    return api.json(document, headers={"ETag": f'"{document["version"]}"'})


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api(event, context)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    risk()
    assessments()
