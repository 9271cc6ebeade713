"""Bundles at the base: each entry of a batch stands for itself; a transaction is carried out whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.fhir.bundle import MAX_ENTRIES, Entry, Plan, bundle_response, read_bundle
from shared.fhir.bundle import Answer as Answered
from shared.fhir.capability import WiredResource
from shared.fhir.operation_outcome import Issue, malformed, operation_outcome, status_of
from shared.fhir_server import statement
from shared.fhir_server.entries import bounded, heard, status_line
from shared.fhir_server.responses import refused, refuses
from shared.fhir_server.server import Answer, Server
from shared.fhir_server.transactions import carried_out
from shared.web.caller import Forbidden

METHODS = {"create": "POST", "read": "GET", "search-type": "GET"}
OF_ONE_CREATE = ("Idempotency-Key", "If-None-Exist")


def post(server: Server) -> Answer:
    """A transaction or a batch. What is answered in a Bundle that is refused is heard nevertheless."""
    api = server.api
    plan = read_bundle(server.parsed(api.body()), wired=_methods(statement.wired(server.names)))
    issues = [
        malformed("not-supported", None, f"{name} is of one create; in a Bundle an entry may say ifNoneExist.")
        for name in OF_ONE_CREATE
        if api.header(name) is not None
    ]
    if plan.type == "transaction" and len(plan.entries) <= MAX_ENTRIES:
        answers = carried_out(server, plan, [*issues, *plan.issues])
    elif issues := [*issues, *plan.of_none]:
        raise refused(server, issues, heard(server, plan.entries))
    else:
        answers = _each(server, plan)
    return api.resource(bundle_response(plan.type, answers))


def _methods(wired: Iterable[WiredResource]) -> dict[str, tuple[str, ...]]:
    """Which methods an entry may ask for, of each type."""
    return {one.type: tuple(METHODS[done] for done in one.interactions if done in METHODS) for one in wired}


def _each(server: Server, plan: Plan) -> list[Answered]:
    whole = [entry for entry in plan.entries if not refuses(plan.of(entry))]
    broken = [_broken(server, entry, plan.of(entry)) for entry in plan.entries if entry not in whole]
    return [*bounded(server, whole), *broken]


def _broken(server: Server, entry: Entry, issues: Sequence[Issue]) -> Answered:
    """The answer to an entry that is no request; what it answers is heard, where the caller may create."""
    try:
        alerts = heard(server, [entry])
    except Forbidden:
        alerts = []
    wrong = refused(server, issues, alerts)
    outcome = operation_outcome(wrong.issues, wrong.alerts, server.names)
    return Answered(entry.place, status_line(status_of(issues)), outcome=outcome)
