"""The shape of an estimate: plain dictionaries, ready for the wire."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

Known = int | float | str
"""The value of a predictor or of a population fact."""


class Interval(TypedDict):
    """What the value can be over every allowed value of the unanswered predictors in ``because``.

    Never a confidence interval. A class or flag also names every label that can still be reached.
    """

    low: float | str
    high: float | str
    because: list[str]
    classes: NotRequired[list[str]]


class Contribution(TypedDict):
    """What one answered predictor did: its log-odds, what it adds on a probit's scale, or a condition it met or not.

    On a probit's scale more means a later category, so where the event is the first categories it means less of it.
    ``direction_in_words`` stands, as false, where no sentence may say that the predictor raises or lowers the risk.
    """

    predictor: str
    log_odds: NotRequired[float]
    latent: NotRequired[float]
    op: NotRequired[str]
    than: NotRequired[Known]
    met: NotRequired[bool]
    points: NotRequired[int]
    direction_in_words: NotRequired[bool]


class ObservedRate(TypedDict):
    """What was seen in a study among people of the class in ``value``; never this person's own probability."""

    rate: float
    of: str
    n: int | None
    events: int | None
    ci95: list[float] | None
    source: str | None


class Origin(TypedDict):
    """Where the value of a predictor was taken from, and what was done to it on the way."""

    kind: Literal["fact", "score", "external"]
    fact: NotRequired[str]
    instrument: NotRequired[str]
    instrument_version: NotRequired[str]
    definition_sha256: NotRequired[str]
    score: NotRequired[str]
    total: NotRequired[str]
    unit: NotRequired[str]
    source: NotRequired[str]
    date: NotRequired[str]
    multiplied_by: NotRequired[int]
    recoded: NotRequired[bool]


class Input(TypedDict):
    """One predictor as it entered the equation."""

    predictor: str
    value: Known
    origin: Origin


class Estimate(TypedDict):
    """What one model says of one person.

    ``value`` is null when predictors that matter are missing: then ``interval`` says what is possible, and
    ``narrowest`` which single answer would narrow it most. It is null as well when the model does not apply: then
    ``not_applicable_because`` says why, and nothing is said of predictors. A probability is of ``event``, from 0 to 1
    and unrounded. A class or flag has its label in ``value`` and what was observed under it, where that was read, in
    ``observed``.
    """

    model: str
    model_version: str
    definition_sha256: str
    kind: Literal["probability", "class", "flag"]
    event: str
    outcome: str
    horizon: str
    value: float | str | None
    interval: Interval | None
    alternative_value: float | None
    contributions: list[Contribution]
    missing: list[str]
    applicable: bool
    not_applicable_because: str | None
    evidence_grade: str
    card: str
    observed: NotRequired[ObservedRate | None]
    narrowest: NotRequired[str]
    inputs: NotRequired[list[Input]]
