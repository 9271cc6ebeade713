"""The signing key in KMS, on both engines: what it signs is verified by a library that knows nothing of us."""

from __future__ import annotations

import hashlib
import json

import jwt
import pytest
from botocore.exceptions import ClientError
from jwt.utils import base64url_encode

from infra import ministack
from infra.local.engine import embedded
from shared.storage.signing_key import SigningKey
from shared.tokens.signing import detached_jws, signed_jwt


@pytest.fixture(params=["moto", "ministack"])
def kms(request, fresh_clients):
    if request.param == "moto":
        from shared.storage.client import kms

        with embedded():
            yield kms()
    else:
        yield ministack.client("kms", request.getfixturevalue("ministack_endpoint"))


def make_key(kms, spec="ECC_NIST_P384"):
    return kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]


@pytest.fixture
def key(kms):
    return SigningKey(kms, make_key(kms))


def test_what_it_signs_is_verified_by_its_public_key(key):
    token = signed_jwt({"sub": "x", "text": "ä" * 5000}, key)

    claims = jwt.decode(token, jwt.PyJWK(dict(key.public_jwk)), ["ES384"])

    assert claims == {"sub": "x", "text": "ä" * 5000}


def test_its_public_key_is_all_that_is_told_of_it(key):
    public = key.public_jwk
    named = json.dumps({name: public[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))

    assert set(public) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert public["kid"] == base64url_encode(hashlib.sha256(named.encode()).digest()).decode()


def test_bytes_beside_their_signature_are_verified_as_they_are(key):
    body = b'{"bundle": "' + b"x" * 100_000 + b'"}'
    signature = detached_jws(body, key, {"jti": "1"})

    jws = jwt.api_jws.PyJWS()
    jws.decode(signature, jwt.PyJWK(dict(key.public_jwk)), ["ES384"], detached_payload=body)
    with pytest.raises(jwt.InvalidSignatureError):
        jws.decode(signature, jwt.PyJWK(dict(key.public_jwk)), ["ES384"], detached_payload=body + b" ")
    assert ".." in signature


def test_a_key_is_found_by_its_alias(kms):
    identifier = make_key(kms)
    kms.create_alias(AliasName="alias/contract-signing", TargetKeyId=identifier)

    by_alias = SigningKey(kms, "alias/contract-signing")

    assert by_alias.public_jwk == SigningKey(kms, identifier).public_jwk
    assert jwt.decode(signed_jwt({"a": 1}, by_alias), jwt.PyJWK(dict(by_alias.public_jwk)), ["ES384"]) == {"a": 1}


def test_a_key_of_another_curve_is_refused_at_once(kms):
    with pytest.raises(TypeError, match="P-384"):
        _ = SigningKey(kms, make_key(kms, "ECC_NIST_P256")).public_jwk


def test_a_key_that_is_not_there_is_a_fault(kms):
    with pytest.raises(ClientError):
        SigningKey(kms, "00000000-0000-0000-0000-000000000000").sign(b"x")
