"""The CDS services: one for each hook. Their ids are public and are never renamed."""

from __future__ import annotations

from typing import Any, NamedTuple

from shared.errors import NotFound

PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "responses": ("QuestionnaireResponse?patient={{context.patientId}}&status=completed&_sort=-authored&_count=20"),
}
"""What every service needs of the EHR."""

REQUIREMENTS = (
    "Every call is signed by a client that a tenant registered for CDS Hooks; its patient ids are those of the source "
    "that the tenant registered with it. Only health professionals are shown scores, alerts and profiles."
)


class Service(NamedTuple):
    """One service, as discovery tells it."""

    id: str
    hook: str
    title: str
    description: str

    @property
    def entry(self) -> dict[str, Any]:
        return {**self._asdict(), "prefetch": PREFETCH, "usageRequirements": REQUIREMENTS}


SERVICES = {
    service.id: service
    for service in (
        Service(
            "pain-risk-patient-view",
            "patient-view",
            "Pain questionnaires: recent scores",
            "Open safety alerts, recent questionnaire scores with their age, and the profile of a recent assessment.",
        ),
        Service(
            "pain-risk-order-select",
            "order-select",
            "Pain questionnaires: operation being chosen",
            "Where an operation is chosen: whether an assessment is due, or the profile of the recent one.",
        ),
        Service(
            "pain-risk-order-sign",
            "order-sign",
            "Pain questionnaires: operation or opioid to be signed",
            "Where an operation is signed: whether an assessment is due, or the profile of the recent one. Where an "
            "opioid is signed: what was recorded about opioids.",
        ),
        Service(
            "pain-risk-appointment-book",
            "appointment-book",
            "Pain questionnaires: appointment for an operation",
            "Where an appointment for an operation is booked: whether an assessment is due.",
        ),
        Service(
            "pain-risk-encounter-discharge",
            "encounter-discharge",
            "Pain questionnaires: plan the follow-up",
            "At discharge of a person who was assessed here: the questions on the outcome at three months.",
        ),
    )
}


def service_of(service_id: str) -> Service:
    """The service of an id.

    Raises:
        NotFound: there is none.
    """
    service = SERVICES.get(service_id)
    if service is None:
        raise NotFound("No CDS service has this id.")
    return service


def discovery() -> dict[str, Any]:
    """What ``GET /cds-services`` answers."""
    return {"services": [service.entry for service in SERVICES.values()]}
