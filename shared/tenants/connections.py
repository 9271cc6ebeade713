"""The systems that a tenant connects: clients that sign to this service, and destinations that results are sent to."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.names import DEFAULT_SOURCE, Code, Source

MAX_KEYS = 20
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
_DEFAULT_PORT = {"https": "443", "http": "80"}
# Nothing in it can be spelled in two ways, but for case: percent signs, empty names and dots would be.
_BASE = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*)/?"
)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


class Setting(BaseModel):
    """A part of the settings document: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def _is_https(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("should be a URL") from None
    loopback = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if not (parts.scheme == "https" or loopback) or not parts.hostname or parts.username or parts.fragment or port == 0:
        raise ValueError("should be an https URL without user or fragment")
    return url


def _are_public_keys(jwks: dict[str, Any]) -> dict[str, Any]:
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= MAX_KEYS or not all(isinstance(key, dict) for key in keys):
        raise ValueError(f"should hold 1 to {MAX_KEYS} keys")
    if any(key.get("kty") not in ("RSA", "EC") or not isinstance(key.get("kid"), str) for key in keys):
        raise ValueError("should hold RSA and EC keys, each with a kid")
    if any(_PRIVATE & set(key) for key in keys):
        raise ValueError("should hold public keys only")
    if len({(key["kid"], key["kty"]) for key in keys}) != len(keys):
        raise ValueError("names a key twice")
    return jwks


def _is_a_scope(text: str) -> str:
    if not _SCOPE.fullmatch(text):
        raise ValueError("should be a scope")
    return text


HttpsUrl = Annotated[str, Field(max_length=500), AfterValidator(_is_https)]
"""``https``, or ``http`` on the loopback interface. Whether its host may be called is the deployer's list, not this."""

Jwks = Annotated[dict[str, Any], AfterValidator(_are_public_keys)]
ClientId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
Scope = Annotated[str, Field(max_length=100), AfterValidator(_is_a_scope)]


class Client(Setting):
    """A system that signs its requests with a key of its own.

    ``id`` is the ``iss`` of what it signs: the client id of a SMART backend, the issuer URL of a CDS client. An issuer
    that serves many tenants says which one in the claim ``tenant``; ``tenant_claim`` is what it calls this one.
    Its keys stand in ``jwks`` or are fetched from ``jwks_url``. ``scopes`` are what it may be granted a token for;
    ``cds_hooks`` lets it call the CDS services. ``source`` is whose patient ids it uses.
    """

    id: ClientId
    title: Annotated[str, Field(min_length=1, max_length=100)]
    tenant_claim: ClientId | None = None
    jwks: Jwks | None = None
    jwks_url: HttpsUrl | None = None
    scopes: Annotated[list[Scope], Field(max_length=50)] = Field(default_factory=list)
    cds_hooks: bool = False
    source: Source = DEFAULT_SOURCE

    @model_validator(mode="after")
    def _has_keys_from_one_place(self) -> Self:
        if (self.jwks is None) == (self.jwks_url is None):
            raise ValueError("needs exactly one of jwks and jwks_url")
        return self


class RegisteredClient(NamedTuple):
    """A client, and the tenant in whose settings it stands."""

    tenant: str
    client: Client


class ClientName(NamedTuple):
    """What a client is found by while its tenant is unknown: its id, and what it calls the tenant, if anything."""

    id: str
    tenant_claim: str | None


class Account(NamedTuple):
    """What this service is at a tenant's FHIR server: its client id there, if it has one, at this base URL."""

    server: str
    client_id: str | None


class Destination(Setting):
    """Where results are sent when they are stored, corrected or voided: a FHIR server, or a webhook.

    A FHIR server is signed in to as the SMART backend client ``client_id``; without one it is called without a token.
    ``sources`` are the sources whose results go there; empty, all of them.
    """

    id: Code
    title: Annotated[str, Field(min_length=1, max_length=100)]
    kind: Literal["fhir", "webhook"]
    url: HttpsUrl
    client_id: ClientId | None = None
    token_url: HttpsUrl | None = None
    scope: Annotated[str, Field(min_length=1, max_length=500)] = "system/*.cud"
    sources: Annotated[list[Source], Field(max_length=100)] = Field(default_factory=list)
    paused: bool = False

    @model_validator(mode="after")
    def _signs_in_to_fhir_only(self) -> Self:
        if self.kind == "webhook" and (self.client_id or self.token_url):
            raise ValueError("a webhook is not signed in to")
        if self.kind == "fhir" and not _BASE.fullmatch(self.url):
            raise ValueError("the base URL of a FHIR server is a host and plain names, without a query")
        return self

    @property
    def account(self) -> Account | None:
        """Whose it is has to be one tenant's alone: every tenant's destinations are signed in to with the same key.

        ``None`` for a webhook, whose messages say whose they are.
        """
        base = _BASE.fullmatch(self.url)
        if self.kind == "webhook" or base is None:
            return None
        port = "" if base["port"] in (None, _DEFAULT_PORT[base["scheme"]]) else f":{base['port']}"
        return Account(f"{base['host']}{port}{base['path']}".lower(), self.client_id)
