"""Answer a hook, and take what became of its cards: the use cases, over whatever store and EHR are handed in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.assessments.ports import SubjectKey
from shared.assessments.request import Request
from shared.assessments.service import Assessments
from shared.cds.answer import Shelf, cards
from shared.cds.card import Card, Frame
from shared.cds.feedback import SentFeedback, counted_reason
from shared.cds.person import Person, person_of
from shared.cds.ports import CardStore, Count, Feedback, ServedCard
from shared.cds.prefetch import Prefetched, not_supplied, query_of, read_prefetch
from shared.cds.request import HookRequest
from shared.cds.services import PREFETCH, Service
from shared.errors import DataNeeded, Problem, pointer
from shared.fhir.forms import Forms

KEPT_FOR = timedelta(days=90)
ASSESSMENTS_READ = 20

Fetch = Callable[[HookRequest, Mapping[str, str]], Mapping[str, Any]]
"""From queries by key to the answers of the EHR's FHIR server, as far as there are any in time."""


class Answer(NamedTuple):
    """``body`` goes over the wire; ``kinds`` are the cards in it."""

    body: dict[str, Any]
    kinds: tuple[str, ...]


def _new_uuid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class CdsHooks:
    """The use cases. ``source`` is the client's: whose patient ids it uses."""

    assessments: Assessments
    store: CardStore
    fetch: Fetch
    forms: Forms
    shelf: Shelf
    new_uuid: Callable[[], str] = _new_uuid

    def answer(self, hook: HookRequest, source: str, request: Request) -> Answer:
        """The cards for one request. What is shown is audited, and kept so that feedback finds it.

        Raises:
            DataNeeded: what the service needs was neither sent nor to be fetched.
            HookRefused: what was sent or fetched is about another person.
        """
        prefetched = self._prefetched(hook)
        if prefetched.is_deceased:
            return Answer({"cards": []}, ())
        subject = SubjectKey(request.tenant, source, hook.patient)
        person = self._person(hook, subject, prefetched, request)
        told = cards(hook, person, self.shelf)
        frame = Frame(self.shelf.names, self.shelf.base, person.settings.cds.launch_url, self.new_uuid)
        rendered = [frame.render(card) for card in told]
        now = person.now
        kept = [_served(card, made, subject, hook.service, now) for card, made in zip(told, rendered, strict=True)]
        if kept:
            self.store.keep(kept)
        return Answer({"cards": rendered}, tuple(card.kind for card in told))

    def take_feedback(self, service: Service, body: Mapping[str, Any], request: Request) -> list[Feedback]:
        """Keep and count feedback, all of it or none; repeats count once. What was new is handed back.

        Raises:
            HookRefused: naming every problem.
            NotFound: a card is unknown here.
        """
        now = self.assessments.clock()
        sent = SentFeedback(body, now)
        feedback = sent.about(self.store.find(request.tenant, sent.cards, now), service.id)
        systems = (self.shelf.names.code_system("card-override"),)
        reasons = [counted_reason(one, systems) for one in feedback]
        event = request.audited(self.assessments.new_id(), "card-feedback", " ".join(sorted(sent.cards)), now)
        return list(self.store.add_feedback(request.tenant, feedback, reasons, event))

    def counts(self, request: Request) -> list[Count]:
        """What became of a tenant's cards, as counts."""
        return list(self.store.counts(request.tenant))

    def _prefetched(self, hook: HookRequest) -> Prefetched:
        supplied = {key: hook.prefetch[key] for key in PREFETCH if key in hook.prefetch}
        missing = not_supplied(supplied)
        if missing and hook.access_token is not None:
            supplied |= self.fetch(hook, {key: query_of(key, hook.patient) for key in missing})
            missing = not_supplied(supplied)
        if missing:
            said = "was not supplied, and could not be fetched"
            raise DataNeeded(problems=[Problem(pointer("prefetch", key), "data-needed", said) for key in missing])
        return read_prefetch(supplied, hook)

    def _person(self, hook: HookRequest, subject: SubjectKey, prefetched: Prefetched, request: Request) -> Person:
        views, _ = self.assessments.of_subject(subject, request, limit=ASSESSMENTS_READ, cursor=None)
        settings = self.assessments.settings(request.tenant)
        return person_of(
            hook.patient,
            views,
            prefetched,
            self.forms,
            now=self.assessments.clock(),
            settings=settings,
            alert_max_age=self.assessments.oldest_raised(settings),
        )


def _served(card: Card, made: Mapping[str, Any], subject: SubjectKey, service: Service, now: datetime) -> ServedCard:
    return ServedCard(
        uuid=made["uuid"],
        subject=subject,
        service=service.id,
        kind=card.kind,
        assessments=card.assessments,
        suggestions=tuple(suggestion["uuid"] for suggestion in made.get("suggestions", ())),
        served=now,
        expires=now + KEPT_FOR,
    )
