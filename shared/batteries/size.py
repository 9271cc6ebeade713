"""How long a battery is: the fewest and the most items, and the minutes that follow from a stated assumption."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypedDict

from shared.batteries.definition import (
    Asked,
    Batteries,
    Battery,
    GateEntry,
    InstrumentEntry,
    QuestionsEntry,
)
from shared.batteries.progress import DEFAULT, Settings
from shared.profile.definition import Fact

_MINUTE = 60


class Span(TypedDict):
    fewest: int
    most: int


class Assumption(TypedDict):
    """What the minutes rest on; ``unverified`` where it is this project's estimate."""

    seconds_per_item: int
    source: str | None
    unverified: bool
    note: str


class Size(TypedDict):
    """What the person answers; what staff enter is counted apart and takes none of the person's time."""

    items: Span
    staff_items: Span
    minutes: Span
    assumption: Assumption


class _Count(NamedTuple):
    fewest: int
    most: int


def size_of(batteries: Batteries, battery: Battery, facts: Iterable[Fact], settings: Settings = DEFAULT) -> Size:
    """The items of a battery as a tenant has set it up. Minutes are rounded up."""
    asked_of = {fact.id: fact.asked_of for fact in facts}
    instruments = _instruments(batteries, battery, settings)
    names = {asked.instrument for asked, _ in instruments}
    counts = [_count(batteries, asked, names, gated=gated) for asked, gated in instruments]
    person, staff = list(counts), list[_Count]()
    for entry in battery.entries:
        if isinstance(entry, QuestionsEntry):
            for fact in entry.facts:
                one = _Count(0 if entry.where or entry.if_known else 1, 1)
                (staff if asked_of.get(fact) == "staff" else person).append(one)
    items = _total(person)
    seconds = batteries.timing.seconds_per_item
    return Size(
        items=items,
        staff_items=_total(staff),
        minutes=Span(fewest=_minutes(items["fewest"] * seconds), most=_minutes(items["most"] * seconds)),
        assumption=Assumption(
            seconds_per_item=seconds,
            source=batteries.timing.source,
            unverified=batteries.timing.unverified,
            note=batteries.timing.note,
        ),
    )


def _instruments(batteries: Batteries, battery: Battery, settings: Settings) -> list[tuple[Asked, bool]]:
    """Every instrument that may be asked, and whether it may also be left out."""
    found: list[tuple[Asked, bool]] = []
    for entry in battery.entries:
        optional = entry.if_known is not None or entry.from_day is not None
        if isinstance(entry, InstrumentEntry):
            found.append((entry.asked, optional))
        elif isinstance(entry, GateEntry):
            replaced = entry.instead is not None and settings.phq8_instead_of_phq9
            found.append((entry.instead if replaced and entry.instead else entry.opens, True))
        elif not isinstance(entry, QuestionsEntry):
            slot = batteries.slot(entry.slot)
            filled = slot.accepted(settings.slots.get(entry.slot)) if slot else None
            asked = filled or entry.fallback
            if asked is not None:
                found.append((asked, optional))
    return found


def _count(batteries: Batteries, asked: Asked, names: set[str], *, gated: bool) -> _Count:
    carry = batteries.carried_to(asked.instrument)
    carried = len(carry.items) if carry and carry.origin in names else 0
    return _Count(0 if gated else max(asked.least - carried, 0), max(asked.greatest - carried, 0))


def _total(counts: Iterable[_Count]) -> Span:
    known = list(counts)
    return Span(fewest=sum(one.fewest for one in known), most=sum(one.most for one in known))


def _minutes(seconds: int) -> int:
    return -(-seconds // _MINUTE)
