"""A client of SMART and CDS Hooks to try the service with: a key made at start, registered for the demo tenant.

``python -m infra.local.ehr_client URL`` prints a JWT that authenticates it once, at that URL.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.template import ROOT

CLIENT_ID = "demo-ehr"
KEY_ID = "demo"
SCOPES = ("system/*.cruds", "system/AuditEvent.rs")
ASSERTION_SECONDS = 240


class EhrClient:
    """Signs with an ES384 key of its own, or with one that was made before."""

    def __init__(self, private_jwk: dict[str, Any] | None = None) -> None:
        self._key = jwt.PyJWK(private_jwk).key if private_jwk else ec.generate_private_key(ec.SECP384R1())

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


def main(argv: Sequence[str]) -> int:
    """Sign as the client that the running local service has registered."""
    if len(argv) != 1 or not argv[0].startswith("http"):
        print("usage: python -m infra.local.ehr_client URL", file=sys.stderr)
        return 2
    described = Path(os.environ.get("LOCAL_STATE", ROOT / ".local")) / "ehr-client.json"
    if not described.exists():
        print(f"{described.name} is not there: start the service with `make run` first", file=sys.stderr)
        return 1
    print(EhrClient(json.loads(described.read_text(encoding="utf-8"))["private_jwk"]).assertion(argv[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
