"""The values of search parameters, and the condition of a create: what they ask for, and whether something is it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from shared.fhir.operation_outcome import Issue, error, malformed

CONDITION = "If-None-Exist"
# Whatever the text, one pass: a backslash at its end stands for itself, since a failure here would be tried again from
# every letter.
_SEPARATED = re.compile(r"(?:[^\\,]|\\.?)+", re.DOTALL)
_BEFORE_BAR = re.compile(r"(?:[^\\|]|\\.?)*", re.DOTALL)
_MOMENT = re.compile(
    r"(eq|lt|gt|ge|le)?(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+ -]\d\d:\d\d)?)?)?)?"
)
_MAX_FIELDS = 20


class Token(NamedTuple):
    """``system`` is ``None`` where any will do, and empty where there must be none; an empty ``code`` is any code."""

    system: str | None
    code: str

    def is_one_of(self, codings: Iterable[Mapping[str, Any]], code: str = "code") -> bool:
        """Is it one of these codings, or of these identifiers, whose ``code`` is their value?"""
        return any(self.system in (None, one.get("system", "")) and self.code in ("", one.get(code)) for one in codings)


def alternatives(text: str) -> list[str]:
    """What stands between commas: any one may match. A comma after a backslash belongs to a value."""
    return _SEPARATED.findall(text)


def token(text: str) -> Token:
    """``code``, ``system|code``, ``|code`` or ``system|``."""
    before = _BEFORE_BAR.match(text)
    end = before.end() if before else 0
    if end == len(text):
        return Token(None, _unescaped(text))
    return Token(_unescaped(text[:end]), _unescaped(text[end + 1 :]))


def tokens(text: str) -> list[Token]:
    return [token(one) for one in alternatives(text)]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([\\$,|])", r"\1", text)


class Period(NamedTuple):
    """A date as it is searched for: how to compare, and from when to when it is, the end left out."""

    prefix: str
    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """By R4's rules, of a moment that is known exactly."""
        return {
            "eq": self.start <= moment < self.end,
            "lt": moment < self.start,
            "gt": moment >= self.end,
            "ge": moment >= self.start,
            "le": moment < self.end,
        }[self.prefix]


def period(text: str) -> Period | None:
    """A year, month, day, minute or second with a prefix of eq, lt, gt, ge, le; UTC without an offset.

    ``None``: another form, another prefix, or no such time.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    prefix, year, month, day, hour, minute, second, zone = found.groups()
    # A plus sign in a query may have been read as a space.
    offset = "+00:00" if zone in (None, "Z") else zone.replace(" ", "+")
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}{offset}"
    try:
        start = datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}T{clock}").astimezone(UTC)
        end = start + _length(start, month, day, hour, second)
    except (ValueError, OverflowError):
        return None
    return Period(prefix or "eq", start, end)


def _length(start: datetime, month: str | None, day: str | None, hour: str | None, second: str | None) -> timedelta:
    if month is None:
        return start.replace(year=start.year + 1) - start
    if day is None:
        return (start + timedelta(days=31)).replace(day=1) - start
    return timedelta(days=1) if hour is None else timedelta(minutes=1) if second is None else timedelta(seconds=1)


def condition(text: str) -> tuple[dict[str, str] | None, list[Issue]]:
    """The identifier that a conditional create names, or what is wrong: only ``identifier=system|value`` is done.

    What cannot be read as search parameters is a 400; a condition that is not done is a 412, and never left out.
    """
    try:
        fields = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        fields = []
    if not fields or "?" in text:
        return None, [malformed("value", None, f"{CONDITION} should be search parameters alone, without a ?.")]
    names, found = [name for name, _ in fields], tokens(fields[0][1])
    if names != ["identifier"] or len(found) != 1 or not found[0].system or not found[0].code:
        said = f"Only one condition is done in {CONDITION}: identifier=system|value."
        return None, [error("not-supported", None, said, 412)]
    return {"system": str(found[0].system), "value": found[0].code}, []
