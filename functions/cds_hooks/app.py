"""CDS Hooks 2.0: discovery, one service a hook, and feedback on cards. Clients sign each call to its exact URL."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from typing import Any

from aws_lambda_powertools import Logger

from shared import wiring
from shared.assessments.request import Request
from shared.cds.answer import Shelf
from shared.cds.hooks import CdsHooks
from shared.cds.request import read_request
from shared.cds.services import discovery, service_of
from shared.fhir.forms import Forms
from shared.fhir.systems import Names
from shared.instruments import registry
from shared.web.caller import Caller, Forbidden, Unauthorized
from shared.web.cds import CdsApi
from shared.web.ehr import Ehr
from shared.web.fhir import BASE_PATH
from shared.web.outgoing import hosts_of
from shared.web.settings import Settings, read_settings


class CdsHooksSettings(Settings):
    """``fhir_base`` as for FHIR; ``browser_origins`` of clients in a browser; ``ehr_hosts`` that may be asked."""

    fhir_base: str = ""
    browser_origins: str = ""
    ehr_hosts: str = ""


@cache
def settings() -> CdsHooksSettings:
    return read_settings(CdsHooksSettings)


@cache
def origins() -> frozenset[str]:
    return frozenset(entry.strip() for entry in settings().browser_origins.split(",") if entry.strip())


api = CdsApi(origins, denied=wiring.keep_denial)
logger = Logger()


@lru_cache(maxsize=8)
def hooks(names: Names, base: str) -> CdsHooks:
    """The use cases as they are told under these addresses."""
    shelf = Shelf(registry(), wiring.risk_models(), names, base)
    ehr = Ehr(hosts_of(settings().ehr_hosts))
    return CdsHooks(wiring.assessments(), wiring.cards(), ehr.fetch, Forms(names, registry()), shelf)


def _hooks() -> CdsHooks:
    fhir_base = settings().fhir_base.rstrip("/")
    return hooks(Names(fhir_base or api.url(BASE_PATH)), _base())


def _base() -> str:
    """This service's own URL: where FHIR's is said to be, else where the caller came in."""
    fhir_base = settings().fhir_base.rstrip("/")
    return fhir_base.removesuffix(BASE_PATH) if fhir_base.endswith(BASE_PATH) else api.url("")


def _client() -> Any:
    """The client that signed this call.

    Raises:
        Unauthorized: nobody verified did; the reason is logged and not told.
        Forbidden: a client that its tenant does not let call CDS services.
    """
    from shared.tokens import TokenRefused, bearer_token

    path = str(api.event["path"])
    try:
        token = bearer_token(api.header("Authorization") or "")
        verified = wiring.client_verifier().verify(token, audience={api.url(path), _base() + path}, require_sub=False)
    except TokenRefused as refused:
        logger.warning("token_refused", reason=refused.reason)
        raise Unauthorized from None
    if not verified.client.cds_hooks:
        api.keep_denial_of(Caller(verified.tenant, verified.client.id, frozenset()))
        raise Forbidden("The client may not call CDS services.")
    return verified


@api.get("/cds-services")
def discover() -> Any:
    """The services that there are."""
    return api.json(discovery())


@api.post("/cds-services/<service_id>")
def call_service(service_id: str) -> Any:
    """The cards for one moment of care."""
    client = _client()
    hook = read_request(api.body(), service_of(service_id))
    asked = Request(client.tenant, f"{client.client.id} {hook.user}", api.correlation_id)
    answer = _hooks().answer(hook, client.client.source, asked)
    if answer.kinds:
        api.count("CdsCardServed", len(answer.kinds))
    return api.json(answer.body)


@api.post("/cds-services/<service_id>/feedback")
def take_feedback(service_id: str) -> Any:
    """What became of cards."""
    client = _client()
    asked = Request(client.tenant, client.client.id, api.correlation_id)
    outcomes = [one.outcome for one in _hooks().take_feedback(service_of(service_id), api.body(), asked)]
    for metric, outcome in (("CdsCardAccepted", "accepted"), ("CdsCardOverridden", "overridden")):
        if outcome in outcomes:
            api.count(metric, outcomes.count(outcome))
    return api.json({})


@api.get("/v1/cds-feedback")
def read_feedback_counts() -> Any:
    """How often cards were accepted or overridden, and why."""
    caller = api.caller("tenant:admin")
    counts = _hooks().counts(Request(caller.tenant, caller.actor, api.correlation_id))
    return api.json({"items": [count._asdict() for count in counts], "next_cursor": None})


@api.options("/cds-services")
def preflight_discovery() -> Any:
    return api.preflight()


@api.options("/cds-services/<_service_id>")
def preflight_service(_service_id: str) -> Any:
    return api.preflight()


@api.options("/cds-services/<_service_id>/feedback")
def preflight_feedback(_service_id: str) -> Any:
    return api.preflight()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api(event, context)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    wiring.assessments()
    wiring.risk_models().load_all()
    registry().load_all()
