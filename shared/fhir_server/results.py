"""What came of stored responses: scores and answers as Observations, and what risk models said as RiskAssessments."""

from __future__ import annotations

from shared.fhir.capability import SearchParameter, WiredResource
from shared.fhir.systems import US_CORE_SCREENING
from shared.fhir_server import search
from shared.fhir_server.read import read_one
from shared.fhir_server.server import Answer, Server


def wired() -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    interactions = ("read", "search-type")
    return [
        WiredResource(
            "Observation",
            interactions,
            (*search.WIRED, SearchParameter("code", "token")),
            profiles=(US_CORE_SCREENING,),
        ),
        WiredResource("RiskAssessment", interactions, search.WIRED),
    ]


def read_observation(server: Server, resource_id: str) -> Answer:
    """One score or answer of a stored assessment."""
    return read_one(server, resource_id, server.request("Observation", "r"), server.stored.observations)


def search_observations(server: Server) -> Answer:
    """A subject's scores and answers, newest assessment first."""
    return search.of_subject(server, "Observation", ("code",), server.stored.observations)


def read_risk_assessment(server: Server, resource_id: str) -> Answer:
    """What one risk model said in a stored assessment."""
    return read_one(server, resource_id, server.request("RiskAssessment", "r"), server.stored.risk_assessments)


def search_risk_assessments(server: Server) -> Answer:
    """What risk models said of a subject, newest assessment first."""
    return search.of_subject(server, "RiskAssessment", (), server.stored.risk_assessments)
