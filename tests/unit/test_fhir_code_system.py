"""Every code of ours that goes out can be looked up."""

from __future__ import annotations

import json

from shared.fhir.code_system import code_systems, shared_code_systems
from tests.fhir_examples import ALL, NAMES
from tests.judges.emitted import emitted

INSTRUMENTS = [definition.instrument for definition in ALL]
SYSTEMS = [one for instrument in INSTRUMENTS for one in code_systems(instrument, NAMES)]
SYSTEMS += shared_code_systems(INSTRUMENTS, NAMES, "0.1.0")
# Of risk models, documents and clients: their own builders are handed what they stand for.
ELSEWHERE = ("risk-model", "risk-class-", "document-type")


def codings(part):
    if isinstance(part, dict):
        if "code" in part and str(part.get("system", "")).startswith(NAMES.base):
            yield part["system"], part["code"]
        for value in part.values():
            yield from codings(value)
    elif isinstance(part, list):
        for value in part:
            yield from codings(value)


def test_every_code_of_ours_stands_in_a_code_system():
    known = {(system["url"], concept["code"]) for system in SYSTEMS for concept in system["concept"]}
    used = {coding for _, resource in emitted() for coding in codings(resource)}
    ours = {(system, code) for system, code in used if not system.rsplit("/", 1)[1].startswith(ELSEWHERE)}

    assert ours - known == set()


def test_systems_have_ids_urls_and_codes_of_their_own():
    assert len({system["url"] for system in SYSTEMS}) == len(SYSTEMS)
    for system in SYSTEMS:
        codes = [concept["code"] for concept in system["concept"]]
        assert system["url"] == f"{NAMES.base}/CodeSystem/{system['id']}"
        assert len(set(codes)) == len(codes) == system["count"]
        assert "null" not in json.dumps(system)
