"""What every interaction is given: the resolver, the names that canonicals are made of, and the use cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shared import ENGINE_VERSION
from shared.fhir import capability
from shared.fhir.document import Unreadable, parse
from shared.fhir.forms import Forms
from shared.fhir.stored import StoredResources
from shared.fhir.systems import Names, Resource
from shared.instruments import registry
from shared.web.fhir import FhirApi, Refused

if TYPE_CHECKING:
    from shared.assessments.request import Request
    from shared.assessments.service import Assessments

NAME = "Chronic-pain risk scoring"
SOFTWARE = f"{NAME} {ENGINE_VERSION}"
PUBLIC = {"Cache-Control": "public, max-age=300"}

Answer = Any
"""A response of the resolver."""


@dataclass(frozen=True, slots=True)
class Server:
    """``assessments`` makes the use cases when they are first needed, and imports the store with them."""

    api: FhirApi
    assessments: Callable[[], Assessments]

    @property
    def names(self) -> Names:
        return self.api.names

    @property
    def forms(self) -> Forms:
        return _forms_of(self.names)

    @property
    def stored(self) -> StoredResources:
        return StoredResources(self.names, registry(), SOFTWARE)

    def request(self, kind: str, letter: str) -> Request:
        """The caller, where a scope of ours or of SMART's lets it do this to resources of this kind.

        Raises:
            Unauthorized: nobody was verified.
            Forbidden: the token covers neither scope.
        """
        from shared.assessments.request import Request

        own = "assessments:write" if letter in "cud" else "assessments:read"
        caller = self.api.caller(own, f"system/{kind}.{letter}")
        return Request(caller.tenant, caller.actor, self.api.correlation_id)

    def parsed(self, raw: bytes) -> dict[str, Any]:
        """The resource in a body.

        Raises:
            Refused: not one resource in strict JSON.
        """
        try:
            return parse(raw)
        except Unreadable as unreadable:
            raise Refused([unreadable.issue]) from None

    def public(self, resource: Resource) -> Answer:
        """A resource that anybody may read and keep for a while."""
        headers: Mapping[str, str] = {**PUBLIC, "ETag": capability.etag(resource)}
        if self.api.header("If-None-Match") == headers["ETag"]:
            return self.api.nothing(304, headers)
        return self.api.resource(resource, headers=headers)


@lru_cache(maxsize=8)
def _forms_of(names: Names) -> Forms:
    return Forms(names, registry())
