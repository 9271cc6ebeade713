"""What tests share: the service over an embedded engine, built from the deployed template."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from infra.local.engine import LOCAL_CREDENTIALS, embedded, make_signing_key
from infra.local.gateway import Gateway, HttpRequest
from infra.local.issuer import ALL_SCOPES, Issuer
from infra.local.template import ROOT, Template

ISSUER = Issuer()
TEMPLATE = Template(ISSUER.parameters)

# Functions read their environment when they are imported, as in Lambda, and any test may be the first to import one.
os.environ.update(LOCAL_CREDENTIALS)
os.environ.pop("AWS_ENDPOINT_URL_DYNAMODB", None)
for _function, _ in TEMPLATE.functions():
    os.environ.update(TEMPLATE.environment(_function))


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Client:
    """Speaks to the local gateway as a caller over HTTP would."""

    def __init__(self, gateway: Gateway, issuer: Issuer) -> None:
        self._gateway, self._issuer = gateway, issuer

    def token(self, tenant: str = "demo", scopes: tuple[str, ...] = ALL_SCOPES) -> str:
        return self._issuer.token(tenant, scopes)

    def send(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        token: str | None = "demo",
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """``token`` names a tenant, or is a whole token, or None for no token."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if token is not None:
            sent.setdefault("authorization", f"Bearer {self.token(token) if token.isalpha() else token}")
        if body is not None or raw is not None:
            sent.setdefault("content-type", "application/json")
        payload = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        response = self._gateway.answer(HttpRequest(method, target, sent, payload))
        return Answer(response.status, response.headers, response.body.decode())

    def put(self, target: str, body: Any = None, **more: Any) -> Answer:
        return self.send("PUT", target, body, **more)

    def get(self, target: str, **more: Any) -> Answer:
        return self.send("GET", target, **more)

    def post(self, target: str, body: Any = None, **more: Any) -> Answer:
        return self.send("POST", target, body, **more)


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return ISSUER


@pytest.fixture(scope="session")
def template() -> Template:
    return TEMPLATE


@pytest.fixture
def fresh_clients() -> Iterator[None]:
    """No client and no verifier of another test."""
    from functions.authorizer import app as authorizer
    from functions.cds_hooks import app as cds_hooks
    from functions.fhir import app as fhir
    from functions.smart import app as smart
    from shared import wiring

    def forget() -> None:
        wiring.forget()
        authorizer.settings.cache_clear()
        authorizer.verifier.cache_clear()
        fhir.settings.cache_clear()
        smart.settings.cache_clear()
        for made in (cds_hooks.settings, cds_hooks.origins, cds_hooks.hooks):
            made.cache_clear()

    forget()
    yield
    forget()


@pytest.fixture
def embedded_table(fresh_clients: None, template: Template) -> Iterator[Any]:
    """The DynamoDB client over moto, with the template's table."""
    from shared.storage.client import dynamodb

    with embedded():
        dynamodb().create_table(**template.table())
        yield dynamodb()


@pytest.fixture
def signing_key(embedded_table: Any, template: Template) -> None:
    """The service's signing key; apart, since few tests need it."""
    make_signing_key(template)


@pytest.fixture
def client(embedded_table: Any, template: Template, issuer: Issuer) -> Client:
    """A caller of the whole service."""
    return Client(Gateway(template), issuer)


@pytest.fixture
def intake() -> dict[str, Any]:
    """A small valid submission."""
    return {
        "subject": "p-1001",
        "episode": "knee-2026",
        "timepoint": "preoperative",
        "authored": "2026-11-20T09:00:00+00:00",
        "capture": {"mode": "self", "respondent": "patient", "language": "en"},
        "responses": [{"instrument": "phq-9", "responses": {f"phq9_{n}": 1 for n in range(1, 10)}}],
        "clinical": {"age": 54, "female": 1, "procedure": "total-knee-arthroplasty", "surgery_minutes": 95},
    }


@pytest.fixture(scope="session")
def sample() -> dict[str, Any]:
    path = ROOT / "infra" / "samples" / "preoperative-intake.json"
    return json.loads(path.read_text(encoding="utf-8"))
