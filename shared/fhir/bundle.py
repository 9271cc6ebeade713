"""Bundles: a page of search results out, a transaction or batch in, and its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from shared.fhir.operation_outcome import Issue, error, malformed
from shared.fhir.systems import Resource, kept

MAX_ENTRIES = 50
"""How many requests one Bundle may hold. What can be stored in one piece is bounded by the store, and may be less."""

ORDER = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")
"""How a transaction is carried out, whatever the order of its entries."""

_URL = re.compile(r"([A-Z][A-Za-z]+)(?:/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?)?(?:\?.*)?")


class Entry(NamedTuple):
    """One request of a Bundle. ``place`` is its index as sent, where its answer belongs."""

    place: int
    method: str
    url: str
    type: str
    id: str | None
    resource: dict[str, Any] | None
    full_url: str | None
    if_none_exist: str | None

    @property
    def at(self) -> str:
        return f"Bundle.entry[{self.place}]"

    def told(self, issue: Issue) -> Issue:
        """An issue of its resource, said of the Bundle."""
        _, _, rest = (issue.expression or "").partition(".")
        return issue._replace(expression=f"{self.at}.resource.{rest}" if rest else self.at)


class Plan(NamedTuple):
    """A Bundle that was read: its entries in the order they are carried out, or what is wrong with it."""

    type: str
    entries: list[Entry]
    issues: list[Issue]

    def of(self, entry: Entry) -> list[Issue]:
        """What is wrong with one entry."""
        return [issue for issue in self.issues if _is_of(issue, entry)]

    @property
    def of_none(self) -> list[Issue]:
        """What is wrong with the Bundle itself."""
        return [issue for issue in self.issues if not any(_is_of(issue, entry) for entry in self.entries)]


def _is_of(issue: Issue, entry: Entry) -> bool:
    return issue.expression is not None and f"{issue.expression}.".startswith(f"{entry.at}.")


def read_bundle(
    document: dict[str, Any], *, wired: Mapping[str, Iterable[str]], max_entries: int = MAX_ENTRIES
) -> Plan:
    """Read a transaction or batch. ``wired`` says which methods each resource type takes.

    A transaction with any refusing issue is refused whole; in a batch, only a malformed Bundle is, and each other issue
    belongs to the entry that its expression names. Entries are there in every case, so that their answers can be heard.
    """
    from shared.fhir.resources import Bundle, shape_issues

    issues = shape_issues(Bundle, document)
    sent = document.get("entry")
    kind = document.get("type") if document.get("type") in ("transaction", "batch") else ""
    if not isinstance(sent, list) or not sent:
        issues.append(error("required", "Bundle.entry", "At least one entry is required."))
        return Plan(str(kind), [], issues)
    own: list[Issue] = []
    entries = [_entry(place, entry if isinstance(entry, dict) else {}, own) for place, entry in enumerate(sent)]
    if len(sent) > max_entries:
        said = f"A Bundle may hold at most {max_entries} entries."
        return Plan(str(kind), entries, [error("too-costly", "Bundle.entry", said, 413)])
    issues += own
    for entry in entries:
        issues += _entry_issues(entry, {name: tuple(methods) for name, methods in wired.items()})
    issues += _twice(entries)
    if kind == "transaction":
        entries.sort(key=lambda entry: ORDER.index(entry.method) if entry.method in ORDER else len(ORDER))
    return Plan(str(kind), entries, list(dict.fromkeys(issues)))


def _entry(place: int, sent: Mapping[str, Any], issues: list[Issue]) -> Entry:
    given = sent.get("request")
    request: Mapping[str, Any] = given if isinstance(given, dict) else {}
    if not request:
        issues.append(malformed("required", f"Bundle.entry[{place}].request", "Is required."))
    url = _string(request, "url") or ""
    match = _URL.fullmatch(url)
    if request and url and match is None:
        said = "Should be a resource type, with an id or search parameters, relative to the base."
        issues.append(error("value", f"Bundle.entry[{place}].request.url", said))
    resource = sent.get("resource")
    return Entry(
        place,
        _string(request, "method") or "",
        url,
        match[1] if match else "",
        match[2] if match else None,
        resource if isinstance(resource, dict) else None,
        _string(sent, "fullUrl"),
        _string(request, "ifNoneExist"),
    )


def _string(part: Mapping[str, Any], name: str) -> str | None:
    value = part.get(name)
    return value if isinstance(value, str) and value else None


def _entry_issues(entry: Entry, wired: Mapping[str, Sequence[str]]) -> Iterable[Issue]:
    if not entry.type:
        return
    at = entry.at
    if entry.type not in wired:
        yield error("not-supported", f"{at}.request.url", "This resource type is not held here.", 404)
        return
    if entry.method and entry.method not in wired[entry.type]:
        yield error("not-supported", f"{at}.request.method", "This is not done here to a resource of this type.", 405)
        return
    if entry.method == "POST" and entry.id is not None:
        yield error("value", f"{at}.request.url", "A create names no id.")
    if entry.method in ("PUT", "DELETE") and entry.id is None:
        yield error("value", f"{at}.request.url", "Should name an id.")
    if entry.method in ("POST", "PUT"):
        yield from _resource_issues(entry)
    elif entry.resource is not None:
        yield error("structure", f"{at}.resource", "A request of this method carries no resource.")
    if entry.if_none_exist is not None and (entry.method != "POST" or "?" in entry.if_none_exist):
        said = "Belongs to a create, and is the search parameters alone."
        yield error("value", f"{at}.request.ifNoneExist", said)


def _resource_issues(entry: Entry) -> Iterable[Issue]:
    at = f"{entry.at}.resource"
    if entry.resource is None:
        yield error("required", at, "Is required.")
    elif entry.resource.get("resourceType") != entry.type:
        yield error("value", at, "Should be of the type that the request's URL names.")
    elif entry.method == "PUT" and entry.resource.get("id") != entry.id:
        yield malformed("value", f"{at}.id", "Should equal the id in the request's URL.")


def _twice(entries: Iterable[Entry]) -> Iterable[Issue]:
    """The same identity twice: one URL written twice, one fullUrl, or one condition of a create."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        identities = [("fullUrl", entry.full_url)]
        if entry.method in ("PUT", "DELETE", "PATCH"):
            identities.append(("request.url", entry.url))
        if entry.if_none_exist:
            identities.append(("request.ifNoneExist", f"{entry.type}?{entry.if_none_exist}"))
        for where, identity in identities:
            if identity is None:
                continue
            if (where, identity) in seen:
                yield error("duplicate", f"{entry.at}.{where}", "Two entries have the same identity.")
            seen.add((where, identity))


def rewritten(part: Any, assigned: Mapping[str, str]) -> Any:
    """``part`` with every reference to a fullUrl of the Bundle replaced by the id that was assigned to it."""
    if isinstance(part, dict):
        return {
            name: assigned.get(value, value)
            if name == "reference" and isinstance(value, str)
            else rewritten(value, assigned)
            for name, value in part.items()
        }
    if isinstance(part, list):
        return [rewritten(one, assigned) for one in part]
    return part


class Answer(NamedTuple):
    """What came of one entry. ``resource`` is what is returned, ``outcome`` an OperationOutcome beside it."""

    place: int
    status: str
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    resource: Resource | None = None
    outcome: Resource | None = None


def bundle_response(kind: str, answers: Iterable[Answer]) -> Resource:
    """The answer to a transaction or batch: one response an entry, in the order they were sent."""
    entries = [
        kept(
            resource=answer.resource,
            response=kept(
                status=answer.status,
                location=answer.location,
                etag=answer.etag,
                lastModified=answer.last_modified,
                outcome=answer.outcome,
            ),
        )
        for answer in sorted(answers, key=lambda answer: answer.place)
    ]
    return kept(resourceType="Bundle", type=f"{kind}-response", entry=entries)


def searchset(matches: Sequence[Resource], *, base: str, self_url: str, next_url: str | None = None) -> Resource:
    """A page of search results; no match is an empty one. How many there are in all is not counted."""
    entries = [
        {
            "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in matches
    ]
    return kept(resourceType="Bundle", type="searchset", link=_links(self_url, next_url), entry=entries)


def history(versions: Sequence[Resource], *, base: str, self_url: str, next_url: str | None = None) -> Resource:
    """A page of the versions of one resource, newest first."""
    entries = []
    for resource in versions:
        url = f"{resource['resourceType']}/{resource['id']}"
        entries.append(
            {
                "fullUrl": f"{base}/{url}",
                "resource": resource,
                "request": {"method": "PUT", "url": url},
                "response": {"status": "200", "etag": f'W/"{resource["meta"]["versionId"]}"'},
            }
        )
    return kept(resourceType="Bundle", type="history", link=_links(self_url, next_url), entry=entries)


def _links(self_url: str, next_url: str | None) -> list[Resource]:
    links = [{"relation": "self", "url": self_url}]
    return [*links, {"relation": "next", "url": next_url}] if next_url else links


def collection(resources: Sequence[Resource], full_urls: Sequence[str]) -> Resource:
    """Resources that belong together and ask for nothing."""
    entries = [
        {"fullUrl": full_url, "resource": resource} for full_url, resource in zip(full_urls, resources, strict=True)
    ]
    return kept(resourceType="Bundle", type="collection", entry=entries)


def transaction(resources: Sequence[Resource], full_urls: Sequence[str]) -> Resource:
    """Resources for a receiver, each told by its identifier, so that a repetition changes nothing.

    One is created only where the receiver has none of it yet. One that was entered in error replaces what is there, and
    where nothing is there yet, it keeps a creation that comes late from taking effect.
    """
    entries = []
    for full_url, resource in zip(full_urls, resources, strict=True):
        kind = resource["resourceType"]
        request = {"method": "POST", "url": kind}
        identifiers = resource.get("identifier") or []
        first = identifiers[0] if isinstance(identifiers, list) and identifiers else identifiers
        if isinstance(first, dict) and first.get("value"):
            criteria = f"identifier={first.get('system', '')}|{first['value']}"
            if resource.get("status") == "entered-in-error":
                request = {"method": "PUT", "url": f"{kind}?{criteria}"}
            else:
                request["ifNoneExist"] = criteria
        entries.append({"fullUrl": full_url, "resource": resource, "request": request})
    return kept(resourceType="Bundle", type="transaction", entry=entries)
