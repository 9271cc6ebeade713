"""Dates and times as FHIR writes them."""

from __future__ import annotations

import re
from datetime import date, datetime

_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_ZONE = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)"
DATE = re.compile(rf"\d{{4}}(-(0[1-9]|1[0-2]))?|{_DAY}")
DATE_TIME = re.compile(rf"\d{{4}}(-(0[1-9]|1[0-2]))?|{_DAY}(T{_CLOCK}{_ZONE})?")
INSTANT = re.compile(rf"{_DAY}T{_CLOCK}{_ZONE}")
TIME = re.compile(_CLOCK)
_FULL_DAY = 10


def is_real(moment: str) -> bool:
    """Is there such a day? Of a date or date-time that has the right form."""
    if len(moment) < _FULL_DAY:
        return moment[:4] != "0000"
    try:
        date.fromisoformat(moment[:_FULL_DAY])
    except ValueError:
        return False
    return True


def instant(moment: str) -> datetime | None:
    """A full FHIR date-time with its offset; ``None`` for a date alone. A leap second counts as the one before."""
    if not INSTANT.fullmatch(moment) or not is_real(moment):
        return None
    return datetime.fromisoformat(re.sub(r":60(?=[.Z+-])", ":59", moment))
