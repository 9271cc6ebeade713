"""Which intake a timepoint belongs to, and which days it can mean."""

from __future__ import annotations

import pytest

from shared.profile.intake import days_since_surgery, intake_of


@pytest.mark.parametrize(
    ("timepoint", "intake"),
    [
        ("preoperative", "preoperative"),
        ("injury", "injury"),
        ("postoperative-day-3", "postoperative"),
        ("postoperative-week-2", "postoperative"),
        ("postoperative-month-3", "postoperative"),
        ("follow-up", None),
        ("", None),
    ],
)
def test_each_timepoint_has_its_intake(timepoint, intake):
    assert intake_of(timepoint) == intake


@pytest.mark.parametrize(
    ("timepoint", "days"),
    [
        ("postoperative-day-10", (10, 10)),
        ("postoperative-week-1", (7, 13)),
        ("postoperative-month-1", (28, 61)),
        ("preoperative", None),
        ("follow-up", None),
        (None, None),
    ],
)
def test_a_timepoint_means_every_day_that_it_could(timepoint, days):
    assert days_since_surgery(timepoint) == days


@pytest.mark.parametrize(("timepoint", "inside"), [("postoperative-day-7", True), ("postoperative-week-1", False)])
def test_a_week_lies_in_a_span_only_with_all_its_days(timepoint, inside):
    days = days_since_surgery(timepoint)

    assert days is not None
    assert days.within(7, 10) is inside
