"""SMART Backend Services, from registration to a resource read."""

from __future__ import annotations

import pytest

from tests.support.client_keys import client_key

EHR = "ehr-1"


def registered(**changes):
    return {"id": EHR, "title": "EHR", "jwks": client_key().jwks, "scopes": ["system/*.rs"], **changes}


@pytest.fixture
def register(client):
    """Put these clients into a tenant's settings."""

    def register(*clients, tenant="demo"):
        return client.send("PUT", "/v1/tenant", {"clients": list(clients)}, token=tenant)

    return register


def test_a_client_of_another_tenant_cannot_be_registered(client, register):
    register(registered())

    answer = register(registered(id="own"), registered(title="Mine"), tenant="other")

    assert answer.status == 409
    assert [(line["pointer"], line["code"]) for line in answer.json["errors"]] == [("/clients/1/id", "client-taken")]
    assert client.get("/v1/tenant", token="other").json["version"] == 0
    assert EHR not in answer.text


def test_a_client_that_was_dropped_may_be_registered_by_another_tenant(register):
    register(registered())
    register()

    assert register(registered(), tenant="other").status == 200
