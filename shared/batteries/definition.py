"""What a file of batteries may say: which questions are asked at an intake, in which order, and what opens the next.

Only instruments whose wording may ship stand in a battery; a deployer may put a licensed one into an open slot.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.documents import Document, Kebab, Part, Snake, Text, load_document
from shared.instruments.definition import InstrumentId, Version
from shared.instruments.named_steps import Id
from shared.profile.definition import ScoreRef, Where

BATTERIES = Path(__file__).with_name("batteries.json")

Ids = Annotated[tuple[Id, ...], Field(min_length=1)]
Count = Annotated[int, Field(ge=0)]


class Timing(Part):
    """How long one item takes. Without a source it is this project's estimate and says so."""

    seconds_per_item: Annotated[int, Field(gt=0)]
    source: Text | None = None
    unverified: bool = False
    note: Text

    @model_validator(mode="after")
    def _says_where_it_is_from(self) -> Self:
        if (self.source is None) != self.unverified:
            raise ValueError("needs a source, or unverified: true")
        return self


class Asked(Part):
    """An instrument, or some of its items, and the scores that it is asked for.

    ``items`` is how many items that are; ``fewest`` and ``most`` differ where an answer leaves others out.
    """

    instrument: InstrumentId
    items: Annotated[int, Field(gt=0)]
    only_items: Ids | None = None
    fewest: Count | None = None
    most: Count | None = None
    needs: Ids

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        if not self.least <= self.greatest <= self.items:
            raise ValueError("fewest, most and items are not in this order")
        if self.only_items is not None and len(self.only_items) != self.items:
            raise ValueError("items is not the number of only_items")
        return self

    @property
    def least(self) -> int:
        return self.items if self.fewest is None else self.fewest

    @property
    def greatest(self) -> int:
        return self.items if self.most is None else self.most


class Entry(Part):
    """``if_known``: only where this fact is known. ``from_day``: not before this day after an operation.

    ``too_early`` is what is said on earlier days.
    """

    why: Text
    if_known: Snake | None = None
    from_day: Annotated[int, Field(ge=0)] | None = None
    too_early: Text | None = None

    @model_validator(mode="after")
    def _says_what_is_too_early(self) -> Self:
        if self.too_early is not None and self.from_day is None:
            raise ValueError("too_early needs from_day")
        return self


class InstrumentEntry(Entry):
    kind: Literal["instrument"]
    asked: Asked


class QuestionsEntry(Entry):
    """Facts that are asked for by the questions of the file of factors."""

    kind: Literal["questions"]
    facts: Annotated[tuple[Snake, ...], Field(min_length=1)]
    where: tuple[Where, ...] = ()


class GateCondition(ScoreRef):
    """A sourced cut-off that opens the next instrument. ``cutoff_of``: the score whose cut-off it is."""

    op: Literal[">=", ">", "<=", "<"]
    value: int | float
    source: Text
    cutoff_of: ScoreRef | None = None


class GateEntry(Entry):
    """An instrument that is asked only when an earlier score says so. ``instead``: what a tenant may choose for it."""

    kind: Literal["gate"]
    when: GateCondition
    opens: Asked
    instead: Asked | None = None


class SlotEntry(Entry):
    """An open place for a licensed instrument; ``fallback`` is asked while nothing fills it."""

    kind: Literal["slot"]
    slot: Kebab
    fallback: Asked | None = None


AnyEntry = Annotated[
    InstrumentEntry | QuestionsEntry | GateEntry | SlotEntry,
    Field(discriminator="kind"),
]


class Slot(Part):
    """What may fill an open place. ``must_name``: a word that each of them must carry in its title or purpose."""

    id: Kebab
    title: Text
    accepts: Annotated[tuple[Asked, ...], Field(min_length=1)]
    must_name: Text | None = None
    unfilled: Text

    def accepted(self, instrument: str | None) -> Asked | None:
        return next((asked for asked in self.accepts if asked.instrument == instrument), None)


class CarryOver(Part):
    """Items of one instrument whose answers stand for items of another: same words, same period, same answers.

    ``items``: the item to be filled → the item that was answered. A check compares their wording; nothing else is
    carried, and nothing by resemblance.
    """

    origin: InstrumentId
    to: InstrumentId
    items: Annotated[dict[Id, Id], Field(min_length=1)]
    because: Text


class SelfHarm(Part):
    """The item that asks about self-harm, and what is said when it was not asked. Never: no alert."""

    instrument: InstrumentId
    item: Id
    gate_closed: Text
    replaced: Text
    not_yet: Text
    not_in_battery: Text
    not_answered: Text
    source: Text


class Battery(Part):
    id: Kebab
    title: Text
    purpose: Text
    entries: Annotated[tuple[AnyEntry, ...], Field(min_length=1)]


class Batteries(Part):
    version: Version
    title: Text
    timing: Timing
    self_harm: SelfHarm
    carry_over: tuple[CarryOver, ...]
    slots: tuple[Slot, ...]
    batteries: Annotated[tuple[Battery, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_thing_once(self) -> Self:
        for kind, ids in (
            ("batteries", [battery.id for battery in self.batteries]),
            ("slots", [slot.id for slot in self.slots]),
        ):
            if len(set(ids)) != len(ids):
                raise ValueError(f"two {kind} have the same id")
        return self

    def get(self, battery_id: object) -> Battery | None:
        """The battery of this id, or none."""
        return next((battery for battery in self.batteries if battery.id == battery_id), None)

    def slot(self, slot_id: str) -> Slot | None:
        return next((slot for slot in self.slots if slot.id == slot_id), None)

    def carried_to(self, instrument: str) -> CarryOver | None:
        """What may be carried into an instrument. One origin each: two would need a rule for when they differ."""
        return next((carry for carry in self.carry_over if carry.to == instrument), None)


@cache
def batteries() -> Document[Batteries]:
    """The batteries shipped with this service."""
    return load_document(Batteries, BATTERIES)
