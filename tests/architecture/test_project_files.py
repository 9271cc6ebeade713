"""What every file of the project must keep to."""

from __future__ import annotations

import re
import subprocess

import pytest

from infra.local.template import ROOT
from shared.instruments import registry

TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
# Written so that this file does not hold what it looks for.
REGISTRY_HOST = re.compile(r"p[y]pi\.org|python[h]osted|npm[j]s\.|deb\.deb[i]an")


@pytest.mark.parametrize("name", TRACKED)
def test_no_file_names_a_package_registry_or_a_path_of_one_machine(name):
    text = (ROOT / name).read_text(encoding="utf-8", errors="replace")

    assert not REGISTRY_HOST.search(text)
    assert not re.search(r"(?<![\w.])/(root|home)/\w", text)


def test_the_sample_names_only_instruments_that_exist(sample):
    assert {entry["instrument"] for entry in sample["responses"]} <= set(registry().ids)


def test_no_definition_ships_wording_that_its_licence_forbids():
    for definition in registry().load_all().values():
        if not definition.instrument.licence.may_ship_item_text:
            assert all(item.text_is == "paraphrase" for item in definition.instrument.items)
