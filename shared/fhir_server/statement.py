"""What the server says of itself: the CapabilityStatement, gathered from what each kind of thing has wired."""

from __future__ import annotations

from shared import ENGINE_VERSION
from shared.fhir import capability
from shared.fhir_server import forms, responses, results
from shared.fhir_server.server import NAME, Answer, Server

CHANGED = "2026-11-26"
"""When what the CapabilityStatement says last changed."""


def metadata(server: Server) -> Answer:
    """The CapabilityStatement, of what is wired and nothing else."""
    names = server.names
    wired = [*forms.wired(), *responses.wired(names), *results.wired()]
    statement = capability.capability_statement(
        wired,
        names=names,
        software=NAME,
        version=ENGINE_VERSION,
        date=CHANGED,
        token_endpoint=server.api.url("/smart/token"),
    )
    return server.public(statement)
