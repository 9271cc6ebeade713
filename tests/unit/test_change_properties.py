"""What holds for the change of every instrument there is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.change import change
from shared.instruments import registry
from shared.instruments.definition import CalendarDate, Choice, ClockTime
from shared.scoring import scorer_for

DEFINITIONS = registry().load_all()
SCORABLE = [name for name, definition in DEFINITIONS.items() if definition.instrument.scorable]
MANY = settings(max_examples=200, deadline=None, database=None)


def answer(answers):
    if isinstance(answers, Choice):
        return st.sampled_from([option.value if option.code is None else option.code for option in answers.options])
    if isinstance(answers, ClockTime):
        return st.times().map(lambda time: time.strftime("%H:%M"))
    if isinstance(answers, CalendarDate):
        return st.dates().map(lambda date: date.isoformat())
    return st.integers(int(answers.min or 0), int(answers.max if answers.max is not None else 250))


def form(name, *, gaps):
    instrument = DEFINITIONS[name].instrument
    parts = {item.id: answer(instrument.options[item.options]) for item in instrument.items}
    return st.fixed_dictionaries({}, optional=parts) if gaps else st.fixed_dictionaries(parts)


def two_results(*, gaps):
    """A definition and two results of it."""

    def scored(name):
        result = form(name, gaps=gaps).map(scorer_for(DEFINITIONS[name]).score)
        return st.tuples(st.just(DEFINITIONS[name]), result, result)

    return st.sampled_from(SCORABLE).flatmap(scored)


@MANY
@given(two_results(gaps=True))
def test_a_result_has_not_changed_from_itself(drawn):
    definition, result, _ = drawn

    for row in change(definition, result, result)["changes"]:
        assert row["difference"] in (0, None)
        assert row["better"] is None
        assert not row["important"]
        assert not row["reliable"]


@MANY
@given(two_results(gaps=False))
def test_the_other_way_round_it_is_the_same_size_and_the_other_direction(drawn):
    definition, first, second = drawn

    there = change(definition, first, second)["changes"]
    back = change(definition, second, first)["changes"]

    for one, other in zip(there, back, strict=True):
        assert (one["important"], one["reliable"]) == (other["important"], other["reliable"])
        if one["difference"] is not None:
            assert one["difference"] == -other["difference"]
        if one["better"] is not None:
            assert one["better"] is not other["better"]


@MANY
@given(two_results(gaps=True))
def test_every_verdict_has_a_reason_and_every_number_a_source(drawn):
    definition, first, second = drawn

    for row in change(definition, first, second)["changes"]:
        reasons = {about: [r for r in row["because"] if r["about"] == about] for about in row}
        if row["difference"] is None:
            assert reasons["difference"]
            continue
        for about in ("important", "reliable", "better"):
            assert reasons[about]
        for about in ("important", "reliable"):
            assert any(reason.get("holds") is row[about] for reason in reasons[about])
        for reason in row["because"]:
            assert reason["detail"]
            assert "value" not in reason or reason.get("source") or reason.get("unverified")


@MANY
@given(two_results(gaps=False))
def test_only_verified_figures_decide_anything(drawn):
    definition, first, second = drawn

    rows = change(definition, first, second)["changes"]

    for score, row in zip(definition.instrument.scores, rows, strict=True):
        figure, table = score.important_difference, score.table
        if not figure or figure.value is None or figure.value_high is not None or figure.unverified:
            assert row["important"] is None
        if score.reliability is None and (not table or table.standard_error_unverified or table.status == "derived"):
            assert row["reliable"] is None
