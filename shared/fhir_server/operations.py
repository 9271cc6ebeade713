"""Operations that store nothing: a response is scored, or its Observations are extracted."""

from __future__ import annotations

from urllib.parse import unquote

from shared.fhir.capability import EXTRACT, Operation, score_operation_of
from shared.fhir.context import context_of
from shared.fhir.extract import extracted, operation_input, score_answer
from shared.fhir.operation_outcome import Issue, error
from shared.fhir.plain_response import read_plain
from shared.fhir.response_scores import Scored, score_reading
from shared.fhir.systems import Names
from shared.fhir_server.server import SOFTWARE, Answer, Server
from shared.web.fhir import Refused

OPERATIONS = {"$score": score_answer, "$extract": extracted}


def of_responses(names: Names) -> tuple[Operation, ...]:
    """The operations of QuestionnaireResponse, as the CapabilityStatement says them."""
    return (EXTRACT, score_operation_of(names))


def operate(server: Server, operation: str) -> Answer:
    """``$score`` or ``$extract``. One route, since a path of the gateway can hold no dollar sign."""
    api = server.api
    answer = OPERATIONS.get(unquote(operation))
    if answer is None:
        raise Refused([error("not-supported", None, "There is no such operation here.", 404)])
    api.caller("score", "system/QuestionnaireResponse.c")
    scored, issues = _read(server, api.body())
    if any(issue.refuses for issue in (*issues, *scored.issues)):
        raise Refused([*issues, *scored.issues], scored.alerts)
    api.count("InstrumentScored")
    reading = scored.reading
    document = reading.document if reading else {}
    return api.resource(answer(scored, context_of(document, server.names, SOFTWARE), issues))


def _read(server: Server, raw: bytes) -> tuple[Scored, list[Issue]]:
    forms = server.forms
    plain = read_plain(raw, forms)
    if plain is not None:
        return score_reading(plain), []
    from shared.fhir.questionnaire_response import read_response  # unusual ones alone pay for the models

    response, issues = operation_input(server.parsed(raw))
    if response is None:
        return Scored(None, [], [], []), issues
    return score_reading(read_response(response, forms, stateless=True)), issues
