"""The service as ``make run`` starts it, over HTTP."""

from __future__ import annotations

import json
import time
import urllib.request
from urllib.parse import urlencode

import jwt
import pytest

from infra.local import process
from tests.support.client_keys import claims_of


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def service(state):
    with process.running(state) as running:
        yield running


@pytest.fixture(scope="module")
def ehr(service, state):
    """What an EHR is told to connect with; it is written once the service has introduced itself."""
    deadline = time.monotonic() + 30
    while not (state / "ehr-client.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return json.loads((state / "ehr-client.json").read_text(encoding="utf-8"))


def fetch(url, form=None, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = urlencode(form).encode() if form else None
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        return json.load(answer)


def test_the_ehr_that_it_registers_gets_a_token_and_reads(ehr):
    discovered = fetch(f"{ehr['fhir_base']}/.well-known/smart-configuration")
    claims = claims_of(ehr["client_id"], discovered["token_endpoint"])
    assertion = jwt.encode(claims, jwt.PyJWK(ehr["private_jwk"]).key, "ES384", {"kid": ehr["kid"]})

    issued = fetch(
        discovered["token_endpoint"],
        {
            "grant_type": "client_credentials",
            "scope": "system/*.read",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        },
    )

    assert discovered["token_endpoint"] == ehr["token_url"]
    assert issued["scope"] == "system/*.rs"
    found = fetch(f"{ehr['fhir_base']}/Observation?patient=p-1001", token=issued["access_token"])
    assert found["resourceType"] == "Bundle"
    published = fetch(discovered["jwks_uri"])["keys"][0]
    assert jwt.decode(issued["access_token"], jwt.PyJWK(published), ["ES384"], audience="pain-risk")["tenant"] == "demo"


def test_the_private_key_is_written_for_its_owner_alone(ehr, state):
    assert (state / "ehr-client.json").stat().st_mode & 0o777 == 0o600
