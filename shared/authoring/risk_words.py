"""The parts of a risk model in words a clinician reads. Ids stand in code marks."""

from __future__ import annotations

from shared.authoring.markdown import plain
from shared.risk_models.definition import (
    AnyOrigin,
    AnyPredictor,
    BinaryPredictor,
    CategoryPredictor,
    FactOrigin,
    ScoreOrigin,
)
from shared.risk_models.equation import AnyTerm, Condition, Counted, LevelsTerm, LinearTerm, Stratum

COMPARISONS = {">=": "at least", ">": "above", "<=": "at most", "<": "below", "==": "exactly"}


def code(name: object) -> str:
    return f"`{name}`"


def figure(value: object) -> str:
    """A number or a code as it is sent."""
    return code(value) if isinstance(value, str) else plain(value)


def values_in_words(predictor: AnyPredictor) -> str:
    """The allowed values, and what they mean."""
    if isinstance(predictor, BinaryPredictor):
        return f"0 {plain(predictor.zero)}, 1 {plain(predictor.one)}"
    if isinstance(predictor, CategoryPredictor):
        return ", ".join(f"{code(category.value)} ({plain(category.label)})" for category in predictor.values)
    span = predictor.range
    top = f"{span.low} and over" if span.high is None else f"{span.low} to {span.high}"
    return f"{top} {plain(predictor.unit)}{', whole numbers' if predictor.integer else ''}"


def origin_in_words(origin: AnyOrigin) -> str:
    """Where a value may come from, with the conversion that is done."""
    if isinstance(origin, FactOrigin):
        done = f" × {origin.multiply}" if origin.multiply is not None else ""
        done = f" ({', '.join(f'{key} → {value}' for key, value in origin.codes.items())})" if origin.codes else done
        return f"clinical fact {code(origin.fact)}{done}"
    if isinstance(origin, ScoreOrigin):
        when = ", ".join(code(timepoint) for timepoint in origin.timepoints)
        return f"score {code(origin.score)} of {code(origin.instrument)}, given at {when}"
    units = ", ".join(f"{code(unit)}{f' × {factor}' if factor != 1 else ''}" for unit, factor in origin.units.items())
    return f"external total {code(origin.total)} in {units}, with its source and date"


def term_in_words(term: AnyTerm) -> str:
    """What one predictor adds."""
    if isinstance(term, LevelsTerm):
        return ", ".join(f"{code(level)} {plain(coefficient)}" for level, coefficient in term.levels.items())
    if isinstance(term, LinearTerm):
        value = f"(value − {term.centre})" if term.centre else "value"
        per = f" ÷ {term.per}" if term.per != 1 else ""
        return f"{plain(term.coefficient)} × {value}{per}"
    rows = "; ".join(f"{plain(row.coefficient)} if {COMPARISONS[row.op]} {row.than}" for row in term.rows)
    return f"{rows}; else {plain(term.otherwise)}"


def condition_in_words(condition: Condition | Counted) -> str:
    return f"{code(condition.predictor)} {COMPARISONS[condition.op]} {figure(condition.value)}"


def stratum_in_words(stratum: Stratum) -> str:
    if stratum.high is None:
        return f"{stratum.low} and over"
    return str(stratum.low) if stratum.low == stratum.high else f"{stratum.low} to {stratum.high}"
