"""What the use cases need from a store, and the records they hand to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol

from shared.tenants.connections import Account, ClientName

DeliveryEvent = Literal["stored", "corrected", "voided"]
DeliveryStatus = Literal["pending", "delivered", "failed", "stopped"]
"""``failed``: the receiver refused it, or was not reached in time. ``stopped``: its destination is gone or paused."""


class SubjectKey(NamedTuple):
    """One person of one tenant; an id is unique within its source."""

    tenant: str
    source: str
    subject: str


class AuditEvent(NamedTuple):
    """Who did what, when: ids, never values. Written once and never changed."""

    id: str
    tenant: str
    recorded: datetime
    actor: str
    action: str
    entity: str
    outcome: str
    correlation_id: str


class AuditPage(NamedTuple):
    items: list[AuditEvent]
    next_cursor: str | None


class AlertRecord(NamedTuple):
    """A safety alert to be kept. ``raised`` false: recorded only, the answers are old or were imported."""

    id: str
    raised: bool
    recorded: datetime
    authored: str | None
    assessment: str | None
    alert: dict[str, Any]


class Delivery(NamedTuple):
    """What is to be sent to one destination of the tenant, and what came of it.

    It is written in the transaction of what it tells of, so neither is there without the other. ``error`` is a word of
    ours for what went wrong last; ``items`` say what the receiver did with each resource.
    """

    id: str
    subject: SubjectKey
    assessment: str
    destination: str
    event: DeliveryEvent
    recorded: str
    updated: str
    status: DeliveryStatus = "pending"
    attempts: int = 0
    error: str | None = None
    items: tuple[dict[str, Any], ...] = ()

    @property
    def view(self) -> dict[str, Any]:
        """As clients see it; the subject stands in the assessment."""
        shown = self._asdict()
        del shown["subject"]
        return {**shown, "items": list(self.items)}


class IdempotencyKey(NamedTuple):
    """A client's key, bound to its route, with the fingerprint of the body it came with."""

    route: str
    key: str
    body_sha256: str
    expires: datetime


class IdentifierKey(NamedTuple):
    """A client's own name for what it sent: it means something within one source, and need not be unique."""

    tenant: str
    source: str
    system: str
    value: str


class Claim(NamedTuple):
    """The condition that nothing current carries the identifier. Of two such at once one is kept.

    ``over`` is the assessment that holds the claim and is current no more, if there is one.
    """

    over: str | None


@dataclass(frozen=True, slots=True)
class NewAssessment:
    """Everything that one submission writes, all or nothing. A ``claim`` is on its ``identifier``."""

    id: str
    subject: SubjectKey
    authored: datetime
    document: dict[str, Any]
    audit: AuditEvent
    alerts: tuple[AlertRecord, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    idempotency: IdempotencyKey | None = None
    supersedes: str | None = None
    identifier: IdentifierKey | None = None
    claim: Claim | None = None


SILENT = "silent"
"""The part of a stored document that is kept and never shown."""


@dataclass(frozen=True, slots=True)
class StoredAssessment:
    """A stored document, which never changes, and what has happened to it since."""

    document: dict[str, Any]
    superseded_by: str | None = None
    void: dict[str, Any] | None = None

    @property
    def current(self) -> bool:
        return self.superseded_by is None and self.void is None

    @property
    def view(self) -> dict[str, Any]:
        """The document as clients see it."""
        status = "entered-in-error" if self.void else "superseded" if self.superseded_by else "final"
        shown = {key: value for key, value in self.document.items() if key not in (SILENT, "facts")}
        return {**shown, "status": status, "superseded_by": self.superseded_by, "void": self.void}


@dataclass(frozen=True, slots=True)
class Page:
    items: list[StoredAssessment] = field(default_factory=list)
    next_cursor: str | None = None


class Identified(NamedTuple):
    """Assessments that carry one identifier, newest first, and the id of the one that holds the claim on it."""

    assessments: list[StoredAssessment]
    holder: str | None


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """One version of a tenant's settings; versions count from 1 and every one is kept."""

    version: int
    recorded: str
    document: dict[str, Any]


class AlreadyStored(Exception):
    """The idempotency key was used: for this assessment, with a body of this fingerprint."""

    def __init__(self, assessment: StoredAssessment, body_sha256: str) -> None:
        super().__init__("idempotency key already used")
        self.assessment, self.body_sha256 = assessment, body_sha256


class AlreadyClaimed(Exception):
    """Another assessment claimed the identifier meanwhile."""


class NotCurrent(Exception):
    """The assessment was voided or superseded since it was read."""


class TooMuch(Exception):
    """More than the store can write in one piece; nothing was written."""


class Taken(Exception):
    """What another tenant owns already, by the ``places`` in what was to be owned."""

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__("owned by another tenant")
        self.places = tuple(places)


class Repository(Protocol):
    """A store of assessments. Another tenant's id is an unknown id."""

    def add(self, *news: NewAssessment) -> None:
        """Write all of one or several assessments, or nothing of any. No two may supersede the same one.

        Raises:
            TooMuch: together they are more than one transaction holds.
            AlreadyStored: the idempotency key of one was used before and has not expired.
            AlreadyClaimed: the identifier of one is claimed by another than its claim says.
            NotCurrent: what one supersedes was voided or superseded meanwhile.
        """

    def get(self, tenant: str, assessment_id: str) -> StoredAssessment | None: ...

    def identified(self, identifier: IdentifierKey, *, limit: int) -> Identified:
        """What carries this identifier, until ``limit`` current ones are found."""

    def void(
        self,
        tenant: str,
        assessment_id: str,
        void: dict[str, Any],
        audit: AuditEvent,
        deliveries: tuple[Delivery, ...] = (),
    ) -> None:
        """Mark it as entered in error, with its audit event and what is to be sent of it.

        Raises:
            NotCurrent: it is void already.
        """

    def of_subject(self, subject: SubjectKey, *, limit: int, cursor: str | None) -> Page:
        """The subject's assessments, newest first, void ones left out.

        Raises:
            InvalidCursor: the cursor was not issued for this list.
        """

    def keep_refused(self, tenant: str, subject: SubjectKey | None, alerts: tuple[AlertRecord, ...]) -> None:
        """Keep the alerts of a submission that was refused; the same submission again keeps nothing twice."""

    def settings(self, tenant: str) -> StoredSettings | None:
        """The newest settings of a tenant, or None where nothing was decided."""

    def put_settings(
        self,
        tenant: str,
        settings: StoredSettings,
        audit: AuditEvent,
        *,
        owned: Sequence[ClientName | Account] = (),
        dropped: Collection[ClientName | Account] = (),
    ) -> None:
        """Add a version, with its audit event. From then on ``owned`` are this tenant's, and ``dropped`` nobody's.

        Raises:
            NotCurrent: the version is there already.
            Taken: some are another tenant's; nothing was written.
        """

    def audit(self, event: AuditEvent) -> None:
        """Append one audit event."""

    def audit_event(self, tenant: str, recorded: datetime, event_id: str) -> AuditEvent | None: ...

    def audit_events(self, tenant: str, day: date, *, limit: int, cursor: str | None) -> AuditPage:
        """The tenant's audit events of one UTC day, newest first.

        Raises:
            InvalidCursor: the cursor was not issued for this list.
        """


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    items: list[Delivery] = field(default_factory=list)
    next_cursor: str | None = None


class Deliveries(Protocol):
    """What is to be sent, and what came of it."""

    def get(self, tenant: str, delivery_id: str) -> Delivery | None: ...

    def of_assessment(self, subject: SubjectKey, assessment_id: str) -> list[Delivery]:
        """Every delivery of one assessment, oldest first."""

    def of_tenant(self, tenant: str, *, status: DeliveryStatus | None, limit: int, cursor: str | None) -> DeliveryPage:
        """The tenant's deliveries, newest first, of one status where one is named. Their ``items`` are left out.

        A page may hold fewer than ``limit`` and yet go on: it ends where it has no next cursor.

        Raises:
            InvalidCursor: the cursor was not issued for this list.
        """

    def record(self, delivery: Delivery, *, was: Delivery, audit: AuditEvent | None = None) -> None:
        """Write what came of a delivery that was read as ``was``.

        Raises:
            NotCurrent: it is not as it was read.
        """
