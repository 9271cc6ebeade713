"""What the CDS use cases need from a store, and the records they hand to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.assessments.ports import AuditEvent, SubjectKey


@dataclass(frozen=True, slots=True)
class ServedCard:
    """A card as it was shown: by which service, of which kind, over which assessments. Not what it said."""

    uuid: str
    subject: SubjectKey
    service: str
    kind: str
    assessments: tuple[str, ...]
    suggestions: tuple[str, ...]
    served: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Feedback:
    """What became of one card. ``comment`` is a clinician's free text: kept with the person's data and nowhere else."""

    card: ServedCard
    outcome: str
    at: datetime
    reason: tuple[str, str] | None
    accepted: tuple[str, ...]
    comment: str | None


class Count(NamedTuple):
    """How often cards of one kind met one outcome. ``reason`` is a code of ours, ``other``, or empty."""

    service: str
    kind: str
    outcome: str
    reason: str
    number: int


class CardStore(Protocol):
    """A store of served cards and of feedback. Another tenant's card is an unknown card."""

    def keep(self, cards: Sequence[ServedCard]) -> None:
        """Keep all cards of one answer, in one write."""

    def find(self, tenant: str, uuids: Collection[str], now: datetime) -> Mapping[str, ServedCard]:
        """Those of the cards that were served to this tenant and have not expired, by their uuid."""

    def add_feedback(
        self, tenant: str, feedback: Sequence[Feedback], reasons: Sequence[str], audit: AuditEvent
    ) -> Sequence[Feedback]:
        """Keep it and count it, all or nothing, once. What was new is handed back.

        The same card, time and outcome again is the same feedback. ``reasons`` are the counted reason of each.
        """

    def counts(self, tenant: str) -> Sequence[Count]:
        """Every count of a tenant, in the order of its names."""
