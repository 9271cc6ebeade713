"""What a tenant decides about the cards that its EHR is answered with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.tenants.connections import HttpsUrl, Setting


class OrderCode(Setting):
    """A code of the tenant's own systems."""

    system: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(min_length=1, max_length=100)]


class CdsSettings(Setting):
    """Product rules of the tenant's own; no source was read for any of them.

    An assessment is due when the last one of its kind is more than ``due_after_days`` old. ``launch_url`` is the SMART
    app that shows an assessment. ``profile_indicator`` is how loudly a profile speaks. ``opioid_codes`` are the
    tenant's own codes of opioids, beside ATC's.
    """

    due_after_days: Annotated[int, Field(ge=1, le=3650)] = 90
    launch_url: HttpsUrl | None = None
    profile_indicator: Literal["info", "warning"] = "info"
    opioid_codes: Annotated[list[OrderCode], Field(max_length=500)] = Field(default_factory=list)
