"""``python -m infra.local.receiver``: a small EHR on this machine, which prints what it is sent.

A FHIR server in memory with a SMART token endpoint, and a webhook beside it. It takes transactions with conditional
creates and updates by identifier, as the deliveries of this service need them, and can be told to fail.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import jwt

from infra.local.fhir_store import Refused, Resource, Store

HOST = "127.0.0.1"
PORT = 8091
CLIENT_ID = "pain-risk"
FHIR = "application/fhir+json"
TOKEN_SECONDS = 300
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Jwks = Mapping[str, Any]


class Fault(NamedTuple):
    """What goes wrong with one request. ``drop``: the connection goes once the work is done, before the answer."""

    status: int | None = None
    headers: Mapping[str, str] = {}
    drop: bool = False
    seconds: float = 0.0
    body: bytes = b"{}"


class Receiver:
    """The server. ``jwks`` gives the sender's public keys; ``faults`` are met by one request each, in order."""

    def __init__(self, jwks: Callable[[], Jwks], *, port: int = 0, client_id: str = CLIENT_ID) -> None:
        self.store = Store()
        self.messages: list[Resource] = []
        self.faults: deque[Fault] = deque()
        self.seen: list[str] = []
        self.on_arrival: Callable[[str], None] = self.seen.append
        self._jwks, self._client_id = jwks, client_id
        self._tokens: dict[str, float] = {}
        self._used: set[str] = set()
        self._server = ThreadingHTTPServer((HOST, port), _handler(self))
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"{HOST}:{self._server.server_address[1]}"

    @property
    def fhir(self) -> str:
        return f"http://{self.address}/fhir"

    @property
    def webhook(self) -> str:
        return f"http://{self.address}/webhook"

    @property
    def token_url(self) -> str:
        return f"http://{self.address}/token"

    def destination(self, kind: str = "fhir", **more: Any) -> dict[str, Any]:
        """This server as a tenant's settings name it."""
        by_kind = {"url": self.fhir, "client_id": self._client_id} if kind == "fhir" else {"url": self.webhook}
        return {"id": kind, "title": f"Test {kind}", "kind": kind, **by_kind, **more}

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget_tokens(self) -> None:
        """As after a restart: what was granted is no longer known."""
        self._tokens.clear()

    # -- what it answers -----------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        match method, path.partition("?")[0].rstrip("/").split("/")[1:]:
            case "GET", ["fhir", ".well-known", "smart-configuration"]:
                return 200, {"token_endpoint": self.token_url}
            case "POST", ["token"]:
                return self._grant(body)
            case "POST", ["fhir"]:
                self._require_token(headers)
                made = self.store.transact(json.loads(body))
                statuses = [entry["response"]["status"][:3] for entry in made["entry"]]
                created, known = statuses.count("201"), statuses.count("200")
                self.on_arrival(f"transaction: {created} created, {known} found or updated")
                return 200, made
            case "POST", ["webhook"]:
                return self._take_message(headers, body)
            case "GET", ["fhir", kind]:
                return 200, {"resourceType": "Bundle", "type": "searchset", "entry": self._entries(kind)}
            case "GET", ["fhir", kind, id] if id in self.store.resources.get(kind, {}):
                return 200, self.store.resources[kind][id]
        raise Refused(404, "nothing is here")

    def _entries(self, kind: str) -> list[Resource]:
        return [{"resource": resource} for resource in self.store.of(kind)]

    def _grant(self, body: bytes) -> tuple[int, Any]:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != ASSERTION_TYPE:
            raise Refused(400, "not a client's assertion")
        try:
            claims = self._verified(form["client_assertion"], audience=self.token_url)
        except (jwt.PyJWTError, KeyError, StopIteration):
            raise Refused(401, "the assertion is not valid") from None
        fresh = claims["jti"] not in self._used and claims["exp"] <= time.time() + TOKEN_SECONDS
        if not fresh or claims["iss"] != self._client_id or claims["sub"] != self._client_id:
            raise Refused(401, "the assertion is not valid")
        self._used.add(claims["jti"])
        token = secrets.token_urlsafe(16)
        self._tokens[token] = time.time() + TOKEN_SECONDS
        granted = {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS, "scope": form["scope"]}
        return 200, granted

    def _require_token(self, headers: Mapping[str, str]) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0) < time.time():
            raise Refused(401, "no token, or none that is known")

    def _take_message(self, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        head, _, signature = headers.get("Pain-Risk-Signature", "").partition("..")
        try:
            # pyjwt takes a detached payload; what was signed is the body as it came (RFC 7797).
            key = self._key(jwt.get_unverified_header(f"{head}..{signature}")["kid"])
            verified = jwt.PyJWS().decode_complete(f"{head}..{signature}", key, ["ES384"], detached_payload=body)
        except (jwt.PyJWTError, KeyError, StopIteration):
            raise Refused(401, "the signature is not valid") from None
        message = json.loads(body)
        if message["id"] != headers.get("Idempotency-Key") or verified["header"]["jti"] != message["id"]:
            raise Refused(400, "the message and its headers do not fit")
        if verified["header"]["aud"] != self.webhook:
            raise Refused(401, "the message is for another")
        if message["id"] not in {one["id"] for one in self.messages}:
            self.messages.append(message)
        self.on_arrival(f"message: {message['event']}")
        return 204, None

    def _verified(self, token: str, audience: str) -> dict[str, Any]:
        key = self._key(jwt.get_unverified_header(token)["kid"])
        required = ["iss", "sub", "aud", "exp", "jti"]
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=["ES384"], audience=audience, options={"require": required}
        )
        return claims

    def _key(self, kid: str) -> Any:
        return jwt.PyJWK(next(dict(key) for key in self._jwks()["keys"] if key["kid"] == kid)).key


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _answer(self, body: bytes) -> None:
            fault = Fault()
            if self.command == "POST" and self.path in ("/fhir", "/webhook") and receiver.faults:
                fault = receiver.faults.popleft()
            time.sleep(fault.seconds)
            if fault.status is not None:
                self._send(fault.status, fault.body, fault.headers)
                return
            try:
                status, document = receiver.answer(self.command, self.path, dict(self.headers.items()), body)
            except Refused as refused:
                status, document = refused.status, _outcome(refused.why)
            if fault.drop:
                self.close_connection = True
                return
            self._send(status, b"" if document is None else json.dumps(document).encode(), {})

        def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": FHIR, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what arrives is told by the receiver."""

    return Handler


def _outcome(why: str) -> Resource:
    issue = {"severity": "error", "code": "processing", "diagnostics": why}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@contextmanager
def receiving(jwks: Callable[[], Jwks], *, port: int = 0) -> Iterator[Receiver]:
    """A receiver that serves from a thread of its own until it is left."""
    receiver = Receiver(jwks, port=port)
    thread = threading.Thread(target=receiver.serve, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stop()
        thread.join()


def published_at(url: str) -> Callable[[], Jwks]:
    """The keys that a service publishes, asked for each time: it may start after this does."""

    def fetch() -> Jwks:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 loopback, or what the caller chose
            keys: Jwks = json.load(answer)
        return keys

    return fetch


def main() -> int:
    """Serve until Ctrl-C. ``SERVICE`` is the base URL of the service whose keys are believed."""
    service = os.environ.get("SERVICE", "http://127.0.0.1:8080")
    receiver = Receiver(published_at(f"{service}/smart/jwks"), port=int(os.environ.get("PORT", str(PORT))))
    receiver.on_arrival = _print_arrival
    print(f"An EHR on {receiver.fhir}, a webhook on {receiver.webhook}. As destinations of a tenant:")
    print(json.dumps([receiver.destination(), receiver.destination("webhook")], indent=2), flush=True)
    with suppress(KeyboardInterrupt):
        receiver.serve()
    return 0


def _print_arrival(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def report_of(document_reference: Resource) -> bytes:
    """The PDF that a DocumentReference carries."""
    return base64.b64decode(document_reference["content"][0]["attachment"]["data"])


if __name__ == "__main__":
    sys.exit(main())
