"""Which cards answer which hook, in their order: safety first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from shared.cds.card import Card
from shared.cds.due import due_after_discharge, due_before_operation
from shared.cds.opioids import opioid_card
from shared.cds.orders import ordered
from shared.cds.person import Person
from shared.cds.profile import profile_card
from shared.cds.request import HookRequest
from shared.cds.safety import safety_card
from shared.cds.scores import scores_card
from shared.cds.wording import Wording
from shared.fhir.systems import Names
from shared.instruments import Registry
from shared.risk_models import Registry as RiskModels


class Shelf(NamedTuple):
    """The definitions that cards are worded by, and the names they are told under. ``base``: this service's URL."""

    instruments: Registry
    models: RiskModels
    names: Names
    base: str


def cards(request: HookRequest, person: Person, shelf: Shelf) -> list[Card]:
    """What is to be said, or nothing. A patient who looks or books is only asked for answers."""
    found = [card for card in _cards(request, person, shelf) if card is not None]
    return found if request.by_professional else [card for card in found if card.kind == "due"]


def _cards(request: HookRequest, person: Person, shelf: Shelf) -> Iterator[Card | None]:
    wording = Wording(shelf.instruments)
    yield safety_card(person, wording)
    match request.service.hook:
        case "patient-view":
            yield profile_card(person, shelf.models, wording, shelf.base)
            yield scores_card(person, wording)
        case "encounter-discharge":
            yield due_after_discharge(person, shelf.instruments, shelf.names)
        case hook:
            found = ordered(request, person.settings)
            if found.is_operation:
                yield due_before_operation(person, found, shelf.names)
                if hook != "appointment-book":
                    yield profile_card(person, shelf.models, wording, shelf.base)
            if found.is_opioid and hook == "order-sign":
                yield opioid_card(person, shelf.instruments, wording)
