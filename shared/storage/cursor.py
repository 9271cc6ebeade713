"""Page cursors: where a list goes on, signed for exactly that list of that tenant."""

from __future__ import annotations

import base64
import binascii
import hmac

from shared.errors import InvalidCursor

_MAC_BYTES = 16


def sign(position: str, scope: str, secret: bytes) -> str:
    """An opaque cursor for ``position`` in the list that ``scope`` names."""
    raw = position.encode()
    return base64.urlsafe_b64encode(_mac(raw, scope, secret) + raw).decode().rstrip("=")


def verify(cursor: str, scope: str, secret: bytes) -> str:
    """The position in a cursor that ``sign`` made for this ``scope``.

    Raises:
        InvalidCursor: altered, made for another list, or no cursor at all.
    """
    try:
        signed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raise InvalidCursor from None
    mac, raw = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
    # The canonical form only: base64 lets a last letter vary without changing a byte.
    if not hmac.compare_digest(mac, _mac(raw, scope, secret)) or sign(raw.decode(), scope, secret) != cursor:
        raise InvalidCursor
    return raw.decode()


def _mac(raw: bytes, scope: str, secret: bytes) -> bytes:
    return hmac.digest(secret, scope.encode() + b"\n" + raw, "sha256")[:_MAC_BYTES]
