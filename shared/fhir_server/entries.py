"""One entry of a Bundle as a request of its own: who may ask it, what is answered, and what is heard in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from shared.errors import Alert
from shared.fhir.bundle import Answer, Entry
from shared.fhir.operation_outcome import Issue, error, operation_outcome
from shared.fhir.questionnaire_response import read_response
from shared.fhir.response_scores import score_reading
from shared.fhir.submitted import submission_of
from shared.fhir.systems import Resource
from shared.fhir_server.server import DEFINED, Server

if TYPE_CHECKING:
    from shared.assessments.request import Request

RESPONSE = "QuestionnaireResponse"
FOR_ANYBODY = ("Questionnaire", *DEFINED)
"""The types that need no scope to be read."""

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""What the entries of one answer may hold together: a function may answer 6 MB."""


def holds_response(entry: Entry) -> bool:
    return entry.resource is not None and entry.resource.get("resourceType") == RESPONSE


def request_of(server: Server, entries: Iterable[Entry]) -> Request | None:
    """Who asks, where their token covers every entry; ``None`` where no entry needs a scope.

    SMART has no scope for a Bundle.

    Raises:
        Forbidden: it does not cover one of them.
    """
    asked = None
    for entry in entries:
        if holds_response(entry):
            asked = server.request(RESPONSE, "c")
        elif entry.method == "GET" and entry.type and entry.type not in FOR_ANYBODY:
            asked = server.request(entry.type, "r" if entry.id else "s")
    return asked


def answered(server: Server, entry: Entry) -> Answer:
    """The answer to one entry, by the route that would have answered it alone."""
    api = server.api
    headers = {"Prefer": api.header("Prefer"), "If-None-Exist": entry.if_none_exist}
    sent = {name: value for name, value in headers.items() if value is not None}
    response = api.within(entry.method, entry.url, entry.resource, sent)
    told = {name.lower(): str(value) for name, value in response.headers.items()}
    modified = told.get("last-modified")
    document: Resource | None = json.loads(response.body) if response.body else None
    is_outcome = document is not None and document["resourceType"] == "OperationOutcome"
    return Answer(
        entry.place,
        status_line(response.status_code),
        told.get("location"),
        told.get("etag"),
        parsedate_to_datetime(modified).isoformat() if modified else None,
        None if is_outcome else document,
        document if is_outcome else None,
    )


def bounded(server: Server, entries: Iterable[Entry]) -> list[Answer]:
    """The answers to several, as far as one answer can hold them; those to the others say that it cannot."""
    answers, held = [], 0
    for entry in entries:
        answer = answered(server, entry) if held <= MAX_ANSWER_BYTES or entry.method == "POST" else _too_much(entry)
        held += len(json.dumps(answer.resource, ensure_ascii=False).encode()) if answer.resource else 0
        answers.append(answer if held <= MAX_ANSWER_BYTES or entry.method == "POST" else _too_much(entry))
    return answers


def _too_much(entry: Entry) -> Answer:
    said = error("too-costly", None, "The answers are more than one Bundle can hold: ask for less at once.", 413)
    return Answer(entry.place, status_line(said.status), outcome=operation_outcome([said]))


def refusal(entry: Entry, answer: Answer) -> list[Issue]:
    """What an answer was refused for, said of the Bundle; empty where it was not."""
    status = int(answer.status[:3])
    if status < HTTPStatus.BAD_REQUEST:
        return []
    told: list[dict[str, Any]] = (answer.outcome or {}).get("issue", [])
    return [error(issue["code"], f"{entry.at}.request.url", issue.get("diagnostics", ""), status) for issue in told]


def status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def heard(server: Server, entries: Iterable[Entry]) -> list[Alert]:
    """The safety alerts of every valid answer in responses that are refused. They are kept."""
    told: list[Alert] = []
    for entry in entries:
        if entry.resource is not None and holds_response(entry):
            asked = server.request(RESPONSE, "c")
            reading = read_response(entry.resource, server.forms)
            alerts = score_reading(reading).alerts
            server.assessments().keep_alerts(alerts, submission_of(reading, server.names, asked.source), asked)
            told += alerts
    return told
