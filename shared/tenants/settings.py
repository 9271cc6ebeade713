"""The settings document of a tenant. Everything has a default, so that a tenant who decided nothing is served.

A decision that leaves something out of care (PHQ-8 instead of PHQ-9, a silent model) is recorded with who decided it:
every version of the document is kept, with its audit event.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from shared.names import Code, Source
from shared.tenants.cds import CdsSettings
from shared.tenants.connections import Client, Destination, Setting

Visibility = Literal["shown", "silent", "off"]
"""``silent``: computed and stored, but not shown. ``off``: not computed."""

Recipient = Annotated[str, Field(min_length=1, max_length=200)]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _is_a_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError("should be an IANA time zone such as Europe/Berlin") from None
    return name


class RegisteredSource(Setting):
    """An EHR or form that subjects come from. Once any is registered, submissions may name no other."""

    id: Source
    title: Annotated[str, Field(min_length=1, max_length=100)]


class CodeMapping(Setting):
    """A code of the tenant's own systems, and the operation or condition of this service that it means."""

    system: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(min_length=1, max_length=100)]
    means: Code


class Phq8Decision(Setting):
    """A recorded decision to ask PHQ-8, since nobody can act on the answers to item 9 of PHQ-9."""

    decided_by: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class TenantSettings(Setting):
    """The document. ``models`` says for a risk model whether it is shown, silent or off; shown when it is not named."""

    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_is_a_time_zone)] = "UTC"
    sources: Annotated[list[RegisteredSource], Field(max_length=100)] = Field(default_factory=list)
    code_maps: Annotated[list[CodeMapping], Field(max_length=2000)] = Field(default_factory=list)
    policy: dict[str, Any] | None = None
    models: dict[Annotated[str, Field(max_length=64)], Visibility] = Field(default_factory=dict)
    profile: Visibility = "shown"
    phq8_instead_of_phq9: Phq8Decision | None = None
    slots: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=64)]] = Field(
        default_factory=dict
    )
    alert_recipients: Annotated[list[Recipient], Field(max_length=50)] = Field(default_factory=list)
    alert_max_age_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    crisis_text: dict[str, Annotated[str, Field(min_length=1, max_length=2000)]] = Field(default_factory=dict)
    clients: Annotated[list[Client], Field(max_length=20)] = Field(default_factory=list)
    destinations: Annotated[list[Destination], Field(max_length=5)] = Field(default_factory=list)
    cds: CdsSettings = Field(default_factory=CdsSettings)

    @model_validator(mode="after")
    def _names_each_thing_once(self) -> Self:
        if len({source.id for source in self.sources}) != len(self.sources):
            raise ValueError("registers a source twice")
        if len({(mapping.system, mapping.code) for mapping in self.code_maps}) != len(self.code_maps):
            raise ValueError("maps a code twice")
        if len({(client.id, client.tenant_claim) for client in self.clients}) != len(self.clients):
            raise ValueError("registers a client twice")
        if len({destination.id for destination in self.destinations}) != len(self.destinations):
            raise ValueError("names a destination twice")
        if not all(_LANGUAGE.fullmatch(language) for language in self.crisis_text):
            raise ValueError("crisis_text is keyed by language tags")
        return self

    def visibility(self, model: str) -> Visibility:
        return self.models.get(model, "shown")

    def knows_source(self, source: str) -> bool:
        """May a submission name this source? Any, until one is registered."""
        return not self.sources or source in {registered.id for registered in self.sources}


DEFAULTS = TenantSettings()
