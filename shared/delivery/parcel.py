"""The resources that tell a receiver of one assessment, with references that hold inside one Bundle. Pure.

A receiver knows each resource by its identifier. What is current is created once; what was voided or superseded is put
there as entered in error. So deliveries may come in any order and any number of times, and the receiver ends the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from shared.fhir.bundle import collection, rewritten, transaction
from shared.fhir.stored import StoredResources, View
from shared.fhir.systems import Resource

DrawReport = Callable[[View], bytes]
"""Makes the PDF of an assessment: the same bytes for the same assessment."""


class Sent(NamedTuple):
    """How a receiver can tell a resource that was sent: its type, and the value of its identifier."""

    resource: str
    identifier: str


class Parcel(NamedTuple):
    """Resources without ids, that name each other by their ``full_urls``."""

    resources: list[Resource]
    full_urls: list[str]

    @property
    def transaction(self) -> Resource:
        return transaction(self.resources, self.full_urls)

    @property
    def collection(self) -> Resource:
        return collection(self.resources, self.full_urls)

    @property
    def sent(self) -> list[Sent]:
        return [Sent(one["resourceType"], _identifier(one)["value"]) for one in self.resources]


def parcel(view: View, corrects: View | None, made: StoredResources, draw: DrawReport) -> Parcel:
    """What a receiver is told of the assessment ``view``, as it stands now, and of the one that it ``corrects``."""
    old = _resources(corrects, made, draw, None) if corrects else []
    replaced = next((one for one in old if one["resourceType"] == "DocumentReference"), None)
    new = _resources(view, made, draw, _reference(replaced) if replaced else None)
    every = new + old
    full_urls = {_reference(one): _full_url(one) for one in every}
    return Parcel([rewritten(_theirs(one), full_urls) for one in every], list(full_urls.values()))


def _resources(view: View, made: StoredResources, draw: DrawReport, replaces: str | None) -> list[Resource]:
    if view["status"] != "final":
        # A receiver has no word for superseded: the correction stands beside it.
        view = {**view, "status": "entered-in-error"}
    # A correction carries the identifier that its sender gave the original: only ours tells the two apart.
    view = {**view, "references": {**(view.get("references") or {}), "identifier": None}}
    responses = made.responses_by_instrument(view)
    observations = made.observations(view)
    risks = made.risk_assessments(view)
    shown = [_reference(one) for one in (*responses, *risks)]
    return [*responses, *observations, *risks, made.report(view, draw(view), related=shown, replaces=replaces)]


def _theirs(resource: Resource) -> Resource:
    """Without what the receiver gives a resource itself: id, version and time."""
    meta = {name: part for name, part in resource.get("meta", {}).items() if name == "profile"}
    own = {name: part for name, part in resource.items() if name not in ("id", "meta")}
    return own | ({"meta": meta} if meta else {})


def _reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _full_url(resource: Resource) -> str:
    identifier = _identifier(resource)
    token = f"{identifier['system']}|{identifier['value']}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, token)}"


def _identifier(resource: Resource) -> dict[str, Any]:
    given = resource["identifier"]
    identifier: dict[str, Any] = given[0] if isinstance(given, list) else given
    return identifier
