"""Send one delivery: what is decided now, of the assessment as it is now, and a record of what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.assessments import ports
from shared.assessments.request import timestamp
from shared.delivery.answer import Outcome
from shared.delivery.fhir_server import FhirServers
from shared.delivery.parcel import DrawReport, Parcel, parcel
from shared.delivery.webhook import Webhooks
from shared.fhir.stored import StoredResources
from shared.tenants import TenantSettings
from shared.tenants.connections import Destination

LONGEST_WAIT = 2 * 60 * 60
"""A receiver's Retry-After is heeded up to this many seconds."""

FAULT = "fault-of-ours"


@dataclass(frozen=True, slots=True)
class Sender:
    """``max_attempts`` is how often the queue hands a delivery out, ``first_wait`` the seconds before the second time;
    the wait doubles from there.
    """

    assessments: ports.Repository
    deliveries: ports.Deliveries
    fhir_servers: FhirServers
    webhooks: Webhooks
    resources: StoredResources
    draw: DrawReport
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    max_attempts: int
    first_wait: float

    def send(self, tenant: str, delivery_id: str, attempt: int) -> float | None:
        """Try once, the queue's ``attempt``th time. The seconds to wait before the next, or ``None`` when it is done.

        A delivery that is no longer pending is left as it is: the queue may hand out one twice.
        """
        delivery = self.deliveries.get(tenant, delivery_id)
        if delivery is None or delivery.status != "pending":
            return None
        try:
            outcome = self._tried(delivery)
        except Exception:  # what kind it was is logged by who called
            self._record(delivery, Outcome("again", FAULT), attempt)
            raise
        self._record(delivery, outcome, attempt)
        return self.wait(attempt, outcome.after) if outcome.status == "again" else None

    def wait(self, attempt: int, after: float | None = None) -> float:
        """Doubling, with jitter so that those that failed together do not come back together.

        None after the last attempt: the queue then puts the message aside.
        """
        if attempt >= self.max_attempts:
            return 0.0
        own = self.first_wait * 2.0 ** (attempt - 1) * (0.5 + secrets.randbelow(1000) / 2000)
        return min(max(own, after or 0.0), LONGEST_WAIT)

    def _tried(self, delivery: ports.Delivery) -> Outcome:
        tenant = delivery.subject.tenant
        destination = self._destination(tenant, delivery.destination)
        if destination is None:
            return Outcome("stopped", "destination-gone")
        if destination.paused:
            return Outcome("stopped", "destination-paused")
        stored = self.assessments.get(tenant, delivery.assessment)
        if stored is None:
            return Outcome("stopped", "assessment-gone")
        packed = self._packed(tenant, delivery, stored.view)
        if destination.kind == "webhook":
            return self.webhooks.send(destination, delivery, stored.view, packed)
        return self.fhir_servers.send(tenant, destination, packed)

    def _destination(self, tenant: str, destination: str) -> Destination | None:
        stored = self.assessments.settings(tenant)
        given = TenantSettings.model_validate(stored.document).destinations if stored else []
        return next((one for one in given if one.id == destination), None)

    def _packed(self, tenant: str, delivery: ports.Delivery, view: dict[str, Any]) -> Parcel:
        corrects = view.get("supersedes") if delivery.event == "corrected" else None
        old = self.assessments.get(tenant, corrects) if corrects else None
        return parcel(view, old.view if old else None, self.resources, self.draw)

    def _record(self, was: ports.Delivery, outcome: Outcome, attempt: int) -> None:
        now = self.clock()
        became = was._replace(
            status=self._status(outcome, attempt),
            attempts=was.attempts + 1,
            error=outcome.error,
            items=outcome.items,
            updated=timestamp(now),
        )
        told = became.status == "delivered"
        try:
            self.deliveries.record(became, was=was, audit=self._audited(was, now) if told else None)
        except ports.NotCurrent:
            # Handed out twice at once, and the other was first: the receiver has it once all the same.
            return

    def _status(self, outcome: Outcome, attempt: int) -> ports.DeliveryStatus:
        if outcome.status != "again":
            return outcome.status
        return "failed" if attempt >= self.max_attempts else "pending"

    def _audited(self, delivery: ports.Delivery, now: datetime) -> ports.AuditEvent:
        """A result that left the service was shown."""
        actor, tenant = f"destination {delivery.destination}", delivery.subject.tenant
        return ports.AuditEvent(
            self.new_id(), tenant, now, actor, "deliver", delivery.assessment, "success", delivery.id
        )
