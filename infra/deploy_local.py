"""``python -m infra.deploy_local``: deploy the real template to a local AWS, and send the sample through it."""

from __future__ import annotations

import json
import signal
import sys
import time
import uuid
from typing import Any

from infra import ministack
from infra.local.issuer import Issuer
from infra.local.show import print_assessment
from infra.stack import ROOT, CannotDeploy, DeploymentFailed, Stack, deployed, step

SAMPLE = ROOT / "infra" / "samples" / "preoperative-intake.json"


def main() -> int:
    """Deploy, check who gets in, submit the sample, print what was stored."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    try:
        with deployed() as stack:
            with step("who gets in"):
                _check_access(stack)
            with step("submit, repeat, read back"):
                stored = _submit_sample(stack)
            print(f"\nThe sample intake {SAMPLE.relative_to(ROOT)}, from the deployed stack:\n")
            print_assessment(stored)
    except (CannotDeploy, DeploymentFailed, ministack.NotStarted) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    print(f"\nDone in {time.monotonic() - started:.0f} s; everything that was started is stopped.")
    return 0


def _check_access(stack: Stack) -> None:
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    read_only = stack.token(("score", "assessments:read"))
    for sent, answer, status in (
        ("no token", stack.call("POST", "/v1/assessments", None, sample), 401),
        ("a forged token", stack.call("POST", "/v1/assessments", Issuer().token("demo"), sample), 401),
        ("a read-only token", stack.call("POST", "/v1/assessments", read_only, sample), 403),
        ("a route that does not exist", stack.call("GET", "/v1/nothing", read_only), 404),
    ):
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        if (answer.status, media_type) != (status, "application/problem+json"):
            raise DeploymentFailed(f"{sent}: {status} as a problem was due, not {answer.status} with {answer.body}")
    health = stack.call("GET", "/health")
    if health.status != 200:
        raise DeploymentFailed(f"/health answered {health.status} with {health.body}")


def _submit_sample(stack: Stack) -> dict[str, Any]:
    sample, token = json.loads(SAMPLE.read_text(encoding="utf-8")), stack.token()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    created = stack.call("POST", "/v1/assessments", token, sample, key)
    if created.status != 201:
        raise DeploymentFailed(f"the sample was answered with {created.status} and {created.body}")
    repeated = stack.call("POST", "/v1/assessments", token, sample, key)
    read = stack.call("GET", created.headers["location"], token)
    if not (repeated.body == created.body == read.body):
        raise DeploymentFailed("the sample, its repetition and what is read back are not the same")
    other = stack.call("GET", created.headers["location"], stack.token(tenant="other"))
    if other.status != 404:
        raise DeploymentFailed(f"another tenant was answered with {other.status}")
    stored: dict[str, Any] = read.body
    return stored


if __name__ == "__main__":
    sys.exit(main())
