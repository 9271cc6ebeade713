"""A stored assessment as FHIR: its responses, its Observations, and what risk models said.

One assessment may hold several instruments, so one response's id is the assessment's, a hyphen, and the instrument's;
the response to a whole battery has the battery's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.errors import UnknownInstrument, UnknownRiskModel
from shared.fhir.context import Context, resource_id
from shared.fhir.document_reference import document_reference
from shared.fhir.observation import observations
from shared.fhir.provenance import Basis, provenance
from shared.fhir.risk_assessment import risk_assessment
from shared.fhir.systems import Names, Resource
from shared.fhir.written_response import Told, questionnaire_response
from shared.instruments import Definition, Registry
from shared.names import DEFAULT_SOURCE
from shared.scoring.result import InstrumentResult

if TYPE_CHECKING:
    from shared.risk_models import Registry as RiskModels

View = Mapping[str, Any]
"""An assessment as clients of the JSON API see it."""

TIMEPOINT, SOURCE = "timepoint", "source"
"""The extensions of a response that say when in the course it was given, and whose patient ids it uses."""

DEFAULT_TIMEPOINT = "follow-up"


def response_id(assessment: str, instrument: str) -> str:
    return f"{assessment}-{instrument}"


def assessment_of(resource_id: str) -> tuple[str, str]:
    """The assessment, and the instrument or battery, that a response's id names."""
    assessment, _, name = resource_id.partition("-")
    return assessment, name


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
    """Makes resources of assessments, each part by the definition that scored it, as far as that one is still held.

    ``models`` gives the risk models, which are cited in what they said.
    """

    def __init__(
        self, names: Names, registry: Registry, software: str, models: Callable[[], RiskModels] | None = None
    ) -> None:
        self._names, self._registry, self._software, self._models = names, registry, software, models

    def response(self, view: View, name: str) -> Resource | None:
        """The answers to one instrument with its scores, or to a whole battery; ``None`` where there is none to tell.

        ``name`` is the id of an instrument, or of the battery that the assessment was made of.
        """
        parts = list(self._parts(view))
        whole = self._whole(view, parts)
        if whole is not None and name == view["battery"]["battery"]:
            return whole
        for part in parts:
            if part.instrument.id == name:
                # A sender's identifier is of what was sent: of the whole, where that is a response itself.
                about = self._about(view, name, identified=whole is None)
                context = self._context(view, name)
                made = questionnaire_response(part.instrument, part.responses, context, result=part.result, **about)
                return versioned({**made, "extension": self._extensions(view)}, view)
        return None

    def _whole(self, view: View, parts: Sequence[Told]) -> Resource | None:
        """The assessment as one response to the form of its battery, where it is one."""
        battery = view.get("battery")
        if not battery or len(parts) < len(view["responses"]):
            return None
        from shared.fhir.battery_response import battery_response

        name = battery["battery"]
        about = self._about(view, name, identified=True)
        context = self._context(view, name)
        made = battery_response(name, battery["definition"], parts, context, self._registry, **about)
        return made and versioned({**made, "extension": self._extensions(view)}, view)

    def _about(self, view: View, name: str, *, identified: bool) -> dict[str, Any]:
        capture = view.get("capture") or {}
        return {
            "id": response_id(view["id"], name),
            "source": f"Patient/{view['subject']}" if capture.get("respondent") == "patient" else None,
            "language": capture.get("language"),
            "identifier": _references(view).get("identifier") if identified else None,
        }

    def responses(self, view: View) -> list[Resource]:
        """The response to the whole battery, where it is one, and to every instrument that can be told."""
        whole = self._whole(view, list(self._parts(view)))
        return [*([whole] if whole else []), *self.responses_by_instrument(view)]

    def responses_by_instrument(self, view: View) -> list[Resource]:
        """The response to every instrument that can be told; what Observations derive from."""
        parts = [self.response(view, part["instrument"]) for part in view["responses"]]
        return [one for one in parts if one is not None]

    def sent_as(self, view: View) -> list[str]:
        """What the responses stand for that a sender's identifier is of: the battery, else the instruments."""
        if self._whole(view, list(self._parts(view))) is not None:
            return [view["battery"]["battery"]]
        return [part["instrument"] for part in view["responses"]]

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
            versioned(
                risk_assessment(
                    estimate, context, occurrence=view["recorded"], basis=basis, citation=self._cited(estimate)
                ),
                view,
            )
            for estimate in view["risk"]["estimates"]
        ]

    def _cited(self, estimate: Mapping[str, Any]) -> str | None:
        """The title and publication of a model; ``None`` where the very definition is not at hand."""
        if self._models is None:
            return None
        try:
            found = self._models().get(estimate["model"])
        except UnknownRiskModel:
            return None
        if found.sha256 != estimate["definition_sha256"]:
            return None
        return f"{found.model.title}. {'; '.join(one.text for one in found.model.citations)}"

    def provenances(self, view: View) -> list[Resource]:
        """One for each response: what was made of it, and by which definitions. A risk is told of with each."""
        risks = view["risk"]["estimates"]
        models = [Basis(one["model"], one["model_version"], one["definition_sha256"]) for one in risks]
        made_of_all = [f"RiskAssessment/{one['id']}" for one in self.risk_assessments(view)]
        made = []
        for instrument, responses, result in self._parts(view):
            context = self._context(view, instrument.id)
            scores = observations(instrument, result, responses, context)
            basis = Basis(instrument.id, result["instrument_version"], result["definition_sha256"])
            one = provenance(
                [str(context.response), *(f"Observation/{one['id']}" for one in scores), *made_of_all],
                recorded=view["recorded"],
                software=f"{self._software}, scored by engine {view['provenance']['engine_version']}",
                names=self._names,
                response=context.response,
                bases=[basis, *models],
                id=resource_id(view["id"], instrument.id, "provenance"),
            )
            made.append(versioned(one, view))
        return made

    def everything(self, view: View) -> list[Resource]:
        """All of it: the responses, then what was made of them, then where that came from."""
        made = [*self.observations(view), *self.risk_assessments(view), *self.provenances(view)]
        return [*self.responses(view), *made]

    def report(self, view: View, pdf: bytes, *, related: Sequence[str], replaces: str | None = None) -> Resource:
        """Its report for people. ``related`` and ``replaces`` are references to what it shows and what it corrects."""
        context = self._context(view, None)
        title = "Questionnaire report"
        return document_reference(pdf, context, date=view["recorded"], title=title, related=related, replaces=replaces)

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
