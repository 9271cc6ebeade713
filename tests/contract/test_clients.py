"""Whose a client is, and that a token is used once: on both engines."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from shared.assessments.identifiers import new_id
from shared.assessments.ports import AuditEvent, NotCurrent, StoredSettings, Taken
from shared.storage.clients import RegisteredClients
from shared.tenants.connections import Client, ClientName
from tests.support.client_keys import client_key

EHR = "https://ehr.example.org"


@pytest.fixture
def clients(dynamodb, table, repository):
    return RegisteredClients(dynamodb, table, repository.settings)


@pytest.fixture
def put(repository):
    """Put a new version of a tenant's settings with these clients in force."""

    def put(tenant, *registered, version=None):
        current = repository.settings(tenant)
        before = [ClientName(c["id"], c["tenant_claim"]) for c in current.document["clients"]] if current else []
        names = [ClientName(client.id, client.tenant_claim) for client in registered]
        number = version or (current.version if current else 0) + 1
        document = {"clients": [client.model_dump(mode="json") for client in registered]}
        event = AuditEvent(new_id(), tenant, datetime.now(UTC), "admin", "settings", "x", "success", "c")
        repository.put_settings(
            tenant,
            StoredSettings(number, "2026-11-26T12:00:00Z", document),
            event,
            owned=names,
            dropped=set(before) - set(names),
        )

    return put


def client(iss=EHR, **changes):
    return Client(id=iss, title="EHR", jwks=client_key().jwks, **changes)


def test_a_registered_client_is_found_with_its_tenant(clients, put):
    put("demo", client(scopes=["score"]), client("https://second.example.org"))

    found = clients.find(EHR, None)

    assert (found.tenant, found.client) == ("demo", client(scopes=["score"]))


def test_a_client_is_found_by_exactly_what_it_registered(clients, put):
    put("demo", client(tenant_claim="hospital-a"))

    assert clients.find(EHR, "hospital-a").tenant == "demo"
    for iss, claim in ((EHR, None), (EHR, "hospital-b"), (EHR + "/", "hospital-a"), (f"{EHR}\nhospital-a", None)):
        assert clients.find(iss, claim) is None


def test_two_tenants_share_an_issuer_that_tells_them_apart(clients, put):
    put("a", client(tenant_claim="hospital-a"))
    put("b", client(tenant_claim="hospital-b"))

    assert [clients.find(EHR, claim).tenant for claim in ("hospital-a", "hospital-b")] == ["a", "b"]


def test_a_client_of_another_tenant_cannot_be_registered_and_nothing_is_written(clients, put, repository):
    put("demo", client())

    with pytest.raises(Taken) as taken:
        put("other", client("https://own.example.org"), client(), client("https://third.example.org"))

    assert taken.value.places == (1,)
    assert repository.settings("other") is None
    assert clients.find("https://own.example.org", None) is None
    assert clients.find(EHR, None).tenant == "demo"


def test_settings_put_again_keep_their_clients(clients, put):
    put("demo", client())
    put("demo", client(scopes=["score"]))

    assert clients.find(EHR, None).client.scopes == ["score"]


def test_a_dropped_client_is_nobodys_and_may_be_registered_by_another(clients, put):
    put("demo", client())
    put("demo")
    assert clients.find(EHR, None) is None

    put("other", client())

    assert clients.find(EHR, None).tenant == "other"


def test_of_many_tenants_at_once_one_gets_the_client(clients, put, request):
    # The embedded engine is not safe under threads; its callers come one after the other.
    callers = 1 if "moto" in request.node.callspec.id else 6

    def attempt(tenant):
        try:
            put(tenant, client())
        except Taken:
            return None
        return tenant

    with ThreadPoolExecutor(callers) as pool:
        owners = [tenant for tenant in pool.map(attempt, [f"t-{n}" for n in range(12)]) if tenant]

    assert owners == [clients.find(EHR, None).tenant]


def test_of_two_versions_at_once_one_is_kept_with_its_clients(clients, put):
    put("demo", client())

    with pytest.raises(NotCurrent):
        put("demo", client("https://late.example.org"), version=1)

    assert clients.find("https://late.example.org", None) is None
    assert clients.find(EHR, None).tenant == "demo"


def test_a_token_id_is_used_once_by_its_client(clients):
    now = int(time.time())

    assert clients.use_once(client(), "jti-1", until=now + 300, now=now)
    assert not clients.use_once(client(), "jti-1", until=now + 300, now=now + 299)
    assert clients.use_once(client("https://other.example.org"), "jti-1", until=now + 300, now=now)
    assert clients.use_once(client(tenant_claim="a"), "jti-1", until=now + 300, now=now)


def test_an_expired_token_id_does_not_wait_for_the_engine_to_remove_it(clients):
    now = int(time.time())
    assert clients.use_once(client(), "jti-1", until=now + 300, now=now)

    assert clients.use_once(client(), "jti-1", until=now + 900, now=now + 300)


def test_of_the_same_token_many_times_at_once_one_is_good(clients, request):
    # The embedded engine is not safe under threads; its callers come one after the other.
    callers = 1 if "moto" in request.node.callspec.id else 8
    now = int(time.time())

    with ThreadPoolExecutor(callers) as pool:
        used = list(pool.map(lambda _: clients.use_once(client(), "same", until=now + 300, now=now), range(24)))

    assert used.count(True) == 1
