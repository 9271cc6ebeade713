"""Clinical facts: which of them can be used, and what is wrong with the others. Nothing is coerced or guessed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.errors import Problem
from shared.profile.definition import Fact, Where

Facts = Mapping[str, Any]


def fact_problems(declared: Iterable[Fact], facts: Facts) -> list[Problem]:
    """Every fact that is declared and whose value is not allowed. Names that are not declared are not looked at."""
    return [
        Problem(f"/clinical/{fact.id}", "value-not-allowed", f"must be {_rule(fact)}")
        for fact in declared
        if facts.get(fact.id) is not None and not is_usable(fact, facts[fact.id])
    ]


def usable_facts(declared: Iterable[Fact], facts: Facts) -> dict[str, Any]:
    """The declared facts that hold an allowed value; every other one counts as not known."""
    return {
        fact.id: facts[fact.id]
        for fact in declared
        if facts.get(fact.id) is not None and is_usable(fact, facts[fact.id])
    }


def is_usable(fact: Fact, value: object) -> bool:
    """Whether a value is one that the fact can take. ``type`` keeps True from passing for 1."""
    if fact.kind == "flag":
        return type(value) is int and value in (0, 1)
    if fact.kind == "number":
        low, high = fact.min, fact.max
        if type(value) not in (int, float) or not math.isfinite(value):  # type: ignore[arg-type]
            return False
        return low is not None and high is not None and low <= value <= high  # type: ignore[operator]
    return isinstance(value, str) and value != "" and (not fact.values or value in fact.values)


def _rule(fact: Fact) -> str:
    if fact.kind == "flag":
        return "0 or 1"
    if fact.kind == "number":
        return f"a number from {fact.min} to {fact.max}"
    return f"one of {', '.join(fact.values)}" if fact.values else "a code"


def where_test(where: Iterable[Where]) -> Callable[[Facts], bool | None]:
    """Do all the conditions hold? ``None`` when an unknown fact decides."""
    conditions = tuple(where)

    def test(facts: Facts) -> bool | None:
        unknown = False
        for condition in conditions:
            value = facts.get(condition.fact)
            if value is None:
                unknown = True
            elif not _holds(condition, value):
                return False
        return None if unknown else True

    return test


def _holds(condition: Where, value: object) -> bool:
    if isinstance(condition.value, tuple):
        return (value in condition.value) == (condition.op == "in")
    if condition.op == ">=":
        return isinstance(value, int | float) and isinstance(condition.value, int | float) and value >= condition.value
    return value == condition.value
