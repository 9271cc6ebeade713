"""The CDS Hooks routes in the OpenAPI document: CDS Hooks 2.0 describes their bodies, here stands the outline."""

from __future__ import annotations

from collections.abc import Callable

from shared.web.openapi_schemas import Schema, reference

SIGNED = "Signed by a registered client: a bearer JWT whose audience is this exact URL."


def schemas() -> Schema:
    """The outlines by name."""
    text, any_object = {"type": "string"}, {"type": "object"}
    return {
        "CdsServices": _object(services={"type": "array", "items": _object(hook=text, id=text, description=text)}),
        "HookRequest": _object(hook=text, hookInstance={"type": "string", "format": "uuid"}, context=any_object),
        "Cards": _object(
            cards={
                "type": "array",
                "items": _object(
                    uuid=text,
                    summary={"type": "string", "maxLength": 139},
                    indicator={"enum": ["info", "warning", "critical"]},
                    source=any_object,
                ),
            }
        ),
        "CardFeedback": _object(
            feedback={
                "type": "array",
                "minItems": 1,
                "items": _object(card=text, outcome={"enum": ["accepted", "overridden"]}, outcomeTimestamp=text),
            }
        ),
        "CardCounts": _object(
            items={
                "type": "array",
                "items": _object(
                    service=text, kind=text, outcome=text, reason=text, number={"type": "integer", "minimum": 1}
                ),
            },
            next_cursor={"type": "null"},
        ),
    }


def paths(problem: Callable[[int], Schema]) -> Schema:
    """The routes. ``problem`` describes the problem answer of a status."""
    by_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}

    def operation(name: str, summary: str, schema: Schema, *statuses: int, body: str | None = None) -> Schema:
        described: Schema = {
            "operationId": name,
            "summary": summary,
            "parameters": [by_id] if body else [],
            "security": [],
            "responses": {
                "200": {"description": "Done", "content": {"application/json": {"schema": schema}}},
                **{str(status): problem(status) for status in sorted({*statuses, 429, 500})},
            },
        }
        if body:
            described["description"] = SIGNED
            described["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": reference(body)}},
            }
        return described

    def preflight(name: str, *parameters: Schema) -> Schema:
        statuses = (404, 429, 500) if parameters else (429, 500)
        return {
            "operationId": name,
            "summary": "Whether a browser may call",
            "parameters": list(parameters),
            "security": [],
            "responses": {"204": {"description": "Said in headers"}, **{str(one): problem(one) for one in statuses}},
        }

    refusals = (400, 401, 403, 404, 413, 415)
    counted = "How often cards were accepted or overridden, and why"
    counts = operation("readCardFeedback", counted, reference("CardCounts"), 401, 403)
    return {
        "/cds-services": {
            "get": operation("discoverCdsServices", "The CDS services", reference("CdsServices")),
            "options": preflight("preflightCdsServices"),
        },
        "/cds-services/{id}": {
            "post": operation(
                "callCdsService", "Cards for one hook", reference("Cards"), *refusals, 412, body="HookRequest"
            ),
            "options": preflight("preflightCdsService", by_id),
        },
        "/cds-services/{id}/feedback": {
            "post": operation(
                "sendCardFeedback", "What became of cards", {"type": "object"}, *refusals, body="CardFeedback"
            ),
            "options": preflight("preflightCardFeedback", by_id),
        },
        "/v1/cds-feedback": {"get": {**counts, "security": [{"token": ["tenant:admin"]}]}},
    }


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}
