"""A SMART Backend Services client to try the service with: a key made at start, registered for the demo tenant."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT_ID = "demo-ehr"
KEY_ID = "demo"
SCOPES = ("system/*.cruds", "system/AuditEvent.rs")
ASSERTION_SECONDS = 240


class EhrClient:
    """Signs with an ES384 key of its own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())

    def registered_in(self, settings: dict[str, Any]) -> dict[str, Any]:
        """A tenant's settings with this client in them, instead of one of an earlier start."""
        public = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key())), "kid": KEY_ID}
        registration = {
            "id": CLIENT_ID,
            "title": "Demo EHR",
            "jwks": {"keys": [{**public, "use": "sig", "alg": "ES384"}]},
            "scopes": list(SCOPES),
            "cds_hooks": True,
            "source": "default",
        }
        others = [client for client in settings["clients"] if client["id"] != CLIENT_ID]
        return {**settings, "clients": [*others, registration]}

    def description(self, base: str) -> dict[str, Any]:
        """All that an EHR needs to connect to the service at ``base``. It holds the private key."""
        private = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key)), "kid": KEY_ID, "alg": "ES384"}
        return {
            "client_id": CLIENT_ID,
            "kid": KEY_ID,
            "private_jwk": private,
            "token_url": f"{base}/smart/token",
            "fhir_base": f"{base}/fhir/R4",
            "scope": " ".join(SCOPES),
        }

    def assertion(self, audience: str) -> str:
        """A JWT that authenticates this client once, at ``audience``."""
        now = int(time.time())
        claims = {
            "iss": CLIENT_ID,
            "sub": CLIENT_ID,
            "aud": audience,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode(claims, self._key, algorithm="ES384", headers={"kid": KEY_ID})
