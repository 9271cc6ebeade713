"""The request body: strict JSON, bounded in size and depth, nothing repaired."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from shared import strict_json
from shared.errors import DomainError, Problem, SubmissionRefused

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_BYTES = 256 * 1024
MAX_DEPTH = 20


class Malformed(DomainError):
    code, title = "malformed", "The request cannot be parsed"


class TooLarge(DomainError):
    code, title = "too-large", "The request is too large"


class UnsupportedMediaType(DomainError):
    code, title = "unsupported-media-type", "The media type is not supported"


def read_object(event: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object in the body of an API Gateway event.

    Raises:
        UnsupportedMediaType: the content type is not ``application/json``.
        TooLarge: more than ``MAX_BYTES``.
        Malformed: not JSON, not UTF-8, a duplicate key, NaN, a number beyond a double, or too deeply nested.
        SubmissionRefused: JSON, but not an object.
    """
    if not _is_json(event.get("headers") or {}):
        raise UnsupportedMediaType("Send the body as application/json.")
    value = parse(raw_body(event))
    if not isinstance(value, dict):
        raise SubmissionRefused(problems=[Problem("", "value-not-allowed", "should be an object")])
    return value


def parse(raw: bytes) -> Any:
    """Strict JSON. See ``read_object`` for what is refused."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"The body may hold at most {MAX_BYTES} bytes.")
    try:
        return strict_json.parse(raw, max_depth=MAX_DEPTH)
    except strict_json.NotStrictJson as refused:
        raise Malformed(refused.detail) from None


def _is_json(headers: Mapping[str, str]) -> bool:
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    return media_type.strip().lower() == "application/json" and charset in ("", "utf-8")


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The bytes of the body.

    Raises:
        Malformed: said to be base64, and is not.
    """
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("The body is not valid JSON.") from None
