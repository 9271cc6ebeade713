"""Searching what is stored of one subject, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from shared.errors import InvalidCursor
from shared.fhir.bundle import searchset
from shared.fhir.capability import SearchParameter
from shared.fhir.operation_outcome import malformed
from shared.fhir.stored import DEFAULT_SOURCE
from shared.fhir.systems import Resource
from shared.fhir_server.server import Answer, Server
from shared.web.fhir import Refused

if TYPE_CHECKING:
    from shared.assessments.ports import SubjectKey
    from shared.assessments.request import Request

ASSESSMENTS_A_PAGE = 10
SUBJECT_PARAMETERS = ("patient", "source", "_count", "cursor")
WIRED = (
    SearchParameter("patient", "reference", "Required. Patient/id, or the id."),
    SearchParameter("source", "token", "Our own: the tenant's source of the patient's id."),
)
"""What of this the CapabilityStatement says."""


def of_subject(server: Server, kind: str, also: tuple[str, ...], make: Callable[[Any], list[Resource]]) -> Answer:
    """A page of a subject's resources of one kind, newest assessment first."""
    api = server.api
    asked = server.request(kind, "s")
    sent = api.search((*SUBJECT_PARAMETERS, *also))
    subject = subject_in(server, sent, asked.tenant)

    def matching(view: Any) -> list[Resource]:
        return [made for made in make(view) if "code" not in sent or _has_code(made, sent["code"])]

    return page_of(server, kind, sent, subject, asked, matching)


def page_of(
    server: Server,
    path: str,
    sent: Mapping[str, str],
    subject: SubjectKey,
    asked: Request,
    make: Callable[[Any], list[Resource]],
) -> Answer:
    """At most ``_count`` matches, out of one page of the store. Superseded and void assessments give none.

    The cursor is the store's, and the id of the last match that was shown where its page holds more: no two resources
    of one assessment have the same id, of whatever type.
    """
    api = server.api
    size = api.count_of(sent)
    start, _, last = sent.get("cursor", "").partition("~")
    views, following = server.assessments().of_subject(subject, asked, limit=ASSESSMENTS_A_PAGE, cursor=start or None)
    matches = [made for view in views if not view["superseded_by"] for made in make(view)]
    if last:
        shown = [made["id"] for made in matches]
        if last not in shown:
            raise InvalidCursor
        matches = matches[shown.index(last) + 1 :]
    page = matches[:size]
    cursor = f"{start}~{page[-1]['id']}" if len(matches) > size else following
    next_url = api.search_url(path, sent, cursor=cursor) if cursor else None
    own_url = api.search_url(path, sent, **({"cursor": sent["cursor"]} if "cursor" in sent else {}))
    return api.resource(searchset(page, base=server.names.base, self_url=own_url, next_url=next_url))


def subject_in(server: Server, sent: Mapping[str, str], tenant: str) -> SubjectKey:
    """The subject that ``patient`` and ``source`` name.

    Raises:
        Refused: no patient, or not one.
    """
    from shared.assessments.ports import SubjectKey
    from shared.assessments.submission import SubjectQuery

    if not sent.get("patient"):
        raise Refused([malformed("required", None, "The search parameter patient is required.")])
    patient = sent["patient"].removeprefix(f"{server.names.base}/").removeprefix("Patient/")
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
