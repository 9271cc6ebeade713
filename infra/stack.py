"""The real template, built and deployed to a local AWS: for ``make deploy-local``, and for tests.

``with deployed() as stack: stack.call("GET", "/health")``
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from infra import ministack
from infra.local.issuer import ALL_SCOPES, Issuer

ROOT = Path(__file__).resolve().parents[1]
STACK = "pain-risk"
STAGE = "live"
NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})
SAM = ROOT / ".venv-sam" / "bin" / "sam"
MINISTACK_PYTHON = ROOT / ".venv-ministack" / "bin" / "python"


class CannotDeploy(Exception):
    """This machine lacks what a deployment needs; says what."""


class DeploymentFailed(Exception):
    """Building, deploying or a check after it failed."""


class Answer(NamedTuple):
    """``headers`` with lower-case names; ``body`` is the parsed JSON, or the text where it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Stack:
    """A deployed stack. ``url`` is the base of every route; ``outputs`` are the template's."""

    url: str
    endpoint: str
    outputs: Mapping[str, str]
    issuer: Issuer

    def token(self, scopes: Sequence[str] = ALL_SCOPES, tenant: str = "demo") -> str:
        """A token that this stack believes."""
        return self.issuer.token(tenant, scopes)

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request to the deployed API."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, sent, method=method)  # noqa: S310 loopback only
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            response = opener.open(request, timeout=30)
        except urllib.error.HTTPError as refused:
            response = refused
        with response:
            received = {name.lower(): value for name, value in response.headers.items()}
            text = response.read().decode()
            is_json = "json" in received.get("content-type", "")
            return Answer(response.status, received, json.loads(text) if text and is_json else text)

    def client(self, service: str) -> Any:
        """A boto3 client of the AWS that the stack stands in."""
        return ministack.client(service, self.endpoint)


def python_for_lambda() -> Path:
    """The interpreter that Lambda runs: layers are compiled with it, and functions are run by it.

    Raises:
        CannotDeploy: there is none on this machine.
    """
    pyenv = Path.home() / ".pyenv" / "versions"
    for candidate in ("python3.13", *map(str, sorted(pyenv.glob("3.13*/bin/python3.13")))):
        # Asked and not only looked for: pyenv puts a python3.13 on PATH that refuses to run.
        if found := _executable_3_13(candidate):
            return found
    raise CannotDeploy(
        "Deploying needs Python 3.13, which Lambda runs: none was found as python3.13 or under ~/.pyenv."
    )


def _executable_3_13(python: str | Path) -> Path | None:
    question = "import sys; print(sys.executable if sys.version_info[:2] == (3, 13) else '')"
    try:
        said = subprocess.run([python, "-c", question], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return Path(said.stdout.strip()) if said.stdout.strip() else None


@contextmanager
def deployed(root: Path = ROOT, parameters: Mapping[str, str] = NO_PARAMETERS) -> Iterator[Stack]:
    """The template and code of ``root``, built, deployed and ready; stopped and removed on leaving.

    ``parameters`` are the template's, beside those that make the stack believe its issuer.

    Raises:
        CannotDeploy: this machine lacks what a deployment needs.
        DeploymentFailed: the template or the code could not be built or deployed.
    """
    python = python_for_lambda()
    for needed in (SAM, MINISTACK_PYTHON):
        if not needed.exists():
            raise CannotDeploy(f"{needed.relative_to(ROOT)} is missing: `make deploy-local` sets it up.")
    if not _executable_3_13(MINISTACK_PYTHON):
        raise CannotDeploy(
            "Functions are run by .venv-ministack, which is not of Python 3.13: remove it and try again."
        )
    issuer = Issuer()
    with (
        tempfile.TemporaryDirectory(prefix="pain-risk-", ignore_cleanup_errors=True) as name,
        ministack.running(MINISTACK_PYTHON, Path(name) / "aws") as endpoint,
    ):
        folder = Path(name)
        given = folder / "parameters.yaml"  # JSON is YAML, and SAM reads no .json
        given.write_text(json.dumps({"Architecture": _architecture(), **issuer.parameters, **parameters}))
        environment = _environment(python, endpoint)
        ministack.client("s3", endpoint).create_bucket(
            Bucket="pain-risk-artifacts", CreateBucketConfiguration={"LocationConstraint": ministack.REGION}
        )
        build = str(folder / "build")
        config = ["--config-file", str(root / "samconfig.toml"), "--config-env", "local"]
        config += ["--parameter-overrides", f"file://{given}"]
        with step(f"sam build ({_architecture()})"):
            _run([SAM, "build", "--build-dir", build, *config], root, environment)
        with step("sam deploy"):
            _run([SAM, "deploy", "--template-file", f"{build}/template.yaml", *config], root, environment)
            outputs = _outputs(endpoint)
            _apply_gateway_responses(endpoint, outputs["ApiId"])
        # The host name in the output is AWS's; the local AWS has the same API under this path.
        url = f"{endpoint}/restapis/{outputs['ApiId']}/{STAGE}/_user_request_"
        yield Stack(url, endpoint, outputs, issuer)


def _architecture() -> str:
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def _environment(python: Path, endpoint: str) -> dict[str, str]:
    # No AWS_* of the caller's, and none of the make that may have started us: SAM runs a make of its own.
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("AWS_") and k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    }
    return {
        **kept,
        **ministack.credentials(endpoint),
        "PATH": os.pathsep.join((str(python.parent), os.environ.get("PATH", os.defpath))),
        "ARCHITECTURE": _architecture(),
        "NO_PROXY": ministack.HOST,
        "SAM_CLI_TELEMETRY": "0",
    }


def _run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeploymentFailed(f"{Path(command[0]).name} {command[1]} failed:\n{done.stdout[-6000:]}")


def _outputs(endpoint: str) -> dict[str, str]:
    stacks = ministack.client("cloudformation", endpoint).describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


def _apply_gateway_responses(endpoint: str, api: str) -> None:
    """Set the API's gateway responses: ministack 1.5 reads an API's OpenAPI body, but not that part of it."""
    cloudformation = ministack.client("cloudformation", endpoint)
    template = cloudformation.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
    document = json.loads(template) if isinstance(template, str) else template
    gateway = ministack.client("apigateway", endpoint)
    body = document["Resources"]["Api"]["Properties"]["Body"]
    for kind, response in body["x-amazon-apigateway-gateway-responses"].items():
        gateway.put_gateway_response(restApiId=api, responseType=kind, **response)
    gateway.create_deployment(restApiId=api, stageName=STAGE)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    started, end = time.monotonic(), "failed"
    print(f"{name} …", end=" ", flush=True)
    try:
        yield
        end = f"{time.monotonic() - started:.1f} s"
    finally:
        print(end, flush=True)
