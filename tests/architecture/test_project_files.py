"""What every file of the project must keep to."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from infra.local.template import ROOT
from shared.errors import AlreadyIdentified
from shared.instruments import registry
from shared.web.problems import STATUS

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


def test_the_deployer_is_told_of_every_parameter(template):
    told = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8")))

    assert set(template.parameters) - told == set()


def test_a_parameter_that_changes_what_a_function_does_makes_a_new_version_of_it(template):
    """SAM looks at no values: those that a function is given stand in its version's description, or by a word."""
    by_a_word = {
        **dict.fromkeys(("DeployerLayerArn", "RiskModelFolders", "TextPackFolders"), "DeployerLayerVersion"),
        **dict.fromkeys(("TokenJwks", "TokenJwksUrl"), "TokenKeysVersion"),
    }
    for name, properties in template.functions():
        given = set(re.findall(r"\w+", json.dumps([properties.get("Environment"), properties["Layers"]])))
        described = set(re.findall(r"\$\{(\w+)\}", properties.get("VersionDescription", {}).get("Fn::Sub", "")))

        assert {by_a_word.get(one, one) for one in given & template.parameters.keys()} <= described, name


def test_every_problem_of_the_json_routes_has_its_line():
    lines = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8").splitlines()
    told = dict(found.groups() for line in lines if (found := re.match(r"\| (.+?) \| (\d+) \|", line)))
    listed = {(code, int(status)) for codes, status in told.items() for code in re.findall(r"`([\w-]+)`", codes)}

    # Only FHIR has a create on a condition.
    assert {(kind.code, status) for kind, status in STATUS.items() if kind is not AlreadyIdentified} <= listed
