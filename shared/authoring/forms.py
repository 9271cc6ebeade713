"""Filled-in forms: responses made from a definition, as a person could have sent them.

Everything here is deterministic: the same definition always gives the same forms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.authoring.checks.steps import conditions_of
from shared.instruments.definition import Choice, Instrument, Item, Quantity
from shared.instruments.named_steps import AnyStep, OnlyAnsweredStep
from shared.scoring.answers import scored_values

Form = dict[str, Any]
"""Item id → answer as sent; an absent item is unanswered."""

_NOON = "12:00"
"""The usual slip for midnight: it makes a long time in bed."""


class FormMaker:
    """Makes forms for one instrument.

    ``answers`` holds, per item, answers as sent: every option in ascending order of what it counts, and for open
    answers the ends, the edges that any step compares with and their neighbours, and what the worked examples use.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.answers: dict[str, list[Any]] = {item.id: self._answers(item) for item in instrument.items}
        self.counts: dict[str, dict[Any, Any]] = {
            item.id: scored_values(item, options)
            for item in instrument.items
            if isinstance(options := instrument.options[item.options], Choice)
        }
        self.alternatives = tuple(step.of for step in _steps(instrument) if isinstance(step, OnlyAnsweredStep))
        """Items of which a person answers only one."""
        self._complete = [form for form in self._worked() if self._is_complete(form)]

    @property
    def is_closed(self) -> bool:
        """Whether every item is answered by choosing an option."""
        return len(self.counts) == len(self.answers)

    def lowest(self) -> Form:
        return self._uniform(0)

    def highest(self) -> Form:
        return self._uniform(-1)

    def typical(self) -> Form:
        """A complete form with different answers: a worked example where answers are open, else all options."""
        if not self.is_closed and self._complete:
            return dict(self._complete[-1])
        fixed = self._clocks_and_dates()
        places = enumerate(self.answers.items())
        form = {item: fixed.get(item, answers[(1 - place) % len(answers)]) for place, (item, answers) in places}
        return self._one_of_each(form)

    def pool(self, size: int) -> Iterator[Form]:
        """Many different complete forms, from simple to mixed, to search for a wanted outcome."""
        yield from self._complete
        yield from self._paths(self.lowest(), self.highest())
        typical = self.typical()
        yield from (typical | {item: answer} for item in typical for answer in self.answers[item])
        state = 1
        for _ in range(size):
            form: Form = {}
            for item, answers in self.answers.items():
                state = (state * 1103515245 + 12345) % 2**31
                form[item] = answers[(state >> 16) % len(answers)]
            yield self._one_of_each(form)

    # -- answers of one item -------------------------------------------------------------------------------------------

    def _answers(self, item: Item) -> list[Any]:
        options = self.instrument.options[item.options]
        if isinstance(options, Choice):
            counted = scored_values(item, options)
            if any(isinstance(value, str) for value in counted.values()):
                return list(counted)
            return sorted(counted, key=lambda answer: (counted[answer], str(answer)))
        used = list(dict.fromkeys(form[item.id] for form in self._worked() if item.id in form))
        if isinstance(options, Quantity):
            return sorted({*used, *self._notable_numbers(item, options)})
        return [*used, _NOON] if options.type == "time" else used

    def _notable_numbers(self, item: Item, quantity: Quantity) -> Iterator[Any]:
        shift = 1 if quantity.integer else 0.1
        ends = [end for end in (quantity.min, quantity.max) if end is not None]
        for number in ends:
            yield number
        for edge in self._edges(item.id):
            for number in (edge, round(edge - shift, 1), round(edge + shift, 1)):
                if all(end <= number if end == quantity.min else number <= end for end in ends):
                    yield number

    def _edges(self, item: str) -> Iterator[Any]:
        for step in _steps(self.instrument):
            yield from (condition.value for condition in conditions_of(step) if condition.of == item)

    # -- whole forms ---------------------------------------------------------------------------------------------------

    def _worked(self) -> Iterator[Form]:
        for example in self.instrument.worked_examples:
            yield {item: answer for item, answer in example.answers.items() if answer is not None}

    def _uniform(self, place: int) -> Form:
        fixed = self._clocks_and_dates()
        return self._one_of_each({item: fixed.get(item, answers[place]) for item, answers in self.answers.items()})

    def _is_complete(self, form: Form) -> bool:
        unanswered = self.answers.keys() - form.keys()
        by_design = {item for items in self.alternatives if form.keys() & set(items) for item in items}
        return unanswered <= by_design

    def _one_of_each(self, form: Form) -> Form:
        """The form with the first alone of every set of alternatives answered."""
        return without(form, [item for items in self.alternatives for item in items[1:]])

    def _clocks_and_dates(self) -> Form:
        """Times and dates that belong together, from the first complete example."""
        open_ended = {
            item.id for item in self.instrument.items if self.instrument.options[item.options].type in ("time", "date")
        }
        examples = [form for form in self._worked() if open_ended <= form.keys()]
        return {item: answer for item, answer in examples[0].items() if item in open_ended} if examples else {}

    def _paths(self, low: Form, high: Form) -> Iterator[Form]:
        """From all low to all high, one item after the other, in both directions."""
        for items in (list(low), list(reversed(low))):
            form = dict(low)
            yield dict(form)
            for item in items:
                form[item] = high[item]
                yield dict(form)


def _steps(instrument: Instrument) -> Iterator[AnyStep]:
    yield from instrument.derived
    for score in instrument.scores:
        yield from score.steps


def without(form: Mapping[str, Any], items: Iterable[str]) -> Form:
    """The form with some items unanswered."""
    left_out = set(items)
    return {item: answer for item, answer in form.items() if item not in left_out}
