"""The shape of a profile: plain dictionaries, ready for the wire."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Status = Literal["present", "absent", "unknown"]
Says = Literal["present", "absent", "undecided"]


class Identity(TypedDict):
    """Which file a result came from."""

    version: str
    sha256: str


class Because(TypedDict):
    """One answer that was looked at, and what it says by which sourced cut-off.

    A score carries ``instrument`` and ``score``, a fact carries ``fact``. ``op`` is a comparison, ``in``, ``criterion``
    or ``band``. An answer that says ``undecided`` is shown too: the cut-off was not met and does not rule out.
    """

    instrument: NotRequired[str]
    score: NotRequired[str]
    fact: NotRequired[str]
    value: Any
    band: NotRequired[str]
    op: str
    threshold: Any
    says: Says
    meaning: str | None
    source: str
    note: NotRequired[str]
    prorated: NotRequired[bool]


class EvidenceView(TypedDict):
    id: str
    sentence: str
    outcome: str
    effect: str | None
    certainty: str
    source: str
    doi: str | None


class Why(TypedDict):
    """Why a factor is unknown: ``not-answered``, ``undecided`` or ``not-at-this-time``."""

    code: str
    detail: str


class DetailResult(TypedDict):
    """A part told apart and not counted, such as one opioid."""

    id: str
    title: str
    status: Status
    because: list[Because]
    note: str


class FactorResult(TypedDict):
    """One factor. ``would_decide`` names answers that were not given; it is empty unless the factor is unknown."""

    id: str
    title: str
    status: Status
    because: list[Because]
    conflicting: bool
    why_unknown: Why | None
    would_decide: list[dict[str, str]]
    evidence: list[EvidenceView]
    contrary: list[EvidenceView]
    certainty: str
    cutoffs: str
    modifiable: bool
    note: str | None
    details: NotRequired[list[DetailResult]]
    source: str


class NotCounted(TypedDict):
    id: str
    title: str
    why: str


class ProfileWarning(TypedDict):
    """A doubt about the facts; it changes no status."""

    code: str
    pointer: str
    detail: str


class Profile(TypedDict):
    """Counts and no verdict. ``intake`` is ``follow-up`` where nothing is counted."""

    definition: Identity
    intake: str
    timepoint: str
    factors: list[FactorResult]
    present: int
    absent: int
    unknown: int
    not_counted: list[NotCounted]
    warnings: list[ProfileWarning]
    statement: str
    statement_sources: list[str]
