"""One difference as it goes on the wire, from the rules that explain it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from shared.agreement.case import Found
from shared.agreement.explanation import simplest
from shared.agreement.result import Difference, Value

NOTHING = "No published or common rule explains it."

Part = Literal["value", "band"]
PARTS: tuple[Part, ...] = ("value", "band")


def difference(score: str, of: Part, stated: Value, ours: Value, found: Sequence[Found], note: str = "") -> Difference:
    """The simplest of the rules that were found, and those just as simple; ``note`` is added to what it says."""
    best = simplest(found)
    return Difference(
        score=score,
        of=of,
        stated=stated,
        ours=ours,
        explanation=(" Or: ".join(f"{one.words}." for one in best) or NOTHING) + note,
        rule=best[0].rule if best else None,
        also=[{"rule": one.rule, "explanation": f"{one.words}."} for one in best[1:]],
    )
