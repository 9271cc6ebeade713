"""Does each missing rule fit its score, and can the engine follow it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.authoring.possible import Possible, total
from shared.authoring.reach import is_time_or_date
from shared.errors import Problem, pointer
from shared.instruments.definition import Instrument, Score


def check_missing(instrument: Instrument, possible: Mapping[str, Possible]) -> Iterator[Problem]:
    earlier: dict[str, Score] = {}
    for place, score in enumerate(instrument.scores):
        where = pointer("scores", place, "missing")
        yield from _count_fits(score, where)
        yield from _keys_fit(score, leaf_items(score, earlier), where)
        yield from _rounding_is_sourced(score, possible, where)
        yield from _method_can_be_followed(instrument, score, possible, where)
        yield from _agrees_with_its_parts(score, earlier, where)
        earlier.setdefault(score.id, score)


def leaf_items(score: Score, earlier: Mapping[str, Score]) -> set[str]:
    """The items a score rests on, through the scores it names."""
    items: set[str] = set()
    seen: set[str] = set()
    waiting = [score]
    while waiting:
        one = waiting.pop()
        items.update(one.items)
        names = {*one.scores, *([one.from_score] if one.from_score else [])} - seen
        seen |= names
        waiting += [earlier[name] for name in names if name in earlier]
    return items


def _count_fits(score: Score, where: str) -> Iterator[Problem]:
    rule, size = score.missing, len(score.items)
    if not 0 <= rule.max_missing <= max(size, len(score.scores)):
        yield Problem(where + "/max_missing", "missing", "must lie between 0 and the number of items")
    elif rule.method in ("prorate-round", "mean-of-answered") and not 0 < rule.max_missing < size:
        yield Problem(where + "/max_missing", "missing", "must be at least 1 and leave one answered item")
    elif rule.method in ("absent-is-zero", "partial") and rule.max_missing == 0:
        yield Problem(where + "/max_missing", "missing", "must be at least 1 for this method")
    if rule.zero_if_missing and rule.max_missing != len(rule.zero_if_missing):
        yield Problem(where + "/max_missing", "missing", "must be the number of zero_if_missing items")


def _keys_fit(score: Score, items: set[str], where: str) -> Iterator[Problem]:
    rule = score.missing
    if not rule.rule.strip():
        yield Problem(where + "/rule", "text", "is empty")
    if rule.of is not None and rule.method != "inherit":
        yield Problem(where + "/of", "missing", "only inherit names another score")
    if rule.zero_if_missing and rule.method != "partial":
        yield Problem(where + "/zero_if_missing", "missing", "only partial names items that count 0")
    for name in rule.zero_if_missing:
        if name not in items:
            yield Problem(where + "/zero_if_missing", "missing", f"{name} is not an item of this score")
    if rule.rounding and rule.method != "prorate-round":
        yield Problem(where + "/rounding", "missing", "only prorate-round rounds")
    fits = {"prorate-round": "sum", "mean-of-answered": "mean"}.get(rule.method)
    if fits and (score.method != fits or not score.items):
        yield Problem(where + "/method", "missing", f"{rule.method} fits a {fits} of items only")


def ties(score: Score, possible: Mapping[str, Possible]) -> list[tuple[int, int]]:
    """(items answered, their sum) wherever proration falls exactly between two whole numbers."""
    size, found = len(score.items), []
    for answered in range(max(size - score.missing.max_missing, 1), size):
        sums = total(possible.get(name) for name in score.items[:answered])
        if isinstance(sums, frozenset) and all(isinstance(value, int) for value in sums):
            found += [(answered, value) for value in sorted(sums) if (2 * value * size) % (2 * answered) == answered]
    return found


def _rounding_is_sourced(score: Score, possible: Mapping[str, Possible], where: str) -> Iterator[Problem]:
    rule = score.missing
    if rule.method != "prorate-round" or rule.rounding_source or rule.rounding_unverified:
        return
    if ties(score, possible):
        yield Problem(where + "/rounding", "source", "ties occur, so it needs rounding_source or rounding_unverified")


def _method_can_be_followed(
    instrument: Instrument, score: Score, possible: Mapping[str, Possible], where: str
) -> Iterator[Problem]:
    rule = score.missing
    by_id = {item.id: item for item in instrument.items}
    if rule.method == "absent-is-zero" or rule.zero_if_missing:
        for name in rule.zero_if_missing or score.items:
            values = possible.get(name)
            if isinstance(values, frozenset) and 0 not in values:
                yield Problem(where, "missing", f"{name} cannot count 0, since none of its answers does")
    if rule.method == "bounds":
        for name in score.items:
            if name in by_id and is_time_or_date(instrument, by_id[name]):
                yield Problem(where, "missing", f"{name} is a time or date, which has no lowest and highest value")


def _agrees_with_its_parts(score: Score, earlier: Mapping[str, Score], where: str) -> Iterator[Problem]:
    rule = score.missing
    parent = earlier.get(rule.of or "")
    if parent and not leaf_items(score, earlier) <= leaf_items(parent, earlier):
        yield Problem(where + "/of", "missing", f"rests on items that {parent.id} does not have, so it cannot inherit")
    if score.scores and rule.method != "require-all":
        detail = "must be require-all: what an unanswered item does is settled in the scores it is made of"
        yield Problem(where + "/method", "missing", detail)
