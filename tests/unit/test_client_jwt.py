"""Which JWTs of registered clients are believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from shared.tenants.connections import Client, RegisteredClient
from shared.tokens import TokenRefused
from shared.tokens.client_jwt import MAX_TOKEN, ClientSettings, ClientVerifier
from shared.tokens.jwks import LEAST_AGE, MOST_AGE, RETRY_AFTER, KeySets
from tests.support.client_keys import Now, claims_of, client_key, publishing

AUDIENCE = "https://api.example.org/smart/token"
EHR = "https://ehr.example.org"
EVERY = "ES384,RS384,ES256,RS256"


class Registered:
    """The clients of the test, and the ids they used."""

    def __init__(self, *clients: tuple[str, Client]) -> None:
        self._clients = {
            (client.id, client.tenant_claim): RegisteredClient(tenant, client) for tenant, client in clients
        }
        self._used: dict[tuple[str, str], int] = {}

    def find(self, iss, tenant_claim):
        return self._clients.get((iss, tenant_claim))

    def use_once(self, client, jti, *, until, now):
        if self._used.get((client.id, jti), 0) > now:
            return False
        self._used[client.id, jti] = until
        return True


def client(**changes):
    given = {"id": EHR, "title": "EHR", **changes}
    if "jwks_url" not in given:
        given.setdefault("jwks", client_key().jwks)
    return Client(**given)


def verifier(*clients, algorithms=EVERY, hosts="", keys=None):
    registered = Registered(*(clients or (("demo", client()),)))
    return ClientVerifier(registered, ClientSettings(client_algorithms=algorithms, ehr_hosts=hosts), keys=keys)


def verify(token, *clients, require_sub=True, **more):
    return verifier(*clients, **more).verify(token, audience=[AUDIENCE], require_sub=require_sub)


def refused(token, *clients, **more):
    with pytest.raises(TokenRefused) as refusal:
        verify(token, *clients, **more)
    return refusal.value.reason


def good(**changes):
    return client_key().sign(claims_of(EHR, AUDIENCE, **changes))


def encoded(document):
    return base64.urlsafe_b64encode(document if isinstance(document, bytes) else json.dumps(document).encode())


def handmade(header, claims, signature=b"x" * 96):
    return b".".join(part.rstrip(b"=") for part in (encoded(header), encoded(claims), encoded(signature))).decode()


def hand_signed(**changes):
    """As ``good``, with claims that the library would refuse to write."""
    header = encoded({"alg": "ES384", "kid": "k1"}).rstrip(b"=")
    payload = encoded(claims_of(EHR, AUDIENCE, **changes)).rstrip(b"=")
    algorithm = jwt.algorithms.get_default_algorithms()["ES384"]
    signature = algorithm.sign(header + b"." + payload, client_key().private)
    return b".".join((header, payload, encoded(signature).rstrip(b"="))).decode()


def test_a_good_token_names_its_tenant_and_client():
    verified = verify(hand_signed())

    assert (verified.tenant, verified.client.id, verified.claims["sub"]) == ("demo", EHR, EHR)


@pytest.mark.parametrize("algorithm", EVERY.split(","))
def test_every_configured_algorithm_is_believed(algorithm):
    key = client_key(algorithm)

    assert verify(key.sign(claims_of(EHR, AUDIENCE)), ("demo", client(jwks=key.jwks))).tenant == "demo"


@pytest.mark.parametrize("audience", [[AUDIENCE], ["https://other.example.org", AUDIENCE]])
def test_an_audience_may_be_a_list(audience):
    assert verify(good(aud=audience)).tenant == "demo"


def test_clocks_may_differ_by_a_minute():
    assert verify(good(iat=Now(50), exp=Now(340))).tenant == "demo"
    assert verify(good(iat=Now(-340), exp=Now(-50))).tenant == "demo"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"iss": "https://unknown.example.org"},
        {"iss": [EHR]},
        {"iss": ""},
        {"iss": EHR + "\n"},
        {"iss": "x" * 501},
        {"sub": None},
        {"sub": "https://other.example.org"},
        {"sub": 5},
        {"aud": None},
        {"aud": "https://api.example.org"},
        {"aud": AUDIENCE + "/"},
        {"aud": [AUDIENCE, 5]},
        {"aud": {"0": AUDIENCE}},
        {"aud": []},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": -1},
        {"exp": 10**30},
        {"exp": Now(-100), "iat": Now(-200)},
        {"exp": Now(400), "iat": None},
        {"exp": Now(1000)},
        {"exp": Now(240), "iat": Now(-100)},
        {"exp": Now(10), "iat": Now(20)},
        {"iat": Now(200), "exp": Now(260)},
        {"iat": "now"},
        {"nbf": Now(200)},
        {"nbf": [1]},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": {"a": 1}},
        {"jti": "x" * 501},
        {"tenant": "another"},
        {"tenant": ["demo"]},
        {"tenant": ""},
    ],
    ids=lambda changes: ", ".join(f"{name} {value!r:.40}" for name, value in changes.items()),
)
def test_a_token_with_one_claim_wrong_is_refused(changes):
    assert refused(hand_signed(**changes))


@pytest.mark.parametrize(
    "claims",
    [
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b"[]",
        b"5",
        b"{",
        b"\xff",
        b"[" * 5000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
    ],
)
def test_claims_that_are_no_plain_object_are_refused(claims):
    assert refused(handmade({"alg": "ES384", "kid": "k1"}, claims))


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "é.b.c", "\x00.a.b", "x" * (MAX_TOKEN + 1)],
)
def test_what_is_no_token_is_refused(token):
    assert refused(token) == "token-form"


def test_a_huge_token_is_refused_before_it_is_read():
    assert refused(good(pad="x" * MAX_TOKEN)) == "token-form"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": None}, "algorithm"),
        ({"alg": "none"}, "algorithm"),
        ({"alg": "None"}, "algorithm"),
        ({"alg": "HS256"}, "algorithm"),
        ({"alg": "HS384"}, "algorithm"),
        ({"alg": "ES512"}, "algorithm"),
        ({"alg": "PS384"}, "algorithm"),
        ({"alg": ["ES384"]}, "algorithm"),
        ({"alg": {"a": 1}}, "algorithm"),
        ({"kid": None}, "token-form"),
        ({"kid": ""}, "kid"),
        ({"kid": 1}, "token-form"),
        ({"kid": "unknown"}, "unknown-key"),
        ({"typ": "at+jwt"}, "typ"),
        ({"typ": 1}, "typ"),
        ({"crit": ["exp"]}, "token-form"),
        ({"crit": ["b64"], "b64": True}, "crit"),
        ({"crit": ["b64"], "b64": False}, "token-form"),
        ({"b64": False}, "token-form"),
        ({"jku": "https://evil.example/jwks.json"}, "jku"),
        ({"jku": None}, "jku"),
    ],
    ids=str,
)
def test_a_header_with_one_thing_wrong_is_refused(header, reason):
    assert refused(handmade({"alg": "ES384", "kid": "k1", **header}, claims_of(EHR, AUDIENCE))) == reason


def test_an_unsigned_token_is_refused():
    assert refused(jwt.encode(claims_of(EHR, AUDIENCE), None, "none", {"kid": "k1"})) == "algorithm"
    assert refused(good().rpartition(".")[0] + ".") == "InvalidSignatureError"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384"])
def test_a_public_key_is_never_taken_for_a_shared_secret(algorithm):
    pem = (
        client_key("RS384")
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    unsigned = handmade({"alg": algorithm, "kid": "k1"}, claims_of(EHR, AUDIENCE)).rsplit(".", 1)[0]
    hash_of = hashlib.sha256 if algorithm == "HS256" else hashlib.sha384
    signature = encoded(hmac.digest(pem, unsigned.encode(), hash_of)).decode().rstrip("=")

    assert refused(f"{unsigned}.{signature}", ("demo", client(jwks=client_key("RS384").jwks))) == "algorithm"


def test_an_algorithm_off_the_configured_list_is_refused():
    assert refused(good(), algorithms="RS384,RS256") == "algorithm"


@pytest.mark.parametrize("algorithms", ["", "HS256", "ES384,none", "es384"])
def test_settings_that_would_believe_too_much_do_not_start(algorithms):
    with pytest.raises(ValueError, match="client_algorithms"):
        ClientSettings(client_algorithms=algorithms)


def test_a_key_of_another_client_is_not_believed():
    stranger = client_key("ES384", "stranger")
    assert refused(stranger.sign(claims_of(EHR, AUDIENCE), kid="k1")) == "InvalidSignatureError"


def test_a_changed_claim_breaks_the_signature():
    header, payload, signature = good().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = encoded({**claims, "jti": "another"}).decode().rstrip("=")

    assert refused(f"{header}.{changed}.{signature}") == "InvalidSignatureError"


def test_a_key_declared_for_another_algorithm_is_not_used():
    jwk = client_key("RS384").jwk

    assert (
        refused(
            client_key("RS384")._replace(algorithm="RS256").sign(claims_of(EHR, AUDIENCE)),
            ("demo", client(jwks={"keys": [jwk]})),
        )
        == "key-algorithm"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"use": "enc"}, "key-use"),
        ({"key_ops": ["sign"]}, "key-use"),
        ({"key_ops": "verify"}, "key-use"),
        ({"x": "AAAA"}, "unusable-key"),
        ({"x": None}, "unusable-key"),
        ({"x": 5}, "unusable-key"),
        ({"y": client_key("ES384", "other").jwk["x"]}, "unusable-key"),
        ({"crv": "P-256"}, "unusable-key"),
        ({"crv": "P-521"}, "unusable-key"),
        ({"crv": ["P-384"]}, "unusable-key"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_key_unfit_for_signatures_is_not_used(changes, reason):
    assert refused(good(), ("demo", client(jwks={"keys": [{**client_key().jwk, **changes}]}))) == reason


def test_a_key_on_the_curve_of_another_algorithm_is_not_used():
    p256 = {k: v for k, v in client_key("ES256").jwk.items() if k != "alg"}

    assert refused(good(), ("demo", client(jwks={"keys": [p256]}))) == "unusable-key"


def test_a_short_rsa_key_is_not_used():
    short = client_key("RS384", "k1", 1024)

    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = short.sign(claims_of(EHR, AUDIENCE))

    assert refused(token, ("demo", client(jwks=short.jwks))) == "key-size"


def test_two_keys_of_one_id_and_kind_are_ambiguous():
    with publishing() as published:
        published.publish({"keys": [client_key().jwk, client_key("ES384", "k2").jwk | {"kid": "k1"}]})
        remote = client(jwks_url=published.url)

        assert refused(good(), ("demo", remote), hosts=published.host) == "two-keys"


def test_one_id_for_a_key_of_each_kind_is_not_ambiguous():
    both = {"keys": [client_key("RS384").jwk, client_key().jwk]}

    assert verify(good(), ("demo", client(jwks=both))).tenant == "demo"


def test_a_token_is_used_once():
    one = verifier()
    token = good()
    one.verify(token, audience=[AUDIENCE], require_sub=True)

    with pytest.raises(TokenRefused, match="replayed"):
        one.verify(token, audience=[AUDIENCE], require_sub=True)


def test_a_forged_token_does_not_use_up_an_id():
    one = verifier()
    claims = claims_of(EHR, AUDIENCE)
    with pytest.raises(TokenRefused, match="Signature"):
        one.verify(client_key("ES384", "stranger").sign(claims, kid="k1"), audience=[AUDIENCE], require_sub=True)

    assert one.verify(client_key().sign(claims), audience=[AUDIENCE], require_sub=True).tenant == "demo"


def test_an_issuer_of_many_tenants_says_which():
    clients = (
        ("a", client(tenant_claim="hospital-a")),
        ("b", client(tenant_claim="hospital-b", jwks=client_key("ES384", "k2").jwks)),
    )

    assert verify(good(tenant="hospital-a"), *clients).tenant == "a"
    assert refused(good(), *clients) == "unknown-client"
    assert refused(good(tenant="hospital-c"), *clients) == "unknown-client"
    assert refused(good(tenant="hospital-b"), *clients) == "unknown-key", "its keys are those of its registration"


def test_a_cds_client_needs_iat_and_no_sub():
    assert verify(good(sub=None), require_sub=False).tenant == "demo"
    assert refused(good(iat=None, sub=None), require_sub=False) == "MissingRequiredClaimError"


# -- keys that a client publishes --------------------------------------------------------------------------------------


@pytest.fixture
def published():
    with publishing() as server:
        server.publish(client_key().jwks)
        yield server


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def remote(published, clock):
    """A verifier of one client that publishes its keys."""
    keys = KeySets({published.host}, clock)
    one = verifier(("demo", client(jwks_url=published.url)), keys=keys)

    def ask(key=None, **header):
        token = (key or client_key()).sign(claims_of(EHR, AUDIENCE), **header)
        return one.verify(token, audience=[AUDIENCE], require_sub=True)

    return ask


def test_published_keys_are_fetched_once_and_kept(published, remote):
    remote()
    remote(jku=published.url)

    assert published.asked == 1


def test_a_jku_other_than_the_registered_one_is_not_fetched(published, remote):
    with pytest.raises(TokenRefused, match="jku"):
        remote(jku=published.url + "?")

    assert published.asked == 0


def test_keys_on_a_host_off_the_deployers_list_are_not_fetched(published):
    reason = refused(good(), ("demo", client(jwks_url=published.url)), hosts="ehr.example.org")

    assert (reason, published.asked) == ("keys-host-not-allowed", 0)


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("", 300),
        ("max-age=120", 120),
        ("public, max-age=600", 600),
        ("max-age=0", LEAST_AGE),
        ("no-store", LEAST_AGE),
        ("s-maxage=5, max-age=999999999", MOST_AGE),
        ("max-age=x", 300),
    ],
)
def test_published_keys_are_kept_as_long_as_they_say_within_bounds(published, remote, clock, cache_control, seconds):
    published.publish(client_key().jwks, Cache_Control=cache_control)
    remote()

    clock.now += seconds - 1
    remote()
    asked_within = published.asked
    clock.now += 1
    remote()

    assert (asked_within, published.asked) == (1, 2)


def test_a_new_key_is_found_and_made_up_ids_do_not_make_us_fetch(published, remote, clock):
    remote()
    new = client_key("ES384", "new")
    published.publish({"keys": [client_key().jwk, new.jwk]})
    for n in range(5):
        with pytest.raises(TokenRefused, match="unknown-key"):
            remote(kid=f"made-up-{n}")
    assert published.asked == 1

    clock.now += LEAST_AGE
    assert remote(new).tenant == "demo"
    assert published.asked == 2


def test_a_withdrawn_key_is_forgotten_with_its_set(published, remote, clock):
    remote()
    published.publish({"keys": []})

    clock.now += 300
    with pytest.raises(TokenRefused, match="unknown-key"):
        remote()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "keys-form"),
        (b"[]", "keys-form"),
        (b'{"keys": {}}', "keys-form"),
        (b"[" * 20_000, "keys-form"),
        (json.dumps({"keys": [{}] * 101}).encode(), "keys-form"),
        (b" " * 70_000, "keys-too-large"),
        (b'{"keys": [5, null, "k1"]}', "unknown-key"),
        (b'{"keys": [{"kid": ["k1"], "kty": "EC"}]}', "unknown-key"),
        (b'{"keys": [{"kid": "k1", "kty": "oct", "k": "AAAA"}]}', "unknown-key"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_document_that_is_no_key_set_helps_nobody(published, remote, body, reason):
    published.publish(body)

    with pytest.raises(TokenRefused, match=reason):
        remote()


def test_a_published_private_key_is_not_believed(published, remote):
    key = client_key()
    published.publish({"keys": [json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.private)) | {"kid": key.kid}]})

    with pytest.raises(TokenRefused, match="private-key-published"):
        remote()


def test_a_server_that_fails_is_left_alone_for_a_while(published, remote, clock):
    published.status = 503
    for _ in range(3):
        with pytest.raises(TokenRefused, match="keys-status"):
            remote()
    assert published.asked == 1

    published.status = 200
    clock.now += RETRY_AFTER
    assert remote().tenant == "demo"


def test_a_redirect_to_keys_is_not_followed(published, remote):
    published.status = 302
    published.publish(client_key().jwks, Location=published.url)

    with pytest.raises(TokenRefused, match="keys-status"):
        remote()
