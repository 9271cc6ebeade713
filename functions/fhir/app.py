"""FHIR R4: forms, scoring and extraction that store nothing, and assessments as responses, Observations and risks."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any

from shared.fhir_server.server import DEFINED, Answer, Server
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


class Interaction:
    """One interaction of ``shared/fhir_server``, by its module and name, imported when it is first asked for.

    So a cold start pays for what its first request needs, and not for all the others.
    """

    def __init__(self, name: str, **fixed: str) -> None:
        self._module, _, self._name = name.partition(".")
        self._fixed = fixed

    def load(self) -> Any:
        return getattr(import_module(f"shared.fhir_server.{self._module}"), self._name)

    def answer(self, **given: str) -> Answer:
        return self.load()(server, **self._fixed, **given)


GET = {
    "/metadata": Interaction("statement.metadata"),
    "/Questionnaire": Interaction("forms.search"),
    "/Questionnaire/<form_id>": Interaction("forms.read"),
    "/Questionnaire/<form_id>/_history": Interaction("forms.read_history"),
    "/Questionnaire/<form_id>/_history/<version>": Interaction("forms.read_version"),
    **{f"/{kind}": Interaction("definitions.search", kind=kind) for kind in DEFINED},
    **{f"/{kind}/<resource_id>": Interaction("definitions.read", kind=kind) for kind in DEFINED},
    "/QuestionnaireResponse": Interaction("responses.search"),
    "/QuestionnaireResponse/<resource_id>": Interaction("responses.read"),
    "/QuestionnaireResponse/<resource_id>/_history/<version>": Interaction("responses.read"),
    "/Observation": Interaction("results.search_observations"),
    "/Observation/<resource_id>": Interaction("results.read_observation"),
    "/Observation/<resource_id>/_history/<version>": Interaction("results.read_observation"),
    "/RiskAssessment": Interaction("results.search_risk_assessments"),
    "/RiskAssessment/<resource_id>": Interaction("results.read_risk_assessment"),
    "/RiskAssessment/<resource_id>/_history/<version>": Interaction("results.read_risk_assessment"),
    "/Provenance": Interaction("records.search_provenance"),
    "/Provenance/<resource_id>": Interaction("records.read_provenance"),
    "/AuditEvent": Interaction("records.search_audit_events"),
    "/AuditEvent/<resource_id>": Interaction("records.read_audit_event"),
    "/Patient/<patient>/<operation>": Interaction("everything.everything"),
}
POST = {
    "": Interaction("bundles.post"),
    "/Questionnaire/_search": Interaction("forms.search"),
    **{f"/{kind}/_search": Interaction("definitions.search", kind=kind) for kind in DEFINED},
    "/QuestionnaireResponse": Interaction("responses.create"),
    "/QuestionnaireResponse/_search": Interaction("responses.search"),
    "/QuestionnaireResponse/<operation>": Interaction("operations.operate"),
    "/Observation/_search": Interaction("results.search_observations"),
    "/RiskAssessment/_search": Interaction("results.search_risk_assessments"),
    "/Provenance/_search": Interaction("records.search_provenance"),
    "/AuditEvent/_search": Interaction("records.search_audit_events"),
    "/Patient/<patient>/<operation>": Interaction("everything.everything"),
}
for register, routes in ((api.get, GET), (api.post, POST)):
    for path, interaction in routes.items():
        register(path)(interaction.answer)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api(event, context)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # The snapshot then holds every definition, compiled; a broken one fails the deployment by name.
    for definition_ in registry().load_all().values():
        if definition_.instrument.scorable:
            scorer_for(definition_)
    text_packs()
    for known in (*GET.values(), *POST.values()):
        known.load()
