"""Counts, strata and rules: equations that give a label, and every label that unanswered predictors leave possible."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from shared.risk.edges import COMPARE, sides
from shared.risk.outcome import Names, Outcome, Values
from shared.risk.result import Contribution, Known
from shared.risk_models.definition import AnyPredictor
from shared.risk_models.equation import Condition, Counted, CountEquation, RuleEquation, StrataEquation, Stratum


class Count:
    """The points of the conditions that hold, and the stratum of their sum."""

    def __init__(self, equation: CountEquation, predictors: Mapping[str, AnyPredictor], order: Names) -> None:
        self._counted = equation.counted
        self._stratum = _StratumFinder(equation.strata, order)
        by_predictor: dict[str, list[Counted]] = {}
        for counted in equation.counted:
            by_predictor.setdefault(counted.predictor, []).append(counted)
        self._reachable = {
            name: sorted({_points(counted, value) for value in sides(predictors[name], counted)})
            for name, counted in by_predictor.items()
        }

    def count(self, values: Values) -> int:
        """The count, for examples that publish it."""
        return sum(c.points for c in self._counted if COMPARE[c.op](values[c.predictor], c.value))

    def run(self, values: Values, missing: Names) -> Outcome:
        known = 0
        contributions: list[Contribution] = []
        for counted in self._counted:
            value = values.get(counted.predictor)
            if value is None:
                continue
            part = _met(counted, value)
            part["points"] = counted.points if part["met"] else 0
            known += part["points"]
            contributions.append(part)
        totals = {known}
        for name in missing:
            totals = {total + points for total in totals for points in self._reachable[name]}
        spread = {name: self._reachable[name][-1] - self._reachable[name][0] for name in missing}
        return _classified(self._stratum.labels(totals), contributions, lambda: max(missing, key=spread.__getitem__))


class Strata:
    """The stratum of one whole number."""

    def __init__(self, equation: StrataEquation, order: Names) -> None:
        self._predictor = equation.predictor
        self._strata = equation.strata
        self._stratum = _StratumFinder(equation.strata, order)

    def run(self, values: Values, missing: Names) -> Outcome:
        if missing:
            every = [stratum.low for stratum in self._strata]
            return _classified(self._stratum.labels(every), [], lambda: self._predictor)
        value = values[self._predictor]
        stratum = next(s for s in self._strata if s.high is None or value <= s.high)  # type: ignore[operator]
        edges = [Condition(predictor=self._predictor, op=">=", value=stratum.low)]
        if stratum.high is not None:
            edges.append(Condition(predictor=self._predictor, op="<=", value=stratum.high))
        return _classified([stratum.label], [_met(edge, value) for edge in edges], lambda: None)


class Rule:
    """The label of the first case that holds."""

    def __init__(self, equation: RuleEquation, predictors: Mapping[str, AnyPredictor], order: Names) -> None:
        self._cases = [
            (case.label, all if case.needs == "all" else any, [_test(condition) for condition in case.conditions])
            for case in equation.cases
        ]
        self._otherwise = equation.otherwise
        self._rank = {label: place for place, label in enumerate(order)}
        distinct: dict[tuple[object, ...], Condition] = {}
        for case in equation.cases:
            for condition in case.conditions:
                distinct.setdefault((condition.predictor, condition.op, condition.value), condition)
        self._conditions = tuple(distinct.values())
        self._sides = {
            name: sides(predictor, [c for c in self._conditions if c.predictor == name])
            for name, predictor in predictors.items()
        }

    def label(self, values: Values) -> str:
        for label, needs, tests in self._cases:
            if needs(holds(values[name], than) for name, holds, than in tests):
                return label
        return self._otherwise

    def run(self, values: Values, missing: Names) -> Outcome:
        contributions = [_met(c, values[c.predictor]) for c in self._conditions if c.predictor in values]
        if not missing:
            return _classified([self.label(values)], contributions, lambda: None)
        found = {
            completion: self.label({**values, **dict(zip(missing, completion, strict=True))})
            for completion in itertools.product(*(self._sides[name] for name in missing))
        }
        labels = sorted(set(found.values()), key=self._rank.__getitem__)
        return _classified(labels, contributions, lambda: self._narrowest(missing, found))

    def _narrowest(self, missing: Names, found: Mapping[tuple[Known, ...], str]) -> str:
        """The predictor whose answer, at its least helpful, leaves the least open."""

        def left_open(place: int) -> tuple[int, int]:
            ranks: dict[Known, set[int]] = {}
            for completion, label in found.items():
                ranks.setdefault(completion[place], set()).add(self._rank[label])
            spreads = [max(reached) - min(reached) for reached in ranks.values()]
            return max(spreads), sum(len(reached) for reached in ranks.values())

        return missing[min(range(len(missing)), key=left_open)]


class _StratumFinder:
    def __init__(self, strata: Sequence[Stratum], order: Names) -> None:
        self._strata = [(math.inf if stratum.high is None else stratum.high, stratum.label) for stratum in strata]
        self._rank = {label: place for place, label in enumerate(order)}

    def labels(self, totals: Iterable[int]) -> list[str]:
        """The labels of some totals, from the least to the most concerning."""
        found = {next(label for high, label in self._strata if total <= high) for total in totals}
        return sorted(found, key=self._rank.__getitem__)


def _classified(
    labels: Sequence[str], contributions: list[Contribution], narrowest: Callable[[], str | None]
) -> Outcome:
    """One label is an answer even where something is unanswered; several are a range."""
    if len(labels) == 1:
        return Outcome(labels[0], labels, contributions)
    return Outcome(None, labels, contributions, narrowest())


def _test(condition: Condition) -> tuple[str, Callable[[Any, Any], bool], Known]:
    return condition.predictor, COMPARE[condition.op], condition.value


def _met(condition: Condition | Counted, value: Known) -> Contribution:
    met = COMPARE[condition.op](value, condition.value)
    return {"predictor": condition.predictor, "op": condition.op, "than": condition.value, "met": met}


def _points(counted: Sequence[Counted], value: Known) -> int:
    return sum(one.points for one in counted if COMPARE[one.op](value, one.value))
