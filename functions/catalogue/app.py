"""The catalogue and stateless scoring. Stores nothing, and may read no table."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

from pydantic import ValidationError

from shared import ENGINE_VERSION, catalogue
from shared.assessments.capture import ScoreRequest
from shared.errors import ResponsesRefused, SubmissionRefused, problems_of
from shared.instruments import registry
from shared.scoring import Setting, scorer_for
from shared.web.api import Api
from shared.web.body import read_object
from shared.web.listing import page_of
from shared.web.settings import Settings, read_settings

api = Api()


class CatalogueSettings(Settings):
    """A deployer's own risk models and text packs: folders joined by the system's path separator."""

    risk_model_folders: str = ""
    text_pack_folders: str = ""


PUBLIC = {"Cache-Control": "public, max-age=300"}


@api.get("/health")
def health() -> Any:
    """Liveness and version."""
    return api.json({"status": "ok", "version": ENGINE_VERSION})


@api.get("/openapi.json")
def openapi() -> Any:
    """The OpenAPI 3.1 document of the JSON API."""
    return api.raw(_openapi_text(), headers=PUBLIC)


@api.get("/v1/instruments")
def list_instruments() -> Any:
    """Every instrument, scorable or not, with its trust grade and licence."""
    ids, next_cursor = page_of(registry().ids, limit=api.query("limit"), cursor=api.query("cursor"), name="instruments")
    items = [catalogue.summary(registry(), instrument_id) for instrument_id in ids]
    return api.json({"items": items, "next_cursor": next_cursor}, headers=PUBLIC)


@api.get("/v1/instruments/<instrument_id>")
def get_instrument(instrument_id: str) -> Any:
    """One definition with all its sources."""
    definition, sha256 = catalogue.detail(registry(), instrument_id)
    headers = {**PUBLIC, "ETag": f'"{sha256}"'}
    if api.header("If-None-Match") == headers["ETag"]:
        return api.raw("", 304, headers)
    return api.json(definition, headers=headers)


@api.post("/v1/instruments/<instrument_id>/score")
def score_instrument(instrument_id: str) -> Any:
    """Score one set of responses and store nothing."""
    api.caller("score")
    scorer = scorer_for(registry().get(instrument_id))
    body = read_object(api.event)
    try:
        asked = ScoreRequest.model_validate(body)
    except ValidationError as error:
        raise SubmissionRefused(problems=problems_of(error), alerts=scorer.alerts_in(body.get("responses"))) from None
    capture = asked.capture
    setting = Setting(capture.respondent, capture.language) if capture else Setting()
    if capture and text_packs():
        setting = setting._replace(text_pack=text_packs().used(instrument_id, capture.language))
    try:
        result = scorer.score(asked.responses, setting)
    except ResponsesRefused as refused:
        raise refused.at("/responses") from None
    api.count("InstrumentScored")
    return api.json(result)


@cache
def text_packs() -> Any:
    """The deployer's licensed wordings, or None where there are none."""
    folders = read_settings(CatalogueSettings).text_pack_folders
    if not folders:
        return None
    from shared.text_packs import packs_of

    return packs_of(folders, registry())


# The routes below import what they need themselves, so that scoring does not pay for it at start.


@api.post("/v1/instruments/<instrument_id>/change")
def judge_change(instrument_id: str) -> Any:
    """Is the difference between two results of one person change?"""
    from shared.catalogue import comparing

    api.caller("score")
    return api.json(comparing.compare(registry(), instrument_id, read_object(api.event)))


@api.post("/v1/instruments/<instrument_id>/check")
def check_totals(instrument_id: str) -> Any:
    """Another scorer's totals against ours, with the rule that differs."""
    from shared.catalogue import comparing

    api.caller("score")
    return api.json(comparing.check(registry(), instrument_id, read_object(api.event)))


@cache
def risk_models() -> Any:
    """The shipped models and those in the deployer's folders; folders that do not fit together fail by name."""
    from shared.risk_models import folders_of, registry

    return registry(folders_of(read_settings(CatalogueSettings).risk_model_folders))


@api.get("/v1/risk-models")
def list_risk_models() -> Any:
    """Every published model, computable or not."""
    from shared.catalogue import risk

    lines = risk.lines(risk_models())
    ids, following = page_of(tuple(lines), limit=api.query("limit"), cursor=api.query("cursor"), name="risk-models")
    return api.json({"items": [lines[model_id] for model_id in ids], "next_cursor": following}, headers=PUBLIC)


@api.get("/v1/risk-models/<model_id>")
def get_risk_model(model_id: str) -> Any:
    """One model with its card."""
    from shared.catalogue import risk

    return api.json(risk.whole(risk_models(), model_id), headers=PUBLIC)


@api.post("/v1/risk-models/<model_id>/predict")
def predict(model_id: str) -> Any:
    """Evaluate one model on what is sent, and store nothing."""
    from shared.catalogue import risk

    api.caller("score")
    estimate = risk.predict(risk_models(), model_id, read_object(api.event))
    api.count("RiskEstimated")
    return api.json(estimate)


@api.get("/v1/batteries")
def list_batteries() -> Any:
    """Named sets of questions for an intake, with how many items and minutes they take."""
    from shared.catalogue import batteries

    lines = batteries.lines()
    ids, following = page_of(tuple(lines), limit=api.query("limit"), cursor=api.query("cursor"), name="batteries")
    return api.json({"items": [lines[battery_id] for battery_id in ids], "next_cursor": following}, headers=PUBLIC)


@api.get("/v1/batteries/<battery_id>")
def get_battery(battery_id: str) -> Any:
    """One battery."""
    from shared.catalogue import batteries

    return api.json(batteries.whole(battery_id), headers=PUBLIC)


@cache
def _openapi_text() -> str:
    from shared.web.openapi import document

    return json.dumps(document(), ensure_ascii=False, separators=(",", ":"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api(event, context)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # The snapshot then holds every definition, compiled; a broken one fails the deployment by name.
    for definition_ in registry().load_all().values():
        if definition_.instrument.scorable:
            scorer_for(definition_)
    from shared.risk import estimator_for

    for model_ in risk_models().load_all().values():
        estimator_for(model_)
    text_packs()
