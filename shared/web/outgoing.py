"""Calls to other systems: only to hosts on the deployer's list, bounded in time and size, and never redirected.

The list is ``EHR_HOSTS``: ``host`` or ``host:port``, joined by commas. Empty, nothing is called.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import urllib3

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
# Read here and not by a URL library, so that what is checked and what is called cannot be two hosts.
_URL = re.compile(r"(https?)://([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?(?:[/?][!\"$-\[\]-~]*)?")
_CHUNK = 16 * 1024


class Unreachable(Exception):
    """No usable answer. ``reason`` is a word for the log: it holds nothing of the URL or the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Answer(NamedTuple):
    """``headers`` by lower-case name; ``body`` as sent, whatever the status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def hosts_of(text: str) -> frozenset[str]:
    """The deployer's list as it stands in the environment."""
    return frozenset(entry.strip().lower() for entry in text.split(",") if entry.strip())


def allowed(url: str, hosts: Collection[str]) -> bool:
    """May this service call ``url``?

    ``https`` on a listed host; another port than 443 has to be listed with it. Plain ``http`` only on the loopback
    interface, listed with its port.
    """
    found = _URL.fullmatch(url)
    if found is None:
        return False
    scheme, host, port = found[1], found[2].lower(), found[3]
    if scheme == "http":
        return host in LOOPBACK and f"{host}:{port or 80}" in hosts
    return f"{host}:{port or 443}" in hosts or (port in (None, "443") and host in hosts)


def call(
    method: str,
    url: str,
    *,
    hosts: Collection[str],
    headers: Mapping[str, str] = NO_HEADERS,
    body: bytes | None = None,
    seconds: float,
    max_bytes: int,
) -> Answer:
    """One call, never repeated and never redirected: a redirect is an answer like any other.

    Raises:
        Unreachable: ``host-not-allowed``, ``no-answer`` in time, ``too-large``, or ``encoded`` though not asked for.
    """
    if not allowed(url, hosts):
        raise Unreachable("host-not-allowed")
    import urllib3

    ends = time.monotonic() + seconds
    timeout = urllib3.Timeout(total=seconds)
    try:
        response = _pool().request(
            method,
            url,
            body=body,
            headers=dict(headers),
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        raise Unreachable("no-answer") from None
    try:
        return Answer(response.status, _lower(response.headers), _read(response, ends, max_bytes))
    except (urllib3.exceptions.HTTPError, OSError):
        raise Unreachable("no-answer") from None
    finally:
        # Not given back: what is left unread of an answer must not come before the next one.
        response.close()


def _read(response: urllib3.BaseHTTPResponse, ends: float, max_bytes: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unreachable("encoded")
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise Unreachable("too-large")
        if time.monotonic() > ends:
            raise Unreachable("no-answer")
    return bytes(body)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@cache
def _pool() -> urllib3.PoolManager:
    """No proxy of the environment, certificates verified."""
    import urllib3

    return urllib3.PoolManager(num_pools=20, maxsize=10)
