"""The schemas of the OpenAPI document, from the models that the handlers validate with."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from shared.agreement import Agreement
from shared.agreement.request import CheckRequest
from shared.assessments.capture import ScoreRequest
from shared.assessments.submission import Submission, VoidRequest
from shared.change import Change
from shared.change.request import ChangeRequest
from shared.errors import Alert
from shared.instruments import Instrument
from shared.risk import Estimate
from shared.risk_models.request import PredictRequest
from shared.scoring.result import InstrumentResult
from shared.tenants import TenantSettings

Schema = dict[str, Any]

SUBJECT = {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"}


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def schemas() -> Schema:
    schemas: Schema = {}
    kinds: dict[str, Any] = {
        "Submission": Submission,
        "ScoreRequest": ScoreRequest,
        "VoidRequest": VoidRequest,
        "Instrument": Instrument,
        "InstrumentResult": InstrumentResult,
        "Alert": Alert,
        "ChangeRequest": ChangeRequest,
        "Change": Change,
        "CheckRequest": CheckRequest,
        "Agreement": Agreement,
        "PredictRequest": PredictRequest,
        "Estimate": Estimate,
        "TenantSettings": TenantSettings,
    }
    for name, kind in kinds.items():
        schemas |= _schema_of(name, kind)
    schemas["Instrument"]["properties"] |= {
        "scorable": {"type": "boolean"},
        "definition_sha256": {"type": "string"},
    }
    schemas["Health"] = _object(status={"const": "ok"}, version={"type": "string"})
    schemas["Problem"] = _problem_schema()
    schemas["InstrumentSummary"] = _object(
        id={"type": "string"},
        version={"type": "string"},
        title={"type": "string"},
        domain={"type": "string"},
        scorable={"type": "boolean"},
        trust=reference("Trust"),
        licence=reference("Licence"),
        definition_sha256={"type": "string"},
    )
    schemas["RiskModelSummary"] = _object(
        id={"type": "string"}, title={"type": "string"}, computable={"type": "boolean"}
    )
    schemas["Battery"] = _object(id={"type": "string"}, title={"type": "string"})
    schemas["Jwks"] = _object(keys={"type": "array", "items": {"type": "object"}})
    schemas["Token"] = _object(
        access_token={"type": "string"},
        token_type={"const": "bearer"},
        expires_in={"type": "integer"},
        scope={"type": "string"},
    )
    schemas["TokenError"] = _object(
        error={"enum": ["invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type"]}
    )
    schemas["Tenant"] = _object(version={"type": "integer"}, recorded={"type": ["string", "null"]})
    schemas["Assessment"] = _assessment_schema()
    schemas["Delivery"] = _delivery_schema()
    return schemas


def _schema_of(name: str, kind: Any) -> Schema:
    template = "#/components/schemas/{model}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        schema = kind.model_json_schema(ref_template=template, schema_generator=GenerateJsonSchema)
    else:
        schema = TypeAdapter(kind).json_schema(ref_template=template)
    return {**schema.pop("$defs", {}), name: schema}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _problem_schema() -> Schema:
    text = {"type": "string"}
    schema = _object(
        type=text,
        title=text,
        status={"type": "integer"},
        errors={"type": "array", "items": _object(pointer=text, code=text, detail=text)},
    )
    schema["properties"] |= {
        "detail": text,
        "correlation_id": text,
        "alerts": {"type": "array", "items": reference("Alert")},
    }
    schema["required"] = ["type", "title", "status"]
    return schema


def _assessment_schema() -> Schema:
    text, maybe = {"type": "string"}, {"type": ["string", "null"]}
    schema = _object(
        id=text,
        subject=SUBJECT,
        source=text,
        timepoint=text,
        authored=text,
        recorded=text,
        responses={"type": "array", "items": reference("InstrumentResponses")},
        results={"type": "array", "items": reference("InstrumentResult")},
        alerts={"type": "array", "items": reference("Alert")},
        provenance={"type": "object"},
        risk=_object(
            profile={"type": ["object", "null"]},
            estimates={"type": "array", "items": reference("Estimate")},
            base_rates={"type": "array"},
            actions={"type": "array"},
        ),
        battery={"type": ["object", "null"]},
        status={"enum": ["final", "superseded", "entered-in-error"]},
        superseded_by=maybe,
        void={"type": ["object", "null"]},
    )
    schema["properties"] |= {
        "episode": maybe,
        "supersedes": maybe,
        "capture": {"anyOf": [reference("Capture"), {"type": "null"}]},
        "clinical": {"anyOf": [reference("ClinicalFacts"), {"type": "null"}]},
        "references": {"anyOf": [reference("References"), {"type": "null"}]},
    }
    return schema


def _delivery_schema() -> Schema:
    text, maybe = {"type": "string"}, {"type": ["string", "null"]}
    return _object(
        id=text,
        assessment=text,
        destination=text,
        event={"enum": ["stored", "corrected", "voided"]},
        status={"enum": ["pending", "delivered", "failed", "stopped"]},
        attempts={"type": "integer", "minimum": 0},
        error=maybe,
        recorded=text,
        updated=text,
        items={
            "type": "array",
            "items": _object(resource=text, identifier=text, status={"type": "integer"}, location=maybe),
        },
    )
