"""What a submission says of its surroundings: kept as it was sent, handed back, and followed by nobody here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.assessments.capture import Sent

TARGETS = {
    "encounter": ("Encounter",),
    "based_on": ("CarePlan", "ServiceRequest"),
    "part_of": ("Observation", "Procedure"),
    "author": ("Device", "Organization", "Patient", "Practitioner", "PractitionerRole", "RelatedPerson"),
}
"""What each may refer to: the targets of R4's QuestionnaireResponse."""

MAX_REFERENCES = 20


def _to(name: str) -> str:
    """The form of a FHIR reference, ``Type/id``: relative or absolute, to a resource or to one version of it."""
    kinds, an_id = "|".join(TARGETS[name]), "[A-Za-z0-9.-]{1,64}"
    return rf"^(https?://[!-~]{{1,200}}/)?({kinds})/{an_id}(/_history/{an_id})?$"


Encounter = Annotated[str, Field(pattern=_to("encounter"))]
Request = Annotated[str, Field(pattern=_to("based_on"))]
Whole = Annotated[str, Field(pattern=_to("part_of"))]
Author = Annotated[str, Field(pattern=_to("author"))]


class Identifier(Sent):
    """The client's own name for its response, in a system of its own; unique or not is the client's matter."""

    system: Annotated[str, Field(pattern=r"^[!-{}~]{1,200}$")]
    value: Annotated[str, Field(pattern=r"^[!-~]{1,200}$")]


class References(Sent):
    """``based_on`` asked for the answers, ``part_of`` is the procedure they belong to, ``author`` wrote them down."""

    identifier: Identifier | None = None
    encounter: Encounter | None = None
    based_on: Annotated[list[Request], Field(max_length=MAX_REFERENCES)] = Field(default_factory=list)
    part_of: Annotated[list[Whole], Field(max_length=MAX_REFERENCES)] = Field(default_factory=list)
    author: Author | None = None
