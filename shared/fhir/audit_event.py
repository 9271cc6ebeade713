"""One access as an AuditEvent: ids, never values. A denial is one too."""

from __future__ import annotations

import base64
import re
from datetime import datetime

from shared.fhir.systems import TERMINOLOGY, Names, Resource, coding, kept

ACTIONS = {
    "create": ("C", "create"),
    "read": ("R", "read"),
    "list": ("E", "search-type"),
    "search": ("E", "search-type"),
    "void": ("U", "update"),
    "settings": ("U", "update"),
    "update": ("U", "update"),
    "delete": ("D", "delete"),
    "operation": ("E", "operation"),
    "deliver": ("E", "transaction"),
    "deliveries": ("R", "read"),
    "retry": ("E", "operation"),
    "card-feedback": ("E", "operation"),
}
"""What was done, in our word → FHIR's action and its restful-interaction."""

OUTCOMES = {"success": "0", "denied": "4"}

_ASSESSMENT = re.compile(r"\b([0-9A-Z]{26})\b(?: showing ((?:[a-z0-9][a-z0-9._-]*(?: |$))+))?")
_ID = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{6})Z-([0-9A-Z]{26})")


def event_id(recorded: str, id: str) -> str:
    """The id on the wire: it says when, so that an event is found without a search. ``recorded`` is UTC."""
    return f"{re.sub('[-:]', '', recorded)}-{id}"


def event_named(id: str) -> tuple[datetime, str] | None:
    """When an event was recorded, and its own id; ``None`` where it is no id of an event."""
    match = _ID.fullmatch(id)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, event = match.groups()
    try:
        return datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{fraction}+00:00"), event
    except ValueError:
        return None


def audit_event(
    *,
    id: str,
    recorded: str,
    actor: str,
    action: str,
    entity: str,
    outcome: str,
    names: Names,
    software: str,
) -> Resource:
    """``entity`` is what the trail says was touched: assessments by their ids, a search, or a route that was denied."""
    letter, interaction = ACTIONS.get(action, ("E", "operation"))
    return kept(
        resourceType="AuditEvent",
        id=id,
        type=coding(f"{TERMINOLOGY}/audit-event-type", "rest", "RESTful Operation"),
        subtype=[coding("http://hl7.org/fhir/restful-interaction", interaction, interaction)],
        action=letter,
        recorded=recorded,
        outcome=OUTCOMES.get(outcome, "8"),
        outcomeDesc=outcome if outcome != "success" else None,
        agent=[
            {"who": {"identifier": {"system": names.identifier("client"), "value": actor}}, "requestor": True},
        ],
        source={"observer": {"display": software}},
        entity=_entities(entity, names),
    )


def _entities(entity: str, names: Names) -> list[Resource]:
    """An entity has a name or a query and never both (sev-1)."""
    if "?" in entity:
        return [{"query": base64.b64encode(entity.encode()).decode()}]
    kind, _, event = entity.partition("/")
    if kind == "AuditEvent":
        return [{"what": {"type": kind, "identifier": {"system": names.identifier("audit-event"), "value": event}}}]
    assessments = _ASSESSMENT.findall(entity)
    if not assessments:
        return [{"name": entity}] if entity else []
    return [
        kept(
            what={"identifier": {"system": names.identifier("assessment"), "value": assessment}},
            detail=[{"type": "risk model shown", "valueString": model} for model in shown.split()],
        )
        for assessment, shown in assessments
    ]
