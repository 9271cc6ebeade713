"""The engine beside functions written by hand, and what it takes to load and to list definitions."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial

from bench import side_by_side
from bench.by_hand import BY_HAND, KINDS, Alerts, Head
from infra.local.template import ROOT
from shared import ENGINE_VERSION
from shared.authoring.forms import FormMaker
from shared.instruments.registry import DEFINITIONS, Definition, Registry, registry
from shared.scoring import scorer_for
from shared.scoring.scorer import Scorer


def wording(definition: Definition) -> tuple[Head, Alerts]:
    """What both ways take from the definition: its identity, and the words of its alerts by id."""
    scorer = scorer_for(definition)
    results = [scorer.score(form) for form in (FormMaker(definition.instrument).highest(), {})]
    head: Head = {
        "instrument": definition.instrument.id,
        "instrument_version": definition.instrument.version,
        "definition_sha256": definition.sha256,
        "engine_version": ENGINE_VERSION,
    }
    return head, {alert["id"]: dict(alert) for result in results for alert in result["alerts"]}


def scoring(*, rounds: int = 31) -> Iterator[str]:
    """From a dictionary of responses to a complete result: every item answered, the first one missing, and none."""
    yield ""
    yield "## Scoring, from a dictionary of responses to a complete result"
    yield ""
    yield f"The engine {ENGINE_VERSION} from the definition, beside a function written by hand (`bench/by_hand`)"
    yield "that gives the very same result. Times in µs, median (spread). The same form is scored again and again, so"
    yield "what unknown answers can amount to (STOP-Bang) was worked through before; the first time takes up to 2 ms."
    yield ""
    yield "| instrument | kind | form | by hand | engine | multiple |"
    yield "|---|---|---|---|---|---|"
    for name, by_hand in BY_HAND.items():
        definition = registry().get(name)
        head, alerts = wording(definition)
        complete = FormMaker(definition.instrument).typical()
        first = definition.instrument.items[0].id
        missing = {item: answer for item, answer in complete.items() if item != first}
        for words, form in (("complete", complete), ("one missing", missing), ("none answered", {})):
            score = scorer_for(definition).score
            assert by_hand(form, head, alerts) == score(form)
            hand, engine = side_by_side.calls(
                [partial(by_hand, form, head, alerts), partial(score, form)], rounds=rounds
            )
            times = engine.median / hand.median
            shown = f"{hand.scaled(1e-6)} | {engine.scaled(1e-6)} | {times:.1f}"
            yield f"| {name} | {KINDS[name]} | {words} | {shown} |"
    yield ""
    yield "Aim: at most 10 times."


def loading(*, rounds: int = 15) -> Iterator[str]:
    """One definition, from the file to the parsed model, after another was loaded; and compiled to a scorer."""
    first, *others = registry().ids
    read: dict[str, list[float]] = {name: [] for name in others}
    compiled: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(rounds):
        fresh = Registry(DEFINITIONS)
        fresh.get(first)
        for name in others:
            started = time.perf_counter()
            definition = fresh.get(name)
            loaded = time.perf_counter()
            Scorer(definition)
            compiled[name].append(time.perf_counter() - loaded)
            read[name].append(loaded - started)
    yield ""
    yield "## Loading one definition after the first"
    yield ""
    yield f"{len(others)} definitions, each the median of {rounds} times; ms, median (fastest to slowest definition)."
    yield ""
    yield "| | ms | slowest |"
    yield "|---|---|---|"
    for words, taken in (("read and checked", read), ("compiled to a scorer", compiled)):
        medians = {name: statistics.median(times) for name, times in taken.items()}
        spread = side_by_side.Spread.of(list(medians.values()))
        low, median, high = (second * 1e3 for second in spread)
        yield f"| {words} | {median:.2f} ({low:.2f} to {high:.2f}) | {max(medians, key=medians.__getitem__)} |"
    yield ""
    yield "Aim: under 1 ms."


def listing(*, rounds: int = 15) -> Iterator[str]:
    """The whole catalogue through its handler, once, in a fresh process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "POWERTOOLS_LOG_LEVEL": "CRITICAL"}
    runs = [
        float(
            subprocess.run(
                [sys.executable, "-c", _LISTING], env=environment, capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(rounds + 1)
    ][1:]
    spread = side_by_side.Spread.of(runs)
    yield ""
    yield "## Listing the whole catalogue, cold"
    yield ""
    yield f"{len(registry().ids)} instruments in one answer of the catalogue function, the first of a fresh process,"
    yield f"after its imports: {spread.scaled(1e-3)} ms. Aim: under 50 ms."


_LISTING = """
import json, time
import functions.catalogue.app as a
event = {"httpMethod": "GET", "path": "/v1/instruments", "resource": "/v1/instruments", "headers": {}, "body": None,
  "requestContext": {"requestId": "r"}}
started = time.perf_counter()
answer = a.handler(event, None)
taken = time.perf_counter() - started
assert answer["statusCode"] == 200 and len(json.loads(answer["body"])["items"]) > 50
print(taken)
"""
