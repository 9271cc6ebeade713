"""Answers that our options refuse, read as another system may have stored them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, cast

from shared.instruments.definition import Choice, Instrument
from shared.scoring.scorer import Scorer

Responses = Mapping[str, object]
Answers = tuple[int | float | str, ...]


class Rereading(NamedTuple):
    """The answers as they would be if they were stored as ``rule`` says: every one is then allowed."""

    rule: str
    words: str
    responses: dict[str, object]


def rereadings(scorer: Scorer, responses: Responses) -> list[Rereading]:
    """Every such reading that our options allow in full, the simplest first. None where nothing whole was refused."""
    groups = _groups(scorer.definition.instrument, responses)
    refused = {
        answers: items for answers, items in groups.items() if any(responses[item] not in answers for item in items)
    }
    found: list[Rereading] = []
    for candidate in _candidates(refused, groups, responses):
        known = any(candidate.responses == other.responses for other in found)
        if not known and not scorer.read(candidate.responses)[1]:
            found.append(candidate)
    return found


Groups = dict[Answers, list[str]]


def _candidates(refused: Groups, groups: Groups, responses: Responses) -> Iterator[Rereading]:
    if not refused:
        return
    for by, rule, words in (
        (-1, "answers-stored-one-higher", "stored one higher than the published options"),
        (1, "answers-stored-one-lower", "stored one lower than the published options"),
    ):
        for chosen in (refused, groups):
            yield Rereading(rule, words, _read(responses, chosen, partial(_moved, by)))
    for first in (1, 0):
        words = f"stored by the order of the options, from {first}"
        read = _read(responses, refused, partial(_placed, first))
        yield Rereading("answers-stored-by-position", words, read)


def _groups(instrument: Instrument, responses: Responses) -> Groups:
    """The items with a whole number for an answer, by the answers they allow."""
    groups: Groups = defaultdict(list)
    for item in instrument.items:
        choice = instrument.options[item.options]
        if isinstance(choice, Choice) and type(responses.get(item.id)) is int:
            answers = tuple(option.value if option.code is None else option.code for option in choice.options)
            groups[answers].append(item.id)
    return groups


def _read(responses: Responses, groups: Groups, turn: Callable[[int, Answers], object]) -> dict[str, object]:
    read = dict(responses)
    for answers, items in groups.items():
        for item in items:
            read[item] = turn(cast(int, responses[item]), answers)  # a group holds whole answers only
    return read


def _moved(by: int, answer: int, _options: Answers) -> object:
    return answer + by


def _placed(first: int, answer: int, options: Answers) -> object:
    """The option at a place; a place outside stays refused."""
    place = answer - first
    return options[place] if 0 <= place < len(options) else object()
