"""FHIR resources in memory, changed by transactions of conditional creates and updates by identifier."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

Resource = dict[str, Any]


class Refused(Exception):
    """A request that this server does not take, with the status that says so."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Store:
    """Resources by type and id. A transaction is done whole, or not at all."""

    def __init__(self) -> None:
        self.resources: dict[str, dict[str, Resource]] = {}
        self._lock = threading.Lock()

    def of(self, kind: str) -> list[Resource]:
        return list(self.resources.get(kind, {}).values())

    def transact(self, bundle: Resource) -> Resource:
        if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
            raise Refused(400, "not a transaction")
        entries = bundle["entry"]
        with self._lock:
            found = [self._found(entry) for entry in entries]
            ids = [old["id"] if old else secrets.token_hex(8) for old in found]
            places = {
                entry["fullUrl"]: f"{entry['resource']['resourceType']}/{id}"
                for entry, id in zip(entries, ids, strict=True)
            }
            if len(places) != len(entries):
                raise Refused(400, "a fullUrl stands twice")
            written = [_referring(entry["resource"], places) for entry in entries]
            return {
                "resourceType": "Bundle",
                "type": "transaction-response",
                "entry": [
                    {"response": self._write(entry["request"]["method"], resource, id, old)}
                    for entry, resource, id, old in zip(entries, written, ids, found, strict=True)
                ],
            }

    def _found(self, entry: Resource) -> Resource | None:
        """What this entry's condition finds."""
        request, kind = entry["request"], entry["resource"]["resourceType"]
        path, _, query = request["url"].partition("?")
        if path != kind or "id" in entry["resource"]:
            raise Refused(400, "an entry's URL and resource do not fit")
        if request["method"] not in ("POST", "PUT") or (request["method"] == "POST") != (not query):
            raise Refused(400, "neither a create nor a conditional update")
        criteria = query or request.get("ifNoneExist", "")
        if not criteria:
            return None
        name, _, token = unquote(criteria).partition("=")
        system, _, value = token.partition("|")
        if name != "identifier" or not value:
            raise Refused(412, "only identifier is searched by")
        found = [one for one in self.of(kind) if {"system": system, "value": value} in _identifiers(one)]
        if len(found) > 1:
            raise Refused(412, "several match")
        return found[0] if found else None

    def _write(self, method: str, resource: Resource, id: str, old: Resource | None) -> Resource:
        kind = resource["resourceType"]
        if method == "POST" and old is not None:
            return {"status": "200 OK", "location": f"{kind}/{id}/_history/{old['meta']['versionId']}"}
        version = str(int(old["meta"]["versionId"]) + 1) if old else "1"
        self.resources.setdefault(kind, {})[id] = {**resource, "id": id, "meta": {"versionId": version}}
        status = "200 OK" if old else "201 Created"
        return {"status": status, "location": f"{kind}/{id}/_history/{version}"}


def _identifiers(resource: Resource) -> list[Resource]:
    given = resource.get("identifier") or []
    return given if isinstance(given, list) else [given]


def _referring(part: Any, places: Mapping[str, str]) -> Any:
    """With every reference to an entry turned into one to where it lies."""
    if isinstance(part, list):
        return [_referring(one, places) for one in part]
    if not isinstance(part, dict):
        return part
    made = {name: _referring(value, places) for name, value in part.items()}
    to = made.get("reference")
    if isinstance(to, str):
        made["reference"] = places.get(to, to)
        if made["reference"].startswith("urn:uuid:"):
            raise Refused(400, "a reference leads nowhere")
    return made
