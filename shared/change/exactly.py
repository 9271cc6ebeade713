"""Differences without binary rounding: 62.1 − 55.3 is 6.8, and 13/3 − 10/3 is 1."""

from __future__ import annotations

from fractions import Fraction

LARGEST_DENOMINATOR = 10_000
"""Far above what means of items and tables with decimals need, far below what a double confuses."""


def exact(value: int | float) -> Fraction:
    """The simple fraction that a score's value stands for."""
    return Fraction(value).limit_denominator(LARGEST_DENOMINATOR)


def plain(value: Fraction) -> int | float:
    """An integer where it is one."""
    return value.numerator if value.denominator == 1 else float(value)


def shown(value: int | float) -> str:
    """A number for a sentence: at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
