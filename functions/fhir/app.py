"""FHIR R4: forms, scoring and extraction that store nothing, and assessments as responses, Observations and risks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from shared.fhir_server import (
    bundles,
    definitions,
    everything,
    forms,
    operations,
    records,
    responses,
    results,
    statement,
)
from shared.fhir_server.server import Answer, Server
from shared.instruments import registry
from shared.scoring import scorer_for
from shared.web.fhir import FhirApi
from shared.web.settings import Settings, read_settings
from shared.wiring import assessments, audit_trail, keep_denial, risk_models, text_packs


class FhirSettings(Settings):
    """``fhir_base``: what canonicals are made of; empty, it is where the caller came in."""

    fhir_base: str = ""


@cache
def settings() -> FhirSettings:
    return read_settings(FhirSettings)


api = FhirApi(lambda: settings().fhir_base, denied=keep_denial)
server = Server(api, assessments, audit_trail, text_packs, risk_models)

Interactions = Mapping[str, Callable[..., Answer]]

GET: Interactions = {
    "/metadata": statement.metadata,
    "/Questionnaire": forms.search,
    "/Questionnaire/<form_id>": forms.read,
    "/Questionnaire/<form_id>/_history": forms.read_history,
    "/Questionnaire/<form_id>/_history/<version>": forms.read_version,
    **{f"/{kind}": partial(definitions.search, kind=kind) for kind in definitions.KINDS},
    **{f"/{kind}/<resource_id>": partial(definitions.read, kind=kind) for kind in definitions.KINDS},
    "/QuestionnaireResponse": responses.search,
    "/QuestionnaireResponse/<resource_id>": responses.read,
    "/QuestionnaireResponse/<resource_id>/_history/<version>": responses.read,
    "/Observation": results.search_observations,
    "/Observation/<resource_id>": results.read_observation,
    "/Observation/<resource_id>/_history/<version>": results.read_observation,
    "/RiskAssessment": results.search_risk_assessments,
    "/RiskAssessment/<resource_id>": results.read_risk_assessment,
    "/RiskAssessment/<resource_id>/_history/<version>": results.read_risk_assessment,
    "/Provenance": records.search_provenance,
    "/Provenance/<resource_id>": records.read_provenance,
    "/AuditEvent": records.search_audit_events,
    "/AuditEvent/<resource_id>": records.read_audit_event,
    "/Patient/<patient>/<operation>": everything.everything,
}
POST: Interactions = {
    "": bundles.post,
    "/Questionnaire/_search": forms.search,
    **{f"/{kind}/_search": partial(definitions.search, kind=kind) for kind in definitions.KINDS},
    "/QuestionnaireResponse": responses.create,
    "/QuestionnaireResponse/_search": responses.search,
    "/QuestionnaireResponse/<operation>": operations.operate,
    "/Observation/_search": results.search_observations,
    "/RiskAssessment/_search": results.search_risk_assessments,
    "/Provenance/_search": records.search_provenance,
    "/AuditEvent/_search": records.search_audit_events,
    "/Patient/<patient>/<operation>": everything.everything,
}
for register, routes in ((api.get, GET), (api.post, POST)):
    for path, interaction in routes.items():
        register(path)(partial(interaction, server))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api(event, context)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # The snapshot then holds every definition, compiled; a broken one fails the deployment by name.
    for definition_ in registry().load_all().values():
        if definition_.instrument.scorable:
            scorer_for(definition_)
    text_packs()
