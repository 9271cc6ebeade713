"""The audit trail: who did what, for those who may read it. Reading it stands in it, and so does what was denied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from shared.assessments import ports
from shared.assessments.identifiers import new_id
from shared.assessments.request import Request
from shared.errors import NotFound

ACTIONS = {"GET": "read", "POST": "create", "PUT": "update", "DELETE": "delete"}
"""What a request that was denied had asked for, by its method."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """The use cases. Nothing here changes or removes an event."""

    repository: ports.Repository
    clock: Callable[[], datetime] = _now
    new_id: Callable[[], str] = new_id

    def of_day(self, day: date, request: Request, *, limit: int, cursor: str | None) -> ports.AuditPage:
        """A page of the events of one UTC day, newest first.

        Raises:
            InvalidCursor: the cursor was not issued for this list.
        """
        page = self.repository.audit_events(request.tenant, day, limit=limit, cursor=cursor)
        self._note(request, "search", f"AuditEvent?date={day.isoformat()}")
        return page

    def read(self, recorded: datetime, event_id: str, request: Request) -> ports.AuditEvent:
        """One event.

        Raises:
            NotFound: this tenant has none of that id.
        """
        found = self.repository.audit_event(request.tenant, recorded, event_id)
        if found is None:
            raise NotFound("No event has this id.")
        self._note(request, "read", f"AuditEvent/{event_id}")
        return found

    def denied(self, request: Request, method: str, route: str) -> None:
        """Keep that a verified caller asked for something that its token does not allow. ``route`` holds no ids."""
        self._note(request, ACTIONS.get(method, "operation"), f"{method} {route}", "denied")

    def _note(self, request: Request, action: str, entity: str, outcome: str = "success") -> None:
        event = request.audited(self.new_id(), action, entity, self.clock())
        self.repository.audit(event._replace(outcome=outcome))
