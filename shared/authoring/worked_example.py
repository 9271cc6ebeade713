"""One example of a definition, computed by the engine as the service would answer it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from shared.instruments.definition import Instrument, WorkedExample
from shared.instruments.registry import Definition
from shared.scoring import scorer_for
from shared.scoring.result import ScoreResult


def worked_example_section(definition: Definition) -> Iterator[str]:
    """A request and the part of its answer that a reader compares with the form in hand."""
    example = telling_example(definition.instrument)
    if example is None:
        return
    responses = {item: answer for item, answer in example.answers.items() if answer is not None}
    result = scorer_for(definition).score(responses)
    route = f"`POST /v1/instruments/{definition.instrument.id}/score`"
    yield from ("## Worked example", "", f"Computed by this service. To {route}:", "", "```json")
    yield from (_wrapped({"responses": responses}), "```", "", "From the response:", "", "```json")
    alerts = [alert["id"] for alert in result["alerts"]]
    scores = ",\n  ".join(json.dumps(_excerpt(score), ensure_ascii=False) for score in result["scores"])
    yield from (f'{{"scores": [\n  {scores}],', f' "alerts": {json.dumps(alerts)}}}', "```", "")


def telling_example(instrument: Instrument) -> WorkedExample | None:
    """The example that shows most: complete, and not at either end of the first score."""

    def shows(example: WorkedExample) -> tuple[int, int]:
        first = instrument.scores[0]
        expected = example.expect.get(first.id)
        at_an_end = expected is None or (first.range is not None and expected.value in first.range)
        return len([answer for answer in example.answers.values() if answer is not None]), not at_an_end

    return max(instrument.worked_examples, key=shows, default=None)


def _excerpt(score: ScoreResult) -> dict[str, Any]:
    kept: dict[str, Any] = {key: score[key] for key in ("id", "status", "value", "band")}
    if score["standard_error"] is not None:
        kept["standard_error"] = score["standard_error"]
    if score["reason"]:
        kept["reason"] = score["reason"]
    return kept


def _wrapped(request: dict[str, Any]) -> str:
    """JSON with the answers broken into lines that fit a page."""
    pairs = [f"{json.dumps(item)}: {json.dumps(answer)}" for item, answer in request["responses"].items()]
    lines, line = [], ""
    for pair in pairs:
        if line and len(line) + len(pair) > 96:
            lines.append(line)
            line = ""
        line = f"{line}, {pair}" if line else pair
    return '{"responses": {\n  ' + ",\n  ".join([*lines, line]) + "}}"
