"""Other people's clients, walked through the service as its how-to says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from infra.local.template import ROOT

WALKS = ROOT / "tests" / "judges" / "walks"


def walked(api: str, admin: str, receiver: str, webhook: int) -> list[str]:
    """The steps that went well. ``webhook`` is the port to receive messages on."""
    beside = ROOT / ".venv-judges" / "bin" / "node"
    node = str(beside) if beside.exists() else shutil.which("node")
    if node is None or not (WALKS / "node_modules").exists():
        said = "Node or the clients are not here: run `make test`, which brings them"
        pytest.fail(said) if os.environ.get("REQUIRE_JUDGES") else pytest.skip(said)
    given = {"api": api, "admin": admin, "receiver": receiver, "webhook": webhook}
    ran = subprocess.run(
        [node, str(WALKS / "walk.mjs")],
        input=json.dumps(given),
        text=True,
        capture_output=True,
        check=False,
        timeout=180,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr[-4000:]}"
    return [line.removeprefix("ok ") for line in ran.stdout.splitlines() if line.startswith("ok ")]
