"""What our canonicals stand for, for anybody: code systems, extensions and operations."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from shared import ENGINE_VERSION
from shared.errors import NotFound
from shared.fhir.capability import SearchParameter, WiredResource
from shared.fhir.systems import Names, Resource
from shared.fhir_server.pages import public_page
from shared.fhir_server.server import CHANGED, DEFINED, Answer, Server
from shared.instruments import registry

if TYPE_CHECKING:
    from shared.fhir.definitional import Definitional
    from shared.risk_models import Registry as RiskModels

WIRED = (SearchParameter("_id", "token"), SearchParameter("url", "uri"), SearchParameter("version", "token"))
ELEMENTS = {"_id": "id", "url": "url", "version": "version"}
"""Search parameter → the element that it asks of."""


def wired() -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    return [WiredResource(kind, ("read", "search-type"), WIRED, documentation="Needs no token.") for kind in DEFINED]


def search(server: Server, kind: str) -> Answer:
    """Those of one kind by id, canonical or version; all of them where nothing is asked."""
    sent = server.api.search((*ELEMENTS, "_count", "cursor"))
    made = {one["id"]: one for one in _definitional(server).all(kind) if _is_asked(one, sent)}
    return public_page(server, kind, sent, tuple(made), made.__getitem__)


def read(server: Server, kind: str, resource_id: str) -> Answer:
    """One of them."""
    found = _definitional(server).get(kind, resource_id)
    if found is None:
        raise NotFound(f"No {kind} has this id.")
    return server.public(found)


def _is_asked(one: Resource, sent: dict[str, str]) -> bool:
    return all(sent.get(name, one[element]) == one[element] for name, element in ELEMENTS.items())


def _definitional(server: Server) -> Definitional:
    return _made(server.names, server.risk_models())


@lru_cache(maxsize=8)
def _made(names: Names, risk_models: RiskModels) -> Definitional:
    from shared.cds.card import OVERRIDE_REASONS, TOPICS
    from shared.fhir.definitional import Definitional

    of_cards = (
        ("card-topic", "Topics of cards", {str(topic): display for topic, display in TOPICS.items()}),
        ("card-override", "Why cards are overridden", OVERRIDE_REASONS),
    )
    return Definitional(names, registry(), risk_models, version=ENGINE_VERSION, changed=CHANGED, others=of_cards)
