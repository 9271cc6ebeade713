"""Every Observation that claims US Core's screening profile keeps its rules, and nothing else claims it.

The rules are those of HL7/US-Core, StructureDefinition-us-core-observation-screening-assessment at commit 8e684e28.
"""

from __future__ import annotations

import pytest

from shared.fhir.bundle import rewritten
from shared.fhir.context import Context
from shared.fhir.observation import panel_observation
from shared.fhir.systems import OBSERVATION_CATEGORY, UCUM, US_CORE_SCREENING
from shared.instruments import registry
from tests.fhir_examples import AUTHORED, NAMES, SOFTWARE
from tests.judges.emitted import emitted

STATUSES = ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"]
VALUES = [
    "Quantity",
    "CodeableConcept",
    "String",
    "Boolean",
    "Integer",
    "Range",
    "Ratio",
    "SampledData",
    "Time",
    "DateTime",
    "Period",
]
PERFORMERS = ["Practitioner", "Patient", "Organization", "PractitionerRole", "CareTeam", "RelatedPerson"]


def observations_in(part):
    if isinstance(part, dict):
        if part.get("resourceType") == "Observation":
            yield part
        for value in part.values():
            yield from observations_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from observations_in(value)


def claims(observation):
    return US_CORE_SCREENING in observation.get("meta", {}).get("profile", [])


def broken(one):
    """The names of the rules that an Observation breaks."""
    survey = {"system": OBSERVATION_CATEGORY, "code": "survey"}.items()
    surveys = [each for each in one.get("category", []) if any(survey <= coding.items() for coding in each["coding"])]
    values = [name for name in one if name.startswith("value")]
    effective = [name for name in one if name.startswith("effective")]
    quantity = one.get("valueQuantity", {})
    rules = {
        "status 1..1, required binding": one.get("status") in STATUSES,
        "category:survey 1..1": len(surveys) == 1,
        "code 1..1": bool(one.get("code", {}).get("coding") or one.get("code", {}).get("text")),
        "subject 1..1, a patient": one.get("subject", {}).get("reference", "").rpartition("/")[0].endswith("Patient"),
        "effective[x] is a dateTime": effective == ["effectiveDateTime"],
        "us-core-1": len(one.get("effectiveDateTime", "")) >= 10,
        "value[x] 0..1 of the profile's types": [name[5:] in VALUES for name in values] in ([], [True]),
        "us-core-2": bool(values or "dataAbsentReason" in one or "component" in one or "hasMember" in one),
        "us-core-3": quantity.get("system", UCUM) == UCUM,
        "performer": all(each["reference"].partition("/")[0] in PERFORMERS for each in one.get("performer", [])),
        "derivedFrom": all(
            each["reference"].startswith("QuestionnaireResponse/") for each in one.get("derivedFrom", [])
        ),
        "obs-6": not (values and "dataAbsentReason" in one),
    }
    return [name for name, kept in rules.items() if not kept]


def resolved(resource):
    """A Bundle with its references to its own entries said by their types."""
    entries = [one for one in resource.get("entry", []) if "fullUrl" in one and "resource" in one]
    return rewritten(resource, {one["fullUrl"]: f"{one['resource']['resourceType']}/of-bundle" for one in entries})


@pytest.fixture(scope="module")
def shown():
    # What is delivered is emitted by its Bundle and once more entry by entry, where its references lead nowhere.
    whole = [one for name, one in emitted() if one["resourceType"] == "Bundle" or not name.startswith("delivered ")]
    return [one for resource in whole for one in observations_in(resolved(resource))]


def test_every_observation_that_claims_the_profile_keeps_its_rules(shown):
    claiming = [one for one in shown if claims(one)]

    assert len(claiming) > 1000
    assert [(one.get("id"), broken(one)) for one in claiming if broken(one)] == []


def test_the_members_of_a_panel_that_claims_the_profile_claim_it_too(shown):
    by_id = {f"Observation/{one['id']}": one for one in shown if "id" in one}
    panels = [one for one in shown if claims(one) and "hasMember" in one and "id" in one]

    assert panels
    for panel in panels:
        assert all(claims(by_id[member["reference"]]) for member in panel["hasMember"])


@pytest.mark.parametrize(
    ("subject", "authored"),
    [
        (None, AUTHORED),
        ("Group/g-1", AUTHORED),
        ("urn:uuid:00000000-0000-4000-8000-000000000001", AUTHORED),
        ("Patient/p-1", None),
    ],
)
def test_without_a_patient_or_a_day_the_profile_is_not_claimed(subject, authored):
    context = Context(NAMES, subject, authored, SOFTWARE)

    assert not claims(panel_observation(registry().get("phq-9").instrument, ["total"], context))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"status": "done"}, "status 1..1, required binding"),
        ({"category": []}, "category:survey 1..1"),
        ({"effectiveDateTime": "2026"}, "us-core-1"),
        ({"valueQuantity": {"value": 1, "system": "http://example.org", "code": "x"}}, "us-core-3"),
        ({"valueDecimal": 1}, "value[x] 0..1 of the profile's types"),
        ({"subject": {}}, "subject 1..1, a patient"),
    ],
)
def test_each_rule_can_be_broken(shown, change, rule):
    one = next(each for each in shown if claims(each) and "valueQuantity" in each)

    assert rule in broken(one | change)
