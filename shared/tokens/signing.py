"""What this service signs with its own key: access tokens, client assertions, and messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from jwt.utils import base64url_encode

ALGORITHM = "ES384"


class Signer(Protocol):
    """A P-384 key that can sign and never leaves where it is kept."""

    @property
    def public_jwk(self) -> Mapping[str, str]:
        """The public key, with its ``kid``."""

    def sign(self, message: bytes) -> bytes:
        """The ES384 signature: r and s, 48 bytes each."""


def signed_jwt(claims: Mapping[str, Any], signer: Signer, *, typ: str = "JWT") -> str:
    """A compact JWT of these claims."""
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    signing_input = _encoded_header(signer, {"typ": typ}) + b"." + base64url_encode(payload)
    return (signing_input + b"." + base64url_encode(signer.sign(signing_input))).decode()


def detached_jws(payload: bytes, signer: Signer, header: Mapping[str, Any]) -> str:
    """A compact JWS over bytes that travel beside it, as they are (RFC 7515 appendix F, RFC 7797)."""
    encoded = _encoded_header(signer, {**header, "b64": False, "crit": ["b64"]})
    return f"{encoded.decode()}..{base64url_encode(signer.sign(encoded + b'.' + payload)).decode()}"


def _encoded_header(signer: Signer, header: Mapping[str, Any]) -> bytes:
    whole = {"alg": ALGORITHM, "kid": signer.public_jwk["kid"], **header}
    return base64url_encode(json.dumps(whole, separators=(",", ":"), allow_nan=False).encode())
