"""A stored assessment as FHIR: its responses, its Observations, and what risk models said.

One assessment may hold several instruments, so one response's id is the assessment's, a hyphen, and the instrument's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.errors import UnknownInstrument
from shared.fhir.context import Context
from shared.fhir.document_reference import document_reference
from shared.fhir.observation import observations
from shared.fhir.risk_assessment import risk_assessment
from shared.fhir.systems import Names, Resource
from shared.fhir.written_response import questionnaire_response
from shared.instruments import Registry
from shared.instruments.definition import Instrument
from shared.instruments.named_steps import Answer
from shared.scoring.result import InstrumentResult

View = Mapping[str, Any]
"""An assessment as clients of the JSON API see it."""

TIMEPOINT, SOURCE = "timepoint", "source"
"""The extensions of a response that say when in the course it was given, and whose patient ids it uses."""

DEFAULT_TIMEPOINT, DEFAULT_SOURCE = "follow-up", "default"


def response_id(assessment: str, instrument: str) -> str:
    return f"{assessment}-{instrument}"


def assessment_of(resource_id: str) -> tuple[str, str]:
    """The assessment and the instrument that a response's id names."""
    assessment, _, instrument = resource_id.partition("-")
    return assessment, instrument


MADE, WITHDRAWN = "1", "2"
"""The versions of a stored resource: as it was made, and as it is since its assessment was voided or superseded."""


def version_of(view: View) -> str:
    return WITHDRAWN if view["void"] or view["superseded_by"] else MADE


def as_made(view: View) -> View:
    """The assessment as it was before it was voided or superseded."""
    return {**view, "status": "final", "superseded_by": None, "void": None}


def changed(view: View) -> str:
    """When the version came about."""
    return str((view["void"] or view)["recorded"])


def versioned(made: Resource, view: View) -> Resource:
    """A resource made of an assessment, with its version. What it was made of never changes within one."""
    meta = {"versionId": version_of(view), "lastUpdated": changed(view), **made.get("meta", {})}
    return {"resourceType": made["resourceType"], "id": made["id"], "meta": meta} | {
        name: part for name, part in made.items() if name != "meta"
    }


class StoredResources:
    """Makes resources of assessments, as far as the definitions that scored them are the ones at hand."""

    def __init__(self, names: Names, registry: Registry, software: str) -> None:
        self._names, self._registry, self._software = names, registry, software

    def response(self, view: View, instrument_id: str) -> Resource | None:
        """The answers to one instrument with its scores; ``None`` where the assessment has none that can be told."""
        for instrument, responses, result in self._parts(view):
            if instrument.id == instrument_id:
                context = self._context(view, instrument_id)
                capture = view.get("capture") or {}
                made = questionnaire_response(
                    instrument,
                    responses,
                    context,
                    result=result,
                    id=response_id(view["id"], instrument_id),
                    source=context.subject if capture.get("respondent") == "patient" else None,
                    language=capture.get("language"),
                    identifier=_references(view).get("identifier"),
                )
                return versioned({**made, "extension": self._extensions(view)}, view)
        return None

    def responses(self, view: View) -> list[Resource]:
        """The responses to every instrument that can be told."""
        made = [self.response(view, part["instrument"]) for part in view["responses"]]
        return [one for one in made if one is not None]

    def observations(self, view: View) -> list[Resource]:
        """The panel, the scores and the answers of every instrument."""
        return [
            versioned(made, view)
            for instrument, responses, result in self._parts(view)
            for made in observations(instrument, result, responses, self._context(view, instrument.id))
        ]

    def risk_assessments(self, view: View) -> list[Resource]:
        """What was shown of risk. A model that did not apply says so and gives no number."""
        context = self._context(view, None)
        basis = [f"QuestionnaireResponse/{response_id(view['id'], made.id)}" for made, _, _ in self._parts(view)]
        return [
            versioned(risk_assessment(estimate, context, occurrence=view["recorded"], basis=basis), view)
            for estimate in view["risk"]["estimates"]
        ]

    def report(self, view: View, pdf: bytes, *, related: Sequence[str], replaces: str | None = None) -> Resource:
        """Its report for people. ``related`` and ``replaces`` are references to what it shows and what it corrects."""
        context = self._context(view, None)
        title = "Questionnaire report"
        return document_reference(pdf, context, date=view["recorded"], title=title, related=related, replaces=replaces)

    def _parts(self, view: View) -> Iterator[tuple[Instrument, dict[str, Answer], InstrumentResult]]:
        results = {result["instrument"]: result for result in view["results"]}
        for sent in view["responses"]:
            result = results[sent["instrument"]]
            try:
                instrument = self._registry.get(sent["instrument"]).instrument
            except UnknownInstrument:
                continue
            # Another version's items and scores may mean something else.
            if instrument.version == result["instrument_version"]:
                answered = {item: answer for item, answer in sent["responses"].items() if answer is not None}
                yield instrument, answered, result

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
