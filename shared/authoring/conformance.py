"""Conformance vectors: responses and the results they must give, for anybody's scorer in any language.

One file per scorable instrument. Results come from this engine; worked examples, whose expected values were read or
worked out apart from it, are among the cases and say so in ``origin``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from shared import ENGINE_VERSION
from shared.authoring.refusals import refused_cases
from shared.authoring.search import Finder
from shared.authoring.situations import scored_cases
from shared.authoring.vectors import Vector
from shared.errors import ResponsesRefused
from shared.instruments.definition import WorkedExample
from shared.instruments.registry import Definition
from shared.scoring.result import InstrumentResult, ScoreResult

FORMAT = "1.0.0"
"""Of the vector files: a new key raises the minor, a changed meaning the major."""


def conformance_file(definition: Definition) -> str:
    """The vectors of one scorable instrument as JSON text, one case a line."""
    instrument = definition.instrument
    head = {
        "format": FORMAT,
        "instrument": instrument.id,
        "instrument_version": instrument.version,
        "definition_sha256": definition.sha256,
        "engine_version": ENGINE_VERSION,
    }
    lines = [f"  {_json(key)}: {_json(value)}," for key, value in head.items()]
    cases = ",\n".join("    " + _json(case) for case in conformance_cases(definition))
    return "\n".join(["{", *lines, '  "cases": [', cases, "  ]", "}", ""])


def conformance_cases(definition: Definition) -> list[dict[str, Any]]:
    """Every case of one scorable instrument, in a fixed order; no two have the same responses."""
    finder = Finder(definition)
    seen: set[str] = set()
    cases = []
    for vector in _vectors(finder):
        key = json.dumps(vector.responses, sort_keys=True)
        if key not in seen:
            seen.add(key)
            cases.append(_case(vector, finder))
    return cases


def conformance_index(definitions: Iterable[Definition]) -> str:
    """Which instruments have vectors and which have none, and why."""
    files, without = {}, {}
    for definition in definitions:
        instrument = definition.instrument
        if instrument.scorable:
            files[instrument.id] = {
                "version": instrument.version,
                "definition_sha256": definition.sha256,
                "status": instrument.status,
            }
        else:
            without[instrument.id] = instrument.status
    index = {"format": FORMAT, "engine_version": ENGINE_VERSION, "instruments": files, "without_vectors": without}
    return json.dumps(index, ensure_ascii=False, indent=2) + "\n"


def _vectors(finder: Finder) -> Iterator[Vector]:
    for number, example in enumerate(finder.instrument.worked_examples, 1):
        yield _worked(number, example)
    yield from scored_cases(finder)
    yield from refused_cases(finder)


def _worked(number: int, example: WorkedExample) -> Vector:
    responses = {item: answer for item, answer in example.answers.items() if answer is not None}
    origin = origin_of(example.source)
    why = "Given in the source." if origin == "published" else "Worked out by hand from the published rule."
    return Vector(f"worked-{number}", why, responses, origin, example.source, list(example.expect))


def origin_of(source: str) -> Literal["published", "arithmetic"]:
    """``published`` where the expected value itself was read, ``arithmetic`` where it was worked out by hand."""
    return "arithmetic" if "arithmetic" in source else "published"


def _case(vector: Vector, finder: Finder) -> dict[str, Any]:
    case: dict[str, Any] = {"id": vector.id, "why": vector.why, "origin": vector.origin}
    if vector.source:
        case["source"] = vector.source
        case["stated"] = vector.stated
    if vector.optional:
        case["optional"] = True
    case["responses"] = vector.responses
    try:
        case["expect"] = expectation(finder.result(vector.responses))
    except ResponsesRefused as refused:
        case["refused"] = [{"pointer": problem.pointer, "code": problem.code} for problem in refused.problems]
        case["alerts"] = [alert["id"] for alert in refused.alerts]
    return case


def expectation(result: InstrumentResult) -> dict[str, Any]:
    """What a scorer must give: the parts of a result that do not depend on wording."""
    return {
        "scores": [_expected_score(score) for score in result["scores"]],
        "alerts": [alert["id"] for alert in result["alerts"]],
        "warnings": [warning["code"] for warning in result["warnings"]],
    }


def _expected_score(score: ScoreResult) -> dict[str, Any]:
    expected: dict[str, Any] = {
        "id": score["id"],
        "status": score["status"],
        "value": score["value"],
        "band": score["band"],
        "reason_code": score["reason"]["code"] if score["reason"] else None,
    }
    if score["standard_error"] is not None:
        expected["standard_error"] = score["standard_error"]
    for key in ("criterion", "taken_as_absent", "interval"):
        if key in score:
            expected[key] = score[key]
    return expected


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
