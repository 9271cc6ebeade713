"""The public keys of a client: those it registered, or those it publishes where it registered that it does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shared.strict_json import NotStrictJson, parse
from shared.tenants.connections import Client
from shared.tokens import TokenRefused
from shared.web.outgoing import Unreachable, call

MAX_BYTES = 64 * 1024
MAX_KEYS = 100
SECONDS = 3.0
LEAST_AGE, USUAL_AGE, MOST_AGE = 60, 300, 3600
"""For how many seconds a key set is kept: its Cache-Control within these, and the middle one where it says nothing."""
RETRY_AFTER = 10
"""Seconds for which a failed fetch is not repeated, whoever asks."""
MAX_URLS = 200
RSA_BITS = range(2048, 8192 + 1)
KEY_TYPE = {"ES256": "EC", "ES384": "EC", "RS256": "RSA", "RS384": "RSA"}
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})")

Jwk = Mapping[str, Any]


class _Kept(NamedTuple):
    keys: Sequence[Jwk]
    fetched: float
    fresh_until: float


class KeySets:
    """Key sets by URL, each kept for a while in this process.

    An unknown key id has its set fetched anew, but none more than once in ``LEAST_AGE`` seconds: ids can be made up.
    """

    def __init__(self, hosts: Collection[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._hosts = hosts
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._failed: dict[str, tuple[float, str]] = {}

    def key(self, client: Client, kid: str, algorithm: str) -> Any:
        """The one key of the client that this header means, fit for its algorithm.

        Raises:
            TokenRefused: no such key, more than one, one unfit for the algorithm, or none to be had.
        """
        if client.jwks is not None:
            return _fit(_one(client.jwks["keys"], kid, algorithm), algorithm)
        url = str(client.jwks_url)
        keys = self._current(url)
        if not _matching(keys, kid, algorithm) and self._clock() - self._kept[url].fetched >= LEAST_AGE:
            keys = self._fetched(url)
        return _fit(_one(keys, kid, algorithm), algorithm)

    def _current(self, url: str) -> Sequence[Jwk]:
        kept = self._kept.get(url)
        return kept.keys if kept and self._clock() < kept.fresh_until else self._fetched(url)

    def _fetched(self, url: str) -> Sequence[Jwk]:
        now = self._clock()
        failed = self._failed.get(url)
        if failed and now < failed[0]:
            raise TokenRefused(failed[1])
        try:
            keys, age = _fetch(url, self._hosts)
        except TokenRefused as refused:
            self._failed[url] = (now + RETRY_AFTER, refused.reason)
            raise
        for kept in (self._kept, self._failed):
            if len(kept) >= MAX_URLS:
                kept.clear()
        self._kept[url] = _Kept(keys, now, now + age)
        return keys


def _fetch(url: str, hosts: Collection[str]) -> tuple[Sequence[Jwk], int]:
    """The key set published at ``url`` and the seconds it may be kept."""
    try:
        answer = call(
            "GET", url, hosts=hosts, headers={"Accept": "application/json"}, seconds=SECONDS, max_bytes=MAX_BYTES
        )
    except Unreachable as unreachable:
        raise TokenRefused(f"keys-{unreachable.reason}") from None
    if answer.status != 200:
        raise TokenRefused("keys-status")
    try:
        document = parse(answer.body)
    except NotStrictJson:
        raise TokenRefused("keys-form") from None
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise TokenRefused("keys-form")
    return [key for key in keys if isinstance(key, dict)], _age(answer.headers.get("cache-control", "").lower())


def _age(cache_control: str) -> int:
    if "no-store" in cache_control or "no-cache" in cache_control:
        return LEAST_AGE
    found = _MAX_AGE.search(cache_control)
    return min(max(int(found[1]), LEAST_AGE), MOST_AGE) if found else USUAL_AGE


def _matching(keys: Sequence[Jwk], kid: str, algorithm: str) -> list[Jwk]:
    return [key for key in keys if key.get("kid") == kid and key.get("kty") == KEY_TYPE[algorithm]]


def _one(keys: Sequence[Jwk], kid: str, algorithm: str) -> Jwk:
    found = _matching(keys, kid, algorithm)
    if len(found) != 1:
        raise TokenRefused("two-keys" if found else "unknown-key")
    return found[0]


def _fit(jwk: Jwk, algorithm: str) -> Any:
    """The key itself, where it is public, for signatures, and of the kind and size that the algorithm takes."""
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise TokenRefused("key-use")
    if jwk.get("alg", algorithm) != algorithm:
        raise TokenRefused("key-algorithm")
    try:
        made = jwt.PyJWK(dict(jwk), algorithm)
        # Also holds an EC key to the algorithm's curve.
        key = made.Algorithm.prepare_key(made.key)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError):
        raise TokenRefused("unusable-key") from None
    if not isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
        raise TokenRefused("private-key-published")
    if isinstance(key, RSAPublicKey) and key.key_size not in RSA_BITS:
        raise TokenRefused("key-size")
    return key
