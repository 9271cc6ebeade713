"""What changed in the scores of a definition, and in which results it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.authoring.changes import Change, in_both, only_in, wording
from shared.authoring.possible import Possible
from shared.authoring.reach import reach
from shared.authoring.search import plain
from shared.instruments.definition import Instrument, Score
from shared.scoring.plan import band_finder
from shared.scoring.steps import compile_step

_COMPUTED = ("method", "items", "scores", "from_score", "steps", "criterion")
_STATED = ("range", "values", "step", "direction")
_MISSING = ("method", "max_missing", "of", "rounding", "zero_if_missing")
_BESIDE = ("cutoffs", "bands_alternative", "important_difference", "important_difference_other")
_TOLD_OF_A_TABLE = ("status", "unverified", "standard_error_unverified")
_WORDING = (
    "title",
    "component",
    "rule",
    "source",
    "unverified",
    "direction_note",
    "rounding_note",
    "rounding_source",
    "edge_unverified",
    "edge_note",
    "boundary_conflict",
    "loinc",
    "loinc_note",
    "postsurgical",
)


def score_changes(old: Instrument, new: Instrument) -> Iterator[Change]:
    before = {score.id: score for score in old.scores}
    after = {score.id: score for score in new.scores}
    values = reach(old), reach(new)
    for name in only_in(before, after):
        yield Change(f"score {name}", "is gone", f"every result: {name} would be gone", counts=True)
    for name in only_in(after, before):
        yield Change(f"score {name}", "is new", f"every result: {name} would be added", counts=True)
    for name in in_both(before, after):
        yield from _computation(name, old, new)
        yield from _table(before[name], after[name])
        yield from _missing(before[name], after[name])
        yield from _bands(before[name], after[name], values)
        yield from _stated(before[name], after[name])
        yield from wording(f"score {name}", before[name], after[name], _WORDING)


def _computation(name: str, old: Instrument, new: Instrument) -> Iterator[Change]:
    one, other = _computed(name, old), _computed(name, new)
    changed = [key for key in one if one[key] != other[key]]
    if changed:
        also = _users(name, new)
        used = f"; so does what uses it: {', '.join(also)}" if also else ""
        what = f"is computed otherwise ({', '.join(key.replace('_', ' ') for key in changed)}){used}"
        yield Change(f"score {name}", what, f"every result: {', '.join([name, *also])}", counts=True)


def _computed(name: str, instrument: Instrument) -> dict[str, Any]:
    score = _score(name, instrument)
    parts = {key: getattr(score, key) for key in _COMPUTED}
    derived = {step.id: step for step in instrument.derived}
    waiting, used = [needed for step in score.steps for needed in compile_step(step).needs], {}
    while waiting:
        needed = waiting.pop()
        if needed in derived and needed not in used:
            used[needed] = derived[needed]
            waiting.extend(compile_step(derived[needed]).needs)
    return parts | {"derived steps": used}


def _users(name: str, instrument: Instrument) -> list[str]:
    """The scores that use a score, directly or through others."""
    found = [name]
    for score in instrument.scores:
        needs = {*score.scores, score.from_score, *(n for step in score.steps for n in compile_step(step).needs)}
        if needs & set(found):
            found.append(score.id)
    return found[1:]


def _score(name: str, instrument: Instrument) -> Score:
    return next(score for score in instrument.scores if score.id == name)


def _table(old: Score, new: Score) -> Iterator[Change]:
    one = {row.raw: row for row in old.table.rows} if old.table else {}
    other = {row.raw: row for row in new.table.rows} if new.table else {}
    for raw in in_both(one, other):
        where, affects = f"score {new.id}", f"results with {new.from_score} {raw}: {new.id}"
        if one[raw].t != other[raw].t:
            yield Change(where, f"{new.from_score} {raw}: {one[raw].t} becomes {other[raw].t}", affects, counts=True)
        if one[raw].standard_error != other[raw].standard_error:
            what = f"standard error at {new.from_score} {raw} changed"
            yield Change(where, what, affects + " (standard error)", counts=True)
    for raw in sorted({*only_in(one, other), *only_in(other, one)}):
        what = f"the row of {new.from_score} {raw} is {'new' if raw in other else 'gone'}"
        yield Change(f"score {new.id}", what, f"results with {new.from_score} {raw}: {new.id}", counts=True)
    if old.table and new.table:
        where = f"score {new.id}, table"
        told = [key for key in _TOLD_OF_A_TABLE if getattr(old.table, key) != getattr(new.table, key)]
        if told:
            what = f"{', '.join(key.replace('_', ' ') for key in told)} changed"
            yield Change(where, what, f"every result: the warnings of {new.id}", counts=True)
        yield from wording(where, old.table, new.table, ("source", "standard_error_source", "verification"))


def _missing(old: Score, new: Score) -> Iterator[Change]:
    where, affects = f"score {new.id}, unanswered items", f"only results with an unanswered item: {new.id}"
    changed = [key for key in _MISSING if getattr(old.missing, key) != getattr(new.missing, key)]
    if changed:
        what = f"the rule changed ({', '.join(key.replace('_', ' ') for key in changed)})"
        yield Change(where, what, affects, counts=True)
    elif old.missing.unverified != new.missing.unverified:
        what = f"the rule is {'no longer' if new.missing.unverified else 'now'} verified"
        yield Change(where, what, affects + " (reason only)", counts=True)
    rest = ("rule", "source", "formula", "rounding_source", "rounding_unverified")
    yield from wording(where, old.missing, new.missing, rest)


def _bands(old: Score, new: Score, values: tuple[Mapping[str, Possible], Mapping[str, Possible]]) -> Iterator[Change]:
    """Runs of neighbouring values whose label changed."""
    label_of = band_finder(old.bands, old.range), band_finder(new.bands, new.range)
    known = [found for side in values if isinstance(found := side.get(new.id), frozenset)]
    reachable = sorted({plain(value) for found in known for value in found if not isinstance(value, str)})
    run: list[Any] = []
    labels: tuple[str | None, str | None] = None, None
    for value in [*reachable, None]:
        now = (label_of[0](value), label_of[1](value)) if value is not None else (None, None)
        if run and now != labels:
            yield _relabelled(new.id, run, labels)
            run = []
        if now[0] != now[1]:
            run.append(value)
        labels = now
    changed = old.bands != new.bands
    if changed and all(label_of[0](value) == label_of[1](value) for value in reachable):
        yield Change(f"score {new.id}, bands", "source, note or edges changed, and no value changes its label")


def _relabelled(score: str, run: list[Any], labels: tuple[str | None, str | None]) -> Change:
    low, high = run[0], run[-1]
    span = f"{score} {low}" if low == high else f"{score} {low} to {high}"
    what = f"{span}: {labels[0] or 'no band'} becomes {labels[1] or 'no band'}"
    return Change(f"score {score}, bands", what, f"results with {span} change their band", counts=True)


def _stated(old: Score, new: Score) -> Iterator[Change]:
    stated = [key for key in _STATED if getattr(old, key) != getattr(new, key)]
    if stated:
        names = ", ".join(stated)
        affects = f"every result: what it says of {new.id} ({names})"
        yield Change(f"score {new.id}", f"{names} changed", affects, counts=True)
    beside = [key for key in _BESIDE if getattr(old, key) != getattr(new, key)]
    if beside:
        names = ", ".join(key.replace("_", " ") for key in beside)
        what = f"{names} changed: shown beside results and used for change over time, in no stored result"
        yield Change(f"score {new.id}", what, None, counts=_numbers(old, beside) != _numbers(new, beside))
    if old.warnings != new.warnings:
        affects = f"results of doubtful data: the warnings of {new.id}"
        yield Change(f"score {new.id}", "data warnings changed", affects, counts=True)


def _numbers(score: Score, keys: list[str]) -> list[Any]:
    """The numbers of the facts beside a score, without their words and sources."""
    found = []
    for key in keys:
        facts = getattr(score, key)
        for fact in facts if isinstance(facts, tuple) else [facts]:
            dumped = fact.model_dump() if fact is not None else {}
            found.append({name: dumped.get(name) for name in ("value", "value_high", "op", "rows", "unverified")})
    return found
