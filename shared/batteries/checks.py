"""Every problem of a file of batteries, read against a registry of instruments: none is the last."""

from __future__ import annotations

from collections.abc import Iterator

from shared.batteries.definition import (
    Asked,
    Batteries,
    Battery,
    CarryOver,
    GateEntry,
    InstrumentEntry,
    QuestionsEntry,
    SelfHarm,
    Slot,
    SlotEntry,
)
from shared.errors import Problem, pointer
from shared.instruments import Instrument, Registry
from shared.instruments.definition import Choice, Item, Score
from shared.procedures import Catalogue
from shared.profile import Factors
from shared.profile.checks.cutoffs import check_cutoff, instrument_in, score_in
from shared.profile.checks.names import check_where, needs_link, no_instrument


def check_batteries(batteries: Batteries, factors: Factors, registry: Registry, catalogue: Catalogue) -> list[Problem]:
    """Every problem of a file of batteries."""
    return list(dict.fromkeys(_Checks(batteries, factors, registry, catalogue).problems()))


class _Checks:
    def __init__(self, batteries: Batteries, factors: Factors, registry: Registry, catalogue: Catalogue) -> None:
        self._batteries = batteries
        self._registry = registry
        self._catalogue = catalogue
        self._facts = {fact.id: fact for fact in factors.facts}

    def problems(self) -> Iterator[Problem]:
        yield from self._self_harm(self._batteries.self_harm, "/self_harm")
        for place, carry in enumerate(self._batteries.carry_over):
            yield from self._carry(carry, pointer("carry_over", place))
            if self._batteries.carried_to(carry.to) is not carry:
                yield Problem(pointer("carry_over", place, "to"), "duplicate", "has another origin already")
        for place, slot in enumerate(self._batteries.slots):
            yield from self._slot(slot, pointer("slots", place))
        for place, battery in enumerate(self._batteries.batteries):
            yield from self._battery(battery, pointer("batteries", place))

    # -- batteries -----------------------------------------------------------------------------------------------------

    def _battery(self, battery: Battery, at: str) -> Iterator[Problem]:
        before: set[str] = set()
        for place, entry in enumerate(battery.entries):
            here = f"{at}/entries/{place}"
            if entry.if_known is not None and entry.if_known not in self._facts:
                yield Problem(f"{here}/if_known", "unknown-fact", f"no fact is called {entry.if_known}")
            if isinstance(entry, InstrumentEntry):
                yield from self._asked(entry.asked, f"{here}/asked", ships=True)
                if entry.asked.instrument in before:
                    yield Problem(f"{here}/asked/instrument", "duplicate", "is asked for already")
                before.add(entry.asked.instrument)
            elif isinstance(entry, QuestionsEntry):
                yield from self._questions(entry, here)
            elif isinstance(entry, GateEntry):
                yield from self._gate(entry, before, here)
            else:
                yield from self._slot_entry(entry, here)
        yield from self._asks_nothing_twice(battery, at)

    def _questions(self, entry: QuestionsEntry, at: str) -> Iterator[Problem]:
        for place, fact in enumerate(entry.facts):
            if fact not in self._facts:
                yield Problem(f"{at}/facts/{place}", "unknown-fact", f"no fact is called {fact}")
        yield from check_where(entry.where, self._facts, self._catalogue, f"{at}/where")

    def _gate(self, entry: GateEntry, before: set[str], at: str) -> Iterator[Problem]:
        yield from self._asked(entry.opens, f"{at}/opens", ships=True)
        if entry.instead is not None:
            yield from self._asked(entry.instead, f"{at}/instead", ships=True)
        when = entry.when
        yield from needs_link(f"{at}/when/source", when.source)
        if when.instrument not in before:
            yield Problem(f"{at}/when/instrument", "order", f"{when.instrument} is not asked before it")
        instrument = instrument_in(self._registry, when.instrument)
        if instrument is None:
            yield no_instrument(f"{at}/when/instrument", when.instrument)
            return
        score = score_in(instrument, when.score)
        if score is None:
            yield Problem(f"{at}/when/score", "unknown-score", f"{instrument.id} has no score {when.score}")
            return
        yield from check_cutoff(self._registry, score, when.op, when.value, when.cutoff_of, f"{at}/when")

    def _slot_entry(self, entry: SlotEntry, at: str) -> Iterator[Problem]:
        if self._batteries.slot(entry.slot) is None:
            yield Problem(f"{at}/slot", "unknown-slot", f"no slot is called {entry.slot}")
        if entry.fallback is not None:
            yield from self._asked(entry.fallback, f"{at}/fallback", ships=True)

    def _asks_nothing_twice(self, battery: Battery, at: str) -> Iterator[Problem]:
        """The same words in two instruments of one battery need a rule that carries the answer over."""
        seen: dict[tuple[str | None, str], tuple[str, str]] = {}
        for place, entry in enumerate(battery.entries):
            asked = _asked_by(entry)
            instrument = instrument_in(self._registry, asked.instrument) if asked else None
            if asked is None or instrument is None:
                continue
            carry = self._batteries.carried_to(asked.instrument)
            for item in instrument.items:
                if asked.only_items is not None and item.id not in asked.only_items:
                    continue
                first = seen.setdefault(_words(instrument, item), (asked.instrument, item.id))
                carried = carry is not None and (carry.origin, carry.items.get(item.id)) == first
                if first != (asked.instrument, item.id) and not carried:
                    detail = f"asks {item.id} in the same words as {first[0]} {first[1]}, and carries nothing over"
                    yield Problem(f"{at}/entries/{place}", "asked-twice", detail)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _asked(self, asked: Asked, at: str, *, ships: bool) -> Iterator[Problem]:
        instrument = instrument_in(self._registry, asked.instrument)
        if instrument is None:
            yield no_instrument(f"{at}/instrument", asked.instrument)
            return
        if not instrument.scorable:
            yield Problem(f"{at}/instrument", "not-scorable", f"{instrument.id} cannot be scored here")
        if ships and not instrument.licence.may_ship_item_text:
            detail = f"the wording of {instrument.id} may not ship: it belongs into a slot"
            yield Problem(f"{at}/instrument", "licence", detail)
        items = {item.id for item in instrument.items}
        for place, item_id in enumerate(asked.only_items or ()):
            if item_id not in items:
                yield Problem(f"{at}/only_items/{place}", "unknown-item", f"{instrument.id} has no item {item_id}")
        if asked.only_items is None and asked.items != len(items):
            yield Problem(f"{at}/items", "count", f"{instrument.id} has {len(items)} items")
        for place, name in enumerate(asked.needs):
            score = score_in(instrument, name)
            if score is None:
                yield Problem(f"{at}/needs/{place}", "unknown-score", f"{instrument.id} has no score {name}")
            elif asked.only_items is not None and not _items_of(score, instrument) <= set(asked.only_items):
                yield Problem(f"{at}/needs/{place}", "count", f"{name} needs items that are not asked for")

    def _slot(self, slot: Slot, at: str) -> Iterator[Problem]:
        for place, asked in enumerate(slot.accepts):
            here = f"{at}/accepts/{place}"
            yield from self._asked(asked, here, ships=False)
            instrument = instrument_in(self._registry, asked.instrument)
            named = f"{instrument.title} {instrument.purpose} {instrument.domain}".lower() if instrument else ""
            if instrument and slot.must_name and slot.must_name not in named:
                detail = f"{instrument.id} does not name {slot.must_name}: it does not measure it"
                yield Problem(f"{here}/instrument", "measures", detail)

    def _carry(self, carry: CarryOver, at: str) -> Iterator[Problem]:
        origin, to = (instrument_in(self._registry, name) for name in (carry.origin, carry.to))
        if origin is None:
            yield no_instrument(f"{at}/origin", carry.origin)
        if to is None:
            yield no_instrument(f"{at}/to", carry.to)
        if origin is None or to is None:
            return
        for item_id, answered_id in carry.items.items():
            item, answered = _item(to, item_id), _item(origin, answered_id)
            if item is None or answered is None:
                yield Problem(pointer_in(at, item_id), "unknown-item", "one of the two items does not exist")
            elif _words(to, item) != _words(origin, answered) or _answers(to, item) != _answers(origin, answered):
                yield Problem(
                    pointer_in(at, item_id), "differs", "the two items do not ask the same with equal answers"
                )

    def _self_harm(self, rule: SelfHarm, at: str) -> Iterator[Problem]:
        yield from needs_link(f"{at}/source", rule.source)
        instrument = instrument_in(self._registry, rule.instrument)
        if instrument is None:
            yield no_instrument(f"{at}/instrument", rule.instrument)
        elif _item(instrument, rule.item) is None:
            yield Problem(f"{at}/item", "unknown-item", f"{instrument.id} has no item {rule.item}")
        elif not any(alert.on == rule.item and alert.op == "is-missing" for alert in instrument.alerts):
            yield Problem(f"{at}/item", "alert", f"{instrument.id} raises no alert when {rule.item} is left blank")


def pointer_in(at: str, item_id: str) -> str:
    return f"{at}{pointer('items', item_id)}"


def _asked_by(entry: InstrumentEntry | QuestionsEntry | GateEntry | SlotEntry) -> Asked | None:
    if isinstance(entry, InstrumentEntry):
        return entry.asked
    if isinstance(entry, GateEntry):
        return entry.opens
    return entry.fallback if isinstance(entry, SlotEntry) else None


def _item(instrument: Instrument, item_id: str) -> Item | None:
    return next((item for item in instrument.items if item.id == item_id), None)


def _words(instrument: Instrument, item: Item) -> tuple[str | None, str]:
    return item.stem or instrument.stem, item.text


def _answers(instrument: Instrument, item: Item) -> object:
    """The answers as they are sent, with their labels and what they count as."""
    answers = instrument.options.get(item.options)
    if isinstance(answers, Choice):
        options = tuple((option.code, option.value, option.label) for option in answers.options)
        return options, item.reverse, item.recode
    return answers


def _items_of(score: Score, instrument: Instrument) -> set[str]:
    """The items that a score rests on, through the scores it uses."""
    used = {*score.scores, *((score.from_score,) if score.from_score else ())}
    earlier = (score_in(instrument, name) for name in used)
    return set(score.items).union(*(_items_of(one, instrument) for one in earlier if one is not None))
