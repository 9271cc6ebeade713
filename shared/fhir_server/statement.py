"""What the server says of itself: the CapabilityStatement, gathered from what each kind of thing has wired."""

from __future__ import annotations

from shared import ENGINE_VERSION
from shared.fhir import capability
from shared.fhir.systems import Names
from shared.fhir_server import definitions, everything, forms, records, responses, results
from shared.fhir_server.server import CHANGED, NAME, Answer, Server

SYSTEM = ("transaction", "batch")


def wired(names: Names) -> list[capability.WiredResource]:
    """Every resource type as it is truly served."""
    of_each = (
        forms.wired(),
        definitions.wired(),
        responses.wired(names),
        results.wired(),
        records.wired(names),
        everything.wired(),
    )
    return [one for some in of_each for one in some]


def metadata(server: Server) -> Answer:
    """The CapabilityStatement, of what is wired and nothing else."""
    names = server.names
    statement = capability.capability_statement(
        wired(names),
        names=names,
        software=NAME,
        version=ENGINE_VERSION,
        date=CHANGED,
        system_interactions=SYSTEM,
        token_endpoint=server.api.url("/smart/token"),
    )
    return server.public(statement)
