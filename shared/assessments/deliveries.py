"""What is to be sent to a tenant's own systems: decided when something is stored, and looked after by the tenant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args

from shared.assessments import ports
from shared.assessments.identifiers import new_id
from shared.assessments.request import Request, timestamp
from shared.errors import Conflict, NotFound, Problem, SubmissionRefused
from shared.tenants import TenantSettings

STUCK_AFTER = timedelta(days=1)
"""Longer than all attempts take: what is pending still was lost on its way to the queue or in it."""


def due(
    event: ports.DeliveryEvent,
    assessment_id: str,
    subject: ports.SubjectKey,
    settings: TenantSettings,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[ports.Delivery, ...]:
    """One delivery for each destination that takes this subject's source and is not paused."""
    return tuple(
        ports.Delivery(
            id=new_id(),
            subject=subject,
            assessment=assessment_id,
            destination=destination.id,
            event=event,
            recorded=timestamp(now),
            updated=timestamp(now),
        )
        for destination in settings.destinations
        if not destination.paused and (not destination.sources or subject.source in destination.sources)
    )


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The use cases of those who watch over deliveries."""

    assessments: ports.Repository
    deliveries: ports.Deliveries
    clock: Callable[[], datetime] = _now
    new_id: Callable[[], str] = new_id

    def of_assessment(self, assessment_id: str, request: Request) -> list[dict[str, Any]]:
        """What was to be sent of one assessment, oldest first.

        Raises:
            NotFound: this tenant has no assessment of that id.
        """
        stored = self.assessments.get(request.tenant, assessment_id)
        if stored is None:
            raise NotFound("No assessment has this id.")
        subject = ports.SubjectKey(request.tenant, stored.document["source"], stored.document["subject"])
        found = self.deliveries.of_assessment(subject, assessment_id)
        self.assessments.audit(request.audited(self.new_id(), "deliveries", assessment_id, self.clock()))
        return [one.view for one in found]

    def of_tenant(
        self, request: Request, *, status: str | None, limit: int, cursor: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page of the tenant's deliveries, newest first, without what became of each resource.

        Raises:
            SubmissionRefused: no such status.
            InvalidCursor: the cursor was not issued for this list.
        """
        if status is not None and status not in get_args(ports.DeliveryStatus):
            said = f"the query parameter status should be one of {', '.join(get_args(ports.DeliveryStatus))}"
            raise SubmissionRefused(problems=[Problem("", "value-not-allowed", said)])
        page = self.deliveries.of_tenant(
            request.tenant, status=cast(ports.DeliveryStatus | None, status), limit=limit, cursor=cursor
        )
        shown = " ".join(one.id for one in page.items)
        self.assessments.audit(request.audited(self.new_id(), "deliveries", shown, self.clock()))
        return [one.view for one in page.items], page.next_cursor

    def retry(self, delivery_id: str, request: Request) -> dict[str, Any]:
        """Have a delivery that failed, was stopped or got stuck sent anew.

        Raises:
            NotFound: this tenant has none of that id.
            Conflict: it is under way, or was delivered.
        """
        was = self.deliveries.get(request.tenant, delivery_id)
        if was is None:
            raise NotFound("No delivery has this id.")
        now = self.clock()
        stuck = was.status == "pending" and now - datetime.fromisoformat(was.updated) > STUCK_AFTER
        if was.status not in ("failed", "stopped") and not stuck:
            raise Conflict("Only a delivery that failed or was stopped can be sent anew, or one pending for a day.")
        # As new: what the stream passes on is what is pending and was not tried.
        anew = was._replace(status="pending", attempts=0, error=None, updated=timestamp(now), items=())
        try:
            self.deliveries.record(anew, was=was, audit=request.audited(self.new_id(), "retry", delivery_id, now))
        except ports.NotCurrent:
            raise Conflict("The delivery was changed meanwhile.") from None
        return anew.view
