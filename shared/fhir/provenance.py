"""Where results came from: the response, the definitions by version and hash, the software."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shared.fhir.systems import TERMINOLOGY, Names, Resource, coding, concept, kept, references


class Basis(NamedTuple):
    """A definition that computed something: of an instrument or a risk model."""

    id: str
    version: str
    sha256: str


def provenance(
    targets: Sequence[str],
    *,
    recorded: str,
    software: str,
    names: Names,
    response: str | None = None,
    bases: Iterable[Basis] = (),
    id: str | None = None,
) -> Resource:
    """The provenance of ``targets``, references to what was made from ``response``. ``recorded`` is a full time."""
    entities = [{"role": "source", "what": {"reference": response}}] if response else []
    entities += [
        {
            "role": "derivation",
            "what": {
                "identifier": {"system": names.identifier("definition-sha256"), "value": basis.sha256},
                "display": f"{basis.id} {basis.version}",
            },
        }
        for basis in bases
    ]
    assembler = coding(f"{TERMINOLOGY}/provenance-participant-type", "assembler", "Assembler")
    derive = coding(f"{TERMINOLOGY}/v3-DataOperation", "CREATE", "create")
    return kept(
        resourceType="Provenance",
        id=id,
        target=references(targets),
        recorded=recorded,
        activity=concept("Scored from the answers", derive),
        agent=[{"type": concept("Scoring software", assembler), "who": {"display": software}}],
        entity=entities,
    )
