"""One conformance case before it is scored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple


class Vector(NamedTuple):
    """Responses and why they matter.

    ``stated`` names the scores whose expected value the ``source`` gives, apart from this engine. ``optional``: only
    a reader of JSON that tells ``true`` from 1, and 1.0 from 1, can pass the case.
    """

    id: str
    why: str
    responses: Mapping[str, Any]
    origin: Literal["published", "arithmetic", "engine"] = "engine"
    source: str | None = None
    stated: Sequence[str] = ()
    optional: bool = False


def slug(text: Any) -> str:
    """A text as part of a case id."""
    return re.sub(r"[^a-z0-9_.]+", "-", str(text).lower()).strip("-")
