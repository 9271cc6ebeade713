"""From a timepoint to the intake it belongs to, and to the days that may have passed. No clock: only what is stated."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

Intake = Literal["preoperative", "postoperative", "injury"]
"""The intakes at which a profile is counted."""

INTAKES: tuple[Intake, ...] = get_args(Intake)

_AFTER_SURGERY = re.compile(r"postoperative-(day|week|month)-(\d{1,4})")
_SHORTEST_MONTH, _LONGEST_MONTH, _WEEK = 28, 31, 7


class Days(NamedTuple):
    """The fewest and the most days since the operation that a timepoint can mean."""

    fewest: int
    most: int

    def within(self, first: int, last: int) -> bool:
        """Whether every day it can mean lies in the span, both ends included."""
        return first <= self.fewest and self.most <= last


def intake_of(timepoint: str) -> Intake | None:
    """The intake of a timepoint; a follow-up has none: there the outcome itself is asked about."""
    if timepoint.startswith("postoperative-"):
        return "postoperative"
    return next((intake for intake in INTAKES if intake == timepoint), None)


def days_since_surgery(timepoint: str | None) -> Days | None:
    """The days since the operation; ``None`` where the timepoint does not say. Week 1 can be any of days 7 to 13."""
    stated = _AFTER_SURGERY.fullmatch(timepoint or "")
    if stated is None:
        return None
    number = int(stated[2])
    match stated[1]:
        case "day":
            return Days(number, number)
        case "week":
            return Days(number * _WEEK, number * _WEEK + _WEEK - 1)
        case _:
            return Days(number * _SHORTEST_MONTH, (number + 1) * _LONGEST_MONTH - 1)
