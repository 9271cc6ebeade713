"""Calls to other systems: only to hosts on the deployer's list, bounded in time and size, and never redirected.

The list is ``EHR_HOSTS``: ``host`` or ``host:port``, joined by commas. Empty, nothing is called.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import socket
    import ssl
    import threading
    from email.message import Message
    from http.client import HTTPConnection, HTTPResponse

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
# Read here and not by a URL library, so that what is checked and what is called cannot be two hosts.
_URL = re.compile(r"(https?)://([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?([/?][!\"$-\[\]-~]*)?")
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


class _Place(NamedTuple):
    scheme: str
    host: str
    port: int | None
    target: str


def allowed(url: str, hosts: Collection[str]) -> bool:
    """May this service call ``url``?

    ``https`` on a listed host; another port than 443 has to be listed with it. Plain ``http`` only on the loopback
    interface, listed with its port.
    """
    return _place(url, hosts) is not None


def _place(url: str, hosts: Collection[str]) -> _Place | None:
    """Where an allowed URL leads."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    scheme, host, port, rest = found[1], found[2].lower(), found[3], found[4] or "/"
    if scheme == "http":
        listed = host in LOOPBACK and f"{host}:{port or 80}" in hosts
    else:
        listed = f"{host}:{port or 443}" in hosts or (port in (None, "443") and host in hosts)
    target = rest if rest.startswith("/") else f"/{rest}"
    return _Place(scheme, host, int(port) if port else None, target) if listed else None


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
    place = _place(url, hosts)
    if place is None:
        raise Unreachable("host-not-allowed")
    import http.client

    ends = time.monotonic() + seconds
    connection = _connection(place, seconds)
    watch = None
    try:
        connection.connect()
        watch = _hung_up_at(ends, connection.sock)
        connection.request(method, place.target, body=body, headers=dict(headers))
        response = connection.getresponse()
        answer = Answer(response.status, _lower(response.headers), _read(response, max_bytes))
    except (http.client.HTTPException, OSError, ValueError):
        raise Unreachable("no-answer") from None
    finally:
        if watch is not None:
            watch.cancel()
        connection.close()
    # Hung up in the middle, or by them before the end.
    if time.monotonic() > ends or response.length:
        raise Unreachable("no-answer")
    return answer


def _connection(place: _Place, seconds: float) -> HTTPConnection:
    """No proxy of the environment, certificates verified."""
    import http.client

    if place.scheme == "http":
        return http.client.HTTPConnection(place.host, place.port, timeout=seconds)
    return http.client.HTTPSConnection(place.host, place.port, timeout=seconds, context=_trust())


def _hung_up_at(ends: float, connected: socket.socket) -> threading.Timer:
    """Ends the connection in time, whatever drips from it: a time limit of the socket is for each read alone."""
    import socket
    import threading

    def hang_up() -> None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(max(ends - time.monotonic(), 0), hang_up)
    watch.daemon = True
    watch.start()
    return watch


def _read(response: HTTPResponse, max_bytes: int) -> bytes:
    if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise Unreachable("encoded")
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise Unreachable("too-large")
    return bytes(body)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@cache
def _trust() -> ssl.SSLContext:
    import ssl

    return ssl.create_default_context()
