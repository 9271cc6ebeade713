"""Scores that a form can compute by itself, as guarded FHIRPath.

An expression gives the very score that the engine gives, and nothing wherever the engine withholds it: each stands
behind a count of the answers it needs. A score whose rule does not fit one such sentence has no expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shared.instruments.definition import Choice, Instrument, Missing, Quantity, Score
from shared.scoring.answers import scored_values


class Place(NamedTuple):
    """Where in a response the answers stand. ``carried``: item → the item that was asked in its place."""

    items: str = "%resource.item"
    carried: Mapping[str, str] = {}

    def answers(self, items: Iterable[str]) -> str:
        listed = "|".join(f"'{self.carried.get(item, item)}'" for item in items)
        return f"{self.items}.where(linkId in ({listed})).answer"


AT_ROOT = Place()


def calculated_expression(instrument: Instrument, score: Score, place: Place = AT_ROOT) -> str | None:
    """The FHIRPath of a sum, a mean or a prorated sum of items; ``None`` where the form must leave it to the service.

    It is evaluated with the response as ``%resource``.
    """
    if not score.items or score.scores or score.method not in ("sum", "mean"):
        return None
    total = _total(instrument, score, place)
    if total is None:
        return None
    number, every = len(score.items), place.answers(score.items)
    whole = f"({total}) / {number}" if score.method == "mean" else total
    missing = score.missing
    match missing.method:
        case "require-all":
            return _guarded(f"{every}.count() = {number}", whole)
        case "mean-of-answered" if score.method == "mean":
            return _guarded(f"{every}.count() >= {_fewest(missing, number)}", f"({total}) / {every}.count()")
        case "prorate-round" if score.method == "sum" and _counts_whole_points(instrument, score.items):
            # Half up in whole numbers: (2 × sum × items + answered) div (2 × answered).
            prorated = f"(2 * ({total}) * {number} + {every}.count()) div (2 * {every}.count())"
            return _guarded(f"{every}.count() >= {_fewest(missing, number)}", prorated)
        case "absent-is-zero":
            return _absent_as_zero(instrument, score, whole, score.items, place)
        case "partial" if missing.zero_if_missing:
            return _absent_as_zero(instrument, score, whole, missing.zero_if_missing, place)
    return None


def _absent_as_zero(
    instrument: Instrument, score: Score, whole: str, may_be_absent: Sequence[str], place: Place
) -> str:
    needed = [item for item in score.items if item not in may_be_absent]
    if needed:
        return _guarded(f"{place.answers(needed)}.count() = {len(needed)}", whole)
    # A form with no answer at all was perhaps never shown. An engine may give nothing for the sum of nothing.
    shown = place.answers(item.id for item in instrument.items)
    return _guarded(f"{shown}.exists()", f"iif({place.answers(score.items)}.exists(), {whole}, 0)")


def _guarded(condition: str, value: str) -> str:
    return f"iif({condition}, {value}, {{}})"


def _fewest(missing: Missing, number: int) -> int:
    return max(number - missing.max_missing, 1)


def _total(instrument: Instrument, score: Score, place: Place) -> str | None:
    """The sum of what the answered items count; ``None`` where an item counts no number."""
    choices, quantities = [], []
    for item in instrument.items:
        if item.id not in score.items:
            continue
        answers = instrument.options[item.options]
        if isinstance(answers, Choice):
            if any(isinstance(value, str) for value in scored_values(item, answers).values()):
                return None
            choices.append(item.id)
        elif isinstance(answers, Quantity):
            quantities.append(item.id)
        else:
            return None
    if choices and quantities and score.missing.method != "require-all":
        # Either sum may be of nothing, and nothing plus a number is nothing.
        return None
    parts = [f"{place.answers(choices)}.value.weight().sum()"] if choices else []
    parts += [f"{place.answers(quantities)}.value.sum()"] if quantities else []
    return " + ".join(parts)


def _counts_whole_points(instrument: Instrument, items: Sequence[str]) -> bool:
    """``div`` cuts towards zero, so the half-up rule above holds for whole points from zero on."""
    for item in instrument.items:
        answers = instrument.options[item.options]
        if item.id not in items:
            continue
        if not isinstance(answers, Choice):
            return False
        if not all(isinstance(value, int) and value >= 0 for value in scored_values(item, answers).values()):
            return False
    return True
