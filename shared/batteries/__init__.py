"""Named sets of questions for an intake, and what of them is still missing."""

from shared.batteries.definition import Batteries, Battery, batteries
from shared.batteries.progress import Settings, carried_answers, settings_problems, still_missing
from shared.batteries.size import size_of

__all__ = [
    "Batteries",
    "Battery",
    "Settings",
    "batteries",
    "carried_answers",
    "settings_problems",
    "size_of",
    "still_missing",
]
