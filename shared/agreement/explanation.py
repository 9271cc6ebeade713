"""The simplest rule that gives exactly what was stated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from shared.agreement.case import Case, Found
from shared.agreement.numbers import rounds_to, same, shown
from shared.agreement.recodings import recodings
from shared.agreement.result import Value
from shared.agreement.totals import totals
from shared.instruments.definition import Score


class Explainer:
    """Every wrong rule, tried once on one set of answers."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._recoded = [(recoding, case.scorer.scores_of(recoding.values)) for recoding in recodings(case)]

    def explain(self, score: Score, stated: Value) -> list[Found]:
        """Every rule that gives ``stated`` where we have another value, the simplest first."""
        found = _merged(self._matching(score, stated))
        return sorted(found, key=lambda one: one.rank)

    def _matching(self, score: Score, stated: Value) -> Iterator[Found]:
        ours = self.case.results[score.id]
        if stated is None:
            yield from self._withheld(score)
            return
        if rounds_to(stated, ours["value"]):
            yield Found("rounded", 0, f"It is our {shown(ours['value'])}, rounded")
        for recoding, results in self._recoded:
            result = results.get(score.id)
            if result is not None and matches(stated, result["value"]):
                rule = recoding.rule
                if rule == "missing-as-zero" and ours["status"] == "prorated":
                    rule = "plain-sum-instead-of-proration"
                yield Found(rule, recoding.rank, f"{recoding.words} gives {shown(result['value'])}", recoding.item)
        for total in totals(self.case, score):
            if matches(stated, total.value):
                yield Found(total.rule, total.rank, f"{total.words} gives {shown(total.value)}", total.item)

    def _withheld(self, score: Score) -> Iterator[Found]:
        ours = self.case.results[score.id]
        if ours["status"] == "prorated" or ours.get("taken_as_absent"):
            yield Found("withheld-against-the-rule", 0, f"We score it by the published rule: {score.missing.rule}")


def matches(stated: object, value: object) -> bool:
    """The same value, or that value rounded to the decimals stated, at least one."""
    return same(stated, value) or rounds_to(stated, value, fewest_decimals=1)


def simplest(found: Iterable[Found]) -> list[Found]:
    """Those that no other is simpler than."""
    kept = list(found)
    lowest = min((one.rank for one in kept), default=0)
    return [one for one in kept if one.rank == lowest]


def _merged(found: Iterable[Found]) -> list[Found]:
    """One entry a rule: the same rule on several items is one explanation that names them all."""
    items: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for one in found:
        names = items[one.rule, one.rank, one.words]
        if one.item is not None:
            names.append(one.item)
    merged: dict[str, Found] = {}
    for (rule, rank, words), names in items.items():
        one = Found(rule, rank, words.format(item=" or ".join(names)) if names else words)
        if rule not in merged or rank < merged[rule].rank:
            merged[rule] = one
    return list(merged.values())
