"""From the bytes of a response to its scores, and in every case to its safety alerts."""

from __future__ import annotations

from typing import Any, NamedTuple

from shared.errors import Alert
from shared.fhir.document import Unreadable, parse
from shared.fhir.forms import Forms
from shared.fhir.operation_outcome import Issue, warning
from shared.fhir.plain_response import read_plain
from shared.fhir.questionnaire_response import SCORED_STATUSES, Reading, read_response
from shared.fhir.response_head import ROOT
from shared.scoring import scorer_for
from shared.scoring.result import InstrumentResult, ScoreResult

AGREES_WITHIN = 0.01
"""A client may have rounded its own total to two digits."""


class Scored(NamedTuple):
    """What came of a response: its scores, or the issues that refuse it, and in either case its safety alerts."""

    reading: Reading | None
    result: InstrumentResult | None
    issues: list[Issue]
    alerts: list[Alert]


def score_response(raw: bytes, forms: Forms, *, stateless: bool = False) -> Scored:
    """Parse, validate and score the bytes of one response.

    ``stateless``: nothing will be stored, so a missing subject or date is only a warning.
    """
    reading = read_plain(raw, forms)
    if reading is None:
        try:
            document = parse(raw)
        except Unreadable as unreadable:
            return Scored(None, None, [unreadable.issue], [])
        reading = read_response(document, forms, stateless=stateless)
    return score_reading(reading)


def score_reading(reading: Reading) -> Scored:
    """Score what was read, where it may be scored."""
    form = reading.form
    if form is None:
        return Scored(reading, None, reading.issues, [])
    if reading.status not in SCORED_STATUSES or (reading.issues and reading.refused):
        return Scored(reading, None, reading.issues, alerts_heard(reading))
    result = scorer_for(form.definition).score(reading.responses, reading.setting)
    issues = [*reading.issues, *_disagreements(reading, result)] if reading.stated else reading.issues
    return Scored(reading, result, issues, result["alerts"])


def alerts_heard(reading: Reading) -> list[Alert]:
    """The alerts of the answers themselves, in a response that is not scored.

    None of one entered in error; and none for want of an answer, since the response is not whole.
    """
    if reading.form is None or reading.status == "entered-in-error":
        return []
    alerts = scorer_for(reading.form.definition).alerts_in(reading.responses)
    return [alert for alert in alerts if alert["item"] in reading.responses]


def _disagreements(reading: Reading, result: InstrumentResult) -> list[Issue]:
    ours = {score["id"]: score for score in result["scores"]}
    return [
        warning("value", f"{ROOT}.item", _disagreement(name, ours[name]))
        for name, stated in reading.stated.items()
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
