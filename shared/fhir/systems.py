"""Names on the wire: code systems, extensions and profiles of others, and our own canonicals under the base URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

Resource = dict[str, Any]
"""A FHIR resource or a part of one, ready for JSON."""

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
OBSERVATION_CATEGORY = f"{TERMINOLOGY}/observation-category"
DATA_ABSENT_REASON = f"{TERMINOLOGY}/data-absent-reason"

STRUCTURE = "http://hl7.org/fhir/StructureDefinition"
ITEM_WEIGHT = f"{STRUCTURE}/itemWeight"
ORDINAL_VALUE = f"{STRUCTURE}/ordinalValue"
MIN_VALUE = f"{STRUCTURE}/minValue"
MAX_VALUE = f"{STRUCTURE}/maxValue"
QUESTIONNAIRE_UNIT = f"{STRUCTURE}/questionnaire-unit"

SDC = "http://hl7.org/fhir/uv/sdc"
CALCULATED_EXPRESSION = f"{SDC}/StructureDefinition/sdc-questionnaire-calculatedExpression"
OBSERVATION_EXTRACT = f"{SDC}/StructureDefinition/sdc-questionnaire-observationExtract"
EXTRACT_CATEGORY = f"{SDC}/StructureDefinition/sdc-questionnaire-observation-extract-category"

US_CORE_SCREENING = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-screening-assessment"

SCORE_UNIT = "{score}"
UCUM_OF = {"days": "d", "h": "h", "min": "min", "a": "a", "cm": "cm", "kg/m2": "kg/m2", "mg": "mg", "%": "%"}
"""The units that definitions use, as UCUM; any other is written as a UCUM annotation, which claims nothing."""

LOINC_NOTICE = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. "
    "and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the "
    "license at http://loinc.org/license. LOINC® is a registered United States trademark of Regenstrief Institute, Inc."
)

SURVEY: Resource = {"coding": [{"system": OBSERVATION_CATEGORY, "code": "survey", "display": "Survey"}]}


class Names(NamedTuple):
    """Our own canonicals and systems. ``base`` is the FHIR base URL, without a slash at its end."""

    base: str

    def questionnaire(self, instrument: str) -> str:
        return f"{self.base}/Questionnaire/{instrument}"

    def code_system(self, name: str) -> str:
        return f"{self.base}/CodeSystem/{name}"

    def extension(self, name: str) -> str:
        return f"{self.base}/StructureDefinition/{name}"

    def identifier(self, kind: str) -> str:
        return f"{self.base}/id/{kind}"


def concept(text: str, *codings: Resource) -> Resource:
    """A CodeableConcept. ``text`` stands always, since a local code says nothing to a stranger."""
    return {"coding": list(codings), "text": text} if codings else {"text": text}


def coding(system: str, code: str, display: str | None = None, version: str | None = None) -> Resource:
    """A Coding, with what is known of it."""
    return kept(system=system, version=version, code=code, display=display)


def unit_of(unit: str) -> str:
    """The UCUM code of a definition's unit."""
    return UCUM_OF.get(unit) or (unit if unit.startswith("{") else f"{{{unit}}}")


def quantity(value: float, unit: str, code: str) -> Resource:
    return {"value": value, "unit": unit, "system": UCUM, "code": code}


def reference(to: str | None, display: str | None = None) -> Resource | None:
    return kept(reference=to, display=display) or None


def kept(**parts: Any) -> Resource:
    """The parts that are there: FHIR knows no null and no empty list, object or string."""
    return {name.rstrip("_"): part for name, part in parts.items() if part is not None and part not in ("", [], {}, ())}


def references(given: Sequence[str]) -> list[Resource]:
    return [{"reference": one} for one in given]
