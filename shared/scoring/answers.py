"""From what was sent to scored item values. Nothing is coerced, clipped or guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Final

from shared.errors import Problem, pointer
from shared.instruments.definition import CalendarDate, Choice, ClockTime, Instrument, Item, Quantity

Value = int | float | str | Fraction
REFUSED: Final = object()

LARGEST = 10**15

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Accept = Callable[[object], object]
"""Turns one answer into its scored value, or ``REFUSED``."""


class AnswerReader:
    """Reads the responses to one instrument: a closed set of items, each with a closed set of answers."""

    def __init__(self, instrument: Instrument) -> None:
        self._accept: dict[str, Accept] = {}
        self._rule: dict[str, str] = {}
        self._choices: dict[str, dict[object, Value]] = {}
        self.extremes: dict[str, tuple[Value, ...]] = {}
        for item in instrument.items:
            answer_set = instrument.options[item.options]
            if isinstance(answer_set, Choice):
                table = scored_values(item, answer_set)
                if all(type(answer) is int for answer in table):
                    self._choices[item.id] = table
                self._accept[item.id] = _choice(table)
                self._rule[item.id] = "must be one of the item's options"
                self.extremes[item.id] = tuple(dict.fromkeys(table.values()))
            else:
                self._accept[item.id], self._rule[item.id] = _open_answer(answer_set)
                if isinstance(answer_set, Quantity):
                    low = -math.inf if answer_set.min is None else answer_set.min
                    high = math.inf if answer_set.max is None else answer_set.max
                    self.extremes[item.id] = (low, high)

    def read(self, responses: Mapping[str, object]) -> tuple[dict[str, Value], list[Problem]]:
        """The scored values of the answered items, and every problem; ``None`` means unanswered."""
        values: dict[str, Value] = {}
        problems: list[Problem] = []
        choices = self._choices
        for item, answer in responses.items():
            # The common case first: an integer of a closed set. `type` keeps True and 1.0 from passing for 1.
            if type(answer) is int and item in choices and answer in choices[item]:
                values[item] = choices[item][answer]
            elif answer is not None:
                self._read_other(item, answer, values, problems)
            elif item not in self._accept:
                problems.append(_UNKNOWN_ITEM)
        return values, list(dict.fromkeys(problems)) if problems else problems

    def _read_other(self, item: str, answer: object, values: dict[str, Value], problems: list[Problem]) -> None:
        accept = self._accept.get(item)
        if accept is None:
            problems.append(_UNKNOWN_ITEM)
            return
        value = accept(answer)
        if value is REFUSED:
            problems.append(Problem(pointer(item), "value-not-allowed", self._rule[item]))
        else:
            values[item] = value  # type: ignore[assignment]  # accept returns a Value or REFUSED


_UNKNOWN_ITEM = Problem("", "unknown-key", "names an item that the instrument does not have")


def scored_values(item: Item, choice: Choice) -> dict[object, Value]:
    """Answer as sent → value that counts, after ``recode`` or ``reverse``."""
    numbers = [option.value for option in choice.options if not isinstance(option.value, str)]
    turn = min(numbers) + max(numbers) if item.reverse else 0

    def counts_as(value: int | float | str) -> Value:
        if item.recode is not None and isinstance(value, int):
            return item.recode[value]
        return turn - value if item.reverse and not isinstance(value, str) else value

    return {option.value if option.code is None else option.code: counts_as(option.value) for option in choice.options}


def _choice(table: Mapping[object, Value]) -> Accept:
    by_type = {(type(answer), answer): value for answer, value in table.items()}

    def accept(answer: object) -> object:
        if type(answer) is int or type(answer) is str or type(answer) is float:
            return by_type.get((type(answer), answer), REFUSED)
        return REFUSED

    return accept


def _open_answer(answer_set: Quantity | ClockTime | CalendarDate) -> tuple[Accept, str]:
    if isinstance(answer_set, Quantity):
        return _quantity(answer_set), "".join(_quantity_rule(answer_set))
    if isinstance(answer_set, ClockTime):
        return _clock, 'must be a time of day as "hh:mm"'
    return _date, 'must be a date as "yyyy-mm-dd"'


def _quantity(quantity: Quantity) -> Accept:
    low = -math.inf if quantity.min is None else quantity.min
    high = math.inf if quantity.max is None else quantity.max
    kinds = (int,) if quantity.integer else (int, float)

    def accept(answer: object) -> object:
        # Beyond what a double holds exactly, no quantity is meant; NaN fails every comparison.
        if type(answer) in kinds and low <= answer <= high and -LARGEST <= answer <= LARGEST:  # type: ignore[operator]
            return answer
        return REFUSED

    return accept


def _quantity_rule(quantity: Quantity) -> Iterator[str]:
    yield "must be a whole number" if quantity.integer else "must be a number"
    yield f" of {quantity.unit}"
    if quantity.min is not None:
        yield f", at least {quantity.min}"
    if quantity.max is not None:
        yield f", at most {quantity.max}"


def _clock(answer: object) -> object:
    return answer if isinstance(answer, str) and _CLOCK.fullmatch(answer) else REFUSED


def _date(answer: object) -> object:
    if not (isinstance(answer, str) and _DATE.fullmatch(answer)):
        return REFUSED
    try:
        date.fromisoformat(answer)
    except ValueError:
        return REFUSED
    return answer
