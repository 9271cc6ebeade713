"""QuestionnaireResponses that are kept: a create stores an assessment, which reads as a response again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.errors import Alert, AlreadyIdentified, SubmissionRefused
from shared.fhir.capability import SearchParameter, WiredResource
from shared.fhir.operation_outcome import Issue, error
from shared.fhir.questionnaire_response import Reading, read_response
from shared.fhir.response_head import ROOT
from shared.fhir.response_scores import Scored, score_reading
from shared.fhir.search_values import Token, tokens
from shared.fhir.search_values import condition as condition_in
from shared.fhir.stored import assessment_of, response_id, version_of
from shared.fhir.submitted import AMENDED, WITHDRAWN, create_issues, refused_issues, submission_of
from shared.fhir.surroundings import identifier_in, is_ours
from shared.fhir.systems import Names, Resource
from shared.fhir_server.operations import of_responses
from shared.fhir_server.read import read_one, version_headers
from shared.fhir_server.search import ID, Parameter, by_date, by_token, carrying, of_kind
from shared.fhir_server.search import wired as stated
from shared.fhir_server.server import Answer, Server
from shared.web.fhir import Refused
from shared.web.listing import MAX_LIMIT

if TYPE_CHECKING:
    from shared.assessments.request import Request

VOID_REASON = "entered-in-error"
"""Why an assessment is void that a response with this status withdrew."""


def _has_canonical(made: Resource, asked: str) -> bool:
    canonical = made["questionnaire"]
    return any(one in (canonical, canonical.partition("|")[0]) for one in asked.split(","))


QUESTIONNAIRE_RESPONSE = (
    ID,
    by_token("identifier", lambda made: [made["identifier"]], "value"),
    Parameter(SearchParameter("questionnaire", "reference", "The canonical, with or without version."), _has_canonical),
    Parameter(
        SearchParameter("status", "token"),
        lambda made, asked: any(one.system is None and one.code == made["status"] for one in tokens(asked)),
    ),
    by_date("authored", lambda made: made["authored"]),
)


def wired(names: Names) -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    return [
        WiredResource(
            "QuestionnaireResponse",
            ("create", "read", "vread", "search-type"),
            stated(QUESTIONNAIRE_RESPONSE),
            operations=of_responses(names),
            conditional_create=True,
            documentation=(
                "A create keeps an assessment; If-None-Exist takes identifier=system|value and nothing else. A create "
                "with the status amended supersedes, and one with entered-in-error withdraws, the one current response "
                "of its subject and form that carries its identifier. The operations store nothing."
            ),
        )
    ]


# -- create ------------------------------------------------------------------------------------------------------------


class Kept(NamedTuple):
    """What came of a create. ``status`` is 201, or 200 where nothing was made: it was there, or was withdrawn.

    ``resource`` is ``None`` where it may not be shown or cannot be told.
    """

    status: int
    view: dict[str, Any]
    instrument: str
    resource: Resource | None
    issues: list[Issue]
    alerts: Sequence[Alert] = ()


def create(server: Server) -> Answer:
    """Score one response and keep it as an assessment, once per ``Idempotency-Key`` or ``If-None-Exist``."""
    api = server.api
    asked = server.request("QuestionnaireResponse", "c")
    document = server.parsed(api.body())
    kept = keep(server, document, asked, condition=api.header("If-None-Exist"), key=api.header("Idempotency-Key"))
    headers = {"Location": location(server.names, kept), **version_headers(kept.view)}
    # An alert is told whatever was preferred.
    preferred = api.preferred()
    if kept.alerts or kept.resource is None or preferred not in ("minimal", "representation"):
        return api.outcome(kept.issues, kept.status, kept.alerts, headers)
    if preferred == "minimal":
        return api.nothing(kept.status, headers)
    return api.resource(kept.resource, kept.status, headers)


def location(names: Names, kept: Kept) -> str:
    resource_id = response_id(kept.view["id"], kept.instrument)
    return f"{names.base}/QuestionnaireResponse/{resource_id}/_history/{version_of(kept.view)}"


def keep(
    server: Server, document: dict[str, Any], asked: Request, *, condition: str | None = None, key: str | None = None
) -> Kept:
    """Keep one response, or do what its status says of one that is stored.

    Raises:
        Refused: with every issue, and the safety alerts that were heard in it, which are kept.
        DomainError: the store's state does not allow it.
    """
    reading = read_response(document, server.forms)
    scored = score_reading(reading)
    submission, issues = judged(server, reading, scored, condition)
    if not _refuses(issues) and reading.status in (AMENDED, WITHDRAWN):
        issues += _named(server, reading, submission, asked)
    if _refuses(issues):
        issues += _also(server, submission, asked, issues)
        server.assessments().keep_alerts(scored.alerts, submission, asked)
        raise refused(server, issues, scored.alerts)
    instrument = submission["responses"][0]["instrument"]
    if reading.status == WITHDRAWN:
        view = server.assessments().void(submission["supersedes"], {"reason": VOID_REASON}, asked)
        return Kept(200, view, instrument, server.stored.response(view, instrument), issues)
    try:
        submitted = server.assessments().submit(submission, asked, key, unless_identified=condition is not None)
    except AlreadyIdentified as found:
        return _there(server, found.views, submission, scored, issues, asked)
    except SubmissionRefused as wrong:
        raise refused(server, [*refused_issues(wrong), *issues], wrong.alerts) from None
    if submitted.created:
        server.api.count("AssessmentStored")
    if submitted.raised:
        server.api.count("SafetyAlertRaised", submitted.raised)
    resource = server.stored.response(submitted.view, instrument)
    return Kept(201, submitted.view, instrument, resource, issues, scored.alerts)


def judged(
    server: Server, reading: Reading, scored: Scored, condition: str | None
) -> tuple[dict[str, Any], list[Issue]]:
    """The submission that a response is, and every issue that can be told without looking into the store.

    ``condition`` is what ``If-None-Exist`` says; the identifier in it becomes the submission's.
    """
    names = server.names
    submission = submission_of(reading, names)
    issues = [*scored.issues, *create_issues(reading, names)]
    if condition is None:
        return submission, issues
    named, wrong = condition_in(condition)
    issues += wrong
    if named is not None:
        own = identifier_in(reading.document)
        if is_ours(named, names) or own not in (None, named):
            said = "The condition should be on the identifier that the response has, and not on one of ours."
            issues.append(error("not-supported", f"{ROOT}.identifier", said, 412))
        submission["references"] = {**submission.get("references", {}), "identifier": named}
    if reading.status in (AMENDED, WITHDRAWN):
        said = "A response that amends or withdraws another is not created on a condition."
        issues.append(error("business-rule", f"{ROOT}.status", said))
    return submission, issues


def refused(server: Server, issues: Sequence[Issue], alerts: Sequence[Alert]) -> Refused:
    server.api.count("SubmissionRefused")
    if alerts:
        server.api.count("SafetyAlertRaised", len(alerts))
    return Refused(issues, alerts)


def _refuses(issues: Sequence[Issue]) -> bool:
    return any(issue.refuses for issue in issues)


def _also(server: Server, submission: dict[str, Any], asked: Request, issues: Sequence[Issue]) -> list[Issue]:
    """What else the submission would be refused for, at places of which nothing was told."""
    told = [issue.expression or "" for issue in issues]
    try:
        server.assessments().check(submission, asked)
    except SubmissionRefused as wrong:
        found = [issue for issue in refused_issues(wrong) if issue.expression]
        return [issue for issue in found if not any(place.startswith(str(issue.expression)) for place in told)]
    return []


def _named(server: Server, reading: Reading, submission: dict[str, Any], asked: Request) -> list[Issue]:
    """Sets what the submission supersedes: the one response that its identifier names; or says why there is none.

    A withdrawal that is sent again finds what is void already.
    """
    said = identifier_in(reading.document) or {}
    [sent] = submission["responses"]
    named = [
        view
        for view in carrying(server, Token(*said.values()), submission["source"], asked, limit=MAX_LIMIT)
        if view["subject"] == submission["subject"]
        and sent["instrument"] in [part["instrument"] for part in view["responses"]]
        and not view["superseded_by"]
    ]
    current = [view for view in named if not view["void"]]
    meant = current or (named if reading.status == WITHDRAWN else [])
    if len(meant) != 1:
        which = "several current responses" if meant else "no current response"
        wrong = f"Names {which} of this subject and form, where it should name one."
        return [error("business-rule", f"{ROOT}.identifier", wrong)]
    if len(meant[0]["responses"]) > 1:
        wrong = "Names a part of an assessment of several instruments: correct that on the JSON API."
        return [error("business-rule", f"{ROOT}.identifier", wrong)]
    submission["supersedes"] = meant[0]["id"]
    return []


def _there(
    server: Server,
    views: Sequence[dict[str, Any]],
    submission: dict[str, Any],
    scored: Scored,
    issues: list[Issue],
    asked: Request,
) -> Kept:
    """What was there already; of another body only where it is, since who may create may not read.

    Raises:
        Refused: it is not one response.
    """
    from shared.assessments.submission import body_fingerprint

    found = [(view, part["instrument"]) for view in views for part in view["responses"]]
    view, instrument = found[0]
    same = view["provenance"]["submission_sha256"] == body_fingerprint(submission)
    if not same:
        # Nothing is written of these answers, so what is heard in them is kept by itself.
        server.assessments().keep_alerts(scored.alerts, submission, asked)
    if len(found) > 1:
        several = error("multiple-matches", None, "Several stored responses have this identifier.", 412)
        raise refused(server, [several, *issues], scored.alerts)
    note = Issue("information", "informational", None, "A response with this identifier is stored already.")
    resource = server.stored.response(view, instrument) if same else None
    return Kept(200, view, instrument, resource, [note, *issues], scored.alerts)


# -- read and search ---------------------------------------------------------------------------------------------------


def read(server: Server, resource_id: str, version: str | None = None) -> Answer:
    """One response of a stored assessment, also of one that came by the JSON API."""
    asked = server.request("QuestionnaireResponse", "r")
    instrument = assessment_of(resource_id)[1]
    return read_one(server, resource_id, asked, lambda view: [server.stored.response(view, instrument)], version)


def search(server: Server) -> Answer:
    """Responses, newest first."""
    return of_kind(server, "QuestionnaireResponse", QUESTIONNAIRE_RESPONSE, server.stored.responses, "-authored")
