"""Answers a scorer must refuse, one case for each kind of answer and each way to get it wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.authoring.search import Finder
from shared.authoring.vectors import Vector, slug
from shared.instruments.definition import CalendarDate, Choice, ClockTime, Quantity

Wrong = tuple[str, Any, str]
"""Name, the answer, why it is wrong."""

TYPED = frozenset({"boolean", "float"})
"""Cases that a reader of JSON which merges ``true`` with 1, or 1.0 with 1, cannot tell from a good answer."""


def refused_cases(finder: Finder) -> Iterator[Vector]:
    typical = finder.forms.typical()
    shown: set[str] = set()
    for item in finder.instrument.items:
        if item.options in shown:
            continue
        shown.add(item.options)
        for name, answer, why in wrong_answers(finder.instrument.options[item.options]):
            responses = typical | {item.id: answer}
            why = f"{item.id}: {why}"
            yield Vector(f"refused-{slug(item.id)}-{name}", why, responses, optional=name in TYPED)
    yield Vector(
        "refused-unknown-item",
        "An item the instrument does not have, reported at its parent: the key itself may be private.",
        typical | {"no_such_item": 0},
    )
    yield from _several(finder)
    yield from _still_alerts(finder)


def wrong_answers(options: Choice | Quantity | ClockTime | CalendarDate) -> Iterator[Wrong]:
    """Answers outside an option set, near its edges and of every other type."""
    yield "list", [0], "a list is not an answer."
    match options:
        case Choice():
            yield from _wrong_choices(options)
        case Quantity():
            yield from _wrong_numbers(options)
        case ClockTime():
            yield "no-such-time", "24:00", "the day ends at 23:59."
            yield "one-digit-hour", "7:30", "hours have two digits."
            yield "number", 730, "a time is a text, hh:mm."
        case CalendarDate():
            yield "no-such-day", "2025-02-30", "there is no such day."
            yield "not-iso", "15.01.2025", "a date is yyyy-mm-dd."
            yield "number", 20250115, "a date is a text, yyyy-mm-dd."


def _wrong_choices(choice: Choice) -> Iterator[Wrong]:
    sent = [option.value if option.code is None else option.code for option in choice.options]
    numbers = sorted(answer for answer in sent if isinstance(answer, int | float))
    yield "boolean", True, "a boolean is not an answer."
    values = [option.value for option in choice.options if option.value not in sent]
    if values:
        yield "value-for-code", values[0], "an option with a code is sent by its code, not by its value."
    if not numbers:
        yield "unknown-word", "no-such-answer", "not one of the options."
        if (other := str(sent[0]).swapcase()) not in sent:
            yield "other-case", other, "words are compared letter by letter."
        return
    low, high = numbers[0], numbers[-1]
    yield "below", low - 1, "below the lowest option."
    yield "above", high + 1, "above the highest option."
    yield "between", low + 0.5, "between two options."
    yield "float", float(low), "a float where an integer belongs."
    yield "string", str(low), "a text where a number belongs."
    gaps = [number for number in range(int(low), int(high)) if number not in numbers]
    if gaps:
        yield "skipped", gaps[0], "inside the range, but not an option: nothing is interpolated."


def _wrong_numbers(quantity: Quantity) -> Iterator[Wrong]:
    yield "string", "1", "a text where a number belongs."
    yield "boolean", True, "a boolean is not a number."
    if quantity.min is not None:
        yield "below", quantity.min - 1, f"below the least allowed, {quantity.min}."
    if quantity.max is not None:
        yield "above", quantity.max + 1, f"above the most allowed, {quantity.max}."
    if quantity.integer:
        yield "fraction", (quantity.min or 0) + 0.5, "a whole number belongs here."


def _several(finder: Finder) -> Iterator[Vector]:
    items = list(finder.forms.answers)
    if len(items) > 1:
        wrong = {items[0]: ["x"], items[-1]: {"x": 1}, "no_such_item": 1}
        yield Vector("refused-several", "Three problems; all of them are reported.", finder.forms.typical() | wrong)


def _still_alerts(finder: Finder) -> Iterator[Vector]:
    """A refused form still speaks up where a safety item was answered validly."""
    for rule in finder.instrument.alerts:
        answers = finder.forms.answers.get(rule.on)
        others = [item for item in finder.forms.answers if item != rule.on]
        if answers and others and rule.op != "is-missing":
            responses = finder.forms.typical() | {rule.on: answers[-1], others[0]: ["x"]}
            yield Vector(f"refused-but-{slug(rule.id)}", "Refused as a whole, and the alert still fires.", responses)
