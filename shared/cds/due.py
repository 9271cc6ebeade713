"""The card that asks for answers: before an operation that is being ordered or booked, and after one at discharge."""

from __future__ import annotations

import re
from collections.abc import Callable

from shared.assessments.submission import instant
from shared.batteries.definition import batteries
from shared.cds.card import Card, Link, Suggestion
from shared.cds.markdown import cited, plain
from shared.cds.orders import Ordered
from shared.cds.person import Person, View
from shared.cds.scores import remarks
from shared.fhir.systems import SDC, Names, Resource, concept
from shared.instruments import Registry
from shared.instruments.named_steps import NotBeforeStep

SDC_TEMP = f"{SDC}/CodeSystem/temp"
"""SDC's own codes for a Task that asks for a form: ``complete-questionnaire`` and its input ``questionnaire``."""

PREOPERATIVE, FOLLOW_UP = "preoperative", "follow-up"
"""Timepoints, and the batteries of the same names."""

OUTCOME = "icd11-cpsp-outcome"
"""The instrument whose definition says from when on pain can be called lasting."""

_MONTHS_AFTER = re.compile(r"postoperative-month-(\d+)")


def due_before_operation(person: Person, ordered: Ordered, names: Names) -> Card | None:
    """Nothing where the last preoperative assessment is recent."""
    last = _last(person, lambda view: view["timepoint"] == PREOPERATIVE)
    if last is not None and person.is_recent(instant(last["authored"])):
        return None
    days = person.settings.cds.due_after_days
    if last is None:
        said = "No assessment before an operation is on record here"
    else:
        said = f"The last assessment before an operation is of {person.dated(instant(last['authored']))}"
    about = f"**Ordered or booked:** {plain(', '.join(ordered.operations))}.\n\n" if ordered.operations else ""
    detail = (
        f"{about}{plain(said)}. One is due when the last is more than {days} days old: a product rule that the tenant "
        "sets; no source was read for it.\n\nAnswers before the operation let factors be counted and discussed in "
        "time. They are never grounds to withhold surgery or analgesia."
    )
    detail = "\n\n".join([detail, *remarks(person)])
    return _card(person, names, PREOPERATIVE, f"{said}: the questions are due.", detail)


def due_after_discharge(person: Person, instruments: Registry, names: Names) -> Card | None:
    """For a person who was assessed here around an operation or injury, and whose outcome was not asked about since."""
    months, source = _outcome_from(instruments)
    before = _last(person, lambda view: not _asks_outcome(view, months))
    if before is None:
        return None
    after = _last(person, lambda view: _asks_outcome(view, months))
    if after is not None and instant(after["authored"]) >= instant(before["authored"]):
        return None
    said = f"Follow-up: the questions on the outcome are due {months} months after the operation or injury"
    detail = (
        f"The last assessment here is of {plain(person.dated(instant(before['authored'])))}. Whether pain has become "
        f"lasting can be asked at {months} months and later, from home; before {months} months the outcome after "
        f"surgery cannot be assessed ({cited(source)})."
    )
    return _card(person, names, FOLLOW_UP, f"{said}.", detail)


def _last(person: Person, wanted: Callable[[View], bool]) -> View | None:
    return next((view for view in person.views if wanted(view)), None)


def _outcome_from(instruments: Registry) -> tuple[int, str]:
    """After how many months the outcome can be judged, and where that was read."""
    scores = instruments.get(OUTCOME).instrument.scores
    found = ((step.months, score.source) for score in scores for step in score.steps if isinstance(step, NotBeforeStep))
    months, source = next(found)
    return months, str(source)


def _asks_outcome(view: View, from_month: int) -> bool:
    months = _MONTHS_AFTER.fullmatch(view["timepoint"])
    return view["timepoint"] == FOLLOW_UP or (months is not None and int(months[1]) >= from_month)


def _card(person: Person, names: Names, battery: str, summary: str, detail: str) -> Card:
    title = next(one.title for one in batteries().content.batteries if one.id == battery)
    form = names.questionnaire(battery)
    suggestion = Suggestion(
        f"Draft a task: questions “{title}”",
        "Draft a task to complete the questionnaire, for review",
        _task(person.id, form, title),
    )
    return Card(
        kind="due",
        summary=summary,
        indicator="info",
        detail=detail,
        suggestions=(suggestion,),
        links=(Link(f"The questions “{title}”", form),),
    )


def _task(patient: str, form: str, title: str) -> Resource:
    coding = {"system": SDC_TEMP, "code": "complete-questionnaire", "display": "Complete Questionnaire"}
    asked = {"system": SDC_TEMP, "code": "questionnaire", "display": "Questionnaire"}
    return {
        "resourceType": "Task",
        "status": "draft",
        "intent": "proposal",
        "code": concept(f"Complete the questions “{title}”", coding),
        "for": {"reference": f"Patient/{patient}"},
        "input": [{"type": concept("Questionnaire", asked), "valueCanonical": form}],
    }
