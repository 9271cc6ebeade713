"""The batteries as clients see them."""

from __future__ import annotations

from typing import Any

from shared.batteries import Battery, batteries, size_of
from shared.errors import NotFound
from shared.profile import factors


def lines() -> dict[str, dict[str, Any]]:
    """Every battery by id."""
    return {battery.id: _view(battery) for battery in batteries().content.batteries}


def whole(battery_id: str) -> dict[str, Any]:
    """One battery.

    Raises:
        NotFound: there is none.
    """
    battery = batteries().content.get(battery_id)
    if battery is None:
        raise NotFound("No battery has this id.")
    return _view(battery)


def _view(battery: Battery) -> dict[str, Any]:
    content, sha256 = batteries()
    size = size_of(content, battery, factors().content.facts)
    return {
        **battery.model_dump(mode="json", exclude_none=True),
        "size": size,
        "definition": {"version": content.version, "sha256": sha256},
        "href": f"/v1/batteries/{battery.id}",
    }
