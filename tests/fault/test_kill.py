"""The service is killed in the middle of a burst; the burst is repeated; nothing is lost and nothing stands twice."""

from __future__ import annotations

import json
import signal
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from infra import ministack
from infra.local import process
from infra.local.template import ROOT

MINISTACK_PYTHON = ROOT / ".venv-ministack" / "bin" / "python"
BURST = 60


def submit(service, intake, number):
    """The id that was acknowledged, or None when no answer came."""
    body = json.dumps({**intake, "subject": f"p-{number}"}).encode()
    headers = {
        "Authorization": f"Bearer {service.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"burst-{number}",
    }
    request = urllib.request.Request(f"http://127.0.0.1:{service.port}/v1/assessments", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["id"]
    except (urllib.error.URLError, OSError):
        return None


def stored_by_subject(endpoint):
    client = ministack.client("dynamodb", endpoint)
    found = {}
    for page in client.get_paginator("scan").paginate(TableName="Table", ConsistentRead=True):
        for item in page["Items"]:
            if item.get("kind", {}).get("S") == "assessment":
                found.setdefault(item["pk"]["S"].rsplit("#", 1)[1], []).append(item["sk"]["S"].rsplit("#", 1)[1])
    return found


def test_each_key_has_exactly_one_assessment_after_a_kill_and_a_repeated_burst(intake, tmp_path):
    with ministack.running(MINISTACK_PYTHON, tmp_path / "aws", persistent=True) as endpoint:
        acknowledged = {}
        with process.running(tmp_path / "first", endpoint=endpoint) as service:
            enough = threading.Event()

            def note(number):
                acknowledged[number] = submit(service, intake, number)
                if sum(value is not None for value in acknowledged.values()) >= BURST // 3:
                    enough.set()

            with ThreadPoolExecutor(8) as pool:
                answers = [pool.submit(note, number) for number in range(BURST)]
                assert enough.wait(30)
                service.process.send_signal(signal.SIGKILL)
                for answer in answers:
                    answer.result()
        before = {number: found for number, found in acknowledged.items() if found is not None}
        assert 0 < len(before) < BURST, "the kill came in the middle"

        with process.running(tmp_path / "second", endpoint=endpoint) as service:
            after = {number: submit(service, intake, number) for number in range(BURST)}

        found = stored_by_subject(endpoint)
        assert all(len(found[f"p-{number}"]) == 1 for number in range(BURST))
        assert {number: after[number] for number in before} == before, "what was acknowledged is what is found"
