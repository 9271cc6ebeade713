"""What the server says of itself: the CapabilityStatement, gathered from what each kind of thing has wired."""

from __future__ import annotations

from shared import ENGINE_VERSION
from shared.fhir import capability
from shared.fhir_server import definitions, forms, responses, results
from shared.fhir_server.server import CHANGED, NAME, Answer, Server


def metadata(server: Server) -> Answer:
    """The CapabilityStatement, of what is wired and nothing else."""
    names = server.names
    wired = [*forms.wired(), *definitions.wired(), *responses.wired(names), *results.wired()]
    statement = capability.capability_statement(
        wired,
        names=names,
        software=NAME,
        version=ENGINE_VERSION,
        date=CHANGED,
        token_endpoint=server.api.url("/smart/token"),
    )
    return server.public(statement)
