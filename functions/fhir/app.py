"""FHIR R4: forms, scoring and extraction that store nothing, and assessments as responses, Observations and risks."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError

from shared import ENGINE_VERSION
from shared.errors import Alert, InvalidCursor, NotFound, SubmissionRefused
from shared.fhir import capability
from shared.fhir.bundle import searchset
from shared.fhir.context import context_of
from shared.fhir.document import Unreadable, parse
from shared.fhir.extract import extracted, operation_input, score_answer
from shared.fhir.forms import Forms
from shared.fhir.operation_outcome import Issue, error, malformed
from shared.fhir.plain_response import read_plain
from shared.fhir.questionnaire_response import read_response
from shared.fhir.response_scores import Scored, score_reading
from shared.fhir.stored import DEFAULT_SOURCE, StoredResources, assessment_of, response_id
from shared.fhir.submitted import create_issues, refused_issues, submission_of
from shared.fhir.systems import Names, Resource
from shared.instruments import registry
from shared.scoring import scorer_for
from shared.web.fhir import FhirApi, Refused
from shared.web.listing import page_of
from shared.web.settings import Settings, read_settings
from shared.wiring import assessments

SOFTWARE = "Chronic-pain risk scoring"
CHANGED = "2026-11-26"
"""When what the CapabilityStatement says last changed."""

PUBLIC = {"Cache-Control": "public, max-age=300"}
OPERATIONS = {"$score": score_answer, "$extract": extracted}
ASSESSMENTS_A_PAGE = 10
SUBJECT_PARAMETERS = ("patient", "source", "_count", "cursor")


class FhirSettings(Settings):
    """``fhir_base``: what canonicals are made of; empty, it is where the caller came in."""

    fhir_base: str = ""


@cache
def settings() -> FhirSettings:
    return read_settings(FhirSettings)


api = FhirApi(lambda: settings().fhir_base)


@lru_cache(maxsize=8)
def forms_of(names: Names) -> Forms:
    return Forms(names, registry())


# -- what the server is, and its forms: public -------------------------------------------------------------------------


@api.get("/metadata")
def metadata() -> Any:
    """The CapabilityStatement, of what is wired and nothing else."""
    names = api.names
    score = capability.score_operation_of(names)
    subject = (
        capability.SearchParameter("patient", "reference", "Required. Patient/id, or the id."),
        capability.SearchParameter("source", "token", "Our own: the tenant's source of the patient's id."),
    )
    statement = capability.capability_statement(
        [
            capability.WiredResource(
                "Questionnaire",
                ("read", "search-type"),
                (
                    capability.SearchParameter("_id", "token"),
                    capability.SearchParameter("url", "uri"),
                    capability.SearchParameter("version", "token"),
                    capability.SearchParameter("name", "string"),
                ),
                documentation="Needs no token.",
            ),
            capability.WiredResource(
                "QuestionnaireResponse",
                ("create", "read"),
                operations=(capability.EXTRACT, score),
                documentation="A create keeps an assessment. The operations store nothing.",
            ),
            capability.WiredResource(
                "Observation", ("read", "search-type"), (*subject, capability.SearchParameter("code", "token"))
            ),
            capability.WiredResource("RiskAssessment", ("read", "search-type"), subject),
        ],
        names=names,
        software=SOFTWARE,
        version=ENGINE_VERSION,
        date=CHANGED,
        token_endpoint=api.url("/smart/token"),
    )
    return _public(statement)


@api.get("/Questionnaire")
def search_questionnaires() -> Any:
    """Forms by id, canonical, version or name; all of them where nothing is asked."""
    sent = api.search(("_id", "url", "version", "name", "_count", "cursor"))
    names = api.names
    size = api.count_of(sent)
    ids, following = page_of(
        tuple(one for one in registry().ids if _is_asked(one, sent, names)),
        limit=str(size),
        cursor=sent.get("cursor"),
        name=api.search_url("Questionnaire", sent),
    )
    next_url = api.search_url("Questionnaire", sent, cursor=following) if following else None
    found = [_questionnaire(one, names) for one in ids]
    own_url = api.search_url("Questionnaire", sent, **({"cursor": sent["cursor"]} if "cursor" in sent else {}))
    return api.resource(searchset(found, base=names.base, self_url=own_url, next_url=next_url), headers=PUBLIC)


@api.get("/Questionnaire/<instrument_id>")
def read_questionnaire(instrument_id: str) -> Any:
    """One form, generated from its definition."""
    return _public(_questionnaire(instrument_id, api.names))


def _is_asked(instrument_id: str, sent: dict[str, str], names: Names) -> bool:
    instrument = registry().get(instrument_id).instrument
    form_name = "".join(part.capitalize() for part in instrument_id.split("-")).lower()
    return (
        sent.get("_id", instrument_id) == instrument_id
        and sent.get("url", names.questionnaire(instrument_id)) == names.questionnaire(instrument_id)
        and sent.get("version", instrument.version).removeprefix("|") == instrument.version
        and form_name.startswith(sent.get("name", "").lower())
    )


def _questionnaire(instrument_id: str, names: Names) -> Resource:
    from shared.fhir.questionnaire import questionnaire

    return questionnaire(registry().get(instrument_id).instrument, names)


def _public(resource: Resource) -> Any:
    headers = {**PUBLIC, "ETag": capability.etag(resource)}
    if api.header("If-None-Match") == headers["ETag"]:
        return api.nothing(304, headers)
    return api.resource(resource, headers=headers)


# -- operations that store nothing -------------------------------------------------------------------------------------


@api.post("/QuestionnaireResponse/<operation>")
def operate(operation: str) -> Any:
    """``$score`` or ``$extract``. One route, since a path of the gateway can hold no dollar sign."""
    answer = OPERATIONS.get(unquote(operation))
    if answer is None:
        raise Refused([error("not-supported", None, "There is no such operation here.", 404)])
    api.caller("score", "system/QuestionnaireResponse.c")
    scored, issues = _read_for_operation(api.body())
    if any(issue.refuses for issue in (*issues, *scored.issues)):
        raise Refused([*issues, *scored.issues], scored.alerts)
    api.count("InstrumentScored")
    reading = scored.reading
    document = reading.document if reading else {}
    return api.resource(answer(scored, context_of(document, api.names, f"{SOFTWARE} {ENGINE_VERSION}"), issues))


def _read_for_operation(raw: bytes) -> tuple[Scored, list[Issue]]:
    forms = forms_of(api.names)
    plain = read_plain(raw, forms)
    if plain is not None:
        return score_reading(plain), []
    response, issues = operation_input(_parsed(raw))
    if response is None:
        return Scored(None, None, [], []), issues
    return score_reading(read_response(response, forms, stateless=True)), issues


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        return parse(raw)
    except Unreadable as unreadable:
        raise Refused([unreadable.issue]) from None


# -- what is kept. The store, and boto3 with it, is imported when it is first needed -----------------------------------


def _request(kind: str, letter: str) -> Any:
    """The caller, where a scope of ours or of SMART's lets it do this to resources of this kind."""
    from shared.assessments.request import Request

    own = "assessments:write" if letter in "cud" else "assessments:read"
    caller = api.caller(own, f"system/{kind}.{letter}")
    return Request(caller.tenant, caller.actor, api.correlation_id)


def _stored() -> StoredResources:
    return StoredResources(api.names, registry(), f"{SOFTWARE} {ENGINE_VERSION}")


@api.post("/QuestionnaireResponse")
def create_response() -> Any:
    """Score one response and keep it as an assessment, once per ``Idempotency-Key``."""
    asked = _request("QuestionnaireResponse", "c")
    names = api.names
    reading = read_response(_parsed(api.body()), forms_of(names))
    scored = score_reading(reading)
    issues = [*scored.issues, *create_issues(reading, names)]
    if api.header("If-None-Exist") is not None:
        issues.append(error("not-supported", None, "If-None-Exist is not done here: send an Idempotency-Key.", 412))
    submission = submission_of(reading, names)
    if any(issue.refuses for issue in issues):
        assessments().keep_alerts(scored.alerts, submission, asked)
        raise _refused(issues, scored.alerts)
    try:
        submitted = assessments().submit(submission, asked, api.header("Idempotency-Key"))
    except SubmissionRefused as refused:
        raise _refused([*refused_issues(refused), *issues], refused.alerts) from None
    if submitted.created:
        api.count("AssessmentStored")
    if submitted.raised:
        api.count("SafetyAlertRaised", submitted.raised)
    view = submitted.view
    [part] = view["responses"]
    made = _stored().response(view, part["instrument"])
    location = f"{names.base}/QuestionnaireResponse/{response_id(view['id'], part['instrument'])}"
    headers = {"Location": location, **(_version(made, view) if made else {})}
    # An alert is told whatever was preferred.
    preferred = api.preferred()
    if scored.alerts or made is None or preferred not in ("minimal", "representation"):
        return api.outcome(issues, 201, scored.alerts, headers)
    return api.nothing(201, headers) if preferred == "minimal" else api.resource(made, 201, headers)


def _refused(issues: list[Issue], alerts: Sequence[Alert]) -> Refused:
    api.count("SubmissionRefused")
    if alerts:
        api.count("SafetyAlertRaised", len(alerts))
    return Refused(issues, alerts)


@api.get("/QuestionnaireResponse/<resource_id>")
def read_stored_response(resource_id: str) -> Any:
    """One response of a stored assessment, also of one that came by the JSON API."""
    asked = _request("QuestionnaireResponse", "r")
    return _read_one(resource_id, asked, lambda view: [_stored().response(view, assessment_of(resource_id)[1])])


@api.get("/Observation/<resource_id>")
def read_observation(resource_id: str) -> Any:
    """One score or answer of a stored assessment."""
    return _read_one(resource_id, _request("Observation", "r"), _stored().observations)


@api.get("/RiskAssessment/<resource_id>")
def read_risk_assessment(resource_id: str) -> Any:
    """What one risk model said in a stored assessment."""
    return _read_one(resource_id, _request("RiskAssessment", "r"), _stored().risk_assessments)


def _read_one(resource_id: str, asked: Any, make: Callable[[Any], Sequence[Resource | None]]) -> Any:
    unknown = NotFound("No resource has this id.")
    try:
        view = assessments().read(assessment_of(resource_id)[0], asked)
    except NotFound:
        raise unknown from None
    made = next((one for one in make(view) if one and one["id"] == resource_id), None)
    if made is None:
        raise unknown
    if view["superseded_by"]:
        newer = f"Superseded by the assessment {view['superseded_by']}."
        raise Refused([error("deleted", None, newer, 410)])
    return api.resource(made, headers=_version(made, view))


def _version(made: Resource, view: dict[str, Any]) -> dict[str, str]:
    changed = (view["void"] or view)["recorded"]
    modified = format_datetime(datetime.fromisoformat(changed), usegmt=True)
    return {"ETag": capability.etag(made), "Last-Modified": modified}


@api.get("/Observation")
def search_observations() -> Any:
    """A subject's scores and answers, newest assessment first."""
    return _of_subject("Observation", ("code",), _stored().observations)


@api.post("/Observation/_search")
def post_observation_search() -> Any:
    return search_observations()


@api.get("/RiskAssessment")
def search_risk_assessments() -> Any:
    """What risk models said of a subject, newest assessment first."""
    return _of_subject("RiskAssessment", (), _stored().risk_assessments)


@api.post("/RiskAssessment/_search")
def post_risk_assessment_search() -> Any:
    return search_risk_assessments()


def _of_subject(kind: str, also: tuple[str, ...], make: Callable[[Any], list[Resource]]) -> Any:
    """A page: at most ``_count`` matches, out of one page of the store. Superseded and void assessments give none.

    The cursor is the store's, and the id of the last match that was shown where its page holds more.
    """
    asked = _request(kind, "s")
    sent = api.search((*SUBJECT_PARAMETERS, *also))
    size = api.count_of(sent)
    subject = _subject(sent, asked.tenant)
    start, _, last = sent.get("cursor", "").partition("~")
    views, following = assessments().of_subject(subject, asked, limit=ASSESSMENTS_A_PAGE, cursor=start or None)
    matches = [made for view in views if not view["superseded_by"] for made in make(view)]
    if "code" in sent:
        matches = [made for made in matches if _has_code(made, sent["code"])]
    if last:
        shown = [made["id"] for made in matches]
        if last not in shown:
            raise InvalidCursor
        matches = matches[shown.index(last) + 1 :]
    page = matches[:size]
    cursor = f"{start}~{page[-1]['id']}" if len(matches) > size else following
    next_url = api.search_url(kind, sent, cursor=cursor) if cursor else None
    own_url = api.search_url(kind, sent, **({"cursor": sent["cursor"]} if "cursor" in sent else {}))
    return api.resource(searchset(page, base=api.names.base, self_url=own_url, next_url=next_url))


def _subject(sent: dict[str, str], tenant: str) -> Any:
    from shared.assessments.ports import SubjectKey
    from shared.assessments.submission import SubjectQuery

    if not sent.get("patient"):
        raise Refused([malformed("required", None, "The search parameter patient is required.")])
    patient = sent["patient"].removeprefix(f"{api.names.base}/").removeprefix("Patient/")
    try:
        query = SubjectQuery(subject=patient, source=sent.get("source", DEFAULT_SOURCE))
    except ValidationError:
        raise Refused([malformed("value", None, "patient should be Patient/id, and source a short name.")]) from None
    return SubjectKey(tenant, query.source, query.subject)


def _has_code(made: Resource, asked: str) -> bool:
    """Is one of the comma-separated tokens, ``code`` or ``system|code``, among its codings?"""
    codings = made["code"].get("coding", [])
    for token in asked.split(","):
        system, bar, code = token.rpartition("|")
        if any((not bar or one.get("system", "") == system) and code in ("", one["code"]) for one in codings if token):
            return True
    return False


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api(event, context)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # The snapshot then holds every definition, compiled; a broken one fails the deployment by name.
    for definition_ in registry().load_all().values():
        if definition_.instrument.scorable:
            scorer_for(definition_)
