"""Which tokens are believed."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from functions.authorizer import app as authorizer
from infra.local.issuer import AUDIENCE, ISSUER, Issuer
from shared.tokens import TokenRefused, TokenSettings, TokenVerifier, bearer_token


def settings(issuer, **changes):
    given = {"token_issuer": ISSUER, "token_audience": AUDIENCE, "token_algorithms": "ES256,RS256"}
    return TokenSettings(**{**given, "token_jwks": issuer.jwks, **changes})


@pytest.fixture
def verifier(issuer):
    return TokenVerifier(settings(issuer))


def signed(issuer, *, algorithm="ES256", key=None, kid="local", **changes):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "c", "exp": now + 600, "tenant": "demo", "scope": "score"}
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, key or issuer._key, algorithm=algorithm, headers={"kid": kid} if kid else {})


def test_a_good_token_gives_tenant_actor_and_scopes(issuer, verifier):
    claims = verifier.verify(issuer.token("demo", ("score", "assessments:read")))

    assert (claims.tenant, claims.actor, claims.scope) == (
        "demo",
        "clinician@demo.example.org",
        "score assessments:read",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example.org"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"exp": "soon"},
        {"sub": None},
        {"sub": "a\nb"},
        {"nbf": int(time.time()) + 3600},
        {"tenant": None},
        {"tenant": ""},
        {"tenant": "a#b"},
        {"tenant": ["demo"]},
        {"tenant": "x" * 65},
        {"scope": ["score"]},
        {"scope": "score\nadmin"},
        {"kid": "unknown"},
        {"kid": None},
    ],
    ids=lambda changes: next(f"{key} {type(value).__name__}" for key, value in changes.items()),
)
def test_a_token_with_one_thing_wrong_is_refused(issuer, verifier, changes):
    with pytest.raises(TokenRefused):
        verifier.verify(signed(issuer, **changes))


def test_another_key_under_a_known_kid_is_refused(issuer, verifier):
    with pytest.raises(TokenRefused):
        verifier.verify(signed(issuer, key=ec.generate_private_key(ec.SECP256R1())))


def test_an_unsigned_token_is_refused(verifier):
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"local"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(json.dumps({"iss": ISSUER, "tenant": "demo"}).encode()).decode().rstrip("=")

    for signature in ("", "AAAA"):
        with pytest.raises(TokenRefused):
            verifier.verify(f"{header}.{body}.{signature}")


@pytest.mark.parametrize("part", [0, 1])
def test_a_token_nested_too_deeply_is_refused(issuer, fresh_clients, part):
    parts = signed(issuer).split(".")
    parts[part] = base64.urlsafe_b64encode(b'{"a":' * 100_000 + b"1" + b"}" * 100_000).decode().rstrip("=")

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler({"authorizationToken": f"Bearer {'.'.join(parts)}", "methodArn": "a/b/c"}, None)


def test_a_public_key_is_never_taken_for_a_shared_secret(issuer, verifier):
    secret = json.loads(issuer.jwks)["keys"][0]["x"].ljust(64, "x")

    with pytest.raises(TokenRefused):
        verifier.verify(signed(issuer, algorithm="HS256", key=secret))


def test_an_algorithm_off_the_configured_list_is_refused(issuer):
    only_rsa = TokenVerifier(settings(issuer, token_algorithms="RS256"))

    with pytest.raises(TokenRefused):
        only_rsa.verify(issuer.token("demo"))


def test_an_rsa_token_is_believed_where_rs256_is_allowed(issuer):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": "rsa", "alg": "RS256"}
    verifier = TokenVerifier(settings(issuer, token_jwks=json.dumps({"keys": [public]})))

    assert verifier.verify(signed(issuer, algorithm="RS256", key=key, kid="rsa")).tenant == "demo"


@pytest.mark.parametrize(
    "text", ["", "Bearer", "Basic abc", "Bearer a.b", "Bearer a.b.c", "Bearer ..", "Bearer \x00.a.b"]
)
def test_what_is_no_token_is_refused(verifier, text):
    with pytest.raises(TokenRefused):
        verifier.verify(bearer_token(text))


@pytest.mark.parametrize(
    "changes",
    [
        {"token_issuer": "urn:pain-risk:smart"},
        {"token_algorithms": "HS256"},
        {"token_algorithms": "ES256,none"},
        {"token_jwks": ""},
        {"token_jwks_url": "https://keys.example.org"},
        {"token_jwks": "", "token_jwks_url": "http://keys.example.org"},
    ],
)
def test_settings_that_would_believe_too_much_do_not_start(issuer, changes):
    with pytest.raises(ValueError, match="token"):
        settings(issuer, **changes)


def test_the_authorizer_allows_the_whole_stage_and_passes_the_tenant_on(issuer, fresh_clients):
    arn = "arn:aws:execute-api:eu-west-1:000000000000:api1/live/GET/v1/assessments/1"

    answer = authorizer.handler({"authorizationToken": f"Bearer {issuer.token('demo')}", "methodArn": arn}, None)

    assert answer["policyDocument"]["Statement"][0] == {
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": "arn:aws:execute-api:eu-west-1:000000000000:api1/live/*",
    }
    assert answer["context"]["tenant"] == "demo"
    assert all(isinstance(value, str) for value in answer["context"].values())


def test_the_authorizer_says_only_the_word_the_gateway_knows(issuer, fresh_clients):
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler({"authorizationToken": f"Bearer {Issuer().token('demo')}", "methodArn": "a/b/c"}, None)
