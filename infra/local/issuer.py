"""An issuer of tokens for this machine: a key made at start, never kept."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

ISSUER = "https://issuer.example.org"
AUDIENCE = "pain-risk"
ALL_SCOPES = ("score", "assessments:read", "assessments:write", "tenant:admin", "audit:read", "subjects:erase")
DAY = 24 * 60 * 60


class Issuer:
    """Signs tokens with an ES256 key of its own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwks(self) -> str:
        """The public key as JWKS JSON, for the authorizer's configuration."""
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
        return json.dumps({"keys": [{**public, "kid": "local", "use": "sig", "alg": "ES256"}]})

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters that make a stack believe this issuer."""
        return {"TokenIssuer": ISSUER, "TokenAudience": AUDIENCE, "TokenJwks": self.jwks}

    def token(self, tenant: str, scopes: Sequence[str] = ALL_SCOPES, *, seconds: int = DAY) -> str:
        """A signed token for a made-up clinician of ``tenant``."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": f"clinician@{tenant}.example.org",
            "iat": now,
            "exp": now + seconds,
            "tenant": tenant,
            "scope": " ".join(scopes),
        }
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": "local"})
