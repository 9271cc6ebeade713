"""Does every id stand for one thing, and does every reference find it, earlier where order matters?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.errors import Problem, pointer
from shared.instruments.definition import Instrument, Score
from shared.instruments.named_steps import AnyStep
from shared.scoring.steps import compile_step


class Place(NamedTuple):
    """A step and where it stands in the file."""

    pointer: str
    step: AnyStep


def check_names(instrument: Instrument) -> Iterator[Problem]:
    yield from _ids_stand_for_one_thing(instrument)
    yield from _items_find_their_options(instrument)
    yield from _derived_steps_find_their_inputs(instrument)
    yield from _scores_find_their_inputs(instrument)
    yield from _nothing_is_left_over(instrument)


def _ids_stand_for_one_thing(instrument: Instrument) -> Iterator[Problem]:
    """Items, steps and scores share one namespace: the engine keeps one environment."""
    owner: dict[str, str] = {}
    numbers: set[int | str] = set()
    for place, item in enumerate(instrument.items):
        if item.id in owner:
            yield Problem(pointer("items", place, "id"), "id", f"{item.id} is already the id of {owner[item.id]}")
        if item.n in numbers:
            yield Problem(pointer("items", place, "n"), "id", f"the number {item.n} is already taken by another item")
        owner.setdefault(item.id, "an item")
        numbers.add(item.n)
    for place, step in enumerate(instrument.derived):
        yield from _claim(owner, step.id, "a derived step", pointer("derived", place, "id"))
    for place, score in enumerate(instrument.scores):
        for number, step in enumerate(score.steps):
            kind = f"a step of {score.id}"
            yield from _claim(owner, step.id, kind, pointer("scores", place, "steps", number, "id"))
        yield from _claim(owner, score.id, "a score", pointer("scores", place, "id"))


def _claim(owner: dict[str, str], name: str, kind: str, where: str) -> Iterator[Problem]:
    if name in owner:
        yield Problem(where, "id", f"{name} is already the id of {owner[name]}; items, steps and scores share names")
    owner.setdefault(name, kind)


def _items_find_their_options(instrument: Instrument) -> Iterator[Problem]:
    for place, item in enumerate(instrument.items):
        if item.options not in instrument.options:
            yield Problem(pointer("items", place, "options"), "reference", f"no option set is named {item.options}")
    used = {item.options for item in instrument.items}
    for name in instrument.options:
        if name not in used:
            yield Problem(pointer("options", name), "unused", "no item uses this option set")


def _derived_steps_find_their_inputs(instrument: Instrument) -> Iterator[Problem]:
    known = {item.id for item in instrument.items}
    for place, step in enumerate(instrument.derived):
        where = pointer("derived", place)
        yield from _inputs_found(Place(where, step), known, "an item or an earlier derived step")
        known.add(step.id)


def _scores_find_their_inputs(instrument: Instrument) -> Iterator[Problem]:
    items = {item.id for item in instrument.items}
    derived = {step.id for step in instrument.derived}
    earlier: set[str] = set()
    for place, score in enumerate(instrument.scores):
        where = pointer("scores", place)
        yield from _found(score.items, items, where + "/items", "an item")
        yield from _found(score.scores, earlier, where + "/scores", "an earlier score")
        yield from _found([score.from_score], earlier, where + "/from_score", "an earlier score")
        yield from _found([score.missing.of], earlier, where + "/missing/of", "an earlier score")
        yield from _found(score.missing.zero_if_missing, items, where + "/missing/zero_if_missing", "an item")
        own: set[str] = set()
        for number, step in enumerate(score.steps):
            at = Place(f"{where}/steps/{number}", step)
            yield from _inputs_found(
                at, items | derived | earlier | own, "an item, an earlier score or an earlier step of this score"
            )
            own.add(step.id)
        for number, warning in enumerate(score.warnings):
            yield from _found(
                [warning.when.of],
                items | derived | earlier | own | {score.id},
                f"{where}/warnings/{number}/when/of",
                "an item, a score or a step of this score",
            )
        yield from _repeated(score, where)
        earlier.add(score.id)
    for place, rule in enumerate(instrument.alerts):
        yield from _found([rule.on], items | earlier, pointer("alerts", place, "on"), "an item or a score")


def _inputs_found(at: Place, known: set[str], kind: str) -> Iterator[Problem]:
    yield from _found(dict.fromkeys(compile_step(at.step).needs), known, at.pointer, kind)


def _found(names: Iterable[str | None], known: set[str], where: str, kind: str) -> Iterator[Problem]:
    for name in names:
        if name is not None and name not in known:
            yield Problem(where, "reference", f"{name} is not {kind}")


def _repeated(score: Score, where: str) -> Iterator[Problem]:
    for key, names in (("items", score.items), ("scores", score.scores)):
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            yield Problem(f"{where}/{key}", "id", f"{name} is named twice, so it would count twice")


def _nothing_is_left_over(instrument: Instrument) -> Iterator[Problem]:
    """A scored item in no score, or a step that nothing uses, is a slip of the pen until somebody says otherwise."""
    used = {name for score in instrument.scores for name in score.items}
    for score in instrument.scores:
        used.update(name for step in score.steps for name in compile_step(step).needs)
        used.update(warning.when.of for warning in score.warnings)
        used.update(score.steps[-1].id for _ in score.steps[:1])
    for step in instrument.derived:
        used.update(compile_step(step).needs)
    for place, item in enumerate(instrument.items if instrument.scorable else ()):
        if item.scored and item.id not in used:
            yield Problem(pointer("items", place), "unused", f"{item.id} is in no score and does not say scored: false")
    for place, step in enumerate(instrument.derived):
        if step.id not in used:
            yield Problem(pointer("derived", place), "unused", f"no score uses {step.id}")
    for place, score in enumerate(instrument.scores):
        for number, step in enumerate(score.steps):
            if step.id not in used:
                where = pointer("scores", place, "steps", number)
                yield Problem(where, "unused", f"nothing uses {step.id}, and it is not the last step")
