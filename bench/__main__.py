"""``python -m bench``: measure everything side by side with its baseline, and write docs/benchmarks.md."""

from __future__ import annotations

import compileall
import datetime
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from bench import cds, fhir_response, load, side_by_side
from bench.scoring import listing, loading, scoring
from infra import ministack
from infra.local import process
from infra.local.engine import LOCAL_CREDENTIALS
from infra.local.intake import assess_with
from infra.local.issuer import Issuer
from infra.local.template import ROOT, Template

PHQ9 = {f"phq9_{n}": n % 4 for n in range(1, 10)}
JSON = {"Content-Type": "application/json"}
MINISTACK_PYTHON = ROOT / ".venv-ministack" / "bin" / "python"


def main() -> None:
    in_process = [*head(), *scoring(), *loading(), *listing(), *whole_assessment(), *of_fhir()]
    lines = [*in_process, *cold_start(), *over_http(), *stored(), *of_cards()]
    (ROOT / "docs" / "benchmarks.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def head() -> Iterator[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("pydantic", "aws-lambda-powertools", "boto3", "moto"))
    yield "# Benchmarks"
    yield ""
    yield f"Written by `make bench` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} cores,"
    yield f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}."
    yield "The machine is shared, so the ratios count and not the times. Spreads are fastest to slowest."


def whole_assessment() -> Iterator[str]:
    body = json.loads((ROOT / "infra" / "samples" / "preoperative-intake.json").read_text(encoding="utf-8"))
    assess_sample = assess_with()
    assess_sample(body)
    [spread] = side_by_side.calls([lambda: assess_sample(body)], rounds=31)
    yield ""
    yield "## The whole assessment of the sample, in process and without storage"
    yield ""
    yield "Seven instruments, every risk model, profile, options and observed rates, from parsed body to document:"
    yield f"{spread.scaled(1e-3)} ms, median (spread). Aim: under 1 ms."


def of_fhir() -> Iterator[str]:
    times, by_fhirpath = fhir_response.measure(), fhir_response.measure_fhirpath()
    yield ""
    yield "## From the bytes of a QuestionnaireResponse to its scores (PHQ-9)"
    yield ""
    yield "Fastest of 200 rounds in turn, µs. fhirpath evaluates the form's own expression of the total in a warm Node."
    yield ""
    yield "| `json.loads` and a bare sum | parsed, checked and every score | multiple | fhirpath, the total alone |"
    yield "|---|---|---|---|"
    seen = "not set up" if by_fhirpath is None else f"{by_fhirpath:.1f}"
    yield f"| {times.bare:.1f} | {times.whole:.1f} | {times.ratio:.1f} | {seen} |"
    yield ""
    yield f"Aim: at most {fhir_response.TARGET:g} times."


def of_cards() -> Iterator[str]:
    served = cds.measure()
    yield ""
    yield "## Cards, from the signed hook to the answer (local gateway, moto as DynamoDB)"
    yield ""
    yield f"A person with {cds.ASSESSMENTS} whole preoperative intakes; ms, median (spread)."
    yield ""
    yield "| reading the ten by the JSON API | patient-view | order-sign with an operation | bytes of the first |"
    yield "|---|---|---|---|"
    spreads = (served.reading, served.patient_view, served.order_sign)
    yield f"| {' | '.join(spread.scaled(1e-3) for spread in spreads)} | {served.answered:,} |"
    yield ""
    yield f"Aim: under {cds.TARGET_MS} ms."


def cold_start() -> Iterator[str]:
    for package in ("shared", "functions"):
        compileall.compile_dir(ROOT / package, quiet=2)
    template = Template(Issuer().parameters)
    environment = {**os.environ, **LOCAL_CREDENTIALS, "PYTHONPATH": str(ROOT)}
    for name, _ in template.functions():
        environment |= template.environment(name)
    environment["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"
    steps = {
        "`import json`": "import json",
        "and pydantic": "import json, pydantic; pydantic.BaseModel",
        "and Powertools' logger and metrics": "import pydantic; pydantic.BaseModel; import aws_lambda_powertools as p; "
        "p.Logger(), p.Metrics()",
        "and Powertools' resolver": "import pydantic; pydantic.BaseModel; import aws_lambda_powertools as p; "
        "from aws_lambda_powertools.event_handler import APIGatewayRestResolver as R; p.Logger(), p.Metrics(), R()",
        "boto3 and a DynamoDB client alone": "import boto3; boto3.client('dynamodb')",
        "a stock resolver with validation, one route answered": _STOCK_START,
        "and its boto3 client": _STOCK_START + "\nimport boto3; boto3.client('dynamodb')",
        "**the catalogue function, scoring one PHQ-9**": _CATALOGUE_START,
        "**the FHIR function, scoring one PHQ-9 response**": _FHIR_START,
        "**the assessments function, with its DynamoDB client**": _ASSESSMENTS_START,
    }
    lines = [[sys.executable, "-c", code] for code in steps.values()]
    spreads = side_by_side.commands(lines, environment=environment)
    yield ""
    yield "## Cold start, whole process, bytecode warm"
    yield ""
    yield "| | ms, median (spread) | multiple |"
    yield "|---|---|---|"
    for name, spread in zip(steps, spreads, strict=True):
        yield f"| {name} | {spread.scaled(1e-3)} | {spread.median / spreads[0].median:.1f} |"
    yield ""
    yield "Aim: 8 for the function that stores nothing and 16 for the one that stores; at most 12 and 24."


_STOCK_START = """
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from pydantic import BaseModel
app, logger, metrics = APIGatewayRestResolver(enable_validation=True), Logger(), Metrics()
class Body(BaseModel):
    responses: dict[str, int]
class Answer(BaseModel):
    total: int
@app.post("/score")
def score(body: Body) -> Answer:
    return Answer(total=sum(body.responses.values()))
event = {"httpMethod": "POST", "path": "/score", "headers": {"content-type": "application/json"},
  "body": '{"responses": {"a": 1}}', "requestContext": {"requestId": "r"}, "multiValueHeaders": {}}
assert app.resolve(event, None)["statusCode"] == 200
"""
_ASSESSMENTS_START = "import functions.assessments.app as a; a.assessments()"
_CATALOGUE_START = f"""
import functions.catalogue.app as a
event = {{"httpMethod": "POST", "path": "/v1/instruments/phq-9/score", "resource": "/v1/instruments/{{id}}/score",
  "headers": {{"Content-Type": "application/json"}}, "body": {json.dumps(json.dumps({"responses": PHQ9}))},
  "requestContext": {{"requestId": "r", "authorizer": {{"tenant": "t", "scope": "score", "expires": "9999999999"}}}}}}
assert a.handler(event, None)["statusCode"] == 200
"""


_FHIR_START = f"""
import functions.fhir.app as a
event = {{"httpMethod": "POST", "path": "/fhir/R4/QuestionnaireResponse/$score",
  "resource": "/fhir/R4/QuestionnaireResponse/{{id}}", "headers": {{"Content-Type": "application/fhir+json"}},
  "body": {json.dumps(fhir_response.response_bytes().decode())}, "requestContext": {{"requestId": "r",
  "domainName": "scoring.example.org", "authorizer": {{"tenant": "t", "scope": "score", "expires": "9999999999"}}}}}}
assert a.handler(event, None)["statusCode"] == 200
"""


def over_http() -> Iterator[str]:
    yield ""
    yield "## Stateless scoring over HTTP (local service, one process; the load comes from another process)"
    yield ""
    yield "| connections | requests | requests/s | answers other than 200 |"
    yield "|---|---|---|---|"
    body = json.dumps({"responses": PHQ9}).encode()
    with tempfile.TemporaryDirectory() as folder, process.running(Path(folder)) as service:
        headers = {**JSON, "Authorization": f"Bearer {service.token}"}
        sent = load.request("POST", "/v1/instruments/phq-9/score", headers, body)
        load.run(service.port, [sent] * 2000, connections=8)
        for connections in (1, 8, 64):
            done = load.run(service.port, [sent] * 20_000, connections=connections)
            wrong = sum(count for status, count in done.statuses.items() if status != 200)
            yield f"| {connections} | 20,000 | {done.rate:,.0f} | {wrong} |"
    yield ""
    yield "Aim: 3,000 requests/s with 8 connections, and no hang at 64."


def stored() -> Iterator[str]:
    body = (ROOT / "infra" / "samples" / "preoperative-intake.json").read_bytes()
    yield ""
    yield "## Stored assessments (the sample intake, seven instruments; ministack as DynamoDB)"
    yield ""
    with (
        tempfile.TemporaryDirectory() as folder,
        ministack.running(MINISTACK_PYTHON, Path(folder) / "ministack") as endpoint,
        process.running(Path(folder), endpoint=endpoint) as service,
    ):
        headers = {**JSON, "Authorization": f"Bearer {service.token}"}
        sent = load.request("POST", "/v1/assessments", headers, body)
        done = load.run(service.port, [sent] * 5000, connections=8, limit=900)
    first, last = done.finished[999], done.finished[-1] - done.finished[-1001]
    yield f"5,000 at {done.rate:,.0f} a second, answers by status {done.statuses}."
    yield f"The first 1,000 at {1000 / first:,.0f} a second, the last 1,000 at {1000 / last:,.0f}:"
    yield f"{first / last:.0%} of the first rate (aim: 80 % or more)."


if __name__ == "__main__":
    main()
