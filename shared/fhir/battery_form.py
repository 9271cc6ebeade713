"""A battery as one form: a group for each instrument that it asks of somebody of whom nothing is known yet.

It is the plain default. A tenant's choices (another instrument in a slot, PHQ-8 instead of PHQ-9) and the facts beside
the answers (age, procedure) are no part of it, nor is what is asked only where such a fact is known. What a gate opens
is enabled by the score that opens it. A question whose answer stands in an earlier group in the same words is asked
once, and its answer counts in both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from shared.batteries import Batteries, Battery, batteries
from shared.batteries.definition import Asked, GateCondition, GateEntry, InstrumentEntry, SlotEntry
from shared.fhir.form import EnableWhen, Form, Member, Node, instrument_nodes, score_id
from shared.fhir.systems import Names
from shared.instruments import Definition, Registry
from shared.instruments.definition import Item, Score
from shared.text_packs import TextPacks


class Group(NamedTuple):
    """One instrument of a battery: which of its items are asked, and which scores it is asked for.

    ``carried``: item → the item of an earlier group whose answer stands for it; such an item is not asked again.
    ``opened_by``: the score that enables the group, where it is not asked of everybody.
    """

    definition: Definition
    items: tuple[Item, ...]
    scores: tuple[Score, ...]
    carried: Mapping[str, str]
    opened_by: GateCondition | None

    @property
    def id(self) -> str:
        return self.definition.instrument.id

    @property
    def member(self) -> Member:
        return Member(self.definition, self.id, self.carried)


class BatteryForm(NamedTuple):
    """``version`` changes with the file of batteries and with any member's version, and with nothing else."""

    battery: Battery
    version: str
    groups: tuple[Group, ...]

    @property
    def id(self) -> str:
        return self.battery.id


def battery_of(battery_id: str, registry: Registry) -> BatteryForm | None:
    """The form of the battery of this id, or none."""
    known = batteries().content
    battery = known.get(battery_id)
    if battery is None:
        return None
    groups: list[Group] = []
    for entry in battery.entries:
        if entry.if_known is not None:
            continue
        if isinstance(entry, InstrumentEntry):
            groups.append(_group(entry.asked, None, groups, known, registry))
        elif isinstance(entry, GateEntry):
            groups.append(_group(entry.opens, entry.when, groups, known, registry))
        elif isinstance(entry, SlotEntry) and entry.fallback is not None:
            groups.append(_group(entry.fallback, None, groups, known, registry))
    members = " ".join(f"{group.id}|{group.definition.instrument.version}" for group in groups)
    version = f"{known.version}-{hashlib.sha256(members.encode()).hexdigest()[:8]}"
    return BatteryForm(battery, version, tuple(groups))


def battery_ids() -> tuple[str, ...]:
    """Every battery's id."""
    return tuple(battery.id for battery in batteries().content.batteries)


def _group(
    asked: Asked, opened_by: GateCondition | None, earlier: list[Group], known: Batteries, registry: Registry
) -> Group:
    definition = registry.get(asked.instrument)
    instrument = definition.instrument
    carry = known.carried_to(asked.instrument)
    before = {item.id for group in earlier for item in group.items}
    carried = {own: other for own, other in carry.items.items() if other in before} if carry else {}
    chosen = asked.only_items or tuple(item.id for item in instrument.items)
    return Group(
        definition,
        tuple(item for item in instrument.items if item.id in chosen and item.id not in carried),
        tuple(score for score in instrument.scores if asked.only_items is None or score.id in asked.needs),
        carried,
        opened_by,
    )


def battery_form(form: BatteryForm, names: Names, text_packs: TextPacks | None) -> Form:
    """What responses to the Questionnaire of the battery are judged by."""
    nodes: list[Node] = []
    for group in form.groups:
        nodes.append(Node(group.id, "group", enable_when=_condition(group)))
        nodes += instrument_nodes(group.member, group.items, group.scores, names, text_packs)
    canonical = f"{names.questionnaire(form.id)}|{form.version}"
    members = [group.member for group in form.groups]
    return Form(canonical, members, nodes, battery=form.id, text_packs=text_packs)


def _condition(group: Group) -> tuple[EnableWhen, ...]:
    gate = group.opened_by
    return () if gate is None else (EnableWhen(score_id(gate.instrument, gate.score), gate.op, gate.value),)
