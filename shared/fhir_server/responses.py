"""QuestionnaireResponses that are kept: a create stores an assessment, which reads as a response again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.errors import Alert, AlreadyIdentified, SubmissionRefused
from shared.fhir.capability import SearchParameter, WiredResource
from shared.fhir.operation_outcome import Issue, error
from shared.fhir.questionnaire_response import read_response
from shared.fhir.reading import Reading
from shared.fhir.response_head import ROOT
from shared.fhir.response_scores import Scored, score_reading
from shared.fhir.search_values import Token, tokens
from shared.fhir.search_values import condition as condition_in
from shared.fhir.stored import assessment_of, response_id, version_of
from shared.fhir.submitted import AMENDED, WITHDRAWN, create_issues, refused_issues, submission_of
from shared.fhir.surroundings import identifier_in, is_ours
from shared.fhir.systems import Names, Resource
from shared.fhir.systems import kept as parts_kept
from shared.fhir_server.operations import of_responses
from shared.fhir_server.read import read_one, version_headers
from shared.fhir_server.search import ID, Parameter, by_date, by_token, carrying, of_kind
from shared.fhir_server.search import wired as stated
from shared.fhir_server.server import Answer, Server
from shared.web.caller import Forbidden
from shared.web.fhir import Refused
from shared.web.listing import MAX_LIMIT

if TYPE_CHECKING:
    from shared.assessments.request import Request

STATUS = "http://hl7.org/fhir/questionnaire-answers-status"
"""The code system of a response's status."""

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
        lambda made, asked: any(one.is_one_of([{"system": STATUS, "code": made["status"]}]) for one in tokens(asked)),
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


class Creation(NamedTuple):
    """A response that is to be kept, as a submission; only one without a refusing issue is.

    ``repeated`` is what an amendment that was sent before has stored already.
    """

    reading: Reading
    scored: Scored
    submission: dict[str, Any]
    issues: list[Issue]
    conditional: bool
    repeated: tuple[dict[str, Any], ...] = ()

    @property
    def name(self) -> str | None:
        """The instrument or battery that was answered, where its form is known."""
        return self.submission.get("battery") or next(
            (one["instrument"] for one in self.submission.get("responses", ())), None
        )


class Kept(NamedTuple):
    """What came of a create. ``status`` is 201, or 200 where nothing was made: it was there, or was withdrawn.

    ``name`` is the instrument or battery that was answered; ``resource`` is ``None`` where it may not be shown or
    cannot be told.
    """

    status: int
    view: dict[str, Any]
    name: str
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
    resource_id = response_id(kept.view["id"], kept.name)
    return f"{names.base}/QuestionnaireResponse/{resource_id}/_history/{version_of(kept.view)}"


def keep(
    server: Server, document: dict[str, Any], asked: Request, *, condition: str | None = None, key: str | None = None
) -> Kept:
    """Keep one response, or do what its status says of one that is stored.

    Raises:
        Refused: with every issue, and the safety alerts that were heard in it, which are kept.
        DomainError: the store's state does not allow it.
    """
    made = creation(server, document, asked, condition)
    reading, scored, submission, issues = made.reading, made.scored, made.submission, made.issues
    if refuses(issues):
        server.assessments().keep_alerts(scored.alerts, submission, asked)
        raise refused(server, [*issues, *also_wrong(server, made, asked)], scored.alerts)
    name = str(made.name)
    if reading.status == WITHDRAWN:
        view = server.assessments().void(submission["supersedes"], {"reason": VOID_REASON}, asked)
        return Kept(200, view, name, server.stored.response(view, name) if _may_read(server) else None, issues)
    if made.repeated:
        return there(server, made.repeated, made, asked)
    try:
        submitted = server.assessments().submit(submission, asked, key, unless_identified=made.conditional)
    except AlreadyIdentified as found:
        if wrong := several(server, found.views):
            server.assessments().keep_alerts(scored.alerts, submission, asked)
            raise refused(server, [*wrong, *issues], scored.alerts) from None
        return there(server, found.views, made, asked)
    except SubmissionRefused as refusal:
        raise refused(server, [*refused_issues(refusal), *issues], refusal.alerts) from None
    if submitted.created:
        server.api.count("AssessmentStored")
    if submitted.raised:
        server.api.count("SafetyAlertRaised", submitted.raised)
    resource = server.stored.response(submitted.view, name)
    return Kept(201, submitted.view, name, resource, issues, scored.alerts)


def creation(server: Server, document: dict[str, Any], asked: Request, condition: str | None) -> Creation:
    """Read one response, with every issue.

    ``condition`` is what ``If-None-Exist`` says; the identifier in it becomes the submission's.
    """
    reading = read_response(document, server.forms)
    scored = score_reading(reading)
    submission, issues = _judged(server, reading, scored, condition, asked.source)
    meant: dict[str, Any] | None = None
    if not refuses(issues) and reading.status in (AMENDED, WITHDRAWN):
        meant = _meant(server, reading, submission, asked, issues)
    if meant is None:
        return Creation(reading, scored, submission, issues, condition is not None)
    again = submission | parts_kept(supersedes=meant.get("supersedes"))
    if reading.status == AMENDED and _is_made_of(meant, again):
        return Creation(reading, scored, again, issues, conditional=False, repeated=(meant,))
    return Creation(reading, scored, submission | {"supersedes": meant["id"]}, issues, conditional=False)


def _judged(
    server: Server, reading: Reading, scored: Scored, condition: str | None, source: str
) -> tuple[dict[str, Any], list[Issue]]:
    names = server.names
    submission = submission_of(reading, names, source)
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


def _may_read(server: Server) -> bool:
    """Who withdraws a response names it, and need not have sent its answers."""
    try:
        server.request("QuestionnaireResponse", "r")
    except Forbidden:
        return False
    return True


def refused(server: Server, issues: Sequence[Issue], alerts: Sequence[Alert]) -> Refused:
    server.api.count("SubmissionRefused")
    if alerts:
        server.api.count("SafetyAlertRaised", len(alerts))
    return Refused(issues, alerts)


def refuses(issues: Sequence[Issue]) -> bool:
    return any(issue.refuses for issue in issues)


def also_wrong(server: Server, made: Creation, asked: Request) -> list[Issue]:
    """What else the submission would be refused for, at places of which nothing was told."""
    told = [issue.expression or "" for issue in made.issues]
    try:
        server.assessments().check(made.submission, asked)
    except SubmissionRefused as wrong:
        found = [issue for issue in refused_issues(wrong) if issue.expression]
        return [issue for issue in found if not any(place.startswith(str(issue.expression)) for place in told)]
    return []


def _meant(
    server: Server, reading: Reading, submission: dict[str, Any], asked: Request, issues: list[Issue]
) -> dict[str, Any] | None:
    """The one stored response that an amendment or a withdrawal names by its identifier; else an issue more.

    A withdrawal that is sent again finds what is void already.
    """
    said = identifier_in(reading.document) or {}
    name = submission.get("battery") or submission["responses"][0]["instrument"]
    named = [
        view
        for view in carrying(server, Token(*said.values()), submission["source"], asked, limit=MAX_LIMIT)
        if view["subject"] == submission["subject"]
        and name in [*server.stored.sent_as(view), *(part["instrument"] for part in view["responses"])]
        and not view["superseded_by"]
    ]
    current = [view for view in named if not view["void"]]
    meant = current or (named if reading.status == WITHDRAWN else [])
    if len(meant) == 1 and server.stored.sent_as(meant[0]) == [name]:
        return meant[0]
    if len(meant) == 1:
        wrong = "Names a part of an assessment of several instruments: correct that on the JSON API."
    else:
        which = "several current responses" if meant else "no current response"
        wrong = f"Names {which} of this subject and form, where it should name one."
    issues.append(error("business-rule", f"{ROOT}.identifier", wrong))
    return None


def _is_made_of(view: dict[str, Any], submission: dict[str, Any]) -> bool:
    from shared.assessments.submission import body_fingerprint

    return bool(view["provenance"]["submission_sha256"] == body_fingerprint(submission))


def current_of(server: Server, made: Creation, asked: Request) -> list[dict[str, Any]]:
    """The current assessments that carry the identifier of a condition: enough to see whether it is one response."""
    identifier = made.submission["references"]["identifier"]
    found = carrying(server, Token(*identifier.values()), made.submission["source"], asked, limit=2)
    return [view for view in found if view["status"] == "final"]


def several(server: Server, views: Sequence[dict[str, Any]]) -> list[Issue]:
    """The refusal where a condition finds more than one response."""
    if sum(len(server.stored.sent_as(view)) for view in views) < 2:
        return []
    return [error("multiple-matches", None, "Several stored responses have this identifier.", 412)]


def there(server: Server, views: Sequence[dict[str, Any]], made: Creation, asked: Request) -> Kept:
    """The one response that was there already; of another body only where it is, since who may create may not read."""
    scored, submission, issues = made.scored, made.submission, made.issues
    view = views[0]
    [name] = server.stored.sent_as(view)
    same = _is_made_of(view, submission)
    if not same:
        # Nothing is written of these answers, so what is heard in them is kept by itself.
        server.assessments().keep_alerts(scored.alerts, submission, asked)
    note = Issue("information", "informational", None, "A response with this identifier is stored already.")
    resource = server.stored.response(view, name) if same else None
    return Kept(200, view, name, resource, [note, *issues], scored.alerts)


# -- read and search ---------------------------------------------------------------------------------------------------


def read(server: Server, resource_id: str, version: str | None = None) -> Answer:
    """One response of a stored assessment, also of one that came by the JSON API."""
    asked = server.request("QuestionnaireResponse", "r")
    name = assessment_of(resource_id)[1]
    return read_one(server, resource_id, asked, lambda view: [server.stored.response(view, name)], version)


def search(server: Server) -> Answer:
    """Responses, newest first."""
    return of_kind(server, "QuestionnaireResponse", QUESTIONNAIRE_RESPONSE, server.stored.responses, "-authored")
