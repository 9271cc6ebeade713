"""Where the judges are. They live in environments of their own, which ``make test`` sets up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from infra.local.template import ROOT

HERE = Path(__file__).parent
PYTHON = ROOT / ".venv-judges" / "bin" / "python"
MODULES = HERE / "node" / "node_modules"
SCHEMA = MODULES / "@medplum" / "definitions" / "dist" / "fhir" / "r4" / "fhir.schema.json"
LFORMS = HERE / "lforms" / "node_modules" / "lforms"

Verdicts = list[dict[str, Any]]
Judge = Callable[[Iterable[dict[str, Any]]], Verdicts]


def missing(what: str) -> None:
    """A judge that is not here is a skip on a bare machine, and a failure where all of them must be."""
    said = f"{what} is not here: run `make test`, which brings it"
    if os.environ.get("REQUIRE_JUDGES"):
        pytest.fail(said)
    pytest.skip(said)


def judged(command: list[str], cases: Iterable[dict[str, Any]]) -> Verdicts:
    lines = "\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    ran = subprocess.run(command, input=lines, text=True, capture_output=True, check=False, timeout=280)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture(scope="session")
def judges_python() -> str:
    """The interpreter of the Python judges; ``JUDGES_PYTHON`` names another."""
    python = os.environ.get("JUDGES_PYTHON") or str(PYTHON)
    if not Path(python).exists():
        missing("the environment of the Python judges")
    return python


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> str:
    """A Node of 20 or later: the one the Python judges' environment brought, or the machine's own."""
    beside = PYTHON.with_name("node")
    found = str(beside) if beside.exists() else shutil.which("node")
    if found is None or not MODULES.exists():
        missing("Node, or its judges")
    return str(found)


@pytest.fixture(scope="session")
def by_python(judges_python: str) -> Judge:
    if not SCHEMA.exists():
        missing("the R4 schema")
    return lambda cases: judged([judges_python, str(HERE / "python_judges.py"), str(SCHEMA)], cases)


@pytest.fixture(scope="session")
def by_node(node: str) -> Judge:
    return lambda cases: judged([node, str(HERE / "node" / "judge.mjs")], cases)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing("Chromium")
    if not LFORMS.exists():
        missing("lforms")
    return str(found)
