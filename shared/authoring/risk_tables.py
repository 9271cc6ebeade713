"""The predictors, the equation and the classes of a risk model, as sections of its page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.authoring.markdown import bullets, linked, plain, sentence, source_of, table
from shared.authoring.risk_words import (
    code,
    condition_in_words,
    origin_in_words,
    stratum_in_words,
    term_in_words,
    values_in_words,
)
from shared.risk_models.definition import NumberPredictor, RiskModel
from shared.risk_models.equation import (
    AnyTerm,
    Case,
    CountEquation,
    LogitEquation,
    Observed,
    OrderedProbitEquation,
    RuleEquation,
    StrataEquation,
    Stratum,
)
from shared.risk_models.parts import Sourced


def predictor_section(model: RiskModel) -> Iterator[str]:
    yield from ("## What it needs", "")
    rows = [
        [
            f"{plain(predictor.title)} {code(predictor.id)}",
            plain(predictor.coding),
            values_in_words(predictor),
            "; or ".join(map(origin_in_words, predictor.origins)),
            linked(predictor.source or ""),
        ]
        for predictor in model.predictors
    ]
    yield from (*table(["Predictor", "Coding", "Allowed", "Taken from", "Source"], rows), "")
    notes = [*_range_notes(model), *_origin_notes(model)]
    notes += [
        f"{code(predictor.id)}: its direction is not put into words. {linked(predictor.direction_note)}"
        for predictor in model.predictors
        if predictor.direction_note
    ]
    notes += [f"{code(one.id)} is left out. {linked(one.why)} {source_of(one)}" for one in model.omitted]
    yield from ([*bullets(notes), ""] if notes else [])


def _range_notes(model: RiskModel) -> Iterator[str]:
    for predictor in model.predictors:
        if isinstance(predictor, NumberPredictor) and predictor.range.note:
            span = predictor.range
            yield f"{code(predictor.id)}: {sentence(linked(span.note or ''))} {source_of(span)}"


def _origin_notes(model: RiskModel) -> Iterator[str]:
    for predictor in model.predictors:
        for origin in predictor.origins:
            if origin.note:
                yield f"{code(predictor.id)}: {sentence(linked(origin.note))}"


# -- the equation ------------------------------------------------------------------------------------------------------


def equation_section(model: RiskModel) -> Iterator[str]:
    yield from ("## How it computes", "")
    equation = model.equation
    if isinstance(equation, LogitEquation):
        yield from _logit(equation)
    elif isinstance(equation, OrderedProbitEquation):
        yield from _probit(equation)
    elif isinstance(equation, CountEquation):
        yield from _count(equation)
    elif isinstance(equation, StrataEquation):
        yield from (f"The stratum of {code(equation.predictor)}. {source_of(equation)}", "")
        yield from _strata(equation.strata)
    else:
        yield from _rule(equation)
    if model.alternative is not None:
        yield from ("### The other equation", "", linked(model.alternative_note or ""), "")
        other = model.alternative
        yield from _probit(other) if isinstance(other, OrderedProbitEquation) else _logit(other)


def _logit(equation: LogitEquation) -> Iterator[str]:
    intercept = equation.intercept
    yield "Probability = 1 ÷ (1 + e to the power of −(intercept + all terms))."
    yield from ("", f"Intercept: {plain(intercept.value)}. {source_of(intercept)}", "")
    yield from _terms(equation.terms)


def _probit(equation: OrderedProbitEquation) -> Iterator[str]:
    event = " or ".join(equation.categories[: equation.event_categories])
    cut_point = equation.cut_points[equation.event_categories - 1]
    yield f"Probability of {plain(event)} = Φ({plain(cut_point)} − the sum of the terms)."
    ordered = ", ".join(plain(category) for category in equation.categories)
    points = ", ".join(plain(point) for point in equation.cut_points)
    note = f" {sentence(linked(equation.note))}" if equation.note else ""
    yield from ("", f"Categories: {ordered}. Cut-points: {points}.{note} {source_of(equation)}", "")
    yield from _terms(equation.terms)


def _terms(terms: Iterable[AnyTerm]) -> Iterator[str]:
    rows = [[code(term.predictor), term_in_words(term), linked(term.source or "")] for term in terms]
    yield from (*table(["Predictor", "Adds", "Source"], rows), "")


def _count(equation: CountEquation) -> Iterator[str]:
    yield from ("The number of points of the conditions that hold, then the class of that number.", "")
    rows = [
        [
            condition_in_words(counted),
            counted.points,
            "" if counted.odds_ratio is None else counted.odds_ratio,
            linked(counted.source or ""),
        ]
        for counted in equation.counted
    ]
    head = ["Condition", "Points", "Odds ratio (for the reader, computes nothing)", "Source"]
    yield from (*table(head, rows), "", source_of(equation), "")
    yield from _strata(equation.strata)


def _strata(strata: Iterable[Stratum]) -> Iterator[str]:
    yield from (*table(["Number", "Class"], [[stratum_in_words(s), code(s.label)] for s in strata]), "")


def _rule(equation: RuleEquation) -> Iterator[str]:
    yield from ("The first line that holds decides.", "")
    lines = [f"{_case_in_words(case)}: {code(case.label)}" for case in equation.cases]
    lines.append(f"otherwise: {code(equation.otherwise)}")
    yield from (f"{number}. {line}" for number, line in enumerate(lines, 1))
    yield from ("", source_of(equation), "")


def _case_in_words(case: Case) -> str:
    joint = " and " if case.needs == "all" else " or "
    return joint.join(map(condition_in_words, case.conditions))


# -- classes -----------------------------------------------------------------------------------------------------------


def classes_section(model: RiskModel) -> Iterator[str]:
    if not model.classes:
        return
    yield from ("## The classes", "", "From the least to the most concerning.", "")
    rows = [
        [code(output.label), linked(output.meaning), _observed(output.observed), linked(output.source or "")]
        for output in model.classes
    ]
    yield from (
        *table(["Class", "Means", "Observed in the class, never one person's probability", "Source"], rows),
        "",
    )


def _observed(observed: Observed | None) -> str:
    if observed is None:
        return "no rate was read"
    ci = f" (95 % CI {observed.ci95[0]} to {observed.ci95[1]})" if observed.ci95 else ""
    counts = f", {observed.events} of {observed.n}" if observed.events is not None and observed.n is not None else ""
    return sentence(f"{plain(observed.rate)}{ci}{counts}: {plain(observed.of)}") + _source_beside(observed)


def _source_beside(fact: Sourced) -> str:
    said = source_of(fact)
    return f" {said}" if said else ""
