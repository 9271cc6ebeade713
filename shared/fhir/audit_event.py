"""One access as an AuditEvent: ids, never values. A denial is one too."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from shared.fhir.systems import TERMINOLOGY, Names, Resource, coding, kept

ACTIONS = {
    "create": ("C", "create"),
    "read": ("R", "read"),
    "list": ("E", "search-type"),
    "search": ("E", "search-type"),
    "void": ("U", "update"),
    "update": ("U", "update"),
    "erase": ("D", "delete"),
    "delete": ("D", "delete"),
    "operation": ("E", "operation"),
    "transaction": ("E", "transaction"),
    "deliver": ("E", "transaction"),
    "deliveries": ("R", "read"),
    "retry": ("E", "operation"),
    "batch": ("E", "batch"),
    "capabilities": ("R", "capabilities"),
}
"""What was done, in our word → FHIR's action and its restful-interaction."""

OUTCOMES = {"success": "0", "refused": "4", "denied": "4", "failed": "8", "fault": "8", "unavailable": "12"}


def audit_event(
    *,
    id: str,
    recorded: str,
    actor: str,
    action: str,
    outcome: str,
    entities: Sequence[str],
    names: Names,
    software: str,
    query: str | None = None,
) -> Resource:
    """``entities`` are references to what was touched; ``query`` is a search's, and then stands alone (sev-1)."""
    letter, interaction = ACTIONS.get(action, ("E", "operation"))
    touched: list[Resource] = [{"what": {"reference": entity}} for entity in entities]
    if query:
        touched.append({"query": base64.b64encode(query.encode()).decode()})
    return kept(
        resourceType="AuditEvent",
        id=id,
        type=coding(f"{TERMINOLOGY}/audit-event-type", "rest", "RESTful Operation"),
        subtype=[coding("http://hl7.org/fhir/restful-interaction", interaction, interaction)],
        action=letter,
        recorded=recorded,
        outcome=OUTCOMES.get(outcome, "8"),
        agent=[
            {"who": {"identifier": {"system": names.identifier("client"), "value": actor}}, "requestor": True},
        ],
        source={"observer": {"display": software}},
        entity=touched,
    )
