"""Do the worked examples come out of the engine as they stand, and are alerts named for what they watch?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.errors import Problem, ResponsesRefused, pointer
from shared.instruments.definition import AlertRule, Expected, Instrument, Score, WorkedExample
from shared.instruments.named_steps import Answer
from shared.instruments.registry import Definition
from shared.scoring.result import InstrumentResult, ScoreResult
from shared.scoring.scorer import Scorer

_WORDS = {">=": "ge", ">": "gt", "<=": "le", "<": "lt", "==": "eq"}
MEAN_TOLERANCE = 0.005
"""Sources print means with two decimals."""


def check_alerts(instrument: Instrument) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, rule in enumerate(instrument.alerts):
        where = pointer("alerts", place)
        if rule.id != alert_id(rule):
            yield Problem(where + "/id", "alert", f"must be {alert_id(rule)}")
        if rule.id in seen:
            yield Problem(where + "/id", "alert", "is already the id of another alert")
        seen.add(rule.id)


def alert_id(rule: AlertRule) -> str:
    """``<on>-missing``, or ``<on>-<ge|gt|le|lt|eq>-<value>``: an alert is named for what it watches."""
    if rule.op == "is-missing":
        return f"{rule.on}-missing"
    value = re.sub(r"[^a-z0-9]+", "-", str(rule.value).lower()).strip("-")
    return f"{rule.on}-{_WORDS[rule.op]}-{value}"


def check_examples(definition: Definition) -> Iterator[Problem]:
    """Recompute every worked example; an instrument that is not scored here is recomputed all the same."""
    instrument = definition.instrument
    if instrument.scorable and not instrument.worked_examples:
        yield Problem("/worked_examples", "example", "a scorable instrument needs a worked example")
    scorer = as_scorable(definition)
    scores = {score.id: score for score in instrument.scores}
    alert_ids = {rule.id for rule in instrument.alerts}
    for place, example in enumerate(instrument.worked_examples):
        where = pointer("worked_examples", place)
        for name in [name for name in example.expect if name not in scores]:
            yield Problem(f"{where}/expect", "example", f"{name} is not a score")
        for name in [name for name in example.alerts if name not in alert_ids]:
            yield Problem(f"{where}/alerts", "example", f"{name} is not an alert")
        if not example.expect:
            yield Problem(f"{where}/expect", "example", "expects nothing")
        if not example.source.strip():
            yield Problem(f"{where}/source", "source", "say where it was read, or arithmetic")
        yield from _recomputed(scorer, example, scores, where)


def as_scorable(definition: Definition) -> Scorer:
    """A scorer for the check, whatever the catalogue says."""
    instrument = definition.instrument.model_copy(update={"status": "scorable"})
    return Scorer(Definition(instrument, definition.sha256))


def _recomputed(scorer: Scorer, example: WorkedExample, scores: dict[str, Score], where: str) -> Iterator[Problem]:
    try:
        result = scorer.score(example.answers)
    except ResponsesRefused as refused:
        for problem in refused.problems:
            yield Problem(f"{where}/answers{problem.pointer}", "example", problem.detail)
        return
    by_id = {score["id"]: score for score in result["scores"]}
    for name, expected in example.expect.items():
        if name in by_id:
            yield from _compared(expected, by_id[name], scores[name], f"{where}/expect/{name}")
    yield from _alerted(example, result, where)


def _compared(expected: Expected, got: ScoreResult, score: Score, where: str) -> Iterator[Problem]:
    if not same_value(expected.value, got["value"], 0 if score.method != "mean" else MEAN_TOLERANCE):
        yield Problem(where + "/value", "example", f"expects {expected.value}, computed {got['value']}")
    elif expected.band is not None and expected.band != got["band"]:
        yield Problem(where + "/band", "example", f"expects {expected.band}, computed {got['band']}")


def _alerted(example: WorkedExample, result: InstrumentResult, where: str) -> Iterator[Problem]:
    fired = {alert["id"] for alert in result["alerts"]}
    for name in example.alerts:
        if name not in fired:
            yield Problem(where + "/alerts", "example", f"expects {name}, which does not fire")


def same_value(expected: Answer | None, got: Answer | None, tolerance: float) -> bool:
    if expected is None or got is None or isinstance(expected, str) or isinstance(got, str):
        return expected == got
    return abs(expected - got) <= tolerance + 1e-9
