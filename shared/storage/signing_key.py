"""The service's own signing key: asymmetric, in KMS, which signs and never gives it out."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

ALGORITHM = "ECDSA_SHA_384"


class SigningKey:
    """One P-384 key by its id, ARN or alias."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    @cached_property
    def public_jwk(self) -> Mapping[str, str]:
        """The public key as a JWK; its ``kid`` is its thumbprint (RFC 7638). Asked for once a process."""
        from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePublicKey
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        key = load_der_public_key(self._client.get_public_key(KeyId=self._key_id)["PublicKey"])
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP384R1):
            raise TypeError("the signing key is not of P-384")
        numbers = key.public_numbers()
        named = {"crv": "P-384", "kty": "EC", "x": _encoded(numbers.x), "y": _encoded(numbers.y)}
        digest = hashlib.sha256(json.dumps(named, separators=(",", ":"), sort_keys=True).encode()).digest()
        return {**named, "kid": _base64url(digest), "use": "sig", "alg": "ES384"}

    def sign(self, message: bytes) -> bytes:
        """The signature as JOSE has it: r and s, 48 bytes each. KMS gives it in DER."""
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        # The digest alone: KMS takes messages of 4 KB at most, and need not see them.
        answer = self._client.sign(
            KeyId=self._key_id,
            Message=hashlib.sha384(message).digest(),
            MessageType="DIGEST",
            SigningAlgorithm=ALGORITHM,
        )
        return b"".join(number.to_bytes(48, "big") for number in decode_dss_signature(answer["Signature"]))


def _encoded(coordinate: int) -> str:
    return _base64url(coordinate.to_bytes(48, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
