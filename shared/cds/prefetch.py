"""What the EHR sent, or would send if asked: a person and their own questionnaire responses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from shared.cds.request import HookRequest
from shared.cds.resources import dicts, entries, patient_in, server_in
from shared.cds.services import PREFETCH
from shared.errors import HookRefused, Problem, pointer

MAX_AGE = 130
PATIENT, RESPONSES = "patient", "responses"


class Prefetched(NamedTuple):
    """``more``: the EHR holds responses beyond those that it sent. ``unattributed``: without a person that is named."""

    patient: dict[str, Any] | None
    responses: list[dict[str, Any]]
    more: bool
    unattributed: int

    @property
    def is_deceased(self) -> bool:
        patient = self.patient or {}
        return patient.get("deceasedBoolean") is True or "deceasedDateTime" in patient

    def age_at(self, moment: datetime) -> int | None:
        """Completed years, where the birth date is known to the day."""
        try:
            born = date.fromisoformat(str((self.patient or {}).get("birthDate")))
        except ValueError:
            return None
        day = moment.date()
        years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        return years if 0 <= years <= MAX_AGE else None


def not_supplied(prefetch: Mapping[str, Any]) -> list[str]:
    """The keys that are needed and were not supplied: absent, or an error in place of an answer.

    ``null`` is an answer: the EHR looked, and there is nothing.
    """
    return [key for key in PREFETCH if key not in prefetch or _is_failure(prefetch[key])]


def query_of(key: str, patient: str) -> str:
    """What to ask the EHR's FHIR server for, relative to its base."""
    return PREFETCH[key].replace("{{context.patientId}}", patient)


def read_prefetch(prefetch: Mapping[str, Any], request: HookRequest) -> Prefetched:
    """What was supplied, once it is known to be about the person of the context.

    Raises:
        HookRefused: not of the kind that was asked for, or about another person. Persons are never mixed.
    """
    problems: list[Problem] = []
    patient = _patient(prefetch.get(PATIENT), request.patient, problems)
    bundle = prefetch.get(RESPONSES)
    if bundle is not None and not _is(bundle, "Bundle"):
        problems.append(Problem(pointer("prefetch", RESPONSES), "value-not-allowed", "should be a Bundle"))
    responses, unattributed = [], 0
    # Where the hook does not say which server is the EHR's, it is one all the same: an id on two is two persons'.
    server = request.fhir_server or server_in((*request.beside, *(resource for _, resource in entries(bundle))))
    for place, resource in entries(bundle):
        at = pointer("prefetch", RESPONSES, "entry", place, "resource")
        if _is(resource, "Patient"):
            _patient(resource, request.patient, problems, at)
        elif _is(resource, "QuestionnaireResponse"):
            subject = patient_in(resource, server)
            if subject == request.patient:
                responses.append(resource)
            elif subject is not None:
                problems.append(Problem(f"{at}/subject", "another-patient", "is another person than the context's"))
            else:
                unattributed += 1
    if problems:
        raise HookRefused(problems=problems)
    return Prefetched(patient, responses, _goes_on(bundle), unattributed)


def _patient(
    sent: Any, expected: str, problems: list[Problem], at: str = pointer("prefetch", PATIENT)
) -> dict[str, Any] | None:
    if sent is None:
        return None
    if not _is(sent, "Patient"):
        problems.append(Problem(at, "value-not-allowed", "should be a Patient"))
        return None
    if sent.get("id") != expected:
        problems.append(Problem(f"{at}/id", "another-patient", "is another person than the context's"))
    return dict(sent)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, dict) and value.get("resourceType") == kind


def _is_failure(value: Any) -> bool:
    """An OperationOutcome, or a Bundle with one that tells of an error; a search may carry mere remarks."""
    if _is(value, "OperationOutcome"):
        return True
    return any(_is(one, "OperationOutcome") and _tells_an_error(one.get("issue")) for _, one in entries(value))


def _tells_an_error(issues: Any) -> bool:
    return any(issue.get("severity") in ("error", "fatal") for issue in dicts(issues))


def _goes_on(bundle: Any) -> bool:
    return isinstance(bundle, dict) and any(link.get("relation") == "next" for link in dicts(bundle.get("link")))
