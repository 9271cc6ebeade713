"""Who is calling: only ever what the authorizer verified."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.errors import DomainError
from shared.web.scopes import allows

TENANT = re.compile(r"[A-Za-z0-9-]{1,64}")


class Unauthorized(DomainError):
    code, title = "unauthorized", "A valid token is needed"


class Forbidden(DomainError):
    code, title = "forbidden", "The token does not allow this"


class Caller(NamedTuple):
    """``tenant`` and ``scopes`` as verified; ``actor`` is the token's ``sub``, for the audit trail only.

    ``source`` is whose patient ids a registered client uses; empty where nothing says so.
    """

    tenant: str
    actor: str
    scopes: frozenset[str]
    source: str = ""

    def require(self, *any_of: str) -> Caller:
        """This caller.

        Raises:
            Forbidden: the token covers none of these scopes.
        """
        if not allows(self.scopes, any_of):
            raise Forbidden(f"The token lacks the scope {' or '.join(any_of)}.")
        return self


def caller_of(event: Mapping[str, Any], now: float) -> Caller:
    """The caller of an API Gateway event, from the authorizer's context.

    Raises:
        Unauthorized: no authorizer spoke, or the token has expired since (the gateway caches its answer).
    """
    context = (event.get("requestContext") or {}).get("authorizer") or {}
    tenant, expires = str(context.get("tenant", "")), str(context.get("expires", ""))
    if not TENANT.fullmatch(tenant) or not expires.isdigit() or int(expires) <= now:
        raise Unauthorized
    scopes = frozenset(str(context.get("scope", "")).split())
    return Caller(tenant, str(context.get("actor", "")), scopes, str(context.get("source", "")))
