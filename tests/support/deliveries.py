"""Assessments to deliver, a key to sign with, and stores in memory, for the tests of deliveries."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384

from infra.local.intake import Forgets
from infra.local.template import ROOT
from shared.assessments.ports import (
    AuditEvent,
    Delivery,
    NotCurrent,
    StoredAssessment,
    StoredSettings,
    SubjectKey,
)
from shared.assessments.request import Request
from shared.assessments.risk import RiskView
from shared.assessments.service import Assessments
from shared.delivery.page import draw
from shared.delivery.report import report
from shared.fhir.stored import StoredResources
from shared.instruments import registry
from shared.risk_models import registry as risk_models
from shared.tenants import TenantSettings
from tests.fhir_examples import NAMES, SOFTWARE

SUBJECT = SubjectKey("demo", "default", "p-1001")
WHEN = "2026-11-26T12:00:00.000+00:00"
VOID = {"reason": "wrong-patient", "recorded": WHEN}
RESOURCES = StoredResources(NAMES, registry(), SOFTWARE)
_numbers = itertools.count(1)


class Signer:
    """A P-384 key in this process."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())

    @property
    def public_jwk(self) -> dict[str, str]:
        return {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key())), "kid": "k1"}

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.public_jwk]}

    def sign(self, message: bytes) -> bytes:
        pair = decode_dss_signature(self._key.sign(message, ec.ECDSA(SHA384())))
        return b"".join(number.to_bytes(48, "big") for number in pair)


def identifier() -> str:
    return f"01JDA0X3V1Q2W3E4R5T6Y7{next(_numbers):04}"


@cache
def _service() -> Assessments:
    days = timedelta(days=36500)
    return Assessments(Forgets(), registry(), days, days, lambda: RiskView(risk_models()))


def sample(name: str = "preoperative-intake") -> dict[str, Any]:
    path = ROOT / "infra" / "samples" / f"{name}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def assessed(body: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """An assessment as clients see it, of the sample intake unless said otherwise."""
    view = _service().submit(body or sample(), Request("demo", "a", "c")).view
    return {**view, "id": identifier(), "recorded": WHEN, **changes}


def small(**changes: Any) -> dict[str, Any]:
    """An assessment of one short questionnaire."""
    answers = {"peg_1": 6, "peg_2": 7, "peg_3": 5}
    body = {
        "subject": "p-1001",
        "timepoint": "preoperative",
        "authored": "2026-11-20T09:00:00+00:00",
        "responses": [{"instrument": "peg", "responses": answers}],
    }
    return assessed(body, **changes)


def drawn(view: Any) -> bytes:
    return draw(report(view, registry(), risk_models()))


def undrawn(view: Any) -> bytes:
    """A page that takes no time, for what is not about its looks."""
    return b"%PDF-1.4 " + view["status"].encode()


class Assessed:
    """Assessments and settings in memory."""

    def __init__(self, *destinations: dict[str, Any]) -> None:
        self.views: dict[str, dict[str, Any]] = {}
        self.decided = {"destinations": list(destinations)}

    def put(self, view: dict[str, Any]) -> dict[str, Any]:
        self.views[view["id"]] = view
        return view

    def get(self, tenant: str, assessment_id: str) -> StoredAssessment | None:
        view = self.views.get(assessment_id) if tenant == "demo" else None
        if view is None:
            return None
        void = VOID if view["status"] == "entered-in-error" else None
        return StoredAssessment(view, view["superseded_by"], void)

    def settings(self, tenant: str) -> StoredSettings | None:
        document = TenantSettings.model_validate(self.decided).model_dump(mode="json")
        return StoredSettings(1, WHEN, document) if tenant == "demo" else None


class Kept:
    """Deliveries in memory."""

    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}
        self.audited: list[AuditEvent] = []

    def due(self, assessment: str, destination: str = "fhir", event: Any = "stored") -> Delivery:
        one = Delivery(identifier(), SUBJECT, assessment, destination, event, WHEN, WHEN)
        self.deliveries[one.id] = one
        return one

    def get(self, tenant: str, delivery_id: str) -> Delivery | None:
        return self.deliveries.get(delivery_id) if tenant == "demo" else None

    def record(self, delivery: Delivery, *, was: Delivery, audit: AuditEvent | None = None) -> None:
        if self.deliveries[delivery.id] != was:
            raise NotCurrent
        self.deliveries[delivery.id] = delivery
        self.audited += [audit] if audit else []
