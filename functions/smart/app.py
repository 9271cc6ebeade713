"""SMART Backend Services: discovery, tokens for registered clients, and the key that they are signed with."""

from __future__ import annotations

import os
import re
import time
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools import Logger

from shared.fhir.capability import smart_configuration
from shared.tokens import ASSERTION_TYPE, TokenRefused
from shared.tokens.access import LIFETIME_SECONDS, access_token
from shared.tokens.client_jwt import VerifiedClient
from shared.web.api import Api
from shared.web.body import FORM_TYPE, Malformed, raw_body
from shared.web.scopes import SUPPORTED, granted
from shared.web.settings import Settings, read_settings
from shared.wiring import client_verifier, signing_key

PUBLIC = {"Cache-Control": "public, max-age=300"}
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
BEARER = "bearer"
MAX_FORM_BYTES = 32 * 1024
MAX_SCOPE_LENGTH = 4000
STATUS = {"invalid_client": 401}

api = Api()
logger = Logger()


class SmartSettings(Settings):
    """``token_audience``: the ``aud`` of the tokens that are issued, which is this API."""

    token_audience: str
    client_algorithms: str


class NotIssued(Exception):
    """No token, for a reason of RFC 6749, section 5.2."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@cache
def settings() -> SmartSettings:
    return read_settings(SmartSettings)


@api.get("/fhir/R4/.well-known/smart-configuration")
def configuration() -> Any:
    """What a client has to know to get a token; plain JSON, whatever it accepts."""
    document = smart_configuration(
        token_endpoint=api.url("/smart/token"),
        jwks_uri=api.url("/smart/jwks"),
        scopes=SUPPORTED,
        algorithms=settings().client_algorithms.split(","),
    )
    return api.json(document, headers=PUBLIC)


@api.get("/smart/jwks")
def keys() -> Any:
    """The public half of the key that signs this service's tokens and messages."""
    return api.json({"keys": [signing_key().public_jwk]}, headers=PUBLIC)


@api.post("/smart/token")
def token() -> Any:
    """An access token for a client that signs a good assertion: ``client_credentials`` with ``private_key_jwt``."""
    try:
        form = _form()
        verified = _authenticated(form)
        scope = _scope(form, verified)
    except NotIssued as refused:
        api.count("TokenRefused")
        return api.json({"error": refused.error}, STATUS.get(refused.error, 400), NOT_KEPT)
    signed = access_token(verified, scope, settings().token_audience, signing_key(), int(time.time()))
    api.count("TokenIssued")
    answer = {"access_token": signed, "token_type": BEARER, "expires_in": LIFETIME_SECONDS, "scope": scope}
    return api.json(answer, headers=NOT_KEPT)


def _form() -> dict[str, str]:
    """The parameters of a request for the one kind of token there is.

    Raises:
        NotIssued: not a form, too large, a parameter twice (RFC 6749, section 3.2), or another kind of token.
    """
    media_type = (api.header("Content-Type") or "").partition(";")[0].strip().lower()
    try:
        raw = raw_body(api.event)
        fields = parse_qsl(raw[: MAX_FORM_BYTES + 1].decode(), max_num_fields=20, errors="strict")
    except (Malformed, ValueError):
        raise NotIssued("invalid_request") from None
    form = dict(fields)
    if media_type != FORM_TYPE or len(raw) > MAX_FORM_BYTES or len(form) != len(fields) or "grant_type" not in form:
        raise NotIssued("invalid_request")
    if form["grant_type"] != "client_credentials":
        raise NotIssued("unsupported_grant_type")
    return form


def _authenticated(form: dict[str, str]) -> VerifiedClient:
    """The client. One answer for everything that is wrong: which thing it was helps only a stranger."""
    assertion = form.get("client_assertion", "") if form.get("client_assertion_type") == ASSERTION_TYPE else ""
    try:
        verified = client_verifier().verify(assertion, audience=[api.url("/smart/token")], require_sub=True)
    except TokenRefused as refused:
        logger.warning("client_refused", reason=refused.reason)
        raise NotIssued("invalid_client") from None
    if form.get("client_id", verified.client.id) != verified.client.id:
        raise NotIssued("invalid_client")
    return verified


def _scope(form: dict[str, str], verified: VerifiedClient) -> str:
    asked = form.get("scope", "")
    if len(asked) > MAX_SCOPE_LENGTH:
        raise NotIssued("invalid_scope")
    given = granted(re.split(" +", asked.strip(" ")), verified.client.scopes)
    if not given:
        raise NotIssued("invalid_scope")
    return " ".join(given)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api(event, context)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    client_verifier()
    signing_key()
