"""Which access tokens of our own are believed."""

from __future__ import annotations

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384

from shared.tenants.connections import Client
from shared.tokens import ISSUER, TokenRefused, claims_to_be_ours
from shared.tokens.access import LIFETIME_SECONDS, access_token, read_access_token
from shared.tokens.client_jwt import VerifiedClient
from shared.tokens.signing import signed_jwt
from tests.support.client_keys import Now, client_key, in_time

AUDIENCE = "pain-risk"


class Key:
    """A signer with its key in memory."""

    def __init__(self, kid="ours"):
        self._private = ec.generate_private_key(ec.SECP384R1())
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._private.public_key()))
        self.public_jwk = {**public, "kid": kid, "use": "sig", "alg": "ES384"}

    def sign(self, message):
        signature = decode_dss_signature(self._private.sign(message, ec.ECDSA(SHA384())))
        return b"".join(number.to_bytes(48, "big") for number in signature)


KEY = Key()
CLIENT = VerifiedClient("demo", Client(id="ehr-1", title="EHR", jwks=client_key().jwks), {})


def token(key=KEY, typ="at+jwt", **changes):
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ehr-1",
        "tenant": "demo",
        "scope": "score",
        "jti": "j",
        "iat": Now(0),
        "exp": Now(300),
        **changes,
    }
    return signed_jwt(in_time(claims), key, typ=typ)


def test_a_token_we_made_says_who_where_and_what():
    now = int(time.time())

    claims = read_access_token(access_token(CLIENT, "system/*.rs", AUDIENCE, KEY, now), KEY.public_jwk, AUDIENCE)

    assert (claims.tenant, claims.actor, claims.scope) == ("demo", "ehr-1", "system/*.rs")
    assert claims.expires == now + LIFETIME_SECONDS == now + 300


def test_two_tokens_are_never_the_same():
    assert len({access_token(CLIENT, "score", AUDIENCE, KEY, 1) for _ in range(3)}) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://issuer.example.org"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": Now(-1)},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": Now(100)},
        {"sub": None},
        {"jti": None},
        {"tenant": None},
        {"tenant": "a#b"},
        {"scope": ["score"]},
        {"typ": "JWT"},
        {"key": Key()},
        {"key": Key("another")},
    ],
    ids=lambda changes: next(f"{name} {value!r:.20}" for name, value in changes.items()),
)
def test_a_token_with_one_thing_wrong_is_refused(changes):
    with pytest.raises(TokenRefused):
        read_access_token(token(**changes), KEY.public_jwk, AUDIENCE)


@pytest.mark.parametrize("algorithm", ["ES256", "RS384"])
def test_another_algorithm_is_refused_whatever_the_header_says(algorithm):
    signed = client_key(algorithm).sign({"iss": ISSUER, "aud": AUDIENCE}, typ="at+jwt", kid="ours")

    with pytest.raises(TokenRefused):
        read_access_token(signed, KEY.public_jwk, AUDIENCE)


def test_only_a_token_that_names_us_is_ours():
    assert claims_to_be_ours(token())
    assert not claims_to_be_ours(token(iss="https://issuer.example.org"))
    for text in ("", "a.b.c", "x", "e30.e30.x", "e30.W10.x"):
        assert not claims_to_be_ours(text)
