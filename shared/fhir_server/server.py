"""What every interaction is given: the resolver, the names that canonicals are made of, and the use cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from shared import ENGINE_VERSION
from shared.fhir import capability
from shared.fhir.document import Unreadable, parse
from shared.fhir.forms import Forms
from shared.fhir.systems import Names, Resource
from shared.instruments import registry
from shared.names import DEFAULT_SOURCE
from shared.web.api import NO_HEADERS
from shared.web.fhir import FhirApi, Refused

if TYPE_CHECKING:
    from shared.assessments.audit_trail import AuditTrail
    from shared.assessments.request import Request
    from shared.assessments.service import Assessments
    from shared.fhir.stored import StoredResources
    from shared.risk_models import Registry as RiskModels
    from shared.text_packs import TextPacks

NAME = "Chronic-pain risk scoring"
SOFTWARE = f"{NAME} {ENGINE_VERSION}"
CHANGED = "2026-11-26"
"""When what the CapabilityStatement says last changed."""

DEFINED = ("CodeSystem", "OperationDefinition", "StructureDefinition")
"""The types whose resources say what our canonicals stand for."""

PUBLIC = {"Cache-Control": "public, max-age=300"}

Answer = Any
"""A response of the resolver."""


class Server(NamedTuple):
    """What is handed in is made when it is first needed: the use cases import the store with them.

    ``text_packs`` gives the deployer's licensed wordings, ``risk_models`` the models of the service and its deployer.
    """

    api: FhirApi
    assessments: Callable[[], Assessments]
    audit_trail: Callable[[], AuditTrail]
    text_packs: Callable[[], TextPacks | None]
    risk_models: Callable[[], RiskModels]

    @property
    def names(self) -> Names:
        return self.api.names

    @property
    def forms(self) -> Forms:
        return _forms_of(self.names, self.text_packs())

    @property
    def stored(self) -> StoredResources:
        from shared.fhir.stored import StoredResources

        return StoredResources(self.names, registry(), SOFTWARE, self.risk_models)

    def request(self, kind: str, letter: str) -> Request:
        """The caller, where a scope of ours or of SMART's lets it do this to resources of this kind.

        Raises:
            Unauthorized: nobody was verified.
            Forbidden: the token covers neither scope.
        """
        from shared.assessments.request import Request

        caller = self.api.caller(*scopes_for(kind, letter))
        return Request(caller.tenant, caller.actor, self.api.correlation_id, caller.source or DEFAULT_SOURCE)

    def parsed(self, raw: bytes) -> dict[str, Any]:
        """The resource in a body.

        Raises:
            Refused: not one resource in strict JSON.
        """
        try:
            return parse(raw)
        except Unreadable as unreadable:
            raise Refused([unreadable.issue]) from None

    def public(self, resource: Resource, more: Mapping[str, str] = NO_HEADERS) -> Answer:
        """A resource that anybody may read and keep for a while."""
        headers = {**PUBLIC, **more, "ETag": capability.etag(resource)}
        if self.api.header("If-None-Match") == headers["ETag"]:
            return self.api.nothing(304, headers)
        return self.api.resource(resource, headers=headers)


def scopes_for(kind: str, letter: str) -> tuple[str, str]:
    """The scopes that each let a caller do this to resources of this kind: ours, and SMART's."""
    own = "audit:read" if kind == "AuditEvent" else "assessments:write" if letter in "cud" else "assessments:read"
    return own, f"system/{kind}.{letter}"


@lru_cache(maxsize=8)
def _forms_of(names: Names, text_packs: TextPacks | None) -> Forms:
    return Forms(names, registry(), text_packs=text_packs)
