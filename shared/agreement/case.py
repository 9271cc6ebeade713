"""One set of answers, read and scored our way: what every wrong rule starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from shared.instruments.definition import AnswerSet, Choice, Instrument, Item, Quantity, Score
from shared.scoring.scorer import Scorer


class Found(NamedTuple):
    """A wrong rule that gives the stated value. Of two, the one with the lower ``rank`` is simpler.

    ``words`` may hold ``{item}``: the same rule on another item is another way to the same value.
    """

    rule: str
    rank: int
    words: str
    item: str | None = None


class Case:
    """Answers that our options allow, with the scored value of every item and our scores."""

    def __init__(self, scorer: Scorer, responses: Mapping[str, object], siblings: Sequence[Instrument] = ()) -> None:
        self.scorer = scorer
        self.instrument = scorer.definition.instrument
        self.responses = {item: answer for item, answer in responses.items() if answer is not None}
        self.siblings = siblings
        self.values, _ = scorer.read(responses)
        self.results = scorer.scores_of(self.values)

    @cached_property
    def scores(self) -> dict[str, Score]:
        return {score.id: score for score in self.instrument.scores}

    @cached_property
    def choices(self) -> list[tuple[Item, Choice]]:
        """The answered items with a closed set of answers."""
        found = []
        for item in self.instrument.items:
            answers = self.instrument.options[item.options]
            if item.id in self.responses and isinstance(answers, Choice):
                found.append((item, answers))
        return found

    @cached_property
    def unanswered(self) -> tuple[str, ...]:
        """The items that count as a number somewhere and have no answer."""
        counted = {item for items in self.scorer.items.values() for item in items}
        return tuple(
            item.id
            for item in self.instrument.items
            if item.id in counted and item.id not in self.values and _is_a_number(self.instrument.options[item.options])
        )

    def chosen(self, item: Item, choice: Choice) -> int:
        """The place of the answer in the order of the options, from 0."""
        answers = [option.value if option.code is None else option.code for option in choice.options]
        return answers.index(self.responses[item.id])  # type: ignore[arg-type]  # read, so it is one of them


def _is_a_number(answers: AnswerSet) -> bool:
    if isinstance(answers, Choice):
        return not any(isinstance(option.value, str) for option in answers.options)
    return isinstance(answers, Quantity)
