"""From the bytes of a response to its scores, and in every case to its safety alerts."""

from __future__ import annotations

from typing import Any, NamedTuple

from shared.errors import Alert
from shared.fhir.document import Unreadable, parse
from shared.fhir.form import Form
from shared.fhir.forms import Forms
from shared.fhir.operation_outcome import Issue, warning
from shared.fhir.plain_response import read_plain
from shared.fhir.reading import SCORED_STATUSES, Part, Reading
from shared.fhir.response_head import ROOT
from shared.scoring import Setting, scorer_for
from shared.scoring.result import InstrumentResult, ScoreResult

AGREES_WITHIN = 0.01
"""A client may have rounded its own total to two digits."""


class Scored(NamedTuple):
    """What came of a response: the result of each of its parts, or the issues that refuse it; and its safety alerts."""

    reading: Reading | None
    results: list[InstrumentResult]
    issues: list[Issue]
    alerts: list[Alert]


def score_response(raw: bytes, forms: Forms, *, stateless: bool = False) -> Scored:
    """Parse, validate and score the bytes of one response.

    ``stateless``: nothing will be stored, so a missing subject or date is only a warning.
    """
    reading = read_plain(raw, forms)
    if reading is None:
        from shared.fhir.questionnaire_response import read_response

        try:
            document = parse(raw)
        except Unreadable as unreadable:
            return Scored(None, [], [unreadable.issue], [])
        reading = read_response(document, forms, stateless=stateless)
    return score_reading(reading)


def score_reading(reading: Reading) -> Scored:
    """Score what was read, where it may be scored."""
    if reading.status not in SCORED_STATUSES or reading.form is None or (reading.issues and reading.refused):
        return Scored(reading, [], reading.issues, alerts_heard(reading))
    results = [
        scorer_for(part.definition).score(part.responses, _setting(reading, reading.form, part))
        for part in reading.parts
    ]
    issues = reading.issues
    for part, result in zip(reading.parts, results, strict=True):
        if part.stated:
            issues = [*issues, *_disagreements(part, result)]
    return Scored(reading, results, issues, [alert for result in results for alert in result["alerts"]])


def _setting(reading: Reading, form: Form, part: Part) -> Setting:
    """Who answered and how, with the text pack that words the form in the language of the answers, if one does."""
    if form.text_packs is None:
        return reading.setting
    used = form.text_packs.used(part.definition.instrument.id, reading.setting.language)
    return reading.setting._replace(text_pack=used)


def alerts_heard(reading: Reading) -> list[Alert]:
    """The alerts of the answers themselves, in a response that is not scored.

    None of one entered in error; and none for want of an answer, since the response is not whole.
    """
    if reading.status == "entered-in-error":
        return []
    return [
        alert
        for part in reading.parts
        for alert in scorer_for(part.definition).alerts_in(part.responses)
        if alert["item"] in part.responses
    ]


def _disagreements(part: Part, result: InstrumentResult) -> list[Issue]:
    ours = {score["id"]: score for score in result["scores"]}
    return [
        warning("value", f"{ROOT}.item", _disagreement(name, ours[name]))
        for name, stated in part.stated.items()
        if not agrees(stated, ours[name])
    ]


def _disagreement(name: str, ours: ScoreResult) -> str:
    if ours["value"] is None:
        return f"A value was sent for the score {name}, which these answers do not give; it was not used."
    return f"The value sent for the score {name} differs from the one computed here; it was not used."


def agrees(stated: Any, ours: ScoreResult) -> bool:
    """Is the client's score ours? A number may have been rounded to two digits."""
    value = ours["value"]
    if value is None:
        return False
    if "criterion" in ours:
        return stated is (value == 1)
    if isinstance(value, str) or isinstance(stated, str | bool):
        return bool(stated == value)
    return bool(abs(stated - value) < AGREES_WITHIN)
