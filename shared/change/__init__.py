"""Is the difference between two results of one person change? Pure: two results and a definition in, verdicts out."""

from shared.change.comparison import change
from shared.change.result import Because, Change, ScoreChange

__all__ = ["Because", "Change", "ScoreChange", "change"]
