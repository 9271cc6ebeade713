"""The shape of a score result: plain dictionaries, ready for the wire."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from shared.errors import Alert


class Reason(TypedDict):
    """Why a score or its band is absent; ``code`` is one of ``REASON_CODES``."""

    code: str
    detail: str


class Interval(TypedDict):
    """What a score can be over every answer to the unanswered items in ``because``. Not a confidence interval."""

    low: float | str
    high: float | str
    because: list[str]


class ScoreResult(TypedDict):
    """One score. ``value`` is null exactly when ``status`` is ``not_scored``; ``answered`` counts items."""

    id: str
    status: Literal["scored", "prorated", "not_scored"]
    value: int | float | str | None
    band: str | None
    range: list[int | float] | None
    direction: str
    answered: int
    of: int
    standard_error: int | float | None
    reason: Reason | None
    criterion: NotRequired[Literal["met", "not-met", "undetermined"]]
    taken_as_absent: NotRequired[list[str]]
    interval: NotRequired[Interval]


class Notice(TypedDict):
    """A doubt about the data or the setting that changes no value."""

    code: str
    detail: str
    score: NotRequired[str]


class TextPackUsed(TypedDict):
    """Which licensed wording was shown: the pack's language, its version, and the SHA-256 of its file."""

    language: str
    version: str
    sha256: str


class InstrumentResult(TypedDict):
    """All scores of one instrument, in the definition's order, with what made them.

    ``text_pack`` stands only where a text pack was laid over the definition.
    """

    instrument: str
    instrument_version: str
    definition_sha256: str
    engine_version: str
    scores: list[ScoreResult]
    alerts: list[Alert]
    warnings: list[Notice]
    text_pack: NotRequired[TextPackUsed]


REASON_CODES = frozenset(
    {
        "item-required",
        "too-many-missing",
        "missing-rule-not-verified",
        "depends-on-unscored",
        "too-early",
        "undetermined",
        "outside-validated-population",
    }
)
