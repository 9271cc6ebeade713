"""Wrong rules that give items another value: what is missing, how options are numbered, what is turned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from shared.agreement.case import Case
from shared.instruments.definition import Choice
from shared.scoring.answers import Value

Values = dict[str, Value]


class Recoding(NamedTuple):
    """Item values as a wrong rule would have them. ``item``: the one item it is about."""

    rule: str
    rank: int
    words: str
    values: Values
    item: str | None = None


def recodings(case: Case) -> Iterator[Recoding]:
    """Every one that makes a difference to some item; with items unanswered, also each with those counted as 0."""
    missing = dict.fromkeys(case.unanswered, 0)
    if missing:
        yield Recoding("missing-as-zero", 1, "Counting what is unanswered as 0", {**case.values, **missing})
    for found in _codings(case):
        if found.values == case.values:
            continue
        yield found
        if missing:
            words = f"{found.words.removesuffix(',')}, and counting what is unanswered as 0,"
            rule = f"{found.rule}+missing-as-zero"
            yield Recoding(rule, found.rank + 2, words, {**found.values, **missing}, found.item)


def _codings(case: Case) -> Iterator[Recoding]:
    yield from _shifted(case)
    yield from _by_position(case)
    yield from _not_turned(case)
    yield from _turned_again(case)
    yield from _points_not_applied(case)


# -- how options are numbered ------------------------------------------------------------------------------------------


def _shifted(case: Case) -> Iterator[Recoding]:
    """Options numbered from one higher or lower, for the whole form or for items of one scale."""
    groups: dict[tuple[int, int], list[str]] = defaultdict(list)
    for item, choice in case.choices:
        numbers = sorted(_numbers(choice))
        if item.recode is None and numbers and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            groups[numbers[0], numbers[-1]].append(item.id)
    everything = [item for items in groups.values() for item in items]
    for by, rule, words in ((1, "options-one-higher", "higher"), (-1, "options-one-lower", "lower")):
        yield _moved(case, everything, by, rule, 1, f"Counting every option one {words} than published")
        if len(groups) > 1:
            for (low, high), items in groups.items():
                where = f"Counting every option of the {low} to {high} items one {words} than published"
                yield _moved(case, items, by, rule, 2, where)


def _moved(case: Case, items: list[str], by: int, rule: str, rank: int, words: str) -> Recoding:
    moved = {item: case.values[item] + by for item in items}  # type: ignore[operator]  # numbers, by the caller
    return Recoding(rule, rank, words, {**case.values, **moved})


def _by_position(case: Case) -> Iterator[Recoding]:
    """Answers counted by their place in the list of options, where that is another number than the published one."""
    numbered = [(item, choice) for item, choice in case.choices if item.recode is None and _numbers(choice)]
    if all(_counts_up(choice) for _, choice in numbered):
        return
    for first in (1, 0):
        placed: Values = {}
        for item, choice in numbered:
            place, last = case.chosen(item, choice), len(choice.options) - 1
            placed[item.id] = first + (last - place if item.reverse else place)
        words = f"Counting answers by the order of the options, from {first},"
        yield Recoding("coded-by-position", 1, words, {**case.values, **placed})


# -- what is turned ----------------------------------------------------------------------------------------------------


def _not_turned(case: Case) -> Iterator[Recoding]:
    """Reverse items counted as answered. Turned twice is the same number."""
    turned = {
        item.id: _turn(choice, case.values[item.id])
        for item, choice in case.choices
        if item.reverse or _points_run_down(choice)
    }
    words = "Leaving {item} as answered instead of reversing (or reversing twice)"
    yield from _all_and_each(case, turned, "not-turned", words, "every reverse item")


def _turned_again(case: Case) -> Iterator[Recoding]:
    """Items whose printed options already run down, reversed once more."""
    turned = {
        item.id: _turn(choice, case.values[item.id])
        for item, choice in case.choices
        if not item.reverse and item.recode is None and _runs_down(choice)
    }
    words = "Reversing {item}, although the printed options already run down,"
    yield from _all_and_each(case, turned, "turned-again", words, "every such item")


def _all_and_each(case: Case, turned: Values, rule: str, words: str, every: str) -> Iterator[Recoding]:
    if len(turned) > 1:
        yield Recoding(f"all-items-{rule}", 1, words.format(item=every), {**case.values, **turned})
    for item, value in turned.items():
        yield Recoding(f"item-{rule}", 2, words, {**case.values, item: value}, item)


def _points_not_applied(case: Case) -> Iterator[Recoding]:
    """Answers that have points of their own, counted as the number that was answered."""
    raw: Values = {}
    for item, _ in case.choices:
        answer = case.responses[item.id]
        if item.recode is not None and isinstance(answer, int):
            raw[item.id] = answer
    if raw:
        words = f"Counting {', '.join(raw)} as answered, without the points of the answer,"
        yield Recoding("points-not-applied", 1, words, {**case.values, **raw})


# -- small parts -------------------------------------------------------------------------------------------------------


def _numbers(choice: Choice) -> list[int]:
    """The values in the order of the options; none where one is a word or not whole."""
    numbers = [option.value for option in choice.options if isinstance(option.value, int)]
    return numbers if len(numbers) == len(choice.options) else []


def _counts_up(choice: Choice) -> bool:
    numbers = _numbers(choice)
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _runs_down(choice: Choice) -> bool:
    """The first printed option counts most."""
    numbers = _numbers(choice)
    return len(numbers) > 1 and numbers == sorted(numbers, reverse=True) and not _coded(choice)


def _points_run_down(choice: Choice) -> bool:
    """The answers count up while their points run down: the reversal lies in the points."""
    numbers = _numbers(choice)
    return len(numbers) > 1 and numbers == sorted(numbers, reverse=True) and _coded(choice)


def _coded(choice: Choice) -> bool:
    return any(option.code is not None for option in choice.options)


def _turn(choice: Choice, value: Value) -> Value:
    numbers = _numbers(choice)
    return min(numbers) + max(numbers) - value if numbers and not isinstance(value, str) else value
