"""Assessments: submit, read, void, list. All of it belongs to the tenant of the verified token."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import ValidationError

from shared.assessments.ports import SubjectKey
from shared.assessments.request import Request
from shared.assessments.service import Assessments
from shared.assessments.submission import SubjectQuery
from shared.errors import SubmissionRefused, problems_of
from shared.instruments import registry
from shared.storage.client import dynamodb
from shared.storage.repository import DynamoRepository
from shared.web.api import Api
from shared.web.body import read_object
from shared.web.listing import read_limit
from shared.web.settings import Settings, read_settings

api = Api()


class AssessmentSettings(Settings):
    """``alert_max_age_days``: older answers record their alerts without raising them."""

    table_name: str
    alert_max_age_days: int
    idempotency_days: int
    risk_model_folders: str = ""
    text_pack_folders: str = ""


@cache
def assessments() -> Assessments:
    """The use cases over this function's table: the one place where they meet."""
    settings = read_settings(AssessmentSettings)
    return Assessments(
        repository=DynamoRepository(dynamodb(), settings.table_name),
        registry=registry(),
        alert_max_age=timedelta(days=settings.alert_max_age_days),
        idempotency_lifetime=timedelta(days=settings.idempotency_days),
        risk=risk,
        text_packs=_text_packs(settings.text_pack_folders),
    )


def _text_packs(folders: str) -> Any:
    """The deployer's licensed wordings, or None where there are none."""
    if not folders:
        return None
    from shared.text_packs import packs_of

    return packs_of(folders, registry())


@cache
def risk() -> Any:
    """What is said of risk, imported when the first submission needs it: reading does not pay for it at start."""
    from shared.assessments.risk import RiskView

    return RiskView(risk_models())


@cache
def risk_models() -> Any:
    from shared.risk_models import folders_of, registry

    return registry(folders_of(read_settings(AssessmentSettings).risk_model_folders))


def tenants() -> Any:
    from shared.assessments.tenant import Tenants

    return Tenants(assessments().repository, risk_models().ids)


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
        query = SubjectQuery(subject=subject, source=api.query("source") or "default")
    except ValidationError as error:
        raise SubmissionRefused(problems=[line._replace(pointer="") for line in problems_of(error)]) from None
    items, next_cursor = assessments().of_subject(
        SubjectKey(asked.tenant, query.source, query.subject),
        asked,
        limit=read_limit(api.query("limit")),
        cursor=api.query("cursor"),
    )
    return api.json({"items": items, "next_cursor": next_cursor})


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
