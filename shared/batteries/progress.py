"""What is still missing of a battery, and what to ask next. Pure: it looks at results and never guesses an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from shared.batteries.definition import (
    Asked,
    Batteries,
    Battery,
    Entry,
    GateEntry,
    InstrumentEntry,
    QuestionsEntry,
    SlotEntry,
)
from shared.documents import Document
from shared.errors import NotFound, Problem, pointer
from shared.profile.facts import where_test
from shared.profile.intake import days_since_surgery
from shared.profile.result import Identity
from shared.profile.sources import COMPARE
from shared.scoring.result import InstrumentResult

_NEEDS_ANSWERS = frozenset(
    {"item-required", "too-many-missing", "missing-rule-not-verified", "depends-on-unscored", "undetermined"}
)
"""The reasons of an unscored score that more answers could cure; ``too-early`` is not one of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A tenant's decisions. ``slots``: slot → the licensed instrument that fills it."""

    phq8_instead_of_phq9: bool = False
    slots: Mapping[str, str] = field(default_factory=dict)


DEFAULT = Settings()


class Next(TypedDict):
    """An instrument to present now. ``carry_over``: item → where its answer stands already, if it was answered."""

    instrument: str
    only_items: list[str] | None
    carry_over: dict[str, dict[str, str]]
    why: str


class MissingPart(TypedDict):
    """``state``: ``not-answered`` or ``incomplete``; ``scores`` are those that need more answers."""

    kind: str
    id: str
    state: str
    scores: list[str]


class BatteryStatement(TypedDict):
    """Something that must be said beside the results, such as what was not asked."""

    code: str
    because: str
    detail: str


class Progress(TypedDict):
    battery: str
    definition: Identity
    next: list[Next]
    missing: list[MissingPart]
    statements: list[BatteryStatement]


def settings_problems(batteries: Batteries, settings: Settings) -> list[Problem]:
    """Every slot that does not exist, and every instrument that may not fill its slot."""
    problems = []
    for name, instrument in settings.slots.items():
        slot = batteries.slot(name)
        if slot is None:
            problems.append(Problem("/slots", "unknown-slot", "names a slot that no battery has"))
        elif slot.accepted(instrument) is None:
            allowed = ", ".join(asked.instrument for asked in slot.accepts)
            problems.append(Problem(pointer("slots", name), "value-not-allowed", f"must be one of {allowed}"))
    return problems


def still_missing(
    definition: Document[Batteries],
    battery_id: str,
    results: Sequence[InstrumentResult],
    settings: Settings = DEFAULT,
    *,
    facts: Mapping[str, Any] | None = None,
    timepoint: str | None = None,
) -> Progress:
    """What of a battery has no answer yet, in its order; ``next`` holds only what can be asked now.

    A gate whose first questions are not answered waits. A closed gate is no answer: it is said what was not asked.
    Settings that ``settings_problems`` refuses fill nothing.

    Raises:
        NotFound: no battery has this id.
    """
    battery = definition.content.get(battery_id)
    if battery is None:
        raise NotFound("No battery has this id.")
    walk = _Walk(definition.content, battery, results, settings, facts or {}, timepoint)
    for entry in battery.entries:
        walk.enter(entry)
    walk.say_whether_self_harm_was_asked()
    return Progress(
        battery=battery.id,
        definition=Identity(version=definition.content.version, sha256=definition.sha256),
        next=walk.next,
        missing=walk.missing,
        statements=walk.statements,
    )


class _Walk:
    """One pass over the entries of a battery."""

    def __init__(
        self,
        batteries: Batteries,
        battery: Battery,
        results: Sequence[InstrumentResult],
        settings: Settings,
        facts: Mapping[str, Any],
        timepoint: str | None,
    ) -> None:
        self._batteries = batteries
        self._asked_here = {entry.asked.instrument for entry in battery.entries if isinstance(entry, InstrumentEntry)}
        self._results = {result["instrument"]: result for result in results}
        self._settings = settings
        self._facts = facts
        self._days = days_since_surgery(timepoint)
        self._self_harm = "not_in_battery"
        self.next: list[Next] = []
        self.missing: list[MissingPart] = []
        self.statements: list[BatteryStatement] = []

    def enter(self, entry: InstrumentEntry | QuestionsEntry | GateEntry | SlotEntry) -> None:
        if entry.if_known is not None and self._facts.get(entry.if_known) is None:
            return
        if isinstance(entry, GateEntry):
            self._gate(entry)
        elif self._is_too_early(entry):
            if entry.too_early is not None:
                self._state("too-early", f"day-{entry.from_day}", entry.too_early)
        elif isinstance(entry, InstrumentEntry):
            self._ask(entry.asked, entry)
        elif isinstance(entry, QuestionsEntry):
            self._questions(entry)
        else:
            self._slot(entry)

    def _is_too_early(self, entry: Entry) -> bool:
        """Whether it is known to be too early. Where the day is not known, it is due."""
        return entry.from_day is not None and self._days is not None and self._days.most < entry.from_day

    def _ask(self, asked: Asked, entry: Entry) -> None:
        result = self._results.get(asked.instrument)
        if result is not None:
            unscored = [
                score["id"]
                for score in result["scores"]
                if score["id"] in asked.needs and score["reason"] and score["reason"]["code"] in _NEEDS_ANSWERS
            ]
            if unscored:
                self.missing.append(
                    MissingPart(kind="instrument", id=asked.instrument, state="incomplete", scores=unscored)
                )
            return
        self.missing.append(
            MissingPart(kind="instrument", id=asked.instrument, state="not-answered", scores=list(asked.needs))
        )
        carry = self._batteries.carried_to(asked.instrument)
        if carry and carry.origin in self._asked_here and carry.origin not in self._results:
            return  # it waits for the answers that it shares, so that nothing is asked twice
        origin = carry if carry and carry.origin in self._results else None
        self.next.append(
            Next(
                instrument=asked.instrument,
                only_items=list(asked.only_items) if asked.only_items else None,
                carry_over={
                    item: {"instrument": origin.origin, "item": answered} for item, answered in origin.items.items()
                }
                if origin
                else {},
                why=entry.why,
            )
        )

    def _questions(self, entry: QuestionsEntry) -> None:
        if entry.where and where_test(entry.where)(self._facts) is not True:
            return
        self.missing += [
            MissingPart(kind="question", id=fact, state="not-answered", scores=[])
            for fact in entry.facts
            if self._facts.get(fact) is None
        ]

    def _gate(self, entry: GateEntry) -> None:
        replaced = entry.instead is not None and self._settings.phq8_instead_of_phq9
        answered = [one for one in (entry.opens, entry.instead) if one and one.instrument in self._results]
        value = self._score(entry.when.instrument, entry.when.score)
        is_open = None if value is None else COMPARE[entry.when.op](value, entry.when.value)
        if answered:
            self._ask(answered[0], entry)
        elif is_open and not self._is_too_early(entry):
            self._ask(entry.instead if replaced and entry.instead else entry.opens, entry)
        if entry.opens.instrument == self._batteries.self_harm.instrument:
            closed = is_open is False and not answered
            self._self_harm = "replaced" if replaced or answered else "gate_closed" if closed else "not_yet"

    def _slot(self, entry: SlotEntry) -> None:
        slot = self._batteries.slot(entry.slot)
        if slot is None:
            return
        filled = slot.accepted(self._settings.slots.get(slot.id))
        if filled is not None:
            self._ask(filled, entry)
        elif entry.fallback is not None:
            self._ask(entry.fallback, entry)
        else:
            self._state("not-measured", slot.id, slot.unfilled)

    def _score(self, instrument: str, score_id: str) -> Any:
        result = self._results.get(instrument)
        found = [score["value"] for score in result["scores"] if score["id"] == score_id] if result else []
        return found[0] if found else None

    def say_whether_self_harm_was_asked(self) -> None:
        rule = self._batteries.self_harm
        result = self._results.get(rule.instrument)
        if result is None:
            self._state("self-harm-not-asked", self._self_harm.replace("_", "-"), getattr(rule, self._self_harm))
        elif any(alert["id"] == f"{rule.item}-missing" for alert in result["alerts"]):
            self._state("self-harm-not-answered", "not-answered", rule.not_answered)

    def _state(self, code: str, because: str, detail: str) -> None:
        self.statements.append(BatteryStatement(code=code, because=because, detail=detail))


def carried_answers(
    batteries: Batteries, instrument: str, responses: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The answers of ``instrument`` that were given already under another instrument's items of the same words.

    ``responses``: instrument → its answers in the same assessment. An unanswered item carries nothing.
    """
    carry = batteries.carried_to(instrument)
    if carry is None:
        return {}
    given = responses.get(carry.origin, {})
    return {item: given[answered] for item, answered in carry.items.items() if given.get(answered) is not None}
