"""Our own extensions as StructureDefinitions, so that every URL of one can be looked up."""

from __future__ import annotations

from typing import NamedTuple

from shared.fhir.questionnaire import NOT_CALCULATED, TEXT_PACK
from shared.fhir.stored import SOURCE, TIMEPOINT
from shared.fhir.systems import STRUCTURE, Names, Resource

FHIR_VERSION = "4.0.1"


class Declared(NamedTuple):
    """What an extension says, of which elements, and in which of R4's types."""

    title: str
    definition: str
    type: str
    contexts: tuple[str, ...]


EXTENSIONS = {
    TIMEPOINT: Declared(
        "Timepoint",
        "When in the course the answers were given: preoperative, injury, follow-up, or postoperative-day-N, -week-N "
        "or -month-N. Without it they count as follow-up.",
        "code",
        ("QuestionnaireResponse",),
    ),
    SOURCE: Declared(
        "Source of the patient's id",
        "The tenant's short name of the system that the subject's id is from. Without it, default.",
        "code",
        ("QuestionnaireResponse",),
    ),
    NOT_CALCULATED: Declared(
        "Score not calculated by the form",
        "The rule of a score that the service computes and the form does not.",
        "string",
        ("Questionnaire.item",),
    ),
    TEXT_PACK: Declared(
        "Text pack",
        "The SHA-256 of the file of licensed wording that the texts are from. Results keep it too.",
        "string",
        ("Questionnaire", "Questionnaire.item"),
    ),
    "standard-error": Declared(
        "Standard error", "The standard error of a T-score, in its unit.", "decimal", ("Observation",)
    ),
    "alternative-probability": Declared(
        "Alternative probability",
        "What a second published equation of the same model gives, in per cent.",
        "decimal",
        ("RiskAssessment.prediction",),
    ),
}


def extension_definition(name: str, names: Names, version: str) -> Resource:
    """The definition of one of ``EXTENSIONS``."""
    declared = EXTENSIONS[name]
    url = names.extension(name)
    return {
        "resourceType": "StructureDefinition",
        "id": name,
        "url": url,
        "version": version,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "title": declared.title,
        "status": "active",
        "description": declared.definition,
        "fhirVersion": FHIR_VERSION,
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": element} for element in declared.contexts],
        "type": "Extension",
        "baseDefinition": f"{STRUCTURE}/Extension",
        "derivation": "constraint",
        "differential": {
            "element": [
                {
                    "id": "Extension",
                    "path": "Extension",
                    "short": declared.title,
                    "definition": declared.definition,
                    "min": 0,
                    "max": "1",
                },
                {"id": "Extension.extension", "path": "Extension.extension", "max": "0"},
                {"id": "Extension.url", "path": "Extension.url", "fixedUri": url},
                {
                    "id": "Extension.value[x]",
                    "path": "Extension.value[x]",
                    "min": 1,
                    "type": [{"code": declared.type}],
                },
            ]
        },
    }
