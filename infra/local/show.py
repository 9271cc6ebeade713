"""A stored assessment, readable in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.instruments import Instrument, registry
from shared.instruments.definition import Score


def print_assessment(assessment: dict[str, Any]) -> None:
    """Print scores, bands, alerts and where each comes from."""
    print("\n".join(lines(assessment)))


def lines(assessment: dict[str, Any]) -> Iterator[str]:
    """The assessment line by line."""
    yield f"Assessment {assessment['id']} · {assessment['timepoint']} · authored {assessment['authored']}"
    yield f"subject {assessment['subject']} (source {assessment['source']}) · {assessment['status']}"
    for result in assessment["results"]:
        yield from _result_lines(result)
    yield ""
    yield "Safety alerts" if assessment["alerts"] else "Safety alerts: none of the answered items raised one"
    for alert in assessment["alerts"]:
        raised = "raised" if alert["raised"] else "recorded, not raised"
        yield f"  !! {alert['level'].upper()} {alert['id']} ({raised}): {alert['meaning']}"
        yield f"     source: {alert['source']}{' (unverified)' if alert['unverified'] else ''}"


def _result_lines(result: dict[str, Any]) -> Iterator[str]:
    instrument = registry().get(result["instrument"]).instrument
    scores = {score.id: score for score in instrument.scores}
    yield ""
    yield (
        f"{instrument.title} [{result['instrument']} {result['instrument_version']}, "
        f"sha256 {result['definition_sha256'][:12]}]"
    )
    for shown in result["scores"]:
        yield _score_line(shown)
    for source in _sources(
        instrument, [scores[shown["id"]] for shown in result["scores"] if shown["value"] is not None]
    ):
        yield f"    {source}"
    for notice in result["warnings"]:
        yield f"    note: {notice['detail']}"


def _score_line(shown: dict[str, Any]) -> str:
    if shown["value"] is None:
        return f"  {shown['id']:<28} not scored: {shown['reason']['detail']}"
    value = round(shown["value"], 2) if isinstance(shown["value"], float) else shown["value"]
    of = f" of {shown['range'][0]} to {shown['range'][1]}" if shown["range"] else ""
    error = f" ± {shown['standard_error']} (standard error)" if shown["standard_error"] else ""
    band = f"  {shown['band']}" if shown["band"] else ""
    criterion = f"  {shown['criterion']}" if "criterion" in shown else ""
    prorated = f"  (prorated from {shown['answered']} of {shown['of']} items)" if shown["status"] == "prorated" else ""
    return f"  {shown['id']:<28} {value}{of}{error}{band}{criterion}{prorated}"


def _sources(instrument: Instrument, scores: list[Score]) -> Iterator[str]:
    yield f"trust {instrument.trust.grade}: {instrument.trust.remaining_doubts}"
    yield from (f"table of {s.id}: {s.table.source} ({s.table.status})" for s in scores if s.table)
    banded: dict[str, list[str]] = {}
    for score in scores:
        if score.bands and score.bands.source:
            banded.setdefault(score.bands.source, []).append(score.id)
    yield from (f"bands of {', '.join(names)}: {source}" for source, names in banded.items())
    yield from (f"cites: {citation.text}" for citation in instrument.citations[:1])
