"""What every equation gives, however it computes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from shared.risk.result import Contribution, Known

Values = Mapping[str, Known]
Names = Sequence[str]


class Outcome(NamedTuple):
    """``possible`` holds the lowest and the highest value, or every reachable label from the least to the most."""

    value: float | str | None
    possible: Sequence[float | str]
    contributions: list[Contribution]
    narrowest: str | None = None


class Equation(Protocol):
    def run(self, values: Values, missing: Names) -> Outcome:
        """``values`` and ``missing`` together name every predictor once."""
        ...
