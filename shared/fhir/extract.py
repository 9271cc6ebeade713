"""The two operations on a response: SDC's ``$extract``, and our own ``$score``. Neither stores anything.

``$extract`` keeps to SDC: an Observation of what stands in the response and nothing else. ``$score`` answers with every
score of the instrument, those that could not be computed included. Both take a QuestionnaireResponse or Parameters.
"""

from __future__ import annotations

from typing import Any

from shared.fhir.bundle import collection, transaction
from shared.fhir.context import Context
from shared.fhir.observation import PANEL, item_observations, observations, score_observation
from shared.fhir.operation_outcome import Issue, error, malformed, operation_outcome
from shared.fhir.reading import Part
from shared.fhir.response_scores import Scored
from shared.fhir.systems import Names, Resource, kept
from shared.scoring.result import InstrumentResult

RESPONSE, FORM = "questionnaire-response", "questionnaire"


def operation_input(document: dict[str, Any]) -> tuple[dict[str, Any] | None, list[Issue]]:
    """The response in an operation's body: the body itself, or the parameter ``questionnaire-response``.

    A ``questionnaire`` beside it is not needed and is not read: a form is known here by its canonical, or not at all.
    """
    if document.get("resourceType") == "QuestionnaireResponse":
        return document, []
    if document.get("resourceType") != "Parameters":
        said = "Should be a QuestionnaireResponse, or Parameters with a questionnaire-response."
        return None, [malformed("structure", None, said)]
    from shared.fhir.resources import Parameters, shape_issues

    issues = shape_issues(Parameters, document)
    sent = document.get("parameter")
    found = []
    for place, parameter in enumerate(sent if isinstance(sent, list) else ()):
        name = parameter.get("name") if isinstance(parameter, dict) else None
        at = f"Parameters.parameter[{place}]"
        if name == RESPONSE and isinstance(parameter.get("resource"), dict):
            found.append(parameter["resource"])
        elif name == FORM:
            said = "Not read: a form is known here by its canonical."
            issues.append(Issue("information", "informational", at, said))
        elif isinstance(name, str):
            issues.append(error("not-supported", f"{at}.name", "The operation has no such parameter.", 400))
    if len(found) != 1:
        issues.append(malformed("required", "Parameters.parameter", f"One {RESPONSE} is required."))
        return None, issues
    return found[0], issues


def extracted(scored: Scored, context: Context, issues: list[Issue]) -> Resource:
    """``$extract``: the answers, and the scores that the response itself states, with our values.

    ``scored`` was not refused. Where there is nothing to extract, ``issues`` alone says so.
    """
    made: list[Resource] = []
    urls: list[str] = []
    for part, result in _parts(scored):
        instrument = part.definition.instrument
        made += item_observations(instrument, part.responses, context)
        names = [item.id for item in instrument.items if item.id in part.responses]
        values = {score["id"]: score for score in result["scores"]}
        for score in instrument.scores:
            if score.id in part.stated and score.id in values and values[score.id]["value"] is not None:
                made.append(score_observation(instrument, score, values[score.id], context))
                names.append(score.id)
        urls += [context.urn(instrument.id, name) for name in names]
    told = [*issues, *scored.issues]
    if not made:
        told.append(Issue("warning", "informational", None, "The response holds nothing to extract."))
    return _answer(transaction(made, urls) if made else None, told, scored, context.names)


def score_answer(scored: Scored, context: Context, issues: list[Issue]) -> Resource:
    """``$score``: the panel, every score and every answer as a collection. ``scored`` was not refused."""
    made: list[Resource] = []
    urls: list[str] = []
    for part, result in _parts(scored):
        instrument = part.definition.instrument
        made += observations(instrument, result, part.responses, context)
        answered = [item.id for item in instrument.items if item.id in part.responses]
        names = [PANEL, *(score.id for score in instrument.scores), *answered]
        urls += [context.urn(instrument.id, name) for name in names]
    return _answer(collection(made, urls) if made else None, [*issues, *scored.issues], scored, context.names)


def _parts(scored: Scored) -> list[tuple[Part, InstrumentResult]]:
    """Every part of the response with its result; none of one that is not whole, or was entered in error."""
    reading = scored.reading
    if reading is None or reading.form is None or reading.refused:
        raise ValueError("a response that was refused is answered by its issues")
    return list(zip(reading.parts, scored.results, strict=True)) if scored.results else []


def _answer(bundle: Resource | None, issues: list[Issue], scored: Scored, names: Names) -> Resource:
    parameters = [{"name": "return", "resource": bundle}] if bundle else []
    if issues or scored.alerts:
        parameters.append({"name": "issues", "resource": operation_outcome(issues, scored.alerts, names)})
    return kept(resourceType="Parameters", parameter=parameters)


def score_operation(names: Names, *, date: str, version: str) -> Resource:
    """The definition of ``$score``, so that nobody takes it for one of SDC's."""
    return {
        "resourceType": "OperationDefinition",
        "id": "QuestionnaireResponse-score",
        "url": f"{names.base}/OperationDefinition/QuestionnaireResponse-score",
        "version": version,
        "name": "ScoreQuestionnaireResponse",
        "title": "Score a questionnaire response",
        "status": "active",
        "kind": "operation",
        "date": date,
        "description": "Scores one response as its instrument's sources say and returns the scores as Observations. "
        "Stores nothing. A score that cannot be computed is returned with the reason and without a value.",
        "affectsState": False,
        "code": "score",
        "resource": ["QuestionnaireResponse"],
        "system": False,
        "type": True,
        "instance": False,
        "parameter": [
            _parameter(RESPONSE, "in", "1", "QuestionnaireResponse", "The response, by a form that is known here."),
            _parameter(FORM, "in", "0", "Questionnaire", "Accepted and not read: a form is known by its canonical."),
            _parameter("return", "out", "0", "Bundle", "A collection: the panel, the scores and the answers."),
            _parameter("issues", "out", "0", "OperationOutcome", "Safety alerts, warnings and information."),
        ],
    }


def _parameter(name: str, use: str, least: str, type: str, documentation: str) -> Resource:
    return {
        "name": name,
        "use": use,
        "min": int(least),
        "max": "1",
        "documentation": documentation,
        "type": type,
    }
