"""What was read of a QuestionnaireResponse, however it was read."""

from __future__ import annotations

from typing import Any, NamedTuple

from shared.fhir.form import Form
from shared.fhir.operation_outcome import Issue
from shared.instruments import Definition
from shared.instruments.named_steps import Answer
from shared.scoring import Setting

SCORED_STATUSES = ("completed", "amended")


class Part(NamedTuple):
    """What a response says of one instrument. ``stated``: the client's own scores, for comparison and nothing else."""

    definition: Definition
    responses: dict[str, Answer]
    stated: dict[str, Any]


class Reading(NamedTuple):
    """What one response says. Only a reading without a refusing issue may be scored.

    ``subject`` is the reference as sent, ``subject_id`` the patient's id in it (``None``: a ``urn:uuid`` of a Bundle).
    ``parts`` holds every instrument that was asked, in the order of the form, whether it was answered or not.
    """

    document: dict[str, Any]
    form: Form | None
    status: str | None
    subject: str | None
    subject_id: str | None
    authored: str | None
    setting: Setting
    parts: list[Part]
    issues: list[Issue]

    @property
    def refused(self) -> bool:
        return any(issue.refuses for issue in self.issues)
