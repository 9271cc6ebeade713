"""The shape of a change: plain dictionaries, ready for the wire."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from shared.errors import Alert

Number = int | float


class Because(TypedDict):
    """One reason, with the number it rests on and where that was read.

    ``about`` names the field it speaks of. ``holds`` is what the rule gives here; a reason without it decides nothing.
    """

    about: Literal["difference", "important", "reliable", "better"]
    rule: str
    detail: str
    value: NotRequired[Number]
    value_high: NotRequired[Number]
    op: NotRequired[str]
    ratio: NotRequired[float]
    standard_error: NotRequired[float]
    holds: NotRequired[bool]
    source: NotRequired[str]
    unverified: NotRequired[bool]


class ScoreChange(TypedDict):
    """The change of one score. ``None`` is not known, never no."""

    score: str
    before: Number | str | None
    after: Number | str | None
    difference: Number | None
    important: bool | None
    reliable: bool | None
    better: bool | None
    because: list[Because]


class Change(TypedDict):
    """The change of every score of an instrument, in the definition's order, and the safety alerts of the answers."""

    instrument: str
    instrument_version: str
    definition_sha256: str
    changes: list[ScoreChange]
    alerts: list[Alert]
