"""Scores and answers as Observations, by US Core's screening profile: a number, a label, or the reason for neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from shared.fhir.codes import item_codes, score_codes
from shared.fhir.context import Context
from shared.fhir.options import category_system, coded_options, title_of, unit_of_score
from shared.fhir.response_head import kind_and_id
from shared.fhir.systems import (
    DATA_ABSENT_REASON,
    LOINC,
    SCORE_UNIT,
    SURVEY,
    US_CORE_SCREENING,
    Resource,
    coding,
    concept,
    kept,
    quantity,
    unit_of,
)
from shared.instruments.definition import Choice, Instrument, Item, Quantity, Score
from shared.instruments.named_steps import Answer
from shared.scoring.result import InstrumentResult, ScoreResult

PANEL = "panel"


def observations(
    instrument: Instrument, result: InstrumentResult, responses: Mapping[str, Answer], context: Context
) -> list[Resource]:
    """The panel, then every score, then every answered item. An item that was not answered has none."""
    scores = score_observations(instrument, result, context)
    items = item_observations(instrument, responses, context)
    members = [score.id for score in instrument.scores] + [item.id for item in instrument.items if item.id in responses]
    return [panel_observation(instrument, members, context), *scores, *items]


def score_observations(instrument: Instrument, result: InstrumentResult, context: Context) -> list[Resource]:
    """One for each score; one that could not be computed says why, so that nobody reads silence as zero."""
    given = {score["id"]: score for score in result["scores"]}
    return [score_observation(instrument, score, given[score.id], context) for score in instrument.scores]


def item_observations(instrument: Instrument, responses: Mapping[str, Answer], context: Context) -> list[Resource]:
    return [
        item_observation(instrument, item, responses[item.id], context)
        for item in instrument.items
        if item.id in responses
    ]


def score_observation(instrument: Instrument, score: Score, given: ScoreResult, context: Context) -> Resource:
    """One score. It has no performer: it is derived, and ``derivedFrom`` says from what (US Core)."""
    title = f"{instrument.title}: {title_of(score)}"
    return _observation(
        context,
        instrument.id,
        score.id,
        concept(title, *score_codes(instrument, score, context.names)),
        extension=_standard_error(given, context),
        **_value(instrument, score, given, context),
        interpretation=_interpretation(given, context),
        note=_notes(given),
        referenceRange=_bands(score),
    )


def item_observation(instrument: Instrument, item: Item, answer: Answer, context: Context) -> Resource:
    """One answer. Its performer is the response's author (SDC), where that may perform an observation."""
    author = context.author if context.author and kind_and_id(context.author)[0] != "Device" else None
    return _observation(
        context,
        instrument.id,
        item.id,
        concept(item.text, *item_codes(instrument, item, context.names)),
        performer=[{"reference": author}] if author else None,
        **_answer(instrument, item, answer, context),
    )


def panel_observation(instrument: Instrument, members: list[str], context: Context) -> Resource:
    """The whole response: no value of its own, its parts as members."""
    own = coding(context.names.code_system("instrument"), instrument.id, instrument.title)
    codings = [coding(LOINC, instrument.panel.code, instrument.panel.display), own] if instrument.panel else [own]
    return _observation(
        context,
        instrument.id,
        PANEL,
        concept(instrument.title, *codings),
        hasMember=[{"reference": context.observation(instrument.id, member)} for member in members],
    )


def _observation(context: Context, instrument: str, name: str, code: Resource, **parts: Any) -> Resource:
    identifier = context.identifier("score", instrument, name)
    return kept(
        resourceType="Observation",
        id=context.observation_id(instrument, name),
        meta={"profile": [US_CORE_SCREENING]} if _is_of_a_patient(context) else None,
        identifier=[identifier] if identifier else None,
        status=context.status,
        category=[SURVEY],
        code=code,
        **(context.shared() | parts),
    )


def _is_of_a_patient(context: Context) -> bool:
    """US Core's profile wants a patient and a day; a stateless scoring need name neither.

    Its other rules hold of every Observation here: its category, UCUM, and a value, a reason for none, or members. Its
    binding of the code is a preference, so that a local code beside no LOINC one breaks none of them.
    """
    return bool(context.subject and kind_and_id(context.subject)[0] == "Patient" and context.authored)


def _value(instrument: Instrument, score: Score, given: ScoreResult, context: Context) -> Resource:
    value = given["value"]
    if value is None:
        return {"dataAbsentReason": _absence(given, context)}
    if score.criterion:
        return {"valueBoolean": value == 1}
    if isinstance(value, str):
        label = coding(category_system(instrument, score, context.names), value, value)
        return {"valueCodeableConcept": concept(value, label)}
    unit = unit_of_score(instrument, score)
    return {"valueQuantity": quantity(value, unit or "score", unit_of(unit) if unit else SCORE_UNIT)}


def _absence(given: ScoreResult, context: Context) -> Resource:
    reason = given["reason"]
    unknown = coding(DATA_ABSENT_REASON, "unknown", "Unknown")
    if reason is None:
        return concept("Not scored", unknown)
    ours = coding(context.names.code_system("not-scored-reason"), reason["code"])
    return concept(reason["detail"], unknown, ours)


def _interpretation(given: ScoreResult, context: Context) -> list[Resource]:
    """The band by a code of ours: v3's H and L would claim more than a band says."""
    band = given["band"]
    return [concept(band, coding(context.names.code_system("band"), band, band))] if band else []


def _notes(given: ScoreResult) -> list[Resource]:
    said = []
    if given["status"] == "prorated":
        said.append(f"Prorated by the instrument's own rule: {given['answered']} of {given['of']} items were answered.")
    if given.get("taken_as_absent"):
        said.append(f"Taken as absent, by the instrument's own rule: {', '.join(given['taken_as_absent'])}.")
    reason = given["reason"]
    if reason and given["value"] is not None:
        said.append(reason["detail"])
    return [{"text": sentence} for sentence in said]


def _standard_error(given: ScoreResult, context: Context) -> list[Resource]:
    error = given["standard_error"]
    return [] if error is None else [{"url": context.names.extension("standard-error"), "valueDecimal": error}]


def _bands(score: Score) -> list[Resource]:
    """The published bands as text, with their source; none that was not verified."""
    bands = score.bands
    if bands is None or bands.unverified or not bands.rows:
        return []
    rows = "; ".join(f"{band.label} {band.low:g} to {band.high:g}" for band in bands.rows)
    return [{"text": f"{rows}. Source: {bands.source}"}]


def _answer(instrument: Instrument, item: Item, answer: Answer, context: Context) -> Resource:
    answers = instrument.options[item.options]
    if isinstance(answers, Choice):
        chosen = next(one for one in coded_options(instrument, item, context.names) if one.answer == answer)
        return {"valueCodeableConcept": concept(chosen.display, coding(chosen.system, chosen.code, chosen.display))}
    if isinstance(answers, Quantity):
        return {"valueQuantity": quantity(cast(float, answer), answers.unit, unit_of(answers.unit))}
    if answers.type == "time":
        return {"valueTime": f"{answer}:00"}
    return {"valueDateTime": answer}
