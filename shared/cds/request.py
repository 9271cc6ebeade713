"""The request of a hook: strict in what it is read for, deaf to what this service has no use for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.cds.resources import dicts, entries, patient_in, server_in
from shared.cds.services import Service
from shared.errors import HookRefused, Problem, pointer, problems_of
from shared.names import Subject
from shared.tenants.connections import HttpsUrl

MAX_RESOURCES = 200
PROFESSIONALS = frozenset({"Practitioner", "PractitionerRole"})

Uuid = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
Reference = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{0,63}/[A-Za-z0-9.-]{1,64}$")]


class _Sent(BaseModel):
    """A part of the request. What else it holds is another version's, or an extension: it is passed over."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, defer_build=True)


class _Bundle(_Sent):
    resourceType: Literal["Bundle"]  # noqa: N815
    entry: Annotated[list[dict[str, Any]], Field(max_length=MAX_RESOURCES)] = Field(default_factory=list)


class _Context(_Sent):
    userId: Reference  # noqa: N815
    patientId: Subject  # noqa: N815
    encounterId: Subject | None = None  # noqa: N815


class _Signing(_Context):
    draftOrders: _Bundle  # noqa: N815


class _Selecting(_Signing):
    selections: Annotated[list[Reference], Field(max_length=MAX_RESOURCES)]


class _Booking(_Context):
    """The text of the hook says that ``appointments`` is a Bundle, its example shows an array: both are taken."""

    appointments: dict[str, Any] | Annotated[list[dict[str, Any]], Field(max_length=MAX_RESOURCES)]


class _Discharge(_Context):
    encounterId: Subject  # noqa: N815


_CONTEXTS: dict[str, type[_Context]] = {
    "patient-view": _Context,
    "order-select": _Selecting,
    "order-sign": _Signing,
    "appointment-book": _Booking,
    "encounter-discharge": _Discharge,
}


class _Authorization(_Sent):
    access_token: Annotated[str, Field(min_length=1, max_length=8192, pattern=r"^[!-~]+$")]
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(ge=0)]
    scope: str
    subject: str


class _Body(_Sent):
    hook: str
    hookInstance: Uuid  # noqa: N815
    context: dict[str, Any]
    fhirServer: Annotated[HttpsUrl, Field(pattern=r"^[^?]*$")] | None = None  # noqa: N815
    fhirAuthorization: _Authorization | None = None  # noqa: N815
    prefetch: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_the_server_of_its_token(self) -> Self:
        if self.fhirAuthorization is not None and self.fhirServer is None:
            raise ValueError("fhirAuthorization needs fhirServer")
        return self


@dataclass(frozen=True, slots=True)
class HookRequest:
    """What was asked. ``orders`` are the resources being ordered or booked, those selected where the hook selects.

    ``beside`` are all resources that came with them, which they may refer to. ``access_token`` is for ``fhir_server``
    and for nothing else; it is neither kept nor shown.
    """

    service: Service
    user: str
    patient: str
    orders: tuple[dict[str, Any], ...]
    beside: tuple[dict[str, Any], ...]
    prefetch: Mapping[str, Any]
    fhir_server: str | None
    access_token: str | None

    @property
    def by_professional(self) -> bool:
        """Patients and their relatives may book and look too: they are shown no scores, alerts or profiles."""
        return self.user.partition("/")[0] in PROFESSIONALS

    def __repr__(self) -> str:
        return f"HookRequest({self.service.id})"


def read_request(body: Mapping[str, Any], service: Service) -> HookRequest:
    """Read the body of a call to ``service``.

    Raises:
        HookRefused: naming every problem, another hook and another person's orders among them.
    """
    problems: list[Problem] = []
    sent = _validated(_Body, body, "", problems)
    hook = body.get("hook")
    if isinstance(hook, str) and hook != service.hook:
        problems.append(Problem("/hook", "value-not-allowed", f"should be {service.hook}"))
    given = body.get("context")
    context = _validated(_CONTEXTS[service.hook], given, "/context", problems) if isinstance(given, dict) else None
    placed = list(_placed(given if isinstance(given, dict) else {}))
    if context is not None:
        problems += _of_others(placed, context.patientId, sent.fhirServer if sent else None)
    if problems or sent is None or context is None:
        raise HookRefused(problems=list(dict.fromkeys(problems)))
    beside = tuple(resource for _, resource in placed)
    authorization = sent.fhirAuthorization
    return HookRequest(
        service=service,
        user=context.userId,
        patient=context.patientId,
        orders=_chosen(beside, context),
        beside=beside,
        prefetch=sent.prefetch,
        fhir_server=sent.fhirServer,
        access_token=authorization.access_token if authorization else None,
    )


def _validated(kind: type[Any], value: Any, at: str, problems: list[Problem]) -> Any:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problems += problems_of(error, at)
        return None


def _placed(context: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every resource of the context with its pointer."""
    for name in ("draftOrders", "appointments"):
        value = context.get(name)
        if isinstance(value, list):
            yield from ((pointer("context", name, place), one) for place, one in enumerate(value) if dicts(one))
        else:
            for place, resource in entries(value):
                yield pointer("context", name, "entry", place, "resource"), resource


def _of_others(placed: list[tuple[str, dict[str, Any]]], patient: str, server: str | None) -> list[Problem]:
    found = []
    server = server or server_in(resource for _, resource in placed)
    for at, resource in placed:
        named = {patient_in(resource, server), patient_in(resource, server, "patient")}
        named |= {patient_in(one, server, "actor") for one in dicts(resource.get("participant"))}
        if named - {None, patient}:
            found.append(Problem(at, "another-patient", "is about another person than the context"))
    return found


def _chosen(beside: tuple[dict[str, Any], ...], context: _Context) -> tuple[dict[str, Any], ...]:
    if not isinstance(context, _Selecting):
        return beside
    selected = set(context.selections)
    return tuple(one for one in beside if f"{one.get('resourceType')}/{one.get('id')}" in selected)
