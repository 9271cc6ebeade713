"""Strict JSON: UTF-8, every key once, finite numbers, bounded depth. Nothing is repaired."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any


class NotStrictJson(ValueError):
    """``detail`` is a sentence that repeats nothing of the document; ``key`` is the key that stands twice, if one does.

    A key may be private text: only who knows that it is not may tell it.
    """

    def __init__(self, detail: str, key: str | None = None) -> None:
        super().__init__(detail)
        self.detail, self.key = detail, key


def parse(raw: bytes, *, max_depth: int | None = None, max_digits: int | None = None) -> Any:
    """The value that ``raw`` says. ``max_digits`` bounds whole numbers.

    Raises:
        NotStrictJson: not UTF-8, not JSON, a key twice in one object, NaN, a number beyond a double or beyond
            ``max_digits``, or more than ``max_depth`` levels.
    """

    def bounded(text: str) -> int:
        if max_digits is not None and len(text) > max_digits:
            raise NotStrictJson("A number is too large.")
        return int(text)

    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=None if max_digits is None else bounded,
        )
    except NotStrictJson:
        raise
    except (ValueError, RecursionError):
        # The parser's own message would quote the document.
        raise NotStrictJson("It is not valid JSON.") from None
    if max_depth is not None and _deeper_than(value, max_depth):
        raise NotStrictJson(f"It is nested more than {max_depth} levels deep.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen = Counter(key for key, _ in pairs)
        raise NotStrictJson("An object holds the same key twice.", next(key for key in seen if seen[key] > 1))
    return found


def _no_constant(_: str) -> Any:
    raise NotStrictJson("NaN and Infinity are not JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise NotStrictJson("A number is too large.")
    return value


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [child for parent in layer for child in _children(parent)]
        if not layer:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
