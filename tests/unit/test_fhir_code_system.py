"""Every code and every canonical of ours that goes out can be looked up."""

from __future__ import annotations

import json

import pytest

from tests.fhir_examples import NAMES
from tests.judges.emitted import DEFINED, emitted

SYSTEMS = DEFINED.all("CodeSystem")
KINDS = ("CodeSystem", "OperationDefinition", "StructureDefinition")


@pytest.fixture(scope="module")
def shown():
    return [resource for _, resource in emitted()]


def codings(part):
    if isinstance(part, dict):
        if "code" in part and str(part.get("system", "")).startswith(NAMES.base):
            yield part["system"], part["code"]
        for value in part.values():
            yield from codings(value)
    elif isinstance(part, list):
        for value in part:
            yield from codings(value)


def canonicals(part):
    """Every string that is a canonical of one of ``KINDS`` under our base."""
    if isinstance(part, dict):
        for value in part.values():
            yield from canonicals(value)
    elif isinstance(part, list):
        for value in part:
            yield from canonicals(value)
    elif isinstance(part, str) and part.startswith(tuple(f"{NAMES.base}/{kind}/" for kind in KINDS)):
        yield part


def test_every_code_of_ours_stands_in_a_code_system(shown):
    known = {(system["url"], concept["code"]) for system in SYSTEMS for concept in system["concept"]}
    used = {coding for resource in shown for coding in codings(resource)}

    assert len(used) > 1000
    assert used - known == set()


def test_every_canonical_of_ours_stands_for_something(shown):
    used = {url for resource in shown for url in canonicals(resource)}

    assert {url.removeprefix(f"{NAMES.base}/").partition("/")[0] for url in used} == set(KINDS)
    for url in used:
        kind, _, id = url.removeprefix(f"{NAMES.base}/").partition("/")
        assert (DEFINED.get(kind, id) or {}).get("url") == url


def test_every_extension_that_is_defined_is_used(shown):
    used = {
        url for resource in shown if resource["resourceType"] != "StructureDefinition" for url in canonicals(resource)
    }

    assert {one["url"] for one in DEFINED.all("StructureDefinition")} <= used


def test_one_by_one_they_are_what_the_list_holds():
    for kind in KINDS:
        for resource in DEFINED.all(kind):
            assert DEFINED.get(kind, resource["id"]) == resource
        assert DEFINED.get(kind, "none") is None


def test_systems_have_ids_urls_and_codes_of_their_own():
    assert len({system["url"] for system in SYSTEMS}) == len(SYSTEMS)
    for system in SYSTEMS:
        codes = [concept["code"] for concept in system["concept"]]
        assert system["url"] == f"{NAMES.base}/CodeSystem/{system['id']}"
        assert len(set(codes)) == len(codes) == system["count"]
        assert "null" not in json.dumps(system)
