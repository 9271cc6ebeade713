"""What must hold for every model and every person."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.risk import estimate, estimates
from shared.risk_models.definition import BinaryPredictor, CategoryPredictor, NumberPredictor
from shared.risk_models.equation import LogitEquation
from tests.unit.risk_people import DEFINITIONS, KHAN, OPEN_END, inside, may_be_missing, people

every_model = pytest.mark.parametrize("model", DEFINITIONS)
REGRESSIONS = [name for name, one in DEFINITIONS.items() if isinstance(one.model.equation, LogitEquation)]
CLASSIFIERS = [name for name in DEFINITIONS if name not in REGRESSIONS]
quick = settings(deadline=None, max_examples=30)
exhaustive = settings(deadline=None, max_examples=8)
"""For tests that run every completion of what was left out."""


def population(model):
    names = {predictor.id for predictor in DEFINITIONS[model].model.predictors}
    return inside(model) if "age" in names else inside(model) | {"age": 50}


@every_model
@quick
@given(st.data())
def test_the_interval_holds_the_value_of_every_completion(model, data):
    definition = DEFINITIONS[model]
    person = data.draw(people(model))
    left_out = data.draw(st.sets(st.sampled_from(may_be_missing(model)), min_size=1))

    whole = estimate(definition, person, population(model))
    partly = estimate(definition, {k: v for k, v in person.items() if k not in left_out}, population(model))

    assert partly["missing"] == [p.id for p in definition.model.predictors if p.id in left_out]
    if partly["interval"] is None:
        assert partly["value"] == whole["value"]
        assert "narrowest" not in partly
    else:
        assert partly["value"] is None
        assert partly["narrowest"] in left_out
        assert partly["interval"]["because"] == partly["missing"]
        if definition.model.kind == "probability":
            assert partly["interval"]["low"] <= whole["value"] <= partly["interval"]["high"]
        else:
            assert whole["value"] in partly["interval"]["classes"]


@pytest.mark.parametrize("model", REGRESSIONS)
@exhaustive
@given(st.data())
def test_the_interval_of_a_regression_is_reached_at_both_ends(model, data):
    definition = DEFINITIONS[model]
    person = data.draw(people(model))
    left_out = data.draw(st.lists(st.sampled_from(may_be_missing(model)), min_size=1, max_size=3, unique=True))
    known = {k: v for k, v in person.items() if k not in left_out}

    corners = itertools.product(*(corner_values(predictor_of(model, name)) for name in left_out))
    values = [
        estimate(definition, known | dict(zip(left_out, corner, strict=True)), population(model))["value"]
        for corner in corners
    ]

    interval = estimate(definition, known, population(model))["interval"]
    assert (interval["low"], interval["high"]) == (min(values), max(values))


@pytest.mark.parametrize("model", CLASSIFIERS)
@exhaustive
@given(st.data())
def test_exactly_the_reachable_classes_are_named(model, data):
    definition = DEFINITIONS[model]
    person = data.draw(people(model))
    left_out = data.draw(st.lists(st.sampled_from(may_be_missing(model)), min_size=1, max_size=2, unique=True))
    known = {k: v for k, v in person.items() if k not in left_out}

    completions = itertools.product(*(every_value(predictor_of(model, name)) for name in left_out))
    reached = {
        estimate(definition, known | dict(zip(left_out, completion, strict=True)), population(model))["value"]
        for completion in completions
    }

    got = estimate(definition, known, population(model))
    order = [output.label for output in definition.model.classes]
    named = [got["value"]] if got["interval"] is None else got["interval"]["classes"]
    assert named == sorted(reached, key=order.index)
    if got["interval"]:
        assert (got["interval"]["low"], got["interval"]["high"]) == (named[0], named[-1])


@pytest.mark.parametrize("model", REGRESSIONS)
@quick
@given(st.data())
def test_a_value_rises_with_a_positive_coefficient_and_falls_with_a_negative_one(model, data):
    definition = DEFINITIONS[model]
    person = data.draw(people(model))
    terms = [term for term in definition.model.equation.terms if term.term == "linear"]
    term = data.draw(st.sampled_from(terms))
    low, high = corner_values(predictor_of(model, term.predictor))

    least, most = (
        estimate(definition, person | {term.predictor: value}, population(model))["value"] for value in (low, high)
    )

    assert (least < most) == (term.coefficient > 0)


@every_model
@quick
@given(st.data())
def test_the_order_of_predictors_is_irrelevant(model, data):
    person = data.draw(people(model))
    shuffled = data.draw(st.permutations(list(person.items())))

    assert estimate(DEFINITIONS[model], dict(shuffled), population(model)) == estimate(
        DEFINITIONS[model], person, population(model)
    )


@every_model
@quick
@given(st.data())
def test_a_null_is_an_unanswered_predictor(model, data):
    person = data.draw(people(model))
    left_out = data.draw(st.sets(st.sampled_from(may_be_missing(model))))

    with_nulls = person | dict.fromkeys(left_out)
    without = {k: v for k, v in person.items() if k not in left_out}

    assert estimate(DEFINITIONS[model], with_nulls, population(model)) == estimate(
        DEFINITIONS[model], without, population(model)
    )


@every_model
@quick
@given(st.data())
def test_a_probability_is_one_and_a_class_is_a_label(model, data):
    got = estimate(DEFINITIONS[model], data.draw(people(model)), population(model))

    if DEFINITIONS[model].model.kind == "probability":
        assert 0 <= got["value"] <= 1
        assert "observed" not in got
    else:
        assert got["value"] in [output.label for output in DEFINITIONS[model].model.classes]
        assert got["alternative_value"] is None


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.integers())


@quick
@given(
    facts=st.dictionaries(
        st.sampled_from(["age", "female", "procedure", "condition", "smoker", "surgery_hours"]), anything
    ),
    timepoint=st.sampled_from(["preoperative", "injury", "postoperative-week-6", "follow-up"]) | st.none(),
    total=st.fixed_dictionaries(dict.fromkeys(("total", "value", "unit", "source", "date"), anything)),
)
def test_no_assessment_makes_an_estimate_raise(facts, timepoint, total):
    got = estimates(DEFINITIONS.values(), facts, [], timepoint, [total])

    assert len(got) == len(DEFINITIONS)
    applicable = [one["applicable"] for one in got]
    assert applicable == sorted(applicable, reverse=True)


def predictor_of(model, name):
    return next(predictor for predictor in DEFINITIONS[model].model.predictors if predictor.id == name)


def corner_values(predictor):
    if isinstance(predictor, BinaryPredictor):
        return [0, 1]
    if isinstance(predictor, CategoryPredictor):
        return [category.value for category in predictor.values]
    return [predictor.range.low, predictor.range.high]


def every_value(predictor):
    """Whole numbers, which lie on every side of every edge there is, up to well past the highest edge."""
    if not isinstance(predictor, NumberPredictor):
        return corner_values(predictor)
    low, high = predictor.range.low, predictor.range.high
    return list(range(low, min(OPEN_END if high is None else high, 120) + 1))


def test_the_one_open_range_is_where_the_source_states_no_upper_end():
    open_ended = [
        (name, predictor.id)
        for name, definition in DEFINITIONS.items()
        for predictor in definition.model.predictors
        if isinstance(predictor, NumberPredictor) and predictor.range.high is None
    ]

    assert open_ended == [(KHAN, "spoc_total")]
