"""How long it takes from the bytes of a PHQ-9 QuestionnaireResponse to its scores, beside the least that could be done.

The least: ``json.loads`` and the bare sum of nine weights, on the same bytes. Where Node and its judges are set up,
fhirpath evaluates the form's own expression on them too. Run ``python -m bench.fhir_response``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from shared.fhir.expressions import calculated_expression
from shared.fhir.forms import Forms
from shared.fhir.options import coded_options
from shared.fhir.questionnaire import questionnaire
from shared.fhir.response_scores import score_response
from shared.fhir.systems import Names
from shared.instruments import registry

BASE = "https://scoring.example.org/fhir/R4"
TARGET = 3.0
ROOT = Path(__file__).parent.parent
NODE_BENCH = ROOT / "tests" / "judges" / "node" / "bench.mjs"


class Times(NamedTuple):
    """Microseconds a call, the least of many short rounds: whatever else the machine does can only add to a time."""

    bare: float
    whole: float
    ratio: float


def response_bytes(base: str = BASE) -> bytes:
    """A completed PHQ-9 as a client sends it, item texts and displays with it."""
    instrument = registry().get("phq-9").instrument
    items = []
    for place, item in enumerate(instrument.items[:9]):
        option = coded_options(instrument, item, Names(base))[place % 4]
        chosen = {"system": option.system, "code": option.code, "display": option.display}
        items.append({"linkId": item.id, "text": item.text, "answer": [{"valueCoding": chosen}]})
    document = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{base}/Questionnaire/phq-9|{instrument.version}",
        "status": "completed",
        "subject": {"reference": "Patient/p-1001"},
        "authored": "2026-11-20T09:00:00+00:00",
        "item": items,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def bare_sum(raw: bytes, weights: dict[str, int]) -> int:
    """What any scorer must do at least."""
    document = json.loads(raw)
    return sum(weights[item["answer"][0]["valueCoding"]["code"]] for item in document["item"])


def measure(rounds: int = 200, calls: int = 50) -> Times:
    """Alternate the two, so that a busy moment of the machine meets both."""
    raw, forms = response_bytes(), Forms(Names(BASE), registry())
    instrument = registry().get("phq-9").instrument
    options = coded_options(instrument, instrument.items[0], Names(BASE))
    weights = {option.code: int(option.weight or 0) for option in options}
    scored = score_response(raw, forms)
    assert scored.results
    assert scored.results[0]["scores"][0]["value"] == bare_sum(raw, weights)
    pairs = [(_time(calls, bare_sum, raw, weights), _time(calls, score_response, raw, forms)) for _ in range(rounds)]
    bare, whole = (min(times) for times in zip(*pairs, strict=True))
    return Times(bare, whole, whole / bare)


def measure_fhirpath(rounds: int = 15, calls: int = 100) -> float | None:
    """Microseconds that fhirpath takes from the same bytes to the total alone; ``None`` where it is not set up."""
    beside = ROOT / ".venv-judges" / "bin" / "node"
    node = str(beside) if beside.exists() else shutil.which("node")
    if node is None or not (NODE_BENCH.parent / "node_modules").exists():
        return None
    instrument = registry().get("phq-9").instrument
    asked = {
        "questionnaire": questionnaire(instrument, Names(BASE)),
        "response": response_bytes().decode(),
        "expression": calculated_expression(instrument, instrument.scores[0]),
        "rounds": rounds,
        "calls": calls,
    }
    command = [node, str(NODE_BENCH)]
    ran = subprocess.run(command, input=json.dumps(asked), text=True, capture_output=True, check=True)
    return float(json.loads(ran.stdout)["microseconds"])


def _time(calls: int, function: Callable[..., Any], *arguments: Any) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        function(*arguments)
    return (time.perf_counter() - start) / calls * 1e6


def main() -> None:
    times = measure()
    print(f"json.loads and a bare sum: {times.bare:6.1f} µs")
    print(f"bytes to scores:           {times.whole:6.1f} µs")
    print(f"ratio:                     {times.ratio:6.2f} (at most {TARGET:g})")
    by_fhirpath = measure_fhirpath()
    if by_fhirpath is not None:
        print(f"fhirpath, the total alone: {by_fhirpath:6.1f} µs")


if __name__ == "__main__":
    main()
