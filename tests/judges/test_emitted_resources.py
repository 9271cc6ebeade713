"""Every resource that this project writes, before three judges; and every judge before a fault it must see."""

from __future__ import annotations

from collections import Counter

from tests.judges.emitted import ESTIMATE, emitted
from tests.judges.emitted import statement as capability_statement

EMITTED = [{"name": name, "resource": resource} for name, resource in emitted()]
OBSERVATION = next(case["resource"] for case in EMITTED if case["name"].endswith("-phq-9-total"))
FORM = next(case["resource"] for case in EMITTED if case["name"] == "Questionnaire phq-9")
RISK = next(case["resource"] for case in EMITTED if case["name"] == "RiskAssessment probability")
FAULTS = {
    "a status that is no code": OBSERVATION | {"status": "done"},
    "a value of a type that an Observation has not": {k: v for k, v in OBSERVATION.items() if k != "valueQuantity"}
    | {"valueDecimal": 12},
    "an unknown property": OBSERVATION | {"surprise": 1},
    "no code": {k: v for k, v in OBSERVATION.items() if k != "code"},
    "a value and a reason for none": OBSERVATION | {"dataAbsentReason": {"text": "x"}},
    "more than a hundred per cent": RISK | {"prediction": [RISK["prediction"][0] | {"probabilityDecimal": 134.5}]},
    "a list where there is one": RISK | {"mitigation": ["one", "two"]},
    "a display with a code": FORM | {"item": [{"linkId": "x", "type": "display", "code": [{"code": "y"}]}]},
    "a kind that is no code": capability_statement() | {"kind": "thing"},
}


def complaints(verdicts):
    return {(verdict["name"], verdict["judge"]): verdict["problems"] for verdict in verdicts if verdict["problems"]}


def test_the_two_python_judges_have_nothing_to_say(by_python):
    verdicts = by_python(EMITTED)

    assert complaints(verdicts) == {}
    looked = Counter(verdict["judge"] for verdict in verdicts)
    assert looked == {"fhir.resources": len(EMITTED), "R4 schema": len(EMITTED)}


def test_medplum_has_nothing_to_say(by_node):
    verdicts = by_node(EMITTED)

    assert complaints(verdicts) == {}
    assert len(verdicts) == len(EMITTED)


def test_every_planted_fault_is_seen_by_at_least_one_judge(by_python, by_node):
    cases = [{"name": name, "resource": resource} for name, resource in FAULTS.items()]

    seen = complaints(by_python(cases)) | complaints(by_node(cases))
    assert {name for name, _ in seen} == FAULTS.keys()


def test_every_kind_of_resource_was_shown():
    kinds = {case["resource"]["resourceType"] for case in EMITTED}

    assert kinds == {
        "AuditEvent",
        "Bundle",
        "CapabilityStatement",
        "CodeSystem",
        "DocumentReference",
        "Observation",
        "OperationDefinition",
        "OperationOutcome",
        "Parameters",
        "Provenance",
        "Questionnaire",
        "QuestionnaireResponse",
        "RiskAssessment",
        "StructureDefinition",
    }
    assert ESTIMATE["model"] in str(RISK)
