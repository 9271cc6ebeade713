"""JWTs that a registered client signs: SMART's client assertions, and the tokens of CDS Hooks clients.

Rules: SMART App Launch 2, "Asymmetric (public key) client authentication"; CDS Hooks 2.0, "Trusting CDS Clients". What
goes beyond them is stricter, never laxer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

import jwt
from pydantic import field_validator

from shared.tenants.connections import Client, RegisteredClient
from shared.tokens import LEEWAY_SECONDS, TokenRefused
from shared.tokens.jwks import KEY_TYPE, KeySets
from shared.web.outgoing import hosts_of
from shared.web.settings import Settings

MAX_TOKEN = 8 * 1024
MAX_TEXT = 500
LIFETIME_SECONDS = 300
_TEXTS = ("iss", "sub", "jti", "tenant")
_TIMES = ("exp", "iat", "nbf")


class ClientSettings(Settings):
    """``client_algorithms``: those a client may sign with. ``ehr_hosts``: where its keys may be fetched from."""

    client_algorithms: str
    ehr_hosts: str = ""

    @field_validator("client_algorithms")
    @classmethod
    def _only_asymmetric(cls, text: str) -> str:
        if not set(text.split(",")) <= set(KEY_TYPE):
            raise ValueError("only ES256, ES384, RS256 and RS384")
        return text


class Clients(Protocol):
    """Where clients are registered, and where the ids of their tokens are remembered."""

    def find(self, iss: str, tenant_claim: str | None) -> RegisteredClient | None:
        """The client of exactly this issuer and this ``tenant`` claim, or of none."""

    def use_once(self, client: Client, jti: str, *, until: int, now: int) -> bool:
        """Remember a token's id until then (seconds since 1970). False: it was used before."""


class VerifiedClient(NamedTuple):
    """Who signed, for which tenant, and all that the token claims."""

    tenant: str
    client: Client
    claims: Mapping[str, Any]


class ClientVerifier:
    """Verifies what clients sign. Algorithms come from the settings, keys from the client's registration."""

    def __init__(
        self,
        clients: Clients,
        settings: ClientSettings,
        *,
        clock: Callable[[], float] = time.time,
        keys: KeySets | None = None,
    ) -> None:
        self._clients = clients
        self._algorithms = frozenset(settings.client_algorithms.split(","))
        self._clock = clock
        self._keys = keys or KeySets(hosts_of(settings.ehr_hosts))

    def verify(self, token: str, *, audience: Collection[str], require_sub: bool) -> VerifiedClient:
        """The client that signed ``token`` for one of ``audience``. Its ``jti`` is then used up.

        ``require_sub``: a client assertion at a token endpoint, whose ``sub`` is its ``iss``. Otherwise the token of a
        CDS client, which has to carry ``iat``.

        Raises:
            TokenRefused: for any reason at all; the caller is told none of them.
        """
        header, claimed = _unverified(token)
        kid = _checked_header(header, self._algorithms)
        _check_forms(claimed)
        found = self._clients.find(claimed["iss"], claimed.get("tenant"))
        if found is None:
            raise TokenRefused("unknown-client")
        if "jku" in header and (header["jku"] is None or header["jku"] != found.client.jwks_url):
            raise TokenRefused("jku")
        key = self._keys.key(found.client, kid, header["alg"])
        claims = _verified(token, key, header["alg"], audience, require_sub=require_sub)
        now = self._clock()
        _check_lifetime(claims, now)
        if require_sub and claims["sub"] != claims["iss"]:
            raise TokenRefused("sub")
        # Only a token that is good in every other way uses up its id: else anyone could use up another's.
        until = math.ceil(claims["exp"]) + LEEWAY_SECONDS + 1
        if not self._clients.use_once(found.client, claims["jti"], until=until, now=int(now)):
            raise TokenRefused("replayed")
        return VerifiedClient(found.tenant, found.client, claims)


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, believed for nothing but finding the key."""
    if len(token) > MAX_TOKEN or not token.isascii():
        raise TokenRefused("token-form")
    try:
        whole = jwt.decode_complete(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise TokenRefused("token-form") from None
    return whole["header"], whole["payload"]


def _checked_header(header: dict[str, Any], algorithms: Collection[str]) -> str:
    """The key id of a header that says nothing we would have to refuse."""
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenRefused("algorithm")
    if not isinstance(typ, str) or typ.upper() != "JWT":
        raise TokenRefused("typ")
    if not isinstance(kid, str) or not kid:
        raise TokenRefused("kid")
    if "crit" in header:
        raise TokenRefused("crit")
    return kid


def _check_forms(claims: dict[str, Any]) -> None:
    """Every claim that is looked at is of its type, before anything is looked up or computed with it."""
    for name in _TEXTS:
        value = claims.get(name, "-")
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
            raise TokenRefused(f"form-of-{name}")
    for name in _TIMES:
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
            raise TokenRefused(f"form-of-{name}")
    if "iss" not in claims:
        raise TokenRefused("iss")


def _verified(token: str, key: Any, algorithm: str, audience: Collection[str], *, require_sub: bool) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key=key,
            algorithms=[algorithm],
            audience=list(audience),
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "exp", "jti", "sub" if require_sub else "iat"]},
        )
    except jwt.PyJWTError as error:
        raise TokenRefused(type(error).__name__) from None


def _check_lifetime(claims: Mapping[str, Any], now: float) -> None:
    """At most five minutes, from when it was made where it says so and from now in any case."""
    if claims["exp"] > now + LIFETIME_SECONDS + LEEWAY_SECONDS:
        raise TokenRefused("lifetime")
    if "iat" in claims and not 0 < claims["exp"] - claims["iat"] <= LIFETIME_SECONDS:
        raise TokenRefused("lifetime")
