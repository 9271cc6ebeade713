"""Timing two things in turn, so that a machine whose speed drifts slows both."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Spread(NamedTuple):
    """Seconds: fastest, median and slowest of the runs."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, runs: Sequence[float]) -> Spread:
        return cls(min(runs), statistics.median(runs), max(runs))

    def scaled(self, unit: float) -> str:
        return f"{self.median / unit:.1f} ({self.low / unit:.1f} to {self.high / unit:.1f})"


def calls(functions: Sequence[Callable[[], object]], *, rounds: int = 21, seconds: float = 0.02) -> list[Spread]:
    """Seconds a call of each function, round by round in turn."""
    repeats = [_repeats_in(function, seconds) for function in functions]
    runs: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for place, function in enumerate(functions):
            started = time.perf_counter()
            for _ in range(repeats[place]):
                function()
            runs[place].append((time.perf_counter() - started) / repeats[place])
    return [Spread.of(run) for run in runs]


def commands(
    lines: Sequence[Sequence[str]], *, rounds: int = 15, environment: dict[str, str] | None = None
) -> list[Spread]:
    """Seconds a whole process of each command takes, in turn, after one warm-up of each."""
    runs: list[list[float]] = [[] for _ in lines]
    for turn in range(rounds + 1):
        for place, line in enumerate(lines):
            started = time.perf_counter()
            subprocess.run(line, check=True, env=environment, stdout=subprocess.DEVNULL)
            if turn:
                runs[place].append(time.perf_counter() - started)
    return [Spread.of(run) for run in runs]


def _repeats_in(function: Callable[[], object], seconds: float) -> int:
    repeats = 1
    while True:
        started = time.perf_counter()
        for _ in range(repeats):
            function()
        if (taken := time.perf_counter() - started) > seconds / 4:
            return max(1, int(repeats * seconds / taken))
        repeats *= 4
