"""Which values a part of a definition can take, against counting every form there is."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from pydantic import TypeAdapter

from shared.authoring.forms import FormMaker
from shared.authoring.possible import ANY, Span, can, means, total
from shared.authoring.reach import reach, step_values
from shared.instruments import registry
from shared.instruments.named_steps import AnyStep, Condition
from shared.scoring import scorer_for
from shared.scoring.steps import exact

DEFINITIONS = registry().load_all()
SCORABLE = [name for name, definition in DEFINITIONS.items() if definition.instrument.scorable]
FEW_FORMS = 5000


def closed_and_small(name):
    maker = FormMaker(DEFINITIONS[name].instrument)
    forms = 1
    for answers in maker.answers.values():
        forms *= len(answers)
    return maker.is_closed and forms <= FEW_FORMS


@pytest.mark.parametrize("name", [name for name in SCORABLE if closed_and_small(name)])
def test_a_complete_form_gives_every_possible_value_and_no_other(name):
    instrument = DEFINITIONS[name].instrument
    maker = FormMaker(instrument)
    skipped = {item for items in maker.alternatives for item in items[1:]}
    answers = {item: answers for item, answers in maker.answers.items() if item not in skipped}
    given = {score.id: set() for score in instrument.scores}
    for form in itertools.product(*answers.values()):
        for score in scorer_for(DEFINITIONS[name]).score(dict(zip(answers, form, strict=True)))["scores"]:
            if score["value"] is not None:
                given[score["id"]].add(score["value"])

    possible = reach(instrument)

    for score in instrument.scores:
        if score.method != "mean":
            assert {float(v) if isinstance(v, Fraction) else v for v in possible[score.id]} == given[score.id], score.id


@pytest.mark.parametrize("name", SCORABLE)
def test_no_form_gives_a_value_that_is_not_possible(name):
    instrument = DEFINITIONS[name].instrument
    possible = reach(instrument)
    for form in itertools.islice(FormMaker(instrument).pool(50), 300):
        for score in scorer_for(DEFINITIONS[name]).score(form)["scores"]:
            values = possible[score["id"]]
            if score["value"] is None:
                continue
            assert is_among(score["value"], values)


def is_among(value, values):
    if isinstance(values, Span):
        return (values.low is None or values.low <= value) and (values.high is None or value <= values.high)
    return value in {float(one) if isinstance(one, Fraction) else one for one in values}


def step(**parts):
    return TypeAdapter(AnyStep).validate_python({"id": "x", **parts})


YES_NO = frozenset((0, 1))
FIVE = frozenset(range(5))


@pytest.mark.parametrize(
    ("declared", "known", "values"),
    [
        ({"step": "sum", "of": ("a", "b")}, {"a": YES_NO, "b": frozenset((0, 5))}, {0, 1, 5, 6}),
        ({"step": "scale", "of": "a", "multiply": 10, "divide": 4}, {"a": YES_NO}, {0, Fraction(5, 2)}),
        ({"step": "count", "of": ("a", "b"), "op": ">=", "value": 3}, {"a": FIVE, "b": YES_NO}, {0, 1}),
        ({"step": "count", "of": ("a", "b"), "op": ">=", "value": 0}, {"a": FIVE, "b": YES_NO}, {2}),
        (
            {"step": "count-groups", "groups": (("a", "b"), ("c",)), "op": "==", "value": 1},
            {"a": YES_NO, "b": YES_NO, "c": YES_NO},
            {0, 1, 2},
        ),
        ({"step": "only-answered", "of": ("a", "b")}, {"a": YES_NO, "b": FIVE}, {0, 1, 2, 3, 4}),
        (
            {"step": "weighted-sum", "of": ("a",), "by": "s", "weights": {"f": (2,), "m": (3,)}},
            {"a": YES_NO},
            {0, 2, 3},
        ),
    ],
    ids=lambda part: part.get("step") if isinstance(part, dict) and "step" in part else None,
)
def test_a_step_gives_what_its_inputs_allow(declared, known, values):
    assert step_values(step(**declared), known) == values


def test_a_threshold_over_a_span_gives_the_rows_that_can_be_met():
    rows = ({"op": "<=", "than": 15, "value": 0}, {"op": "<=", "than": 30, "value": 1})
    thresholds = step(step="thresholds", of="a", rows=rows, otherwise=2)

    assert step_values(thresholds, {"a": Span(0, 30)}) == {0, 1}
    assert step_values(thresholds, {"a": Span(0, None)}) == {0, 1, 2}
    assert step_values(thresholds, {"a": None}) == {0, 1, 2}


def test_a_criterion_that_cannot_fail_is_only_met():
    criterion = step(step="criterion", needs="all", conditions=({"of": "a", "op": ">=", "value": 0},))

    assert step_values(criterion, {"a": FIVE}) == {1}


def test_a_mean_of_fewer_answers_takes_more_values():
    assert means([YES_NO, YES_NO], 2) == {0, Fraction(1, 2), 1}
    assert means([YES_NO] * 3, 2) == {0, Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), 1}
    assert means([Span(0, 10), FIVE], 2) == Span(0, 7)


def test_a_sum_with_an_open_end_is_open():
    assert total([YES_NO, Span(0, None)]) == Span(0, None)
    assert total([YES_NO, None]) is None
    assert total([frozenset(("male",)), YES_NO]) is None


def test_a_condition_on_the_unknown_can_go_either_way():
    above = Condition(of="a", op=">", value=3)

    assert can(above, None) == (True, True)
    assert can(above, ANY) == (True, True)
    assert can(above, FIVE) == (True, True)
    assert can(above, YES_NO) == (False, True)
    assert can(above, Span(exact(3.1), 9)) == (True, False)
