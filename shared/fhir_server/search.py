"""Searching what is stored, a page at a time. A search sees what is current: nothing void, nothing superseded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from shared.errors import InvalidCursor, NotFound
from shared.fhir.capability import SearchParameter
from shared.fhir.operation_outcome import malformed
from shared.fhir.response_head import kind_and_id
from shared.fhir.search_values import Token, alternatives, period, tokens
from shared.fhir.stored import assessment_of
from shared.fhir.surroundings import assessment_named
from shared.fhir.systems import Resource
from shared.fhir_server.pages import page
from shared.fhir_server.server import Answer, Server
from shared.web.fhir import Refused, Search
from shared.web.listing import MAX_LIMIT

if TYPE_CHECKING:
    from shared.assessments.ports import SubjectKey
    from shared.assessments.request import Request

ASSESSMENTS_A_PAGE = 10
Matches = Callable[[Resource, str], bool]
Make = Callable[[Any], Sequence[Resource]]
Candidates = tuple[list[dict[str, Any]], str | None]
"""Assessments to look in, and the store's next cursor."""


class Parameter(NamedTuple):
    """A search parameter, and whether a resource is what its value asks for.

    A date may be given twice, as a range.
    """

    stated: SearchParameter
    matches: Matches

    @property
    def name(self) -> str:
        return self.stated.name


def by_token(name: str, codings: Callable[[Resource], list[Resource]], code: str = "code") -> Parameter:
    def matches(made: Resource, asked: str) -> bool:
        held = codings(made)
        return any(one.is_one_of(held, code) for one in tokens(asked))

    return Parameter(SearchParameter(name, "token"), matches)


def by_date(name: str, moment: Callable[[Resource], str]) -> Parameter:
    def matches(made: Resource, asked: str) -> bool:
        when = datetime.fromisoformat(moment(made))
        return any(one is not None and one.holds(when) for one in map(period, alternatives(asked)))

    said = "With eq, lt, gt, ge or le; without an offset in UTC. May be given twice, as a range."
    return Parameter(SearchParameter(name, "date", said), matches)


ID = Parameter(SearchParameter("_id", "token"), lambda made, asked: made["id"] in alternatives(asked))
PATIENT = SearchParameter("patient", "reference", "Patient/id, or the id.")
SOURCE = SearchParameter("patient-source", "token", "Our own: the tenant's source of the patient's id.")
"""Not ``source``, which in R4 is who gave a response's answers."""
PAGING = ("_count", "_sort", "cursor")
ONE_OF = ("patient", "_id", "identifier", "target")
"""The parameters of which a search names one at least: it is never of everybody."""


def wired(parameters: Sequence[Parameter]) -> tuple[SearchParameter, ...]:
    """What of a search the CapabilityStatement says."""
    return (PATIENT, SOURCE, *(parameter.stated for parameter in parameters))


def of_kind(
    server: Server, kind: str, parameters: Sequence[Parameter], make: Make, newest_first: str | None = None
) -> Answer:
    """A page of resources of one kind, newest answers first.

    ``newest_first`` is what ``_sort`` calls this order, where it has a word for it.
    """
    api = server.api
    asked = server.request(kind, "s")
    dates = [parameter.name for parameter in parameters if parameter.stated.type == "date"]
    names = [parameter.name for parameter in parameters if parameter.name not in dates]
    sent = api.search(("patient", SOURCE.name, *names, *PAGING), dates)
    _check(sent, names, newest_first)
    asking = [(parameter, value) for parameter in parameters for value in sent.values_of(parameter.name)]

    def matching(view: Any) -> list[Resource]:
        return [made for made in make(view) if all(parameter.matches(made, value) for parameter, value in asking)]

    return page_of(server, kind, sent, asked, lambda start: _candidates(server, sent, asked, start), matching)


def page_of(
    server: Server, path: str, sent: Search, asked: Request, candidates: Callable[[str | None], Candidates], make: Make
) -> Answer:
    """At most ``_count`` matches, out of one page of the store.

    The cursor is the store's, and the id of the last match that was shown where its page holds more: no two resources
    of one assessment have the same id, of whatever type.
    """
    size = server.api.count_of(sent)
    start, _, last = sent.get("cursor", "").partition("~")
    views, following = candidates(start or None)
    left = _from(server, views, last, asked) if last else views
    matches = [made for view in left if view["status"] == "final" for made in make(view)]
    shown = [made["id"] for made in matches]
    if last in shown:
        matches = matches[shown.index(last) + 1 :]
    elif last and any(view["id"] == assessment_of(last)[0] and view["status"] == "final" for view in left):
        raise InvalidCursor
    cursor = f"{start}~{matches[size - 1]['id']}" if len(matches) > size else following
    if last and not left and following:
        # Others came before it meanwhile: it is further on.
        cursor = f"{following}~{last}"
    return page(server, path, sent, matches[:size], cursor)


def _from(server: Server, views: Sequence[dict[str, Any]], last: str, asked: Request) -> Sequence[dict[str, Any]]:
    """Those from the assessment on that ``last`` is of; where it stood, if it left the list between two pages.

    Raises:
        InvalidCursor: there is no such assessment, or it is another person's.
    """
    assessment = assessment_of(last)[0]
    places = [view["id"] for view in views]
    if assessment in places:
        return views[places.index(assessment) :]
    try:
        gone = server.assessments().read(assessment, asked)
    except NotFound:
        raise InvalidCursor from None
    if any((view["source"], view["subject"]) != (gone["source"], gone["subject"]) for view in views):
        raise InvalidCursor
    return [view for view in views if _age(view) < _age(gone)]


def _age(view: dict[str, Any]) -> tuple[datetime, str]:
    """What a list of assessments is ordered by."""
    return datetime.fromisoformat(view["authored"]), view["id"]


def _check(sent: Search, names: Sequence[str], newest_first: str | None) -> None:
    issues = []
    either = [name for name in ONE_OF if name == "patient" or name in names]
    if not any(sent.get(name) for name in either):
        said = "parameter patient is required" if len(either) == 1 else f"parameter {' or '.join(either)} is required"
        issues.append(malformed("required", None, f"The search {said}."))
    for name, values in sent.dates.items():
        if not all(text and all(map(period, alternatives(text))) for text in values):
            issues.append(malformed("value", None, f"{name} should be a date, with eq, lt, gt, ge, le or no prefix."))
    # Each is held against every resource of a page.
    if any(len(alternatives(value)) > MAX_LIMIT for name in (*names, *sent.dates) for value in sent.values_of(name)):
        issues.append(malformed("too-costly", None, f"A search parameter may name {MAX_LIMIT} values at most."))
    if sent.get("_sort", newest_first) != newest_first:
        said = f"The one order that is done is _sort={newest_first}." if newest_first else "No _sort is done here."
        issues.append(malformed("not-supported", None, said))
    if issues:
        raise Refused(issues)


def _candidates(server: Server, sent: Search, asked: Request, start: str | None) -> Candidates:
    """The assessments to look in, by the narrowest of what is asked; and the store's next cursor."""
    subject = subject_in(server, sent, asked) if "patient" in sent else None
    targets = (kind_and_id(one)[1] for one in alternatives(sent.get("target", "")))
    ids = [assessment_of(one)[0] for one in (*alternatives(sent.get("_id", "")), *targets) if one]
    if ids:
        found = _read(server, ids, asked)
    elif sent.get("identifier") and subject is None:
        found = _identified(server, sent, asked)
    elif subject is not None:
        return server.assessments().of_subject(subject, asked, limit=ASSESSMENTS_A_PAGE, cursor=start)
    else:
        return [], None
    if start:
        raise InvalidCursor
    if subject is not None:
        found = [view for view in found if view["subject"] == subject.subject]
    if subject is not None or SOURCE.name in sent:
        found = [view for view in found if view["source"] == source_in(sent, asked)]
    return sorted(found, key=lambda view: datetime.fromisoformat(view["authored"]), reverse=True), None


def _read(server: Server, ids: Sequence[str], asked: Request) -> list[dict[str, Any]]:
    views = []
    if len(ids) > MAX_LIMIT:
        raise Refused([malformed("too-costly", None, f"A search may name {MAX_LIMIT} ids at most.")])
    for assessment in dict.fromkeys(ids):
        try:
            views.append(server.assessments().read(assessment, asked))
        except NotFound:
            continue
    return views


def _identified(server: Server, sent: Search, asked: Request) -> list[dict[str, Any]]:
    names = tokens(sent["identifier"])
    if len(names) != 1 or not names[0].system or not names[0].code:
        said = "Without a patient, identifier should be one system|value."
        raise Refused([malformed("value", None, said)])
    return carrying(server, names[0], source_in(sent, asked), asked, limit=MAX_LIMIT)


def carrying(server: Server, identifier: Token, source: str, asked: Request, *, limit: int) -> list[dict[str, Any]]:
    """Assessments that carry an identifier of a client's or of ours, until ``limit`` current ones are found."""
    from shared.assessments.ports import IdentifierKey

    system, value = str(identifier.system), identifier.code
    ours = assessment_named({"system": system, "value": value}, server.names)
    if ours is not None:
        return [view for view in _read(server, [ours], asked) if view["source"] == source]
    return server.assessments().identified(IdentifierKey(asked.tenant, source, system, value), asked, limit=limit)


def source_in(sent: Search, asked: Request) -> str:
    return sent.get(SOURCE.name, asked.source)


def subject_in(server: Server, sent: Search, asked: Request) -> SubjectKey:
    """The subject that ``patient`` and ``patient-source`` name.

    Raises:
        Refused: no patient, or not one.
    """
    from shared.assessments.ports import SubjectKey
    from shared.assessments.submission import SubjectQuery

    if not sent.get("patient"):
        raise Refused([malformed("required", None, "The search parameter patient is required.")])
    patient = sent["patient"].removeprefix(f"{server.names.base}/").removeprefix("Patient/")
    try:
        query = SubjectQuery(subject=patient, source=source_in(sent, asked))
    except ValidationError:
        raise Refused(
            [malformed("value", None, f"patient should be Patient/id, and {SOURCE.name} a short name.")]
        ) from None
    return SubjectKey(asked.tenant, query.source, query.subject)
