"""FHIR R4: forms, scoring and extraction that store nothing, and assessments as responses, Observations and risks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from shared.fhir_server import forms, operations, responses, results, statement
from shared.fhir_server.server import Answer, Server
from shared.instruments import registry
from shared.scoring import scorer_for
from shared.web.fhir import FhirApi
from shared.web.settings import Settings, read_settings
from shared.wiring import assessments


class FhirSettings(Settings):
    """``fhir_base``: what canonicals are made of; empty, it is where the caller came in."""

    fhir_base: str = ""


@cache
def settings() -> FhirSettings:
    return read_settings(FhirSettings)


api = FhirApi(lambda: settings().fhir_base)
server = Server(api, assessments)

Interactions = Mapping[str, Callable[..., Answer]]

GET: Interactions = {
    "/metadata": statement.metadata,
    "/Questionnaire": forms.search,
    "/Questionnaire/<instrument_id>": forms.read,
    "/QuestionnaireResponse": responses.search,
    "/QuestionnaireResponse/<resource_id>": responses.read,
    "/QuestionnaireResponse/<resource_id>/_history/<version>": responses.read,
    "/Observation": results.search_observations,
    "/Observation/<resource_id>": results.read_observation,
    "/Observation/<resource_id>/_history/<version>": results.read_observation,
    "/RiskAssessment": results.search_risk_assessments,
    "/RiskAssessment/<resource_id>": results.read_risk_assessment,
    "/RiskAssessment/<resource_id>/_history/<version>": results.read_risk_assessment,
}
POST: Interactions = {
    "/QuestionnaireResponse": responses.create,
    "/QuestionnaireResponse/_search": responses.search,
    "/QuestionnaireResponse/<operation>": operations.operate,
    "/Observation/_search": results.search_observations,
    "/RiskAssessment/_search": results.search_risk_assessments,
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
