"""Golden examples: what this project writes, byte for byte as a reader of the documentation sees it.

``UPDATE_GOLDEN=1`` writes them anew; the difference is then reviewed as any other change.
"""

from __future__ import annotations

import json
import os

import pytest

from infra.local.template import ROOT
from tests.judges.emitted import ASSESSMENT, emitted

FOLDER = ROOT / "tests" / "data" / "fhir"
GOLDEN = {
    "questionnaire-phq-9": "Questionnaire phq-9",
    "questionnaire-isi": "Questionnaire isi",
    "observation-phq-9-total": f"phq-9 0.0 {ASSESSMENT}-phq-9-total",
    "observation-phq-9-panel": f"phq-9 0.0 {ASSESSMENT}-phq-9-panel",
    "observation-phq-9-item": f"phq-9 0.0 {ASSESSMENT}-phq-9-phq9.9",
    "observation-phq-9-not-scored": f"phq-9 0.6 {ASSESSMENT}-phq-9-total",
    "risk-assessment": "RiskAssessment probability",
    "risk-assessment-range": "RiskAssessment a predictor missing",
    "operation-outcome": "OperationOutcome refused",
    "provenance": "Provenance",
    "audit-event": "AuditEvent read success",
    "capability-statement": "CapabilityStatement",
}


@pytest.fixture(scope="module")
def written():
    return {name: resource for name, resource in emitted() if name in set(GOLDEN.values())}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_what_is_written_is_the_golden_example(name, written):
    path = FOLDER / f"{name}.json"
    text = json.dumps(written[GOLDEN[name]], ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text
