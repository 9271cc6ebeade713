"""The named steps, and what unknown inputs do to them."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pytest
from pydantic import TypeAdapter

from shared.instruments.named_steps import AnyStep
from shared.scoring.plan import round_half_up
from shared.scoring.steps import Withheld, compile_step, months_after

STEP = TypeAdapter(AnyStep)


def run(step, *inputs):
    return compile_step(STEP.validate_json(json.dumps({"id": "x", **step}))).function(inputs)


def test_thresholds_take_the_first_row_that_holds():
    step = {
        "step": "thresholds",
        "of": "a",
        "rows": [{"op": ">=", "than": 7, "value": 0}, {"op": ">=", "than": 6, "value": 1}],
        "otherwise": 2,
    }

    assert [run(step, hours) for hours in (7, 6.99, 6, 5.99)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("23:00", "07:00", 8), ("00:00", "23:59", Fraction(1439, 60)), ("07:00", "06:59", Fraction(1439, 60))],
)
def test_a_clock_difference_crosses_midnight(start, end, hours):
    assert run({"step": "clock-difference", "start": "a", "end": "b"}, start, end) == hours


def test_equal_clock_times_withhold():
    with pytest.raises(Withheld):
        run({"step": "clock-difference", "start": "a", "end": "b"}, "22:00", "22:00")


@pytest.mark.parametrize(("slept", "in_bed"), [(6.8, 8), (5.95, 7), (7.65, 9), (8.5, 10), (4.25, 5)])
def test_a_ratio_meets_its_edge_exactly(slept, in_bed):
    step = {"step": "ratio", "numerator": "a", "denominator": "b", "times": 100}

    assert run(step, slept, Fraction(in_bed)) == 85


@pytest.mark.parametrize(
    ("inputs", "verdict"),
    [((1, 1), 1), ((0, 1), 0), ((0, None), 0), ((None, 0), 0), ((1, None), None), ((None, None), None)],
)
def test_all_is_decided_by_one_no(inputs, verdict):
    conditions = [{"of": name, "op": ">=", "value": 1} for name in ("a", "b")]

    assert run({"step": "criterion", "needs": "all", "conditions": conditions}, *inputs) == verdict


@pytest.mark.parametrize(("inputs", "verdict"), [((1, None), 1), ((None, 1), 1), ((0, None), None), ((0, 0), 0)])
def test_any_is_decided_by_one_yes(inputs, verdict):
    conditions = [{"of": name, "op": ">=", "value": 1} for name in ("a", "b")]

    assert run({"step": "criterion", "needs": "any", "conditions": conditions}, *inputs) == verdict


def test_a_first_match_stops_at_the_first_unknown_that_matters():
    cases = [
        {"when": [{"of": "a", "op": "==", "value": 0}], "then": "none"},
        {"when": [{"of": "b", "op": ">=", "value": 5}], "then": {"ref": "c"}},
    ]
    step = {"step": "first-match", "cases": cases, "otherwise": "some"}

    assert run(step, 0, None, None) == "none"
    assert run(step, 1, 5, 42) == 42
    assert run(step, 1, 4, None) == "some"
    assert run(step, None, 5, 42) is None


@pytest.mark.parametrize(("answers", "value"), [((1, None), 1), ((None, 0), 0), ((1, 1), None), ((None, None), None)])
def test_only_answered_takes_exactly_one(answers, value):
    assert run({"step": "only-answered", "of": ["a", "b"]}, *answers) == value


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2025-01-15", "2025-04-15"),
        ("2025-11-30", "2026-02-28"),
        ("2023-11-30", "2024-02-29"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_calendar_months_end_on_the_last_day_of_a_shorter_month(start, due):
    assert months_after(date.fromisoformat(start), 3) == date.fromisoformat(due)


def test_a_date_before_its_due_day_is_too_early():
    step = {"step": "not-before", "date": "a", "start": "b", "months": 3}

    assert run(step, "2025-04-15", "2025-01-15") == 1
    with pytest.raises(Withheld) as early:
        run(step, "2025-04-14", "2025-01-15")
    assert early.value.code == "too-early"


@pytest.mark.parametrize(
    ("value", "rounded"), [("4.5", 5), ("13.5", 14), ("22.5", 23), ("4.49", 4), ("-0.5", 0), ("-1.5", -1)]
)
def test_rounding_is_half_up_and_never_half_to_even(value, rounded):
    assert round_half_up(Fraction(value)) == rounded
