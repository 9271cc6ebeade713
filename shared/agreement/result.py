"""The shape of an agreement: plain dictionaries, ready for the wire."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from shared.errors import Alert

Value = int | float | str | None
"""A score's value as it is stated or as we have it; ``None`` says that there is no score."""


class StatedScore(TypedDict, total=False):
    """What another scorer says of one score. What it does not say is not compared."""

    value: Value
    band: str | None


class Explanation(TypedDict):
    """A wrong rule that gives exactly what was stated."""

    rule: str
    explanation: str


class Difference(TypedDict):
    """One thing that differs, and the simplest rule that would make it so.

    ``rule`` is null where no published or common rule does; ``also`` holds others that are just as simple.
    ``ours_if_so`` stands where our options refuse the answers: our value if they were stored as the rule says.
    """

    score: str
    of: Literal["value", "band"]
    stated: Value
    ours: Value
    explanation: str
    rule: str | None
    also: list[Explanation]
    ours_if_so: NotRequired[Value]


class RefusedAnswer(TypedDict):
    """An answer that is not among its item's options; never repeated."""

    pointer: str
    code: str
    detail: str


class Agreement(TypedDict):
    """Every difference between what was stated and our own result of the same answers."""

    instrument: str
    instrument_version: str
    definition_sha256: str
    engine_version: str
    agrees: bool
    differences: list[Difference]
    problems: list[RefusedAnswer]
    alerts: list[Alert]
