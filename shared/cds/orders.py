"""What is being ordered or booked, as far as a code says so. Nothing is guessed from a text or a display."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from shared.cds.request import HookRequest
from shared.cds.resources import Code, codes, dicts
from shared.fhir.response_head import reference_in
from shared.procedures.catalogue import OTHER, procedures
from shared.tenants import TenantSettings

SURGICAL = ("http://snomed.info/sct", "387713003")
"""``Surgical procedure`` in R4's ServiceRequest categories (hl7.org/fhir/R4/valueset-servicerequest-category.html)."""

ATC = "http://www.whocc.no/atc"
OPIOIDS = "N02A"
"""ATC's group of opioids (whocc.no/atc_ddd_index, N02A OPIOIDS). Plain codeine stands elsewhere in ATC (R05D)."""

_NOT_ORDERED = ("revoked", "cancelled", "entered-in-error", "stopped")


class Ordered(NamedTuple):
    """``operations`` are titles of this service's own list; empty where an operation is told by its category alone."""

    is_operation: bool
    operations: tuple[str, ...]
    is_opioid: bool


def ordered(request: HookRequest, settings: TenantSettings) -> Ordered:
    """What the orders or appointments of a request are, by codes that a source or the tenant gives a meaning."""
    orders = [one for one in request.orders if one.get("status") not in _NOT_ORDERED]
    named = list(dict.fromkeys(title for one in orders for title in _operations(one, settings)))
    surgical = any(SURGICAL in codes(one.get("category")) for one in orders if _is(one, "ServiceRequest"))
    own = {(code.system, code.code) for code in settings.cds.opioid_codes}
    opioid = any(_is_opioid(code, own) for one in orders for code in _medication(one, request.beside))
    return Ordered(surgical or bool(named), tuple(named), opioid)


def _operations(resource: Mapping[str, Any], settings: TenantSettings) -> Iterable[str]:
    if _is(resource, "ServiceRequest"):
        found = codes(resource.get("code"))
    elif _is(resource, "Appointment"):
        found = codes([*dicts(resource.get("serviceType")), *dicts(resource.get("reasonCode"))])
    else:
        return
    meant = {(mapping.system, mapping.code): mapping.means for mapping in settings.code_maps}
    for code in found:
        entry = procedures().content.get(meant.get(code))
        if entry is not None and entry.kind == "procedure" and entry.id != OTHER:
            yield entry.title


def _medication(resource: Mapping[str, Any], beside: Iterable[dict[str, Any]]) -> Iterable[Code]:
    """The codes of what is prescribed: named in the request, contained in it, or beside it."""
    if not _is(resource, "MedicationRequest"):
        return
    yield from codes(resource.get("medicationCodeableConcept"))
    referred = reference_in(resource, "medicationReference")
    known = {f"#{one.get('id')}": one for one in dicts(resource.get("contained"))}
    known |= {f"Medication/{one.get('id')}": one for one in beside}
    medication = known.get(referred or "")
    if medication is not None and _is(medication, "Medication"):
        yield from codes(medication.get("code"))


def _is_opioid(code: Code, own: set[Code]) -> bool:
    system, value = code
    return code in own or (system == ATC and value.startswith(OPIOIDS))


def _is(resource: Mapping[str, Any], kind: str) -> bool:
    return resource.get("resourceType") == kind
