"""Every command of the how-to pages on EHRs runs as it stands, against the local service."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from infra.local import process
from infra.local.receiver import published_at, receiving
from infra.local.template import ROOT

PAGES = ("connect-an-ehr", "receive-a-push", "turn-on-cards")


def commands(page):
    """The shell blocks of a page, but for the one that starts the service."""
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    return "\n".join(one for one in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "make run" not in one)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a page in a folder of its own, with the addresses of the services that were started here."""
    state, keys = tmp_path_factory.mktemp("local"), []
    with (
        receiving(lambda: keys[0]()) as receiver,
        process.running(state, ehr_hosts=(receiver.address,)) as service,
    ):
        address = f"127.0.0.1:{service.port}"
        keys.append(published_at(f"http://{address}/smart/jwks"))

        def run_page(page):
            folder = tmp_path_factory.mktemp(page)
            (folder / ".venv").symlink_to(ROOT / ".venv")
            for name in ("infra", "shared", "functions", "template.yaml"):
                (folder / name).symlink_to(ROOT / name)
            script = commands(page).replace("127.0.0.1:8080", address).replace("127.0.0.1:8091", receiver.address)
            return subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script.replace(".local/", f"{state}/")],
                cwd=folder,
                env={**os.environ, "LOCAL_STATE": str(state)},
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )

        yield run_page


@pytest.mark.xdist_group("how-to")
@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("connect-an-ehr", "HTTP/1.1 201 Created"),
        ("receive-a-push", '"destination":"ehr","event":"stored"'),
        ("turn-on-cards", '"indicator": "critical"'),
    ],
)
def test_the_commands_of_a_page_run_and_nothing_is_refused(run, page, said):
    assert shutil.which("curl"), "the pages are written for curl"

    ran = run(page)

    assert ran.returncode == 0, ran.stderr[-2000:]
    assert said in ran.stdout
    assert '"severity":"error"' not in ran.stdout
    assert "urn:pain-risk:problem" not in ran.stdout
