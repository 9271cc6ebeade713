"""How each score of an instrument is computed, and what an unanswered item does to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import Any, NamedTuple

from shared.instruments.definition import Bands, Instrument, Missing, Score
from shared.instruments.named_steps import AnyStep
from shared.scoring.answers import Value
from shared.scoring.possible import Environment, PossibleValues
from shared.scoring.result import Interval, Notice, Reason, ScoreResult
from shared.scoring.steps import COMPARE, CompiledStep, Withheld, compile_step, exact


class Outcome(NamedTuple):
    value: Any
    status: str = "scored"
    reason: Reason | None = None
    taken_as_absent: Sequence[str] = ()
    interval: Interval | None = None


def not_scored(code: str, detail: str) -> Outcome:
    return Outcome(None, "not_scored", {"code": code, "detail": detail})


def compile_scores(instrument: Instrument, extremes: Mapping[str, Sequence[Value]]) -> tuple[ScorePlan, ...]:
    """One plan per score, in the order of the definition.

    ``extremes`` holds the values an unanswered item could still take: all options, or both ends of a number.
    """
    possible = PossibleValues(extremes)
    plans: dict[str, ScorePlan] = {}
    for score in instrument.scores:
        plans[score.id] = ScorePlan(score, instrument, plans, possible)
    return tuple(plans.values())


class ScorePlan:
    """One score: its items, its method, its missing rule."""

    def __init__(
        self, score: Score, instrument: Instrument, earlier: Mapping[str, ScorePlan], possible: PossibleValues
    ) -> None:
        self.id = score.id
        self.score = score
        self.items = _leaf_items(score, earlier)
        self._item_set = frozenset(self.items)
        self._steps = _needed_steps(score, instrument.derived)
        for step in self._steps:
            possible.learn(step.id, step.needs, step.function)
        if score.method == "steps":
            possible.learn(score.id, (self._steps[-1].id,), itemgetter(0))
        elif score.method == "sum":
            possible.learn(score.id, score.items or score.scores, sum)
        self._possible = possible
        self._depends_on = _scores_used(score, self._steps, earlier)
        self._compute = self._computation()
        self._table = {row.raw: (row.t, row.standard_error) for row in score.table.rows} if score.table else {}
        self._bands = band_finder(score.bands, score.range)
        self._warnings = tuple(
            (COMPARE[w.when.op], w.when.of, w.when.value, Notice(code=w.code, detail=w.detail, score=score.id))
            for w in score.warnings
        )
        self._notices = _table_notices(score)
        self._template = ScoreResult(
            id=score.id,
            status="scored",
            value=None,
            band=None,
            range=list(score.range) if score.range else None,
            direction=score.direction,
            answered=len(self.items),
            of=len(self.items),
            standard_error=None,
            reason=None,
        )

    def run(self, environment: Environment, earlier: Mapping[str, ScoreResult], warnings: list[Notice]) -> ScoreResult:
        """The score's result; its value joins ``environment`` for the scores after it.

        ``earlier`` holds the results of the scores before it.
        """
        result = self._template.copy()
        if self._item_set <= environment.keys():
            outcome = self._with_all_items(environment)
        else:
            unanswered = [item for item in self.items if item not in environment]
            result["answered"] = len(self.items) - len(unanswered)
            if self.score.scores and not self.score.items:
                outcome = self._from_scores(environment, [earlier[name] for name in self.score.scores])
            else:
                outcome = self._with_items_missing(environment, unanswered, earlier)
        self._write(outcome, result, environment)
        if result["value"] is not None:
            warnings += [notice.copy() for notice in self._notices]
        for holds, of, than, warning in self._warnings:
            value = environment.get(of)
            if value is not None and holds(value, than):
                warnings.append(warning.copy())
        return result

    def _write(self, outcome: Outcome, result: ScoreResult, environment: Environment) -> None:
        value = outcome.value
        if value is None:
            result["status"] = "not_scored"
            result["reason"] = outcome.reason
        else:
            environment[self.id] = value
            result["value"] = _plain(value)
            result["band"] = self._bands(value)
            if outcome.status == "prorated":
                result["status"] = "prorated"
            if self._table:
                result["standard_error"] = self._table[environment[self.score.from_score or ""]][1]
        if self.score.criterion:
            result["criterion"] = "undetermined" if value is None else "met" if value == 1 else "not-met"
        if outcome.taken_as_absent:
            result["taken_as_absent"] = list(outcome.taken_as_absent)
        if outcome.interval:
            result["interval"] = outcome.interval

    # -- methods -------------------------------------------------------------------------------------------------------

    def _computation(self) -> Callable[[Environment], Any]:
        score = self.score
        if score.method == "t-score-table":
            raw = score.from_score or ""
            return lambda environment: self._table[environment[raw]][0]
        if score.method == "steps":
            return self._run_steps
        inputs = score.items or score.scores
        pick = itemgetter(*inputs)
        if len(inputs) == 1:
            return pick
        if score.method == "mean":
            return lambda environment: sum(pick(environment)) / len(inputs)
        return lambda environment: sum(pick(environment))

    def _run_steps(self, environment: Environment) -> Any:
        value = None
        for step_id, needs, function, strict in self._steps:
            inputs = tuple(map(environment.get, needs))
            value = None if strict and None in inputs else function(inputs)
            environment[step_id] = value
        return value

    def _with_all_items(self, environment: Environment, *, status: str = "scored") -> Outcome:
        for needed in self._depends_on:
            if needed not in environment and self.score.missing.method not in ("partial", "bounds"):
                return not_scored("depends-on-unscored", f"{needed} has no score.")
        try:
            value = self._compute(environment)
        except Withheld as withheld:
            return not_scored(withheld.code, withheld.detail)
        if value is None:
            unscored = next((needed for needed in self._depends_on if needed not in environment), None)
            if unscored:
                return not_scored("depends-on-unscored", f"{unscored} has no score.")
            return not_scored("undetermined", "The answers given do not decide it.")
        return Outcome(value, status)

    # -- unanswered items ----------------------------------------------------------------------------------------------

    def _from_scores(self, environment: Environment, parts: Sequence[ScoreResult]) -> Outcome:
        """A score made of scores: what an unanswered item does was settled in each of them."""
        outcome = self._with_all_items(environment)
        if outcome.value is None:
            return outcome
        prorated = any(part["status"] == "prorated" for part in parts)
        absent = tuple(dict.fromkeys(item for part in parts for item in part.get("taken_as_absent", ())))
        return outcome._replace(status="prorated" if prorated else "scored", taken_as_absent=absent)

    def _with_items_missing(
        self, environment: Environment, unanswered: list[str], earlier: Mapping[str, ScoreResult]
    ) -> Outcome:
        missing = self.score.missing
        match missing.method:
            case "require-all":
                return _required(missing, unanswered)
            case "inherit":
                return self._inherited(environment, earlier)
            case "prorate-round" | "mean-of-answered":
                return self._from_answered(environment, unanswered)
            case "absent-is-zero":
                return self._absent_as_zero(environment, unanswered, self.items)
            case "partial" if missing.zero_if_missing:
                return self._absent_as_zero(environment, unanswered, missing.zero_if_missing)
            case "partial":
                return self._partly_answered(environment, unanswered)
            case "bounds":
                return self._bounded(environment, unanswered)

    def _inherited(self, environment: Environment, earlier: Mapping[str, ScoreResult]) -> Outcome:
        parent = earlier[self.score.missing.of or ""]
        absent = dict.fromkeys(parent.get("taken_as_absent", ()), 0)
        outcome = self._with_all_items(environment | absent)
        if outcome.value is None:
            return outcome
        return outcome._replace(status=parent["status"], taken_as_absent=tuple(absent))

    def _from_answered(self, environment: Environment, unanswered: list[str]) -> Outcome:
        missing, total = self.score.missing, len(self.items)
        if len(unanswered) > missing.max_missing or len(unanswered) == total:
            detail = f"{len(unanswered)} of {total} items are unanswered, at most {missing.max_missing} may be."
            return not_scored("too-many-missing", detail)
        answered = [environment[item] for item in self.items if item in environment]
        if missing.method == "mean-of-answered":
            return Outcome(sum(answered) / len(answered), "prorated")
        return Outcome(round_half_up(Fraction(exact(sum(answered))) * total / len(answered)), "prorated")

    def _absent_as_zero(self, environment: Environment, unanswered: list[str], may_be_absent: Iterable[str]) -> Outcome:
        needed = [item for item in unanswered if item not in may_be_absent]
        if needed:
            return _required(self.score.missing, needed)
        if all(value is None for value in environment.values()):
            # An empty form is no evidence that it was ever shown.
            return not_scored("too-many-missing", "Nothing was answered, so nothing says that the form was shown.")
        outcome = self._with_all_items(environment | dict.fromkeys(unanswered, 0))
        return outcome._replace(taken_as_absent=unanswered) if outcome.value is not None else outcome

    def _partly_answered(self, environment: Environment, unanswered: list[str]) -> Outcome:
        outcome = self._with_all_items(environment)
        if outcome.reason and outcome.reason["code"] in ("undetermined", "depends-on-unscored"):
            return not_scored("undetermined", f"It depends on {_listed(unanswered)}, unanswered.")
        return outcome

    def _bounded(self, environment: Environment, unanswered: list[str]) -> Outcome:
        if self._steps:
            # Steps whose inputs are all known are settled here, and a deciding step may settle the score.
            outcome = self._with_all_items(environment)
            if outcome.value is not None:
                return outcome
        order = {label: place for place, label in enumerate(self.score.values or ())}
        found = sorted(self._possible.of(self.id, environment), key=lambda value: order.get(value, value))
        if len(found) == 1:
            return Outcome(found[0])
        interval = Interval(low=_plain(found[0]), high=_plain(found[-1]), because=unanswered)
        detail = f"Between {interval['low']} and {interval['high']}, by what {_listed(unanswered)} would be."
        return not_scored("undetermined", detail)._replace(interval=interval)


# -- small parts -------------------------------------------------------------------------------------------------------


def band_finder(
    bands: Bands | None, score_range: tuple[int | float, int | float] | None
) -> Callable[[Any], str | None]:
    """The label of a value. Bands that were not verified label nothing."""
    if bands is None or bands.unverified or not bands.rows:
        return lambda _: None
    rows = [(band.low, band.high, band.label) for band in bands.rows]
    known: dict[Any, str | None] = {}

    def find(value: Any) -> str | None:
        return next((label for low, high, label in rows if low <= value <= high), None)

    if score_range:
        known = {value: find(value) for value in range(int(score_range[0]), int(score_range[1]) + 1)}
    return lambda value: known[value] if value in known else find(value)


def _table_notices(score: Score) -> tuple[Notice, ...]:
    """What a reader must be told of a table that was not seen printed."""
    notices = []
    if score.table and score.table.status == "derived":
        detail = "The table was recomputed from item parameters; the printed table was not read."
        notices.append(Notice(code="derived-table", detail=detail, score=score.id))
    if score.table and score.table.standard_error_unverified:
        detail = "The standard error was derived and not seen published."
        notices.append(Notice(code="standard-error-not-verified", detail=detail, score=score.id))
    return tuple(notices)


def round_half_up(value: Fraction) -> int:
    """The nearest integer, a half going up: never half to even."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def _required(missing: Missing, unanswered: Sequence[str]) -> Outcome:
    code = "missing-rule-not-verified" if missing.unverified else "item-required"
    return not_scored(code, f"Needs {_listed(unanswered)}, unanswered.")


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items) if len(items) <= 5 else f"{', '.join(items[:5])} and {len(items) - 5} more"


def _leaf_items(score: Score, earlier: Mapping[str, ScorePlan]) -> tuple[str, ...]:
    """The items a score rests on, through the scores it uses."""
    used = (*score.scores, *((score.from_score,) if score.from_score else ()))
    return tuple(dict.fromkeys((*score.items, *(item for name in used for item in earlier[name].items))))


def _needed_steps(score: Score, derived: Sequence[AnyStep]) -> tuple[CompiledStep, ...]:
    """The score's own steps, after those derived ones that they use."""
    own = [compile_step(step) for step in score.steps]
    wanted = {needed for step in own for needed in step.needs}
    before: list[CompiledStep] = []
    for step in reversed([compile_step(step) for step in derived]):
        if step.id in wanted:
            wanted.update(step.needs)
            before.insert(0, step)
    return (*before, *own)


def _scores_used(score: Score, steps: Sequence[CompiledStep], earlier: Mapping[str, ScorePlan]) -> tuple[str, ...]:
    used = (*score.scores, score.from_score, score.missing.of, *(needed for step in steps for needed in step.needs))
    return tuple(dict.fromkeys(name for name in used if name in earlier))  # type: ignore[misc]
