"""A transaction: every response in it is kept, or none; what it reads is read when that is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.errors import AlreadyIdentified, SubmissionRefused
from shared.fhir.bundle import Answer, Entry, Plan, rewritten
from shared.fhir.operation_outcome import Issue, error, operation_outcome
from shared.fhir.stored import changed, response_id
from shared.fhir.submitted import WITHDRAWN, refused_issues
from shared.fhir_server.entries import RESPONSE, bounded, heard, refusal, request_of, status_line
from shared.fhir_server.read import version_headers
from shared.fhir_server.responses import (
    Creation,
    Kept,
    also_wrong,
    creation,
    current_of,
    location,
    refused,
    refuses,
    several,
    there,
)
from shared.fhir_server.server import Server

if TYPE_CHECKING:
    from shared.assessments.request import Request

TRIES = 3
"""How often it is tried, where a conditional create in it loses to another one meanwhile."""


class _Create(NamedTuple):
    """One response that is to be kept, under an id that is chosen beforehand; or one that is there already."""

    entry: Entry
    id: str
    made: Creation
    there: Sequence[dict[str, Any]] = ()

    @property
    def issues(self) -> list[Issue]:
        """What is wrong with it, said of the Bundle."""
        return [self.entry.told(issue) for issue in self.made.issues]

    @property
    def identity(self) -> tuple[Any, ...] | None:
        """What its condition is on."""
        if not self.made.conditional or refuses(self.made.issues):
            return None
        submission = self.made.submission
        return submission["source"], *submission["references"]["identifier"].values()


def carried_out(server: Server, plan: Plan, issues: Iterable[Issue]) -> list[Answer]:
    """The answer to each entry. ``issues`` are what is wrong with the Bundle as it was read.

    Every GET is done before anything is written, so that one which fails refuses the whole, and again after it.

    Raises:
        Refused: with every issue of every entry, and the safety alerts that were heard in them, which are kept.
        Forbidden: the caller's token does not cover every entry.
        DomainError: the store's state does not allow it, or it is more than can be stored in one piece.
    """
    asked = request_of(server, plan.entries)
    reads = [entry for entry in plan.entries if entry.method == "GET"]
    writes = [entry for entry in plan.entries if entry.method == "POST" and entry.type == RESPONSE and entry.resource]
    creates = _creates(server, writes, asked) if asked else []
    found = [*issues, *_wrong(server, creates)]
    answers = [] if refuses(found) else bounded(server, reads)
    found += [issue for entry, answer in zip(reads, answers, strict=False) for issue in refusal(entry, answer)]
    if refuses(found):
        found += [issue for create in creates if asked for issue in _also(server, create, asked)]
        raise refused(server, found, heard(server, plan.entries))
    if asked is None or not creates:
        return answers
    return [*_kept(server, creates, asked), *bounded(server, reads)]


def _creates(server: Server, entries: Sequence[Entry], asked: Request) -> list[_Create]:
    """What each is as a submission, with every reference to another entry replaced by what that becomes."""
    first = [_create(server, entry, server.assessments().new_id(), asked, entry.resource or {}) for entry in entries]
    assigned = {create.entry.full_url: _reference(server, create) for create in first if create.entry.full_url}
    return [
        create
        if (resource := rewritten(create.entry.resource, assigned)) == create.entry.resource
        else _create(server, create.entry, create.id, asked, resource)
        for create in first
    ]


def _create(server: Server, entry: Entry, id: str, asked: Request, resource: dict[str, Any]) -> _Create:
    made = creation(server, resource, asked, entry.if_none_exist)
    conditional = made.conditional and not refuses(made.issues)
    return _Create(entry, id, made, current_of(server, made, asked) if conditional else made.repeated)


def _reference(server: Server, create: _Create) -> str:
    if create.there:
        view = create.there[0]
        return f"{RESPONSE}/{response_id(view['id'], server.stored.sent_as(view)[0])}"
    return f"{RESPONSE}/{response_id(create.id, create.made.name or 'unknown')}"


def _wrong(server: Server, creates: Sequence[_Create]) -> list[Issue]:
    """What is wrong with each, and with what they are together."""
    found: list[Issue] = []
    seen: set[tuple[Any, ...]] = set()
    for create in creates:
        found += create.issues
        found += map(create.entry.told, several(server, create.there))
        if create.made.reading.status == WITHDRAWN:
            said = "In a transaction nothing is withdrawn: do that by itself, or in a batch."
            found.append(error("not-supported", f"{create.entry.at}.resource.status", said))
        if create.identity is not None:
            if create.identity in seen:
                said = "Two entries have the same identity."
                found.append(error("duplicate", f"{create.entry.at}.request.ifNoneExist", said))
            seen.add(create.identity)
    return found


def _also(server: Server, create: _Create, asked: Request) -> list[Issue]:
    """What else each would have been refused for."""
    return [create.entry.told(issue) for issue in also_wrong(server, create.made, asked)]


def _kept(server: Server, creates: Sequence[_Create], asked: Request) -> list[Answer]:
    for _ in range(TRIES):
        absent = [create for create in creates if not create.there]
        try:
            views = _submitted(server, absent, asked)
        except AlreadyIdentified:
            creates = [
                create._replace(there=current_of(server, create.made, asked)) if create.made.conditional else create
                for create in creates
            ]
            wrong = _wrong(server, creates)
            if refuses(wrong):
                raise refused(server, wrong, heard(server, [create.entry for create in creates])) from None
            continue
        return [_answer(server, create, _outcome(server, create, views, asked)) for create in creates]
    said = error("conflict", None, "An identifier was in use a moment ago: send the request again.", 409)
    raise refused(server, [said], heard(server, [create.entry for create in creates]))


def _submitted(server: Server, absent: Sequence[_Create], asked: Request) -> Mapping[str, dict[str, Any]]:
    """What was kept, by its id."""
    if not absent:
        return {}
    bodies = {create.id: create.made.submission for create in absent}
    conditional = {create.id for create in absent if create.made.conditional}
    try:
        submitted = server.assessments().submit_all(bodies, asked, unless_identified=conditional)
    except SubmissionRefused as wrong:
        issues = [issue for place, create in enumerate(absent) for issue in _problems(wrong, place, create.entry)]
        raise refused(server, issues, wrong.alerts) from None
    server.api.count("AssessmentStored", len(submitted))
    if raised := sum(one.raised for one in submitted):
        server.api.count("SafetyAlertRaised", raised)
    return {one.view["id"]: one.view for one in submitted}


def _problems(wrong: SubmissionRefused, place: int, entry: Entry) -> list[Issue]:
    """Those of one submission, which stands at its place among those that were handed in."""
    at = f"/{place}"
    own = [
        problem._replace(pointer=problem.pointer.removeprefix(at))
        for problem in wrong.problems
        if f"{problem.pointer}/".startswith(f"{at}/")
    ]
    return [entry.told(issue) for issue in refused_issues(SubmissionRefused(problems=own))] if own else []


def _outcome(server: Server, create: _Create, views: Mapping[str, dict[str, Any]], asked: Request) -> Kept:
    made = create.made
    if create.there:
        return there(server, create.there, made, asked)
    view, name = views[create.id], str(made.name)
    return Kept(201, view, name, server.stored.response(view, name), made.issues, made.scored.alerts)


def _answer(server: Server, create: _Create, kept: Kept) -> Answer:
    """An alert is told whatever was preferred."""
    told = operation_outcome(kept.issues, kept.alerts, server.names) if kept.issues or kept.alerts else None
    return Answer(
        create.entry.place,
        status_line(kept.status),
        location(server.names, kept),
        version_headers(kept.view)["ETag"],
        changed(kept.view),
        kept.resource if server.api.preferred() == "representation" else None,
        told,
    )
