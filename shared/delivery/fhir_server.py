"""A FHIR server as a receiver: signed in to as a SMART backend client, told of an assessment in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from shared.delivery.answer import Outcome, of_transaction, refusal, unreachable
from shared.delivery.parcel import Parcel
from shared.strict_json import NotStrictJson, parse
from shared.tenants.connections import Destination
from shared.tokens import ASSERTION_TYPE
from shared.tokens.signing import Signer, signed_jwt
from shared.web.body import FORM_TYPE
from shared.web.outgoing import Answer, Unreachable, call

MEDIA_TYPE = "application/fhir+json"
SECONDS, SIGN_IN_SECONDS = 15.0, 5.0
MAX_BYTES, MAX_SIGN_IN_BYTES = 1024 * 1024, 64 * 1024
ASSERTION_SECONDS = 240
"""SMART allows five minutes; the rest is for clocks that differ."""

SPARE_SECONDS = 30
LONGEST_KEPT = 3600
SIGN_IN = "sign-in-"


class SignInFailed(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: float


@dataclass(frozen=True, slots=True)
class FhirServers:
    """Sends to FHIR servers on the deployer's list. Access tokens are kept until shortly before they expire."""

    hosts: Collection[str]
    signer: Callable[[], Signer]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    _tokens: dict[tuple[str, str], _Token] = field(default_factory=dict)

    def send(self, tenant: str, destination: Destination, parcel: Parcel) -> Outcome:
        """Post the parcel as one transaction."""
        body = json.dumps(parcel.transaction, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        try:
            answer = self._post(tenant, destination, body)
        except SignInFailed as failed:
            return failed.outcome
        except Unreachable as reason:
            return unreachable(reason)
        return of_transaction(answer, parcel.sent, self.clock())

    def _post(self, tenant: str, destination: Destination, body: bytes) -> Answer:
        headers = {"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE, "Prefer": "return=minimal"}
        answer = self._posted(destination, body, headers, self._token(tenant, destination))
        if answer.status == 401 and destination.client_id:
            # The server may have forgotten the token before its time.
            self._tokens.pop(_name(tenant, destination), None)
            answer = self._posted(destination, body, headers, self._token(tenant, destination))
        return answer

    def _posted(self, destination: Destination, body: bytes, headers: dict[str, str], token: str | None) -> Answer:
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        return call(
            "POST",
            destination.url,
            hosts=self.hosts,
            headers=headers | authorization,
            body=body,
            seconds=SECONDS,
            max_bytes=MAX_BYTES,
        )

    def _token(self, tenant: str, destination: Destination) -> str | None:
        if destination.client_id is None:
            return None
        name, now = _name(tenant, destination), self.clock().timestamp()
        kept = self._tokens.get(name)
        if kept is None or kept.until <= now:
            kept = self._tokens[name] = self._sign_in(destination, destination.client_id, now)
        return kept.value

    def _sign_in(self, destination: Destination, client_id: str, now: float) -> _Token:
        token_url = destination.token_url or self._discovered(destination.url)
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": token_url,
            "iat": int(now),
            "exp": int(now) + ASSERTION_SECONDS,
            "jti": self.new_id(),
        }
        form = {
            "grant_type": "client_credentials",
            "scope": destination.scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed_jwt(claims, self.signer()),
        }
        headers = {"Content-Type": FORM_TYPE, "Accept": "application/json"}
        granted = self._asked("POST", token_url, headers, urlencode(form).encode())
        token, lasts = granted.get("access_token"), granted.get("expires_in", 0)
        usable = isinstance(token, str) and token and token.isascii() and token.isprintable()
        if not usable or type(lasts) is not int:
            raise SignInFailed(Outcome("failed", f"{SIGN_IN}not-understood"))
        return _Token(str(token), now + min(lasts, LONGEST_KEPT) - SPARE_SECONDS)

    def _discovered(self, base: str) -> str:
        url = f"{base.rstrip('/')}/.well-known/smart-configuration"
        found = self._asked("GET", url, {"Accept": "application/json"}, None).get("token_endpoint")
        if not isinstance(found, str):
            raise SignInFailed(Outcome("failed", f"{SIGN_IN}not-understood"))
        return found

    def _asked(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
        try:
            answer = call(
                method,
                url,
                hosts=self.hosts,
                headers=headers,
                body=body,
                seconds=SIGN_IN_SECONDS,
                max_bytes=MAX_SIGN_IN_BYTES,
            )
        except Unreachable as reason:
            raise SignInFailed(unreachable(reason, SIGN_IN)) from None
        refused = refusal(answer, self.clock(), SIGN_IN)
        if refused is not None:
            raise SignInFailed(refused)
        try:
            document = parse(answer.body)
        except NotStrictJson:
            document = None
        if not isinstance(document, dict):
            raise SignInFailed(Outcome("failed", f"{SIGN_IN}not-understood"))
        return document


def _name(tenant: str, destination: Destination) -> tuple[str, str]:
    """Whose token it is: of this tenant, for this server, signed in to in just this way."""
    return tenant, destination.model_dump_json(include={"url", "client_id", "token_url", "scope"})
