"""A stored assessment, readable in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from shared.instruments import Instrument, registry
from shared.instruments.definition import Score
from shared.profile.options import Options
from shared.profile.words import in_words
from shared.risk import Estimate, shown
from shared.risk_models import registry as risk_models


def print_assessment(assessment: dict[str, Any]) -> None:
    """Print scores, bands, alerts and where each comes from."""
    print("\n".join(lines(assessment)))


def lines(assessment: dict[str, Any]) -> Iterator[str]:
    """The assessment line by line."""
    yield f"Assessment {assessment['id']} · {assessment['timepoint']} · authored {assessment['authored']}"
    yield f"subject {assessment['subject']} (source {assessment['source']}) · {assessment['status']}"
    for result in assessment["results"]:
        yield from _result_lines(result)
    yield from _risk_lines(assessment["risk"])
    yield ""
    yield "Safety alerts" if assessment["alerts"] else "Safety alerts: none of the answered items raised one"
    for alert in assessment["alerts"]:
        raised = "raised" if alert["raised"] else "recorded, not raised"
        yield f"  !! {alert['level'].upper()} {alert['id']} ({raised}): {alert['meaning']}"
        yield f"     source: {alert['source']}{' (unverified)' if alert['unverified'] else ''}"


def _risk_lines(risk: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield "Risk models (each speaks of its own outcome; none is a verdict)"
    for estimate in risk["estimates"]:
        if estimate["applicable"]:
            yield from _estimate_lines(estimate)
    others = [estimate["model"] for estimate in risk["estimates"] if not estimate["applicable"]]
    yield f"  not applicable to this person: {', '.join(others) or 'none'}"
    if risk["profile"] is not None:
        yield ""
        options = {**risk["about_actions"], "options": risk["actions"]}
        yield from in_words(risk["profile"], cast(Options, options), risk["base_rates"]).rstrip().splitlines()
    if risk.get("policy"):
        yield f"Local policy {risk['policy']['policy']['id']}: {risk['policy']['label']}"


def _estimate_lines(estimate: dict[str, Any]) -> Iterator[str]:
    value = shown(risk_models(()).get(estimate["model"]).model, cast(Estimate, estimate)) or _range(estimate)
    yield f"  {estimate['model']} (evidence {estimate['evidence_grade']}): {estimate['event']}, {estimate['horizon']}"
    yield f"    {estimate['kind']}: {value}"
    if estimate["missing"]:
        narrowest = f"; {estimate['narrowest']} would narrow it most" if "narrowest" in estimate else ""
        yield f"    unanswered: {', '.join(estimate['missing'])}{narrowest}"
    observed = estimate.get("observed")
    if observed:
        yield f"    observed among such people: {observed['rate']:.0%} ({observed['of']}). {observed['source'] or ''}"


def _range(estimate: dict[str, Any]) -> str:
    interval = estimate["interval"]
    if interval is None:
        return "not given"
    low, high = (f"{end:.0%}" if isinstance(end, float) else end for end in (interval["low"], interval["high"]))
    return f"{low} to {high}, over every answer to what is unanswered; no confidence interval"


def _result_lines(result: dict[str, Any]) -> Iterator[str]:
    instrument = registry().get(result["instrument"]).instrument
    scores = {score.id: score for score in instrument.scores}
    yield ""
    yield (
        f"{instrument.title} [{result['instrument']} {result['instrument_version']}, "
        f"sha256 {result['definition_sha256'][:12]}]"
    )
    yield from (_score_line(score) for score in result["scores"])
    scored = [scores[score["id"]] for score in result["scores"] if score["value"] is not None]
    yield from (f"    {source}" for source in _sources(instrument, scored))
    for notice in result["warnings"]:
        yield f"    note: {notice['detail']}"


def _score_line(score: dict[str, Any]) -> str:
    if score["value"] is None:
        return f"  {score['id']:<28} not scored: {score['reason']['detail']}"
    value = round(score["value"], 2) if isinstance(score["value"], float) else score["value"]
    of = f" of {score['range'][0]} to {score['range'][1]}" if score["range"] else ""
    error = f" ± {score['standard_error']} (standard error)" if score["standard_error"] else ""
    band = f"  {score['band']}" if score["band"] else ""
    criterion = f"  {score['criterion']}" if "criterion" in score else ""
    prorated = f"  (prorated from {score['answered']} of {score['of']} items)" if score["status"] == "prorated" else ""
    return f"  {score['id']:<28} {value}{of}{error}{band}{criterion}{prorated}"


def _sources(instrument: Instrument, scores: list[Score]) -> Iterator[str]:
    yield f"trust {instrument.trust.grade}: {instrument.trust.remaining_doubts}"
    yield from (f"table of {s.id}: {s.table.source} ({s.table.status})" for s in scores if s.table)
    banded: dict[str, list[str]] = {}
    for score in scores:
        if score.bands and score.bands.source:
            banded.setdefault(score.bands.source, []).append(score.id)
    yield from (f"bands of {', '.join(names)}: {source}" for source, names in banded.items())
    yield from (f"cites: {citation.text}" for citation in instrument.citations[:1])
