"""When a stated number is a given one, and when it is that one rounded."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

LARGEST = 10**15
"""No score comes near it; beyond it a double no longer tells neighbours apart."""

_CLOSE = 1e-9
_MOST_DECIMALS = 6


def same(stated: Any, value: Any) -> bool:
    """The same number up to binary rounding, or the same word. ``True`` is no number."""
    if _is_number(stated) and _is_number(value):
        return math.isclose(float(stated), float(value), rel_tol=_CLOSE, abs_tol=_CLOSE)
    return type(stated) is type(value) and bool(stated == value)


def rounds_to(stated: Any, value: Any, *, fewest_decimals: int = 0) -> bool:
    """Is ``stated`` a number that is not whole, rounded to the decimals it shows?"""
    if not (_is_number(stated) and _is_number(value)) or float(value).is_integer():
        return False
    decimals = _decimals(stated)
    if not fewest_decimals <= decimals <= _MOST_DECIMALS:
        return False
    off = abs(Fraction(str(stated)) - Fraction(value))
    return bool(off <= Fraction(1, 2 * 10**decimals) + Fraction(_CLOSE))


def shown(value: Any) -> str:
    """A value for a sentence: a number with at most four decimals."""
    if value is None:
        return "none"
    return f"{float(value):.4f}".rstrip("0").rstrip(".") if _is_number(value) else str(value)


def _decimals(stated: Any) -> int:
    exponent = Decimal(str(stated)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return False
    return bool(-LARGEST <= value <= LARGEST)
