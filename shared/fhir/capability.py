"""What this server can do, as a client is told: the CapabilityStatement, and SMART's discovery document.

Both are built from what is handed in as wired, so that neither can promise more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from shared.fhir.systems import SDC, TERMINOLOGY, Names, Resource, coding, concept, kept

FHIR_VERSION = "4.0.1"
EXPRESSIONS = (
    "Forms carry FHIRPath in SDC calculatedExpression, with weight() over itemWeight (ordinalValue stands beside it "
    "for older clients). This server evaluates no expression: it scores by its own definitions. No extension "
    "changes a score; an unknown modifierExtension is refused."
)
_PUBLIC = ", Questionnaires, and what defines our codes, extensions and operations"
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


class SearchParameter(NamedTuple):
    name: str
    type: str
    documentation: str | None = None


class Operation(NamedTuple):
    """``definition`` is its canonical: SDC's only where it does what SDC says."""

    name: str
    definition: str


class WiredResource(NamedTuple):
    """One resource type as it is truly served."""

    type: str
    interactions: tuple[str, ...]
    search: tuple[SearchParameter, ...] = ()
    operations: tuple[Operation, ...] = ()
    profiles: tuple[str, ...] = ()
    conditional_create: bool = False
    documentation: str | None = None


def capability_statement(
    wired: Sequence[WiredResource],
    *,
    names: Names,
    software: str,
    version: str,
    date: str,
    system_interactions: Sequence[str] = (),
    operations: Sequence[Operation] = (),
    token_endpoint: str | None = None,
    cors: bool = False,
) -> Resource:
    """The statement. ``date`` is when what it says last changed, so that its ETag changes with its content alone."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "metadata",
        "url": f"{names.base}/CapabilityStatement/metadata",
        "version": version,
        "name": "PainRiskScoring",
        "title": software,
        "status": "active",
        "date": date,
        "description": EXPRESSIONS,
        "kind": "instance",
        "software": {"name": software, "version": version},
        "implementation": {"description": software, "url": names.base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json"],
        "rest": [
            kept(
                mode="server",
                documentation=EXPRESSIONS,
                security=_security(token_endpoint, cors=cors),
                resource=[_resource(one) for one in wired],
                interaction=[{"code": code} for code in system_interactions],
                operation=[operation._asdict() for operation in operations],
            )
        ],
    }


def _resource(wired: WiredResource) -> Resource:
    return kept(
        type=wired.type,
        supportedProfile=list(wired.profiles),
        documentation=wired.documentation,
        interaction=[{"code": code} for code in wired.interactions],
        versioning="versioned" if "vread" in wired.interactions else "no-version",
        readHistory=True if "vread" in wired.interactions else None,
        updateCreate=False,
        conditionalCreate=wired.conditional_create,
        conditionalUpdate=False,
        searchParam=[kept(**parameter._asdict()) for parameter in wired.search],
        operation=[operation._asdict() for operation in wired.operations],
    )


def _security(token_endpoint: str | None, *, cors: bool) -> Resource:
    if token_endpoint is None:
        return {"cors": cors, "description": f"A bearer token for everything but this statement{_PUBLIC}."}
    said = f"A bearer token for everything but this statement, SMART's discovery{_PUBLIC}."
    smart = coding(f"{TERMINOLOGY}/restful-security-service", "SMART-on-FHIR", "SMART-on-FHIR")
    return {
        "extension": [{"url": _OAUTH, "extension": [{"url": "token", "valueUri": token_endpoint}]}],
        "cors": cors,
        "service": [concept("SMART Backend Services", smart)],
        "description": said,
    }


def smart_configuration(
    *,
    token_endpoint: str,
    scopes: Sequence[str],
    algorithms: Sequence[str],
    capabilities: Sequence[str] = ("client-confidential-asymmetric", "permission-v1", "permission-v2"),
    jwks_uri: str | None = None,
    issuer: str | None = None,
) -> Resource:
    """``.well-known/smart-configuration``: Backend Services alone, every URL absolute."""
    for url in (token_endpoint, jwks_uri, issuer):
        if url is not None and not url.startswith(("https://", "http://")):
            raise ValueError("every URL of the discovery document is absolute")
    return kept(
        issuer=issuer,
        jwks_uri=jwks_uri,
        token_endpoint=token_endpoint,
        grant_types_supported=["client_credentials"],
        token_endpoint_auth_methods_supported=["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported=list(algorithms),
        scopes_supported=list(scopes),
        capabilities=list(capabilities),
        code_challenge_methods_supported=["S256"],
    )


def etag(resource: Resource) -> str:
    """A weak ETag of the content: it changes with it and with nothing else."""
    canonical = json.dumps(resource, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f'W/"{hashlib.sha256(canonical.encode()).hexdigest()[:16]}"'


EXTRACT = Operation("extract", f"{SDC}/OperationDefinition/QuestionnaireResponse-extract")


def score_operation_of(names: Names) -> Operation:
    return Operation("score", f"{names.base}/OperationDefinition/QuestionnaireResponse-score")
