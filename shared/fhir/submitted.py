"""A response that is to be kept, as the submission of an assessment: what of it is taken, and what is not kept."""

from __future__ import annotations

from typing import Any

from shared.errors import DomainError
from shared.fhir.document import ELEMENTS
from shared.fhir.moments import instant
from shared.fhir.operation_outcome import Issue, error, issues_of
from shared.fhir.reading import SCORED_STATUSES, Reading
from shared.fhir.response_head import ROOT
from shared.fhir.stored import DEFAULT_TIMEPOINT, SOURCE, TIMEPOINT
from shared.fhir.surroundings import identifier_in, not_kept, place_of, references_in
from shared.fhir.systems import Names, kept
from shared.names import DEFAULT_SOURCE

AMENDED, WITHDRAWN = "amended", "entered-in-error"
"""The statuses of a response that says something of one which is stored."""

TAKEN = (*SCORED_STATUSES, WITHDRAWN)

_PLACES = {"timepoint": "extension", "source": "extension", "capture": "language"}
"""Where in a response stands what a submission holds by another name."""


def submission_of(reading: Reading, names: Names, source: str = DEFAULT_SOURCE) -> dict[str, Any]:
    """The body of the submission, as much of it as the response gives. ``source`` is the sender's own."""
    setting = reading.setting
    responses = [
        {
            "instrument": part.definition.instrument.id,
            "instrument_version": part.definition.instrument.version,
            "responses": dict(part.responses),
        }
        for part in reading.parts
    ]
    return kept(
        subject=reading.subject_id,
        source=_extension(reading, names, SOURCE) or source,
        timepoint=_extension(reading, names, TIMEPOINT) or DEFAULT_TIMEPOINT,
        authored=reading.authored,
        capture=kept(respondent=setting.respondent, language=setting.language),
        responses=responses,
        battery=reading.form.battery if reading.form else None,
        references=references_in(reading.document, names),
    )


def create_issues(reading: Reading, names: Names) -> list[Issue]:
    """What a create asks for beyond what scoring asks for, and what of the response is not kept."""
    issues = []
    if reading.status is not None and reading.status not in TAKEN:
        issues.append(error("business-rule", f"{ROOT}.status", "Only a completed response is kept."))
    if reading.status in (AMENDED, WITHDRAWN) and identifier_in(reading.document) is None:
        said = "What is amended or was entered in error is named by its identifier, with system and value."
        issues.append(error("business-rule", f"{ROOT}.identifier", said))
    if reading.authored is not None and instant(reading.authored) is None:
        said = "What is kept needs the time of the answers, with its offset."
        issues.append(error("value", f"{ROOT}.authored", said))
    if reading.subject is not None and not _is_ours(reading.subject, names):
        said = "Should be relative, as Patient/id: another server's id could be another person's here."
        issues.append(error("value", f"{ROOT}.subject.reference", said))
    issues += [
        error("duplicate", f"{ROOT}.extension", f"The extension {name} occurs twice.")
        for name in (TIMEPOINT, SOURCE)
        if len(_extensions(reading, names, name)) > 1
    ]
    return [*issues, *not_kept(reading.document, names)]


def refused_issues(refused: DomainError) -> list[Issue]:
    """What a submission was refused for, said of the response that it was made of."""
    issues = []
    for problem in refused.problems:
        _, name, *rest = *problem.pointer.split("/"), ""
        place = _PLACES.get(name, name)
        at = f"{ROOT}.{place}" if place in ELEMENTS else None
        if name == "references":
            at = place_of(*rest)
        issues.append(error("business-rule", at, f"{name} {problem.detail}".strip()))
    return issues or issues_of(refused)


def _is_ours(reference: str, names: Names) -> bool:
    return reference.startswith(("Patient/", f"{names.base}/Patient/"))


def _extensions(reading: Reading, names: Names, name: str) -> list[Any]:
    sent = reading.document.get("extension")
    url = names.extension(name)
    return [one for one in sent if isinstance(one, dict) and one.get("url") == url] if isinstance(sent, list) else []


def _extension(reading: Reading, names: Names, name: str) -> Any:
    """Its code; of another type or shape it is sent on as it is, and refused with the submission."""
    found = _extensions(reading, names, name)
    return found[0].get("valueCode", "not a code") if found else None
