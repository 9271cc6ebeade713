"""Access tokens of this service: signed with its own key for a registered client, and good for five minutes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import jwt

from shared.tokens import ISSUER, Claims, TokenRefused, checked
from shared.tokens.client_jwt import VerifiedClient
from shared.tokens.signing import ALGORITHM, Signer, signed_jwt

LIFETIME_SECONDS = 300
TYPE = "at+jwt"
"""RFC 9068: nothing else that the key signs can pass for an access token."""


def access_token(verified: VerifiedClient, scope: str, audience: str, signer: Signer, now: int) -> str:
    """A token for a verified client, in its tenant."""
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "sub": verified.client.id,
        "tenant": verified.tenant,
        "scope": scope,
        "source": verified.client.source,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
    }
    return signed_jwt(claims, signer, typ=TYPE)


def read_access_token(token: str, public_jwk: Mapping[str, str], audience: str) -> Claims:
    """The claims of a token that ``access_token`` made.

    Raises:
        TokenRefused: anything else.
    """
    try:
        decoded = jwt.decode_complete(
            token,
            key=jwt.PyJWK(dict(public_jwk), ALGORITHM),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=audience,
            # The clock is our own on both sides; another of our machines may be a moment behind.
            options={"require": ["iss", "aud", "exp", "sub", "jti"], "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise TokenRefused(type(error).__name__) from None
    header: dict[str, Any] = decoded["header"]
    if header.get("typ") != TYPE or header.get("kid") != public_jwk["kid"]:
        raise TokenRefused("typ")
    return checked(decoded["payload"], leeway=0)._replace(source=str(decoded["payload"].get("source", "")))
