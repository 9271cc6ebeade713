"""One source of a factor, compiled once: does it apply here, was it answered, and what does the answer say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from shared.profile.definition import FactCondition, FactSource, ScoreCondition, ScoreSource
from shared.profile.facts import Facts, where_test
from shared.profile.intake import Days, Intake
from shared.profile.result import Because, Says
from shared.scoring.result import ScoreResult

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": lambda value, than: value >= than,
    ">": lambda value, than: value > than,
    "<=": lambda value, than: value <= than,
    "<": lambda value, than: value < than,
    "==": lambda value, than: value == than,
    "in": lambda value, than: value in than,
}

OUTSIDE = "Answered outside the population of the cut-off, so that it decides nothing."


class Given(NamedTuple):
    """What is known of one person at one time."""

    facts: Facts
    scores: Mapping[tuple[str, str], ScoreResult]
    intake: Intake
    days: Days | None


class CompiledSource:
    """A fact or a score that may decide a factor."""

    name: dict[str, str]

    def __init__(self, source: FactSource | ScoreSource) -> None:
        self._days = source.days
        self._where = where_test(source.where) if source.where else None
        self._where_facts = tuple(condition.fact for condition in source.where)
        self._note = source.note

    def applies(self, given: Given) -> bool | None:
        """Whether it is looked at for this person now; ``None`` when a fact that decides that is not known."""
        if self._days is not None and not (given.days and given.days.within(*self._days)):
            return False
        return self._where(given.facts) if self._where else True

    def not_given(self, given: Given) -> list[dict[str, str]]:
        """The facts and scores that are needed to look at it and are not known; empty: ``entry`` may be asked."""
        wanted = [{"fact": fact} for fact in self._where_facts if given.facts.get(fact) is None]
        return wanted if self.is_answered(given) else [*wanted, self.name]

    def is_answered(self, given: Given) -> bool:
        """Whether the fact is known, or the score could be computed."""
        raise NotImplementedError

    def entry(self, given: Given) -> Because:
        """The answer and what it says."""
        raise NotImplementedError


def compile_source(source: FactSource | ScoreSource) -> CompiledSource:
    return _Fact(source) if isinstance(source, FactSource) else _Score(source)


class _Fact(CompiledSource):
    def __init__(self, source: FactSource) -> None:
        super().__init__(source)
        self.name = {"fact": source.fact}
        self._fact = source.fact
        self._present = source.present
        self._absent = source.absent

    def is_answered(self, given: Given) -> bool:
        return given.facts.get(self._fact) is not None

    def entry(self, given: Given) -> Because:
        value = given.facts[self._fact]
        says, shown = _verdict(self._present, self._absent, lambda condition: _fact_holds(condition, value))
        found = Because(
            fact=self._fact,
            value=value,
            op=shown.op,
            threshold=list(shown.value) if isinstance(shown.value, tuple) else shown.value,
            says=says,
            meaning=shown.meaning,
            source=shown.source,
        )
        if self._note is not None:
            found["note"] = self._note
        return found


class _Score(CompiledSource):
    def __init__(self, source: ScoreSource) -> None:
        super().__init__(source)
        self.name = {"instrument": source.instrument, "score": source.score}
        self._key = (source.instrument, source.score)
        self._present = source.present
        self._absent = source.absent

    def is_answered(self, given: Given) -> bool:
        score = given.scores.get(self._key)
        return score is not None and score["value"] is not None

    def entry(self, given: Given) -> Because:
        score = given.scores[self._key]
        says, shown = _verdict(self._present, self._absent, lambda condition: _score_holds(condition, score))
        found = Because(
            instrument=self._key[0],
            score=self._key[1],
            value=score["value"],
            op=shown.op or ("criterion" if shown.criterion else "band"),
            threshold=shown.value if shown.op else shown.criterion or list(shown.band or ()),
            says=says,
            meaning=shown.meaning,
            source=shown.source,
        )
        if shown.band is not None and score["band"] is not None:
            found["band"] = score["band"]
        if score["status"] == "prorated":
            found["prorated"] = True
        note = OUTSIDE if score["reason"] is not None else self._note
        if note is not None:
            found["note"] = note
        return found


def _verdict(present: Any, absent: Any, holds: Callable[[Any], bool | None]) -> tuple[Says, Any]:
    """What an answer says, and the condition that shows it. ``holds`` is ``None`` where it cannot be applied."""
    met = holds(present) if present is not None else False
    if met:
        return "present", present
    if absent == "otherwise":
        return ("undecided" if met is None else "absent"), present
    if absent is not None and holds(absent):
        return "absent", absent
    return "undecided", absent if present is None else present


def _fact_holds(condition: FactCondition, value: object) -> bool:
    if isinstance(value, str) and not isinstance(condition.value, str | tuple):
        return False
    return COMPARE[condition.op](value, condition.value)


def _score_holds(condition: ScoreCondition, score: ScoreResult) -> bool | None:
    """A cut-off holds for the population it was published for: a score with a caveat satisfies none and fails none."""
    if score["reason"] is not None:
        return None
    if condition.criterion is not None:
        found: Literal["met", "not-met", "undetermined"] = score.get("criterion", "undetermined")
        return None if found == "undetermined" else found == condition.criterion
    if condition.band is not None:
        return None if score["band"] is None else score["band"] in condition.band
    value = score["value"]
    if condition.op is None or not isinstance(value, int | float):
        return None
    return COMPARE[condition.op](value, condition.value)
