"""``python -m infra.local``: serve on this machine, submit a sample intake, print its result, serve until Ctrl-C."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
import urllib.request
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from infra.local import engine, receiver, server
from infra.local.ehr_client import EhrClient
from infra.local.issuer import Issuer
from infra.local.show import print_assessment
from infra.local.template import ROOT, Template
from shared.errors import DomainError
from shared.instruments import registry
from shared.risk_models import folders_of
from shared.risk_models import registry as risk_models
from shared.scoring import scorer_for
from shared.text_packs import packs_of

STATE = Path(os.environ.get("LOCAL_STATE", ROOT / ".local"))
SAMPLE = ROOT / "infra" / "samples" / "preoperative-intake.json"
TENANTS = ("demo", "other")
RECEIVER = f"{receiver.HOST}:{receiver.PORT}"


def main() -> int:
    port = int(os.environ.get("PORT", "8080"))
    if _taken(port):
        print(f"Port {port} is in use. Choose another: PORT=8090 make run", file=sys.stderr)
        return 1
    _check_definitions()
    issuer = Issuer()
    template = Template(issuer.parameters | _own_folders() | {"EhrHosts": os.environ.get("EHR_HOSTS", RECEIVER)})
    _set_environment(template)
    os.environ["SENDER_FHIR_BASE"] = f"http://{server.HOST}:{port}/fhir/R4"  # no API Gateway gives it a name here
    kept_in = engine.start(template)
    _write_tokens(issuer)

    # After the environment is set: functions read it when imported.
    from infra.local.gateway import Gateway
    from infra.local.pump import Pump

    http = server.server(Gateway(template), port)
    stopped = threading.Event()
    pumping = threading.Thread(target=Pump(template).run, args=(stopped,), daemon=True)
    pumping.start()
    threading.Thread(target=_introduce, args=(http, port, kept_in, issuer.token("demo")), daemon=True).start()
    with suppress(KeyboardInterrupt):
        http.run()
    stopped.set()
    pumping.join(timeout=5)
    return 0


def _check_definitions() -> None:
    """Read everything that is data, so that a broken file stops the service by name before it starts."""
    for definition in registry().load_all().values():
        if definition.instrument.scorable:
            scorer_for(definition)
    own = _own_folders()
    risk_models(folders_of(own["RiskModelFolders"])).load_all()
    packs_of(own["TextPackFolders"], registry())


def _own_folders() -> dict[str, str]:
    """A deployer's own models and wordings, named as in the deployed functions' environment."""
    return {
        "RiskModelFolders": os.environ.get("RISK_MODEL_FOLDERS", ""),
        "TextPackFolders": os.environ.get("TEXT_PACK_FOLDERS", ""),
    }


def _set_environment(template: Template) -> None:
    """Every function's environment at once: in one process they share one."""
    for name, _ in template.functions():
        os.environ.update(template.environment(name))
    # Metrics would go to standard output, which people read here.
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"
    warnings.filterwarnings("ignore", "No application metrics to publish")
    os.environ["POWERTOOLS_LOG_LEVEL"] = os.environ.get("LOG_LEVEL", "WARNING")


def _write_tokens(issuer: Issuer) -> None:
    STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    readonly = ("score", "assessments:read")
    for name, tokens in {
        "tokens.json": {tenant: issuer.token(tenant) for tenant in TENANTS},
        "tokens-readonly.json": {tenant: issuer.token(tenant, readonly) for tenant in TENANTS},
    }.items():
        _write_privately(name, tokens)


def _write_privately(name: str, document: Any) -> None:
    path = STATE / name
    path.touch(mode=0o600)
    path.write_text(json.dumps(document), encoding="utf-8")


def _register_ehr(base: str, token: str) -> None:
    """Make a client known to the demo tenant, and write down what an EHR needs to be it."""
    ehr = EhrClient()
    settings = ehr.registered_in(_get(f"{base}/v1/tenant", token))
    _send("PUT", f"{base}/v1/tenant", json.dumps(settings).encode(), token)
    _write_privately("ehr-client.json", ehr.description(base))


def _introduce(http: Any, port: int, kept_in: str, token: str) -> None:
    while not http.started:
        if http.should_exit:
            return
        time.sleep(0.02)
    base = f"http://{server.HOST}:{port}"
    _register_ehr(base, token)
    created = _send("POST", f"{base}/v1/assessments", SAMPLE.read_bytes(), token)
    stored = _get(f"{base}/v1/assessments/{created['id']}", token)
    print(f"\nThe sample intake {_shown(SAMPLE)}, submitted and read back:\n")
    print_assessment(stored)
    print(_guide(base, kept_in, created["id"]), flush=True)


def _guide(base: str, kept_in: str, assessment_id: str) -> str:
    # The commands read the token from its file, so that they can be copied as they stand.
    from_file = """python3 -c 'import json; print(json.load(open(".local/tokens.json"))["demo"])'"""
    bearer = f'-H "Authorization: Bearer $({from_file})"'
    return f"""
Serving on {base} (stored in {kept_in}). Tokens: .local/tokens.json, .local/tokens-readonly.json.
An EHR's key, registered for the tenant demo: .local/ehr-client.json. What to do with it: docs/how-to/connect-an-ehr.md.

  Look:   {base}/v1/instruments        {base}/v1/instruments/phq-9        {base}/openapi.json
  Read:   curl {bearer} {base}/v1/assessments/{assessment_id}
  Score:  curl {bearer} -H 'Content-Type: application/json' \\
            -d '{{"responses": {{"peg_1": 6, "peg_2": 7, "peg_3": 5}}}}' {base}/v1/instruments/peg/score
  Submit: curl {bearer} -H 'Content-Type: application/json' \\
            -d @{_shown(SAMPLE)} {base}/v1/assessments

Ctrl-C stops it."""


def _send(method: str, url: str, body: bytes, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return _fetch(urllib.request.Request(url, body, headers, method=method))  # noqa: S310 loopback only


def _get(url: str, token: str) -> Any:
    return _fetch(urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"}))  # noqa: S310 loopback only


def _fetch(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 loopback only
        return json.load(answer)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.HOST, port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DomainError as refused:
        print(
            refused.detail, *(f"{line.pointer}: {line.detail}" for line in refused.problems), sep="\n", file=sys.stderr
        )
        sys.exit(1)
