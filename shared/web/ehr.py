"""Asks the EHR that called for what it did not send: bounded, at a listed host only, with the token that it gave."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from shared.cds.request import HookRequest
from shared.errors import DomainError
from shared.web.body import MAX_BYTES, parse
from shared.web.outgoing import Unreachable, call

SECONDS = 2.0
"""For everything that one request needs."""

FHIR_JSON = "application/fhir+json"


class Ehr:
    """``hosts``: the deployer's list of what may be called. The token goes to the named server and is not kept."""

    def __init__(self, hosts: Collection[str], seconds: float = SECONDS) -> None:
        self._hosts, self._seconds = hosts, seconds

    def fetch(self, hook: HookRequest, queries: Mapping[str, str]) -> Mapping[str, Any]:
        """The answers that came whole and in time, by the keys of their queries. A failure is no answer."""
        ends = time.monotonic() + self._seconds
        found: dict[str, Any] = {}
        for key, query in queries.items():
            left = ends - time.monotonic()
            if left <= 0:
                break
            try:
                found[key] = self._get(f"{str(hook.fhir_server).rstrip('/')}/{query}", hook.access_token, left)
            except (Unreachable, DomainError):
                continue
        return found

    def _get(self, url: str, token: str | None, seconds: float) -> Any:
        headers = {"Accept": FHIR_JSON, "Authorization": f"Bearer {token}"}
        answer = call("GET", url, hosts=self._hosts, headers=headers, seconds=seconds, max_bytes=MAX_BYTES)
        if answer.status != 200:
            raise Unreachable("status")
        document = parse(answer.body)
        if not isinstance(document, dict):
            raise Unreachable("no-resource")
        return document
