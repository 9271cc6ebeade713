"""Records of what was done: where results came from, and who did what."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from shared.errors import NotFound
from shared.fhir.audit_event import audit_event, event_id, event_named
from shared.fhir.capability import SearchParameter, WiredResource
from shared.fhir.operation_outcome import malformed
from shared.fhir.search_values import alternatives
from shared.fhir.systems import Names, Resource
from shared.fhir_server.pages import page
from shared.fhir_server.read import read_one
from shared.fhir_server.search import ID, Parameter, of_kind
from shared.fhir_server.search import wired as stated
from shared.fhir_server.server import SOFTWARE, Answer, Server
from shared.web.fhir import Refused

if TYPE_CHECKING:
    from shared.assessments.ports import AuditEvent

_DAY = re.compile(r"(?:eq)?(\d{4}-\d\d-\d\d)")


def wired(names: Names) -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    day = SearchParameter("date", "date", "Required. One day in UTC: yyyy-mm-dd.")
    interactions = ("read", "search-type")
    of_provenance = "One for each stored response. A search names the patient or a target."
    of_events = "Who did what. Needs a scope that names it, and reading it is an event too."
    return [
        WiredResource("Provenance", interactions, stated(_provenance(names)), documentation=of_provenance),
        WiredResource("AuditEvent", interactions, (day,), documentation=of_events),
    ]


# -- where results came from -------------------------------------------------------------------------------------------


def read_provenance(server: Server, resource_id: str) -> Answer:
    """Where the results of one response came from."""
    return read_one(server, resource_id, server.request("Provenance", "r"), server.stored.provenances)


def search_provenance(server: Server) -> Answer:
    """Of a target or of a subject, newest answers first."""
    return of_kind(server, "Provenance", _provenance(server.names), server.stored.provenances)


def _provenance(names: Names) -> tuple[Parameter, ...]:
    def is_target(made: Resource, asked: str) -> bool:
        ours = [one.removeprefix(f"{names.base}/") for one in alternatives(asked)]
        return any(target["reference"] in ours for target in made["target"])

    said = "Type/id of a QuestionnaireResponse, Observation or RiskAssessment."
    return (ID, Parameter(SearchParameter("target", "reference", said), is_target))


# -- who did what ------------------------------------------------------------------------------------------------------


def read_audit_event(server: Server, resource_id: str) -> Answer:
    """One event of the trail."""
    asked = server.request("AuditEvent", "r")
    named = event_named(resource_id)
    if named is None:
        raise NotFound("No resource has this id.")
    return server.api.resource(_audit_event(server, server.audit_trail().read(*named, asked)))


def search_audit_events(server: Server) -> Answer:
    """The events of one day, newest first."""
    api = server.api
    asked = server.request("AuditEvent", "s")
    sent = api.search(("date", "_count", "cursor"))
    size = api.count_of(sent)
    day = _day(sent)
    events, following = server.audit_trail().of_day(day, asked, limit=size, cursor=sent.get("cursor"))
    return page(server, "AuditEvent", sent, [_audit_event(server, event) for event in events], following)


def _day(sent: dict[str, str]) -> date:
    match = _DAY.fullmatch(sent.get("date", ""))
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if day is None:
        raise Refused(
            [malformed("value" if sent.get("date") else "required", None, "date should be one day, yyyy-mm-dd.")]
        )
    return day


def _audit_event(server: Server, event: AuditEvent) -> Resource:
    recorded = event.recorded.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return audit_event(
        id=event_id(recorded, event.id),
        recorded=recorded,
        actor=event.actor,
        action=event.action,
        entity=event.entity,
        outcome=event.outcome,
        names=server.names,
        software=SOFTWARE,
    )
