"""The one renderer of errors: RFC 9457 ``application/problem+json``. Nothing the caller sent is repeated."""

from __future__ import annotations

from typing import Any

from shared import errors
from shared.web import body, caller

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:pain-risk:problem:"

STATUS: dict[type[errors.DomainError], int] = {
    body.Malformed: 400,
    errors.InvalidCursor: 400,
    caller.Unauthorized: 401,
    caller.Forbidden: 403,
    errors.UnknownInstrument: 404,
    errors.UnknownRiskModel: 404,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.AlreadyIdentified: 412,
    body.TooLarge: 413,
    errors.TooCostly: 413,
    body.UnsupportedMediaType: 415,
    errors.NotScorable: 422,
    errors.PredictorsRefused: 422,
    errors.ResponsesRefused: 422,
    errors.SubmissionRefused: 422,
    errors.IdempotencyKeyReused: 422,
}


def problem(error: errors.DomainError) -> dict[str, Any]:
    """The problem document of a domain error. ``alerts`` stands only where a safety alert must not be lost."""
    document: dict[str, Any] = {
        "type": TYPE_PREFIX + error.code,
        "title": error.title,
        "status": STATUS[type(error)],
        "detail": error.detail,
        "errors": [line._asdict() for line in error.problems],
    }
    if error.alerts:
        document["alerts"] = list(error.alerts)
    return document


def internal_error(correlation_id: str) -> dict[str, Any]:
    """All that a caller learns of a fault of ours."""
    return {
        "type": "about:blank",
        "title": "Internal error",
        "status": 500,
        "detail": "The request could not be handled. Quote the correlation id when you report it.",
        "errors": [],
        "correlation_id": correlation_id,
    }
