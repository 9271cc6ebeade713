"""The feedback that an EHR sends on cards: read strictly, since it is counted and a comment in it is private."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.assessments.submission import CLOCK_SKEW, Instant, instant
from shared.cds.card import OVERRIDE_REASONS
from shared.cds.ports import Feedback, ServedCard
from shared.cds.request import Uuid
from shared.errors import HookRefused, NotFound, Problem, pointer, problems_of

MAX_ENTRIES = 20
MAX_COMMENT = 2000
OTHER_REASON = "other"


class _Sent(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, defer_build=True)


class _Reason(_Sent):
    code: Annotated[str, Field(min_length=1, max_length=100)]
    system: Annotated[str, Field(min_length=1, max_length=200)]


class _Override(_Sent):
    reason: _Reason | None = None
    userComment: Annotated[str, Field(max_length=MAX_COMMENT)] | None = None  # noqa: N815


class _Suggestion(_Sent):
    id: Uuid


class _Entry(_Sent):
    card: Uuid
    outcome: Literal["accepted", "overridden"]
    outcomeTimestamp: Instant  # noqa: N815
    acceptedSuggestions: Annotated[list[_Suggestion], Field(max_length=50)] | None = None  # noqa: N815
    overrideReason: _Override | None = None  # noqa: N815


class _Body(_Sent):
    feedback: Annotated[list[_Entry], Field(min_length=1, max_length=MAX_ENTRIES)]


class SentFeedback:
    """What was sent, before it is known which cards it is about."""

    def __init__(self, body: Mapping[str, Any], now: datetime) -> None:
        """Raises:
        HookRefused: naming every problem.
        """
        try:
            self._entries = _Body.model_validate(body).feedback
        except ValidationError as error:
            raise HookRefused(problems=problems_of(error)) from None
        problems = []
        for place, entry in enumerate(self._entries):
            at = pointer("feedback", place)
            if instant(entry.outcomeTimestamp) > now + CLOCK_SKEW:
                problems.append(Problem(f"{at}/outcomeTimestamp", "value-not-allowed", "should not lie in the future"))
            if entry.outcome == "accepted" and not entry.acceptedSuggestions:
                problems.append(
                    Problem(f"{at}/acceptedSuggestions", "required", "is required where a card is accepted")
                )
        if problems:
            raise HookRefused(problems=problems)

    @property
    def cards(self) -> frozenset[str]:
        return frozenset(entry.card.lower() for entry in self._entries)

    def about(self, served: Mapping[str, ServedCard], service: str) -> list[Feedback]:
        """The feedback with its cards.

        Raises:
            NotFound: one of them is unknown, another tenant's, or another service's.
            HookRefused: a suggestion is accepted that its card did not make.
        """
        if any(served[uuid].service != service if uuid in served else True for uuid in self.cards):
            raise NotFound("A card is unknown here.")
        problems = [
            Problem(
                pointer("feedback", place, "acceptedSuggestions"), "unknown-suggestion", "names none of the card's own"
            )
            for place, entry in enumerate(self._entries)
            if not set(_accepted(entry)) <= set(served[entry.card.lower()].suggestions)
        ]
        if problems:
            raise HookRefused(problems=problems)
        return [_feedback(entry, served[entry.card.lower()]) for entry in self._entries]


def counted_reason(feedback: Feedback, systems: Collection[str]) -> str:
    """The reason as it is counted: a code of ours, else ``other``, so that no text of a client is a name here."""
    if feedback.reason is None:
        return ""
    code, system = feedback.reason
    return code if code in OVERRIDE_REASONS and system in systems else OTHER_REASON


def _accepted(entry: _Entry) -> tuple[str, ...]:
    return tuple(suggestion.id.lower() for suggestion in entry.acceptedSuggestions or ())


def _feedback(entry: _Entry, card: ServedCard) -> Feedback:
    override = entry.overrideReason
    reason = override.reason if override else None
    return Feedback(
        card=card,
        outcome=entry.outcome,
        at=instant(entry.outcomeTimestamp),
        reason=(reason.code, reason.system) if reason else None,
        accepted=_accepted(entry),
        comment=override.userComment if override and override.userComment else None,
    )
