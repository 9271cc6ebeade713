"""What a search parameter's value asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fhir.search_values import Token, alternatives, condition, period, token

MOMENTS = st.integers(-2 * 10**9, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
FORMS = ["%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%SZ"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", Token(None, "a")),
        ("s|a", Token("s", "a")),
        ("|a", Token("", "a")),
        ("s|", Token("s", "")),
        (r"a\|b", Token(None, "a|b")),
        (r"s|a\,b\$\\c", Token("s", r"a,b$\c")),
        ("s|a|b", Token("s", "a|b")),
    ],
)
def test_a_token_is_a_code_of_a_system_or_of_any(text, expected):
    assert token(text) == expected


def test_alternatives_stand_between_commas_that_are_not_escaped():
    assert alternatives(r"a,b\,c,,d") == ["a", r"b\,c", "d"]
    assert alternatives("") == alternatives(",") == []


def test_a_token_matches_by_what_it_names():
    held = [{"system": "s", "code": "a"}, {"code": "b"}]

    matching = ["a", "s|a", "s|", "b", "|b", "|"]
    assert [text for text in [*matching, "t|a", "|a", "s|b", "c", "t|"] if token(text).is_one_of(held)] == matching


@given(moment=MOMENTS, form=st.sampled_from(FORMS))
def test_a_moment_lies_in_each_period_that_it_is_written_as(moment, form):
    text = moment.strftime(form)

    holds = {prefix: period(prefix + text).holds(moment) for prefix in ("", "eq", "le", "ge", "lt", "gt")}

    assert holds == {"": True, "eq": True, "le": True, "ge": True, "lt": False, "gt": False}


@given(moment=MOMENTS, form=st.sampled_from(FORMS), away=st.integers(1, 10**6))
def test_a_moment_outside_a_period_is_before_or_after_it(moment, form, away):
    asked = period(moment.strftime(form))
    for outside, sides in ((asked.start - timedelta(microseconds=away), "lt le"), (asked.end, "gt ge")):
        text = moment.strftime(form)
        holding = [prefix for prefix in ("eq", "lt", "gt", "ge", "le") if period(prefix + text).holds(outside)]
        assert set(holding) == set(sides.split())


@pytest.mark.parametrize("text", ["2026-11-20T09:00:00+02:00", "2026-11-20T09:00:00 02:00", "2026-11-20T07:00:00"])
def test_an_offset_counts_and_without_one_it_is_utc(text):
    assert period(text).start == datetime(2026, 11, 20, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "ge", "ne2026", "2026-13", "2026-02-30", "20261120", "2026-11-20T09", "2026-11-20T25:00", "9999"],
)
def test_what_is_no_date_is_none(text):
    assert period(text) is None


def test_a_condition_is_one_identifier_with_its_system():
    assert condition("identifier=https%3A%2F%2Fx%7C1") == ({"system": "https://x", "value": "1"}, [])
    for text, status in [("identifier=x", 412), ("identifier=a|b&_id=1", 412), ("?identifier=a|b", 400), ("%", 400)]:
        named, [wrong] = condition(text)
        assert (named, wrong.status, wrong.refuses) == (None, status, True)


def test_alternatives_are_read_in_one_pass_whatever_the_text():
    text = "a" * 200_000 + "\\"

    assert alternatives(f"b,{text}") == ["b", text]
    assert token(text) == Token(None, text)
