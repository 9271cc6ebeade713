"""The benchmark's hand-written baselines give the very same results, so the two may be compared."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.by_hand import BY_HAND, KINDS
from bench.scoring import wording
from infra.local.template import ROOT
from shared.authoring.forms import FormMaker
from shared.errors import ResponsesRefused
from shared.instruments import registry
from shared.instruments.definition import Choice, Quantity
from shared.scoring import scorer_for

REFUSED = "refused"


def answers_to(item, instrument):
    """Every answer that is allowed, the edges of every rule and their neighbours, and no answer."""
    options = instrument.options[item.options]
    known = FormMaker(instrument).answers[item.id]
    if isinstance(options, Choice):
        return st.sampled_from([None, *known])
    if isinstance(options, Quantity):
        low, high = options.min or 0, 200 if options.max is None else options.max
        tenths = st.integers(low * 10, high * 10).map(lambda number: number / 10)
        return st.sampled_from([None, *known]) | st.integers(low, high) | tenths
    clock = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
    return st.sampled_from([None, *known]) | clock


def forms_of(instrument):
    answers = {item.id: answers_to(item, instrument) for item in instrument.items}
    complete = st.fixed_dictionaries(answers)
    partly = st.fixed_dictionaries({}, optional=answers)
    return complete | partly


def both(name, form):
    definition = registry().get(name)
    head, alerts = wording(definition)
    try:
        engine = scorer_for(definition).score(form)
    except ResponsesRefused:
        engine = REFUSED
    try:
        by_hand = BY_HAND[name](form, head, alerts)
    except ValueError:
        by_hand = REFUSED
    return by_hand, engine


@pytest.mark.parametrize("name", BY_HAND)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_the_hand_written_scorer_equals_the_engine(name, data):
    form = data.draw(forms_of(registry().get(name).instrument))

    by_hand, engine = both(name, form)

    assert engine != REFUSED
    assert by_hand == engine


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("answer", [True, 1.5, -1, 99, "x", "1", [0]])
def test_the_hand_written_scorer_refuses_what_the_engine_refuses(name, answer):
    item = registry().get(name).instrument.items[0].id

    assert both(name, {item: answer}) == (REFUSED, REFUSED)


@pytest.mark.parametrize("name", BY_HAND)
def test_the_hand_written_scorer_knows_no_other_item(name):
    assert both(name, {"no_such_item": 0}) == (REFUSED, REFUSED)


def test_every_baseline_says_what_kind_of_scoring_it_stands_for():
    assert list(KINDS) == list(BY_HAND)


@pytest.mark.parametrize("path", sorted((ROOT / "bench" / "by_hand").glob("*.py")), ids=lambda path: path.stem)
def test_every_hand_written_function_is_under_sixty_lines(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]

    assert all(function.end_lineno - function.lineno + 1 < 60 for function in functions)
