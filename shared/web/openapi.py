"""The OpenAPI 3.1 document of the JSON API, from the models that the handlers validate with."""

from __future__ import annotations

from shared import ENGINE_VERSION
from shared.web import openapi_cds
from shared.web.body import MAX_BYTES
from shared.web.listing import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.openapi_schemas import SUBJECT, Schema, reference, schemas
from shared.web.problems import MEDIA_TYPE

PROBLEM_OF = {
    400: "The request cannot be parsed, or its cursor does not belong to the list",
    401: "No token, or one that is not valid",
    403: "The token lacks the scope",
    404: "No such resource, or one of another tenant",
    409: "The stored resource does not allow this",
    412: "Data that the service needs was neither sent nor to be fetched",
    413: f"More than {MAX_BYTES} bytes, or more than can be stored in one piece",
    415: "Not application/json",
    422: "Understood, but wrong: every problem is named",
    429: "Throttled",
    500: "A fault of the service; only a correlation id is told",
}


def document() -> Schema:
    """The document. Its paths are exactly the deployed routes."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chronic-pain risk scoring",
            "version": ENGINE_VERSION,
            "summary": "Scores published questionnaires as their sources say, keeps the result, shows its basis.",
            "description": "For professionals. A score is right by its cited source, or absent with a reason.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": _paths() | openapi_cds.paths(_problem),
        "components": {
            "schemas": schemas() | openapi_cds.schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A signed JWT with iss, aud, exp, sub, tenant and scope.",
                }
            },
        },
    }


def _paths() -> Schema:
    by_id, subject = _path("id", {"type": "string"}), _path("subject", SUBJECT)
    return {
        "/smart/token": {"post": _token_operation()},
        "/smart/jwks": {
            "get": _operation("signingKeys", "The key that verifies what this service signs", 200, reference("Jwks"))
        },
        "/health": {"get": _operation("health", "Liveness and version", 200, reference("Health"))},
        "/openapi.json": {"get": _operation("openapi", "This document", 200, {"type": "object"})},
        "/v1/instruments": {
            "get": _operation(
                "listInstruments",
                "Every instrument; the whole list where no limit is given",
                200,
                _page("InstrumentSummary"),
                parameters=[_limit(), _cursor()],
                problems=(400, 422),
            )
        },
        "/v1/instruments/{id}": {
            "get": _operation(
                "getInstrument",
                "One definition with its sources",
                200,
                reference("Instrument"),
                parameters=[by_id, _header("If-None-Match")],
                problems=(404,),
                also={304: "Not changed"},
            )
        },
        "/v1/instruments/{id}/score": {
            "post": _operation(
                "scoreInstrument",
                "Score one set of responses, store nothing",
                200,
                reference("InstrumentResult"),
                parameters=[by_id],
                body="ScoreRequest",
                scope="score",
                problems=(404,),
            )
        },
        "/v1/instruments/{id}/change": {
            "post": _operation(
                "judgeChange",
                "Is the difference between two results change?",
                200,
                reference("Change"),
                parameters=[by_id],
                body="ChangeRequest",
                scope="score",
                problems=(404,),
            )
        },
        "/v1/instruments/{id}/check": {
            "post": _operation(
                "checkTotals",
                "Another scorer's totals against ours, with the rule that differs",
                200,
                reference("Agreement"),
                parameters=[by_id],
                body="CheckRequest",
                scope="score",
                problems=(404,),
            )
        },
        "/v1/risk-models": {
            "get": _operation(
                "listRiskModels",
                "Published prognostic models, computable or not, with what is missing",
                200,
                _page("RiskModelSummary"),
                parameters=[_limit(), _cursor()],
                problems=(400, 422),
            )
        },
        "/v1/risk-models/{id}": {
            "get": _operation(
                "getRiskModel",
                "One model with its card",
                200,
                reference("RiskModelSummary"),
                parameters=[by_id],
                problems=(404,),
            )
        },
        "/v1/risk-models/{id}/predict": {
            "post": _operation(
                "predict",
                "Evaluate one model, store nothing",
                200,
                reference("Estimate"),
                parameters=[by_id],
                body="PredictRequest",
                scope="score",
                problems=(404,),
            )
        },
        "/v1/batteries": {
            "get": _operation(
                "listBatteries",
                "Named sets of questions for an intake",
                200,
                _page("Battery"),
                parameters=[_limit(), _cursor()],
                problems=(400, 422),
            )
        },
        "/v1/batteries/{id}": {
            "get": _operation(
                "getBattery", "One battery", 200, reference("Battery"), parameters=[by_id], problems=(404,)
            )
        },
        "/v1/tenant": {
            "get": _operation(
                "readTenant", "The tenant's settings in force", 200, reference("Tenant"), scope="tenant:admin"
            ),
            "put": _operation(
                "replaceTenant",
                "Put a whole new settings document in force",
                200,
                reference("Tenant"),
                parameters=[_header("If-Match")],
                body="TenantSettings",
                scope="tenant:admin",
                problems=(409,),
            ),
        },
        "/v1/assessments": {
            "post": _operation(
                "submitAssessment",
                "Score and store one submission, once",
                201,
                reference("Assessment"),
                parameters=[_header("Idempotency-Key", {"type": "string", "minLength": 1, "maxLength": 255})],
                body="Submission",
                scope="assessments:write",
                problems=(409,),
            )
        },
        "/v1/assessments/{id}": {
            "get": _operation(
                "readAssessment",
                "One stored assessment",
                200,
                reference("Assessment"),
                parameters=[by_id],
                scope="assessments:read",
                problems=(404,),
            )
        },
        "/v1/assessments/{id}/void": {
            "post": _operation(
                "voidAssessment",
                "Mark as entered in error; kept, and out of every list",
                200,
                reference("Assessment"),
                parameters=[by_id],
                body="VoidRequest",
                scope="assessments:write",
                problems=(404, 409),
            )
        },
        "/v1/assessments/{id}/deliveries": {
            "get": _operation(
                "listDeliveriesOfAssessment",
                "What was to be sent of one assessment, oldest first, and what came of it",
                200,
                _page("Delivery"),
                parameters=[by_id],
                scope="assessments:read",
                problems=(404,),
            )
        },
        "/v1/deliveries": {
            "get": _operation(
                "listDeliveries",
                "The tenant's deliveries, newest first, without their items",
                200,
                _page("Delivery"),
                parameters=[
                    _query("status", {"enum": ["pending", "delivered", "failed", "stopped"]}),
                    _limit(),
                    _cursor(),
                ],
                scope="tenant:admin",
                problems=(400, 422),
            )
        },
        "/v1/deliveries/{id}/retry": {
            "post": _operation(
                "retryDelivery",
                "Have a delivery that failed or was stopped sent anew",
                200,
                reference("Delivery"),
                parameters=[by_id],
                scope="tenant:admin",
                problems=(404, 409),
            )
        },
        "/v1/subjects/{subject}/assessments": {
            "get": _operation(
                "listAssessments",
                "A subject's assessments, newest first",
                200,
                _page("Assessment"),
                parameters=[subject, _query("source", {"type": "string"}), _limit(), _cursor()],
                scope="assessments:read",
                problems=(400, 404, 422),
            )
        },
    }


def _operation(
    operation_id: str,
    summary: str,
    status: int,
    schema: Schema,
    *,
    parameters: list[Schema] | None = None,
    body: str | None = None,
    scope: str | None = None,
    problems: tuple[int, ...] = (),
    also: dict[int, str] | None = None,
) -> Schema:
    expected = {*problems, 500, 429}
    if scope:
        expected |= {401, 403}
    if body:
        expected |= {400, 413, 415, 422}
    success: Schema = {"description": "Done", "content": {"application/json": {"schema": schema}}}
    if status == 201:
        success["headers"] = {"Location": {"schema": {"type": "string"}}}
    operation: Schema = {
        "operationId": operation_id,
        "summary": summary,
        "parameters": parameters or [],
        "security": [{"token": [scope]}] if scope else [],
        "responses": {
            str(status): success,
            **{str(code): {"description": text} for code, text in (also or {}).items()},
            **{str(code): _problem(code) for code in sorted(expected)},
        },
    }
    if body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference(body)}}}
    return operation


def _token_operation() -> Schema:
    """SMART Backend Services: its errors are those of OAuth, and no problem documents."""
    text = {"type": "string"}
    form = {
        "type": "object",
        "required": ["grant_type", "scope", "client_assertion_type", "client_assertion"],
        "properties": {
            "grant_type": {"const": "client_credentials"},
            "scope": text,
            "client_assertion_type": {"const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
            "client_assertion": text,
        },
    }

    def refusal(description: str) -> Schema:
        return {"description": description, "content": {"application/json": {"schema": reference("TokenError")}}}

    return {
        "operationId": "issueToken",
        "summary": "An access token for a registered client that signs a JWT (SMART Backend Services)",
        "parameters": [],
        "security": [],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}},
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": reference("Token")}}},
            "400": refusal("The request, its kind or its scope is not valid"),
            "401": refusal("The client is not authenticated, for whatever reason"),
            **{str(code): _problem(code) for code in (429, 500)},
        },
    }


def _problem(status: int) -> Schema:
    content = {MEDIA_TYPE: {"schema": reference("Problem")}}
    return {"description": PROBLEM_OF[status], "content": content}


def _page(name: str) -> Schema:
    return {
        "type": "object",
        "required": ["items", "next_cursor"],
        "properties": {
            "items": {"type": "array", "items": reference(name)},
            "next_cursor": {"type": ["string", "null"]},
        },
    }


def _path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _header(name: str, schema: Schema | None = None) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": schema or {"type": "string"}}


def _limit() -> Schema:
    return _query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT})


def _cursor() -> Schema:
    return _query("cursor", {"type": "string"})
