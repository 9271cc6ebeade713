"""What tests of CDS Hooks share: stored assessments, requests of an EHR, and the cards that answer them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.intake import Forgets
from infra.local.template import ROOT
from shared.assessments.request import Request
from shared.assessments.risk import RiskView
from shared.assessments.service import Assessments
from shared.cds.answer import Shelf, cards
from shared.cds.card import Frame
from shared.cds.person import Person, person_of
from shared.cds.prefetch import Prefetched
from shared.cds.request import HookRequest, read_request
from shared.cds.services import service_of
from shared.fhir.forms import Forms
from shared.fhir.systems import Names
from shared.instruments import registry
from shared.risk_models import registry as risk_models
from shared.tenants import TenantSettings

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
BASE = "https://pain.example.org/live"
NAMES = Names(f"{BASE}/fhir/R4")
FORMS = Forms(NAMES, registry())
SHELF = Shelf(registry(), risk_models(), NAMES, BASE)
PATIENT = "p-1001"
OWN_SYSTEM = "https://ehr.example.org/operations"
SETTINGS: dict[str, Any] = {
    "code_maps": [{"system": OWN_SYSTEM, "code": "TKA", "means": "total-knee-arthroplasty"}],
}
NOTHING = Prefetched(None, [], more=False, unattributed=0)
LOINC = "http://loinc.org"
PHQ9_CODES = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")


def sample(name: str = "preoperative-intake") -> dict[str, Any]:
    return json.loads((ROOT / "infra" / "samples" / f"{name}.json").read_text(encoding="utf-8"))


def stored(body: Mapping[str, Any], *, now: datetime = NOW) -> dict[str, Any]:
    """The view of a submission as it was stored ``now``."""
    uses = Assessments(
        Forgets(),  # type: ignore[arg-type]
        registry(),
        timedelta(days=30),
        timedelta(days=7),
        lambda: RiskView(risk_models()),
        clock=lambda: now,
    )
    return uses.submit(body, Request("demo", "a", "c")).view


def phq9(answers: list[int | None], day: str = "2026-11-20", **changes: Any) -> dict[str, Any]:
    """A submission of PHQ-9 alone."""
    given = {f"phq9_{n}": answer for n, answer in enumerate(answers, 1)}
    return {
        "subject": PATIENT,
        "timepoint": "preoperative",
        "authored": f"{day}T09:00:00+00:00",
        "responses": [{"instrument": "phq-9", "responses": given}],
        **changes,
    }


def phq9_response(answers: list[int | None], authored: str = "2026-11-22T09:00:00Z", **changes: Any) -> dict[str, Any]:
    """The same as the EHR's own QuestionnaireResponse."""
    items = [
        {"linkId": f"phq9_{n}", "answer": [{"valueCoding": {"system": LOINC, "code": PHQ9_CODES[answer]}}]}
        for n, answer in enumerate(answers, 1)
        if answer is not None
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{NAMES.questionnaire('phq-9')}|1.0.0",
        "status": "completed",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authored": authored,
        "item": items,
        **changes,
    }


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": resource} for resource in resources],
        **more,
    }


def operation(code: str = "TKA", system: str = OWN_SYSTEM, **changes: Any) -> dict[str, Any]:
    """A draft order of an operation, by the tenant's own code."""
    return {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": {"coding": [{"system": system, "code": code}]},
        **changes,
    }


def opioid(code: str = "N02AA05", system: str = "http://www.whocc.no/atc") -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "medicationCodeableConcept": {"coding": [{"system": system, "code": code}]},
    }


def context_of(hook: str, *orders: Any, **changes: Any) -> dict[str, Any]:
    context: dict[str, Any] = {"userId": "Practitioner/dr-1", "patientId": PATIENT}
    if hook in ("order-select", "order-sign"):
        context["draftOrders"] = bundle(*orders)
    if hook == "order-select":
        context["selections"] = [f"{one['resourceType']}/{one['id']}" for one in orders]
    if hook == "appointment-book":
        context["appointments"] = bundle(*orders)
    if hook == "encounter-discharge":
        context["encounterId"] = "e-1"
    return {**context, **changes}


def body_of(hook: str, *orders: Any, **changes: Any) -> dict[str, Any]:
    """A good request; its prefetch says that the EHR holds nothing more."""
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": context_of(hook, *orders),
        "prefetch": {"patient": {"resourceType": "Patient", "id": PATIENT}, "responses": bundle()},
        **changes,
    }


def request_of(hook: str, *orders: Any, **changes: Any) -> HookRequest:
    return read_request(body_of(hook, *orders, **changes), service_of(f"pain-risk-{hook}"))


def person(*views: Any, prefetched: Prefetched = NOTHING, forms: Forms = FORMS, **settings: Any) -> Person:
    decided = TenantSettings.model_validate({**SETTINGS, **settings})
    days = decided.alert_max_age_days
    return person_of(
        PATIENT,
        views,
        prefetched,
        forms,
        now=NOW,
        settings=decided,
        alert_max_age=timedelta(days=30 if days is None else days),
    )


def answered(hook: str, who: Person, *orders: Any, **changes: Any) -> list[dict[str, Any]]:
    """The cards as they go over the wire, with counted uuids."""
    numbers = itertools.count(1)
    frame = Frame(NAMES, BASE, who.settings.cds.launch_url, lambda: f"00000000-0000-4000-8000-{next(numbers):012d}")
    return [frame.render(card) for card in cards(request_of(hook, *orders, **changes), who, SHELF)]


def kinds(made: list[dict[str, Any]]) -> list[str]:
    return [card["source"]["topic"]["code"] for card in made]


def of_kind(made: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(card for card in made if card["source"]["topic"]["code"] == kind)
