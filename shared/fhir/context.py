"""What all resources of one scored response share: whose they are, when, from what, and how they name each other."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.fhir.moments import instant
from shared.fhir.response_head import kind_and_id, reference_in
from shared.fhir.systems import Names, Resource, kept, references

_LONGEST_ID = 64


class Context(NamedTuple):
    """``authored`` is when the answers were given, and never when they were scored.

    ``assessment`` is the id under which they are stored; without one nothing is stored and resources name each other by
    ``urn:uuid``. ``status`` is every Observation's: ``final``, ``amended``, ``corrected`` or ``entered-in-error``.
    """

    names: Names
    subject: str | None
    authored: str | None
    software: str
    assessment: str | None = None
    response: str | None = None
    status: str = "final"
    encounter: str | None = None
    based_on: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    author: str | None = None

    @property
    def issued(self) -> str | None:
        """``authored`` where it is a full time."""
        return self.authored if self.authored and instant(self.authored) else None

    def observation_id(self, instrument: str, name: str) -> str | None:
        return resource_id(self.assessment, instrument, name) if self.assessment else None

    def observation(self, instrument: str, name: str) -> str:
        """A reference to the Observation of one score or item, stored or not."""
        known = self.observation_id(instrument, name)
        return f"Observation/{known}" if known else self.urn(instrument, name)

    def urn(self, instrument: str, name: str) -> str:
        about = f"{self.names.base}/{instrument}/{name}/{self.assessment}/{self.subject}/{self.authored}"
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, about)}"

    def identifier(self, kind: str, *parts: str) -> Resource | None:
        """The identifier by which a receiver tells that it has the resource already."""
        if self.assessment is None:
            return None
        return {"system": self.names.identifier(kind), "value": "/".join((self.assessment, *parts))}

    def shared(self) -> Resource:
        """What every Observation carries of it."""
        return kept(
            basedOn=references(self.based_on),
            # A response may be part of an Observation; an Observation may not.
            partOf=references([one for one in self.part_of if kind_and_id(one)[0] == "Procedure"]),
            subject=self.subject and {"reference": self.subject},
            encounter=self.encounter and {"reference": self.encounter},
            effectiveDateTime=self.authored,
            issued=self.issued,
            device={"display": self.software},
            derivedFrom=references([self.response] if self.response else []),
        )


def resource_id(assessment: str, instrument: str, name: str) -> str:
    """An id made of the assessment's, so that it is found again: its beginning up to the first hyphen."""
    plain = f"{assessment}-{instrument}-{name}".replace("_", ".")
    if len(plain) <= _LONGEST_ID:
        return plain
    return f"{assessment}-{hashlib.sha256(plain.encode()).hexdigest()[:32]}"


def context_of(
    document: Mapping[str, Any],
    names: Names,
    software: str,
    *,
    assessment: str | None = None,
    response: str | None = None,
    status: str | None = None,
) -> Context:
    """The context of a response that was read without a refusing issue."""
    based_on = [reference for one in document.get("basedOn", ()) if (reference := one.get("reference"))]
    part_of = [reference for one in document.get("partOf", ()) if (reference := one.get("reference"))]
    return Context(
        names,
        reference_in(document, "subject"),
        document.get("authored"),
        software,
        assessment,
        response,
        status or ("amended" if document.get("status") == "amended" else "final"),
        reference_in(document, "encounter"),
        tuple(based_on),
        tuple(part_of),
        reference_in(document, "author"),
    )
