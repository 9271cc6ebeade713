"""A local AWS in one process (ministack), on the loopback interface, gone without a trace when it is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

HOST = "127.0.0.1"
REGION = "eu-west-1"
START_SECONDS = 30


class NotStarted(Exception):
    """The local AWS did not come up; says what it last wrote."""


@contextmanager
def running(python: Path, folder: Path, *, persistent: bool = False) -> Iterator[str]:
    """The endpoint of a local AWS. ``python`` runs it and its Lambda functions; all its state is in ``folder``.

    A ``persistent`` one started again in the same folder knows what it knew.

    Raises:
        NotStarted: it stopped, or did not answer in time.
    """
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "ministack.log"
    # Nothing else is inherited: functions see this environment, and would take a developer's settings for theirs.
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "PERSIST_STATE": "1" if persistent else "0",
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        # Functions then act under their own roles, and are refused what the template does not allow them.
        "AUTH": "true",
        **{name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ},
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", "ministack"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and the functions' processes can be stopped with it
        )
        try:
            endpoint = f"http://{HOST}:{port}"
            _wait_for(endpoint, process, log)
            yield endpoint
        finally:
            _stop(process)


def credentials(endpoint: str) -> dict[str, str]:
    """Environment variables that lead any AWS tool to ``endpoint``, and away from every real account."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def client(service: str, endpoint: str) -> Any:
    """A boto3 client of the local AWS."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 made up
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(endpoint: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            opener.open(f"{endpoint}/_ministack/health", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise NotStarted(f"ministack did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for wish in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, wish)
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
