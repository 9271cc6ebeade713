"""How long a hook takes, from the signed request to its cards, beside reading the same person's assessments.

Both go through the local gateway to the real handlers, over the embedded table. A hook's time holds the signature that
the client makes, its verification, the audit of what was read, and the write of the cards that were served.
Run ``python -m bench.cds``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bench import side_by_side
from infra.local import engine
from infra.local.ehr_client import EhrClient
from infra.local.issuer import Issuer
from infra.local.template import ROOT, Template

TARGET_MS = 500
HOST = "127.0.0.1:8080"
PATIENT = "p-1001"
ASSESSMENTS = 10
SAMPLE = ROOT / "infra" / "samples" / "preoperative-intake.json"
OPERATION = {
    "resourceType": "ServiceRequest",
    "id": "s1",
    "subject": {"reference": f"Patient/{PATIENT}"},
    "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "387713003"}]}],
}


class Served(NamedTuple):
    """Seconds of each, and the bytes that a hook is answered with."""

    reading: side_by_side.Spread
    patient_view: side_by_side.Spread
    order_sign: side_by_side.Spread
    answered: int


def measure() -> Served:
    """Over a person with ``ASSESSMENTS`` whole preoperative intakes."""
    issuer, ehr = Issuer(), EhrClient()
    template = Template(issuer.parameters)
    for name, _ in template.functions():
        os.environ.update(template.environment(name))
    os.environ |= {"POWERTOOLS_METRICS_DISABLED": "true", "POWERTOOLS_LOG_LEVEL": "WARNING"}
    engine.start(template)
    from infra.local.gateway import Gateway, HttpRequest  # after the environment is set: functions read it

    gateway, token = Gateway(template), issuer.token("demo")

    def send(method: str, path: str, body: Any, bearer: str) -> bytes:
        headers = {"host": HOST, "content-type": "application/json", "authorization": f"Bearer {bearer}"}
        answer = gateway.answer(HttpRequest(method, path, headers, json.dumps(body).encode() if body else b""))
        assert answer.status in (200, 201), answer.body
        return answer.body

    settings = json.loads(send("GET", "/v1/tenant", None, token))
    send("PUT", "/v1/tenant", ehr.registered_in(settings), token)
    for _ in range(ASSESSMENTS):
        send("POST", "/v1/assessments", json.loads(SAMPLE.read_text(encoding="utf-8")), token)

    def hook(name: str, context: Mapping[str, Any]) -> Callable[[], bytes]:
        path = f"/cds-services/pain-risk-{name}"
        body = {
            "hook": name,
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/d1", "patientId": PATIENT, **context},
            "prefetch": {"patient": {"resourceType": "Patient", "id": PATIENT}, "responses": None},
        }
        return lambda: send("POST", path, body, ehr.assertion(f"http://{HOST}{path}"))

    view = hook("patient-view", {})
    orders = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": OPERATION}]}
    sign = hook("order-sign", {"draftOrders": orders})
    read = f"/v1/subjects/{PATIENT}/assessments?limit=20"
    spreads = side_by_side.calls([lambda: send("GET", read, None, token), view, sign], rounds=15, seconds=0.2)
    return Served(*spreads, len(view()))


def main() -> None:
    served = measure()
    print(f"reading {ASSESSMENTS} assessments: {served.reading.scaled(1e-3)} ms")
    print(f"patient-view:            {served.patient_view.scaled(1e-3)} ms (at most {TARGET_MS})")
    print(f"order-sign, operation:   {served.order_sign.scaled(1e-3)} ms (at most {TARGET_MS})")
    print(f"answered with            {served.answered / 1024:.1f} KB")


if __name__ == "__main__":
    main()
