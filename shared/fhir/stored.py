"""A stored assessment as FHIR: its responses, its Observations, and what risk models said.

One assessment may hold several instruments, so one response's id is the assessment's, a hyphen, and the instrument's;
the response to a whole battery has the battery's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.errors import UnknownInstrument
from shared.fhir.context import Context
from shared.fhir.observation import observations
from shared.fhir.risk_assessment import risk_assessment
from shared.fhir.systems import Names, Resource
from shared.fhir.written_response import Told, questionnaire_response
from shared.instruments import Definition, Registry
from shared.scoring.result import InstrumentResult

View = Mapping[str, Any]
"""An assessment as clients of the JSON API see it."""

TIMEPOINT, SOURCE = "timepoint", "source"
"""The extensions of a response that say when in the course it was given, and whose patient ids it uses."""

DEFAULT_TIMEPOINT, DEFAULT_SOURCE = "follow-up", "default"


def response_id(assessment: str, instrument: str) -> str:
    return f"{assessment}-{instrument}"


def assessment_of(resource_id: str) -> tuple[str, str]:
    """The assessment, and the instrument or battery, that a response's id names."""
    assessment, _, name = resource_id.partition("-")
    return assessment, name


class StoredResources:
    """Makes resources of assessments, each part by the definition that scored it, as far as that one is still held."""

    def __init__(self, names: Names, registry: Registry, software: str) -> None:
        self._names, self._registry, self._software = names, registry, software

    def response(self, view: View, name: str) -> Resource | None:
        """The answers to one instrument with its scores, or to a whole battery; ``None`` where there is none to tell.

        ``name`` is the id of an instrument, or of the battery that the assessment was made of.
        """
        capture = view.get("capture") or {}
        context = self._context(view, name)
        about: dict[str, Any] = {
            "id": response_id(view["id"], name),
            "source": context.subject if capture.get("respondent") == "patient" else None,
            "language": capture.get("language"),
            "identifier": _references(view).get("identifier"),
        }
        parts = list(self._parts(view))
        for instrument, responses, result in parts:
            if instrument.id == name:
                made = questionnaire_response(instrument, responses, context, result=result, **about)
                return {**made, "extension": self._extensions(view)}
        if len(parts) < len(view["responses"]) or (view.get("battery") or {}).get("battery") != name:
            return None
        from shared.fhir.battery_response import battery_response

        whole = battery_response(name, view["battery"]["definition"], parts, context, self._registry, **about)
        return whole and {**whole, "extension": self._extensions(view)}

    def observations(self, view: View) -> list[Resource]:
        """The panel, the scores and the answers of every instrument."""
        return [
            made
            for instrument, responses, result in self._parts(view)
            for made in observations(instrument, result, responses, self._context(view, instrument.id))
        ]

    def risk_assessments(self, view: View) -> list[Resource]:
        """What was shown of risk. A model that did not apply says so and gives no number."""
        context = self._context(view, None)
        basis = [f"QuestionnaireResponse/{response_id(view['id'], part['instrument'])}" for part in view["responses"]]
        return [
            risk_assessment(estimate, context, occurrence=view["recorded"], basis=basis)
            for estimate in view["risk"]["estimates"]
        ]

    def _parts(self, view: View) -> Iterator[Told]:
        results = {result["instrument"]: result for result in view["results"]}
        for sent in view["responses"]:
            result = results[sent["instrument"]]
            definition = self._definition(result)
            if definition is not None:
                answered = {item: answer for item, answer in sent["responses"].items() if answer is not None}
                yield Told(definition.instrument, answered, result)

    def _definition(self, result: InstrumentResult) -> Definition | None:
        """The definition that a result was made with: another version's items and scores may mean something else."""
        try:
            today = self._registry.get(result["instrument"])
        except UnknownInstrument:
            return None
        if today.instrument.version == result["instrument_version"]:
            return today
        return self._registry.by_hash(result["instrument"], result["definition_sha256"])

    def _context(self, view: View, instrument: str | None) -> Context:
        status = "corrected" if view.get("supersedes") else "final"
        said = _references(view)
        return Context(
            self._names,
            f"Patient/{view['subject']}",
            view["authored"],
            self._software,
            view["id"],
            f"QuestionnaireResponse/{response_id(view['id'], instrument)}" if instrument else None,
            "entered-in-error" if view["status"] == "entered-in-error" else status,
            said.get("encounter"),
            tuple(said.get("based_on") or ()),
            tuple(said.get("part_of") or ()),
            said.get("author"),
        )

    def _extensions(self, view: View) -> list[Resource]:
        said = [(TIMEPOINT, view["timepoint"])]
        if view["source"] != DEFAULT_SOURCE:
            said.append((SOURCE, view["source"]))
        return [{"url": self._names.extension(name), "valueCode": code} for name, code in said]


def _references(view: View) -> Mapping[str, Any]:
    return view.get("references") or {}
