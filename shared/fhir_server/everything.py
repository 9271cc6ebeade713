"""``Patient/id/$everything``: all that is held of one person. No Patient is held, so none is returned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from shared.fhir.capability import Operation, WiredResource
from shared.fhir.moments import instant
from shared.fhir.operation_outcome import error, malformed
from shared.fhir.parameters import values_in
from shared.fhir.systems import Resource
from shared.fhir_server import search
from shared.fhir_server.server import Answer, Server
from shared.web.fhir import Refused, Search

EVERYTHING = Operation("everything", "http://hl7.org/fhir/OperationDefinition/Patient-everything")
HELD = ("QuestionnaireResponse", "Observation", "RiskAssessment", "Provenance")
PARAMETERS = {
    "_since": "valueInstant",
    "_type": "valueCode",
    "_count": "valueInteger",
    search.SOURCE.name: "valueCode",
}
"""What may be asked, and how a posted Parameters carries it; the source is our own."""


def wired() -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    said = f"None is held. $everything gives {', '.join(HELD)}; it takes {', '.join(PARAMETERS)}; the last is ours."
    return [WiredResource("Patient", (), operations=(EVERYTHING,), documentation=said)]


def everything(server: Server, patient: str, operation: str) -> Answer:
    """A page of it, newest assessment first; of a person who is not known, an empty one.

    A SMART scope has to cover every type that is asked for.
    """
    if unquote(operation) != "$everything":
        raise Refused([error("not-supported", None, "There is no such operation here.", 404)])
    sent = _asked(server)
    kinds, since = _kinds(sent), _since(sent)
    for kind in kinds or HELD:
        asked = server.request(kind, "rs")
    subject = search.subject_in(server, Search({**sent, "patient": patient}), asked)

    def make(view: Any) -> list[Resource]:
        if since is not None and datetime.fromisoformat(view["recorded"]) < since:
            return []
        return [made for made in server.stored.everything(view) if made["resourceType"] in kinds]

    def candidates(start: str | None) -> search.Candidates:
        return server.assessments().of_subject(subject, asked, limit=search.ASSESSMENTS_A_PAGE, cursor=start)

    return search.page_of(server, f"Patient/{subject.subject}/$everything", sent, asked, candidates, make)


def _asked(server: Server) -> Search:
    """The parameters, from the URL or from posted Parameters.

    Raises:
        Refused: one that is not known or has the wrong form.
    """
    api = server.api
    if api.event.get("httpMethod") != "POST":
        return api.search((*PARAMETERS, "cursor"))
    if not api.event.get("body"):
        return Search()
    sent, issues = values_in(server.parsed(api.body()), PARAMETERS)
    if issues:
        raise Refused(issues)
    return Search(sent)


def _kinds(sent: Mapping[str, str]) -> list[str]:
    """The types to be returned: those asked for, as far as any are held."""
    asked = sent["_type"].split(",") if "_type" in sent else HELD
    if not all(re.fullmatch(r"[A-Z][A-Za-z]{0,63}", kind) for kind in asked):
        raise Refused([malformed("value", None, "_type should be resource types, with commas between them.")])
    return [kind for kind in HELD if kind in asked]


def _since(sent: Mapping[str, str]) -> datetime | None:
    if "_since" not in sent:
        return None
    # A plus sign in a URL may have been read as a space.
    since = instant(sent["_since"].replace(" ", "+"))
    if since is None:
        raise Refused([malformed("value", None, "_since should be a time with its offset.")])
    return since
