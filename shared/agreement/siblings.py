"""Other forms of one instrument: ids that differ in their last part only."""

from __future__ import annotations

from collections.abc import Iterable


def sibling_ids(instrument_id: str, ids: Iterable[str]) -> list[str]:
    """``promis-sleep-disturbance-8b`` among others for ``promis-sleep-disturbance-8a``."""
    stem, _, _ = instrument_id.rpartition("-")
    return [other for other in ids if other != instrument_id and stem and other.rpartition("-")[0] == stem]
