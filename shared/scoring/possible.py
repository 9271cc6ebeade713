"""What a score could still be: the rule "unknown is not no", over every answer to what is unanswered."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from shared.scoring.answers import Value
from shared.scoring.steps import Function

Environment = dict[str, Any]
"""Values by id: the answered items, then steps and scores as they are computed."""

Possible = frozenset[Any]
"""The values that something unknown can still take."""


class PossibleValues:
    """Every value an item, step or score can still take, with each unanswered item at each of its extremes.

    Each result is taken as free of the others: an unknown sex may be low for one point and high for another. The
    outcome is then never narrower than the truth, which is what "unknown is not no" asks for.
    """

    def __init__(self, extremes: Mapping[str, Sequence[Value]]) -> None:
        self._extremes = {item: frozenset(values) for item, values in extremes.items()}
        self._functions: dict[str, tuple[Sequence[str], Callable[[tuple[Possible, ...]], Possible]]] = {}

    def learn(self, name: str, needs: Sequence[str], function: Function) -> None:
        distinct = tuple(dict.fromkeys(needs))
        # Forms leave the same few items open again and again, so the combinations are worked through once.
        self._functions[name] = distinct, lru_cache(maxsize=1024)(_combined(function, needs, distinct))

    def of(self, name: str, environment: Environment) -> Possible:
        known = environment.get(name)
        if known is not None:
            # 3.0 is 3, so that what is remembered of the one holds for the other.
            return frozenset((int(known) if type(known) is float and known.is_integer() else known,))
        if name in self._extremes:
            return self._extremes[name]
        needs, combined = self._functions[name]
        return combined(tuple([self.of(needed, environment) for needed in needs]))


def _combined(
    function: Function, needs: Sequence[str], distinct: Sequence[str]
) -> Callable[[tuple[Possible, ...]], Possible]:
    """The results of a function over every combination of the values of its distinct inputs."""
    places = [distinct.index(needed) for needed in needs]

    def over_all(inputs: tuple[Possible, ...]) -> Possible:
        combinations = itertools.product(*inputs)
        return frozenset(function([combination[place] for place in places]) for combination in combinations)

    def totals(inputs: tuple[Possible, ...]) -> Possible:
        # Folded, so that a checklist of twenty unknowns stays twenty-one totals and not a million combinations.
        found: Possible = frozenset((0,))
        for values in inputs:
            found = frozenset(total + value for total in found for value in values)
        return found

    return totals if function is sum and len(distinct) == len(needs) else over_all
