"""What came of stored responses: scores and answers as Observations, and what risk models said as RiskAssessments."""

from __future__ import annotations

from shared.fhir.capability import WiredResource
from shared.fhir_server.read import read_one
from shared.fhir_server.search import ID, by_date, by_token, of_kind
from shared.fhir_server.search import wired as stated
from shared.fhir_server.server import Answer, Server

OBSERVATION = (
    ID,
    by_token("code", lambda made: made["code"].get("coding", [])),
    by_token("category", lambda made: [coding for one in made["category"] for coding in one["coding"]]),
    by_date("date", lambda made: made["effectiveDateTime"]),
)
RISK_ASSESSMENT = (
    ID,
    by_token("method", lambda made: made["method"]["coding"]),
    by_date("date", lambda made: made["occurrenceDateTime"]),
)


def wired() -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    interactions = ("read", "vread", "search-type")
    return [
        WiredResource("Observation", interactions, stated(OBSERVATION)),
        WiredResource("RiskAssessment", interactions, stated(RISK_ASSESSMENT)),
    ]


def read_observation(server: Server, resource_id: str, version: str | None = None) -> Answer:
    """One score or answer of a stored assessment."""
    return read_one(server, resource_id, server.request("Observation", "r"), server.stored.observations, version)


def search_observations(server: Server) -> Answer:
    """Scores and answers, newest first."""
    return of_kind(server, "Observation", OBSERVATION, server.stored.observations, "-date")


def read_risk_assessment(server: Server, resource_id: str, version: str | None = None) -> Answer:
    """What one risk model said in a stored assessment."""
    asked = server.request("RiskAssessment", "r")
    return read_one(server, resource_id, asked, server.stored.risk_assessments, version)


def search_risk_assessments(server: Server) -> Answer:
    """What risk models said, of the newest answers first."""
    return of_kind(server, "RiskAssessment", RISK_ASSESSMENT, server.stored.risk_assessments)
