"""Pages of a fixed, public list, and the query parameters that every list shares."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from shared.errors import InvalidCursor, Problem, SubmissionRefused

MAX_LIMIT = 100
DEFAULT_LIMIT = 20


def read_limit(text: str | None, default: int = DEFAULT_LIMIT) -> int:
    """The ``limit`` of a list request.

    Raises:
        SubmissionRefused: not a whole number from 1 to ``MAX_LIMIT``.
    """
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MAX_LIMIT and len(text) <= 3):
        problem = Problem("", "value-not-allowed", f"the query parameter limit should be 1 to {MAX_LIMIT}")
        raise SubmissionRefused(problems=[problem])
    return int(text)


def page_of(
    ids: Sequence[str], *, limit: str | None, cursor: str | None, name: str
) -> tuple[Sequence[str], str | None]:
    """The ids of one page and the next cursor. Without ``limit`` the whole list, since it is short and public.

    Raises:
        InvalidCursor: not a cursor of this list, or of an older version of it.
    """
    size = read_limit(limit, default=len(ids) if cursor is None else DEFAULT_LIMIT)
    start = 0
    if cursor is not None:
        places = {_cursor(ids, place, name): place for place in range(1, len(ids))}
        if cursor not in places:
            raise InvalidCursor
        start = places[cursor]
    end = start + size
    return ids[start:end], _cursor(ids, end, name) if end < len(ids) else None


def _cursor(ids: Sequence[str], place: int, name: str) -> str:
    """Public data needs no secret: a cursor is the hash of what came before it."""
    return hashlib.sha256("\n".join((name, *ids[:place])).encode()).hexdigest()[:32]
