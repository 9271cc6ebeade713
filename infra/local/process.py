"""The local service as a process of its own, for benchmarks and fault tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local.template import ROOT

START_SECONDS = 60


class Service:
    """A running local service. ``token`` is the demo tenant's."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, state: Path) -> None:
        self.process, self.port, self._state = process, port, state

    @property
    def token(self) -> str:
        tokens = json.loads((self._state / "tokens.json").read_text(encoding="utf-8"))
        return str(tokens["demo"])


@contextmanager
def running(state: Path, *, endpoint: str | None = None, ehr_hosts: Sequence[str] = ()) -> Iterator[Service]:
    """The service on a free port, with its tokens under ``state``.

    ``endpoint`` names a DynamoDB to use; ``ehr_hosts`` are those the service may call.
    """
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "LOCAL_STATE": str(state), "EHR_HOSTS": ",".join(ehr_hosts)}
    environment.pop("AWS_ENDPOINT_URL_DYNAMODB", None)
    if endpoint:
        environment["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.local"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _wait_until_healthy(process, port)
        yield Service(process, port, state)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the service stopped with exit code {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the service did not answer in time")
