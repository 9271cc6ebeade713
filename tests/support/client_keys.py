"""Clients of the tests: keys of every kind, what they sign, and where they publish."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.assessments.identifiers import new_id

CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


class ClientKey(NamedTuple):
    """A private key with its id and the one algorithm it signs with."""

    kid: str
    algorithm: str
    private: Any

    @property
    def jwk(self) -> dict[str, Any]:
        kind = jwt.algorithms.ECAlgorithm if self.algorithm.startswith("ES") else jwt.algorithms.RSAAlgorithm
        return {**kind.to_jwk(self.private.public_key(), as_dict=True), "kid": self.kid, "alg": self.algorithm}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.jwk]}

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        sent = {"kid": self.kid, **header}
        return jwt.encode(dict(claims), self.private, self.algorithm, {k: v for k, v in sent.items() if v is not None})


@cache
def client_key(algorithm: str = "ES384", kid: str = "k1", bits: int = 2048) -> ClientKey:
    """The same key for the same arguments: RSA keys are slow to make."""
    if algorithm in CURVES:
        return ClientKey(kid, algorithm, ec.generate_private_key(CURVES[algorithm]))
    return ClientKey(kid, algorithm, rsa.generate_private_key(public_exponent=65537, key_size=bits))


class Now(NamedTuple):
    """A claim's time: so many seconds from when the test is run, which may be minutes after it was collected."""

    seconds: int


def claims_of(iss: str, aud: Any, /, **changes: Any) -> dict[str, Any]:
    """The claims of a good client JWT; a change of None leaves one out."""
    good = {"iss": iss, "sub": iss, "aud": aud, "iat": Now(0), "exp": Now(240), "jti": new_id()}
    return in_time({**good, **changes})


def in_time(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Claims with their times worked out, those of None left out."""
    now = int(time.time())
    return {
        name: now + value.seconds if isinstance(value, Now) else value
        for name, value in claims.items()
        if value is not None
    }


class Published:
    """What a little web server answers, and how often it was asked."""

    def __init__(self) -> None:
        self.status, self.headers, self.body, self.asked, self.pause = 200, {}, b"{}", 0, 0.0
        self.host = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}/jwks.json"

    def publish(self, document: Any, **headers: str) -> None:
        self.body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def publishing() -> Iterator[Published]:
    """A web server on the loopback interface."""
    published = Published()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            published.asked += 1
            time.sleep(published.pause)
            self.send_response(published.status)
            for name, value in published.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(published.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    published.host = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield published
    finally:
        server.shutdown()
        server.server_close()
