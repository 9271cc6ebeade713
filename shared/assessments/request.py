"""Who asks for something, and how what they did is written down."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from shared.assessments.ports import AuditEvent
from shared.names import DEFAULT_SOURCE


class Request(NamedTuple):
    """``correlation_id`` is the id under which the request is logged.

    ``source`` is whose patient ids are meant where a request names none: those of a registered client.
    """

    tenant: str
    actor: str
    correlation_id: str
    source: str = DEFAULT_SOURCE

    def audited(self, event_id: str, action: str, entity: str, now: datetime) -> AuditEvent:
        """The audit event of what this caller did; ``entity`` holds ids, never values."""
        return AuditEvent(event_id, self.tenant, now, self.actor, action, entity, "success", self.correlation_id)


def timestamp(moment: datetime) -> str:
    """A UTC time as it stands in results: to the millisecond, with its offset."""
    return moment.isoformat(timespec="milliseconds")
