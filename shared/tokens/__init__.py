"""Signed tokens: who vouches for a caller, for which tenant and scopes.

Only functions that carry the tokens layer import this.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import jwt
from pydantic import field_validator, model_validator

from shared.web.caller import TENANT
from shared.web.settings import Settings, read_settings

ISSUER = "urn:pain-risk:smart"
"""The ``iss`` of the access tokens that this service signs itself. No other issuer may be called so."""
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""RFC 7523: what a token endpoint is signed in to with, at ours and at those of receivers."""
ALLOWED_ALGORITHMS = frozenset({"ES256", "RS256"})
LEEWAY_SECONDS = 60
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")


class TokenRefused(Exception):
    """``reason`` is a word for the log; the caller learns only that a valid token is needed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Claims(NamedTuple):
    """What a verified token says. ``expires`` in seconds since 1970, the leeway for clocks that differ included.

    ``source`` is whose patient ids a registered client uses; empty for anybody else.
    """

    tenant: str
    actor: str
    scope: str
    expires: int
    source: str = ""


class TokenSettings(Settings):
    """Whom to believe. The keys stand in ``token_jwks`` or are fetched from ``token_jwks_url``."""

    token_issuer: str
    token_audience: str
    token_algorithms: str
    token_jwks: str = ""
    token_jwks_url: str = ""

    @field_validator("token_algorithms")
    @classmethod
    def _only_asymmetric(cls, text: str) -> str:
        if not set(text.split(",")) <= ALLOWED_ALGORITHMS:
            raise ValueError("only ES256 and RS256")
        return text

    @field_validator("token_issuer")
    @classmethod
    def _is_not_ourselves(cls, text: str) -> str:
        if text == ISSUER:
            raise ValueError("is the name of this service's own issuer")
        return text

    @model_validator(mode="after")
    def _has_keys(self) -> TokenSettings:
        if bool(self.token_jwks) == bool(self.token_jwks_url):
            raise ValueError("exactly one of token_jwks and token_jwks_url")
        if self.token_jwks_url and not self.token_jwks_url.startswith("https://"):
            raise ValueError("token_jwks_url must be https")
        return self


def settings_from_environment() -> TokenSettings:
    return read_settings(TokenSettings)


def bearer_token(authorization: str) -> str:
    """The token in an ``Authorization`` header.

    Raises:
        TokenRefused: another scheme, or none.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused("no-bearer-token")
    return token.strip()


class TokenVerifier:
    """Verifies tokens against the configured keys. The algorithm list comes from the settings, never from a token."""

    def __init__(self, settings: TokenSettings) -> None:
        self._settings = settings
        self._algorithms = settings.token_algorithms.split(",")
        self._remote = jwt.PyJWKClient(settings.token_jwks_url, timeout=3) if settings.token_jwks_url else None
        keys = json.loads(settings.token_jwks)["keys"] if settings.token_jwks else []
        self._keys = {key.key_id: key for key in (jwt.PyJWK(entry) for entry in keys)}

    def verify(self, token: str) -> Claims:
        """The claims of a token.

        Raises:
            TokenRefused: wrong form, key, signature, algorithm, issuer, audience or time, or no usable tenant.
        """
        try:
            claims = jwt.decode(
                token,
                key=self._key(token),
                algorithms=self._algorithms,
                issuer=self._settings.token_issuer,
                audience=self._settings.token_audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "aud", "exp", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise TokenRefused(type(error).__name__) from None
        return checked(claims, leeway=LEEWAY_SECONDS)

    def _key(self, token: str) -> Any:
        kid = str(jwt.get_unverified_header(token).get("kid", ""))
        if self._remote is not None:
            return self._remote.get_signing_key(kid)
        if kid not in self._keys:
            raise TokenRefused("unknown-key")
        return self._keys[kid]


def claims_to_be_ours(token: str) -> bool:
    """Does it name this service as its issuer? Nothing is verified by this."""
    try:
        return bool(jwt.decode(token, options={"verify_signature": False}).get("iss") == ISSUER)
    except jwt.PyJWTError:
        return False


def checked(claims: dict[str, Any], *, leeway: int) -> Claims:
    """The claims that handlers go by.

    Raises:
        TokenRefused: one of them is of no use.
    """
    tenant, actor, scope = claims.get("tenant"), claims.get("sub"), claims.get("scope", "")
    if not (isinstance(tenant, str) and TENANT.fullmatch(tenant)):
        raise TokenRefused("tenant")
    if not (isinstance(scope, str) and (not scope or _SCOPE.fullmatch(scope))):
        raise TokenRefused("scope")
    if not (isinstance(actor, str) and 0 < len(actor) <= 256 and actor.isascii() and actor.isprintable()):
        raise TokenRefused("sub")
    return Claims(tenant, actor, scope, int(claims["exp"]) + leeway)
