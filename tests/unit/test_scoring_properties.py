"""What holds for every instrument at once, and the engine against a second, smaller one."""

from __future__ import annotations

import functools
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.authoring.forms import FormMaker
from shared.authoring.refusals import wrong_answers
from shared.errors import ResponsesRefused
from shared.instruments import registry
from shared.instruments.definition import Choice
from shared.instruments.registry import DEFINITIONS as FOLDER
from shared.scoring import scorer_for
from shared.scoring.result import REASON_CODES

DEFINITIONS = registry().load_all()
SCORABLE = [name for name, definition in DEFINITIONS.items() if definition.instrument.scorable]
MANY = settings(max_examples=150, deadline=None, database=None)


@functools.cache
def maker(name):
    return FormMaker(DEFINITIONS[name].instrument)


@functools.cache
def forms(name, gaps):
    """Forms of one instrument; with ``gaps`` any item may be unanswered."""
    gap = [None] if gaps else []
    return st.fixed_dictionaries({item: st.sampled_from([*a, *gap]) for item, a in maker(name).answers.items()})


@functools.cache
def filled(gaps=True):
    """(instrument, form) over the whole registry."""
    return st.sampled_from(SCORABLE).flatmap(lambda name: st.tuples(st.just(name), forms(name, gaps)))


def result_of(name, responses):
    return scorer_for(DEFINITIONS[name]).score(responses)


def scores_of(name, responses):
    return {score["id"]: score for score in result_of(name, responses)["scores"]}


# -- every result ------------------------------------------------------------------------------------------------------


@MANY
@given(filled())
def test_a_score_stays_in_its_range_or_is_absent_with_a_reason(drawn):
    name, form = drawn
    scores = scores_of(name, form)
    for score in DEFINITIONS[name].instrument.scores:
        got = scores[score.id]
        if got["value"] is None:
            assert got["status"] == "not_scored"
            assert got["reason"]["code"] in REASON_CODES
            assert got["reason"]["detail"]
            assert got["band"] is None
        elif score.values:
            assert got["value"] in score.values
        else:
            assert score.range[0] <= got["value"] <= score.range[1]


@MANY
@given(filled())
def test_a_band_is_given_exactly_where_a_verified_one_holds_the_value(drawn):
    name, form = drawn
    scores = scores_of(name, form)
    for score in DEFINITIONS[name].instrument.scores:
        got = scores[score.id]
        verified = score.bands.rows if score.bands and not score.bands.unverified else ()
        value = got["value"]
        holding = [band.label for band in verified if value is not None and band.low <= value <= band.high]
        assert len(holding) <= 1
        assert got["band"] == (holding[0] if holding else None)
        assert holding or not verified or value is None


@MANY
@given(filled(), st.randoms(use_true_random=False))
def test_the_order_of_answers_is_irrelevant(drawn, random):
    name, form = drawn
    items = list(form)
    random.shuffle(items)

    assert result_of(name, {item: form[item] for item in items}) == result_of(name, form)


@MANY
@given(filled(gaps=False), st.data())
def test_raising_what_an_item_counts_never_lowers_a_plain_sum(drawn, data):
    name, form = drawn
    sums = [score for score in DEFINITIONS[name].instrument.scores if score.method in ("sum", "mean") and score.items]
    if not sums:
        return
    score = data.draw(st.sampled_from(sums))
    item = data.draw(st.sampled_from(score.items))
    counts = maker(name).counts.get(item) or {answer: answer for answer in maker(name).answers[item]}
    more = [answer for answer in counts if counts[answer] >= counts[form[item]]]
    raised = form | {item: data.draw(st.sampled_from(more))}

    assert scores_of(name, raised)[score.id]["value"] >= scores_of(name, form)[score.id]["value"]


@MANY
@given(filled())
def test_an_engine_never_changes_the_responses_it_is_given(drawn):
    name, form = drawn
    before = dict(form)

    result_of(name, form)

    assert form == before


@MANY
@given(filled(), st.text(st.characters(codec="ascii"), min_size=1).filter(lambda key: not key.isidentifier()))
def test_an_extra_key_is_refused_without_being_repeated(drawn, key):
    name, form = drawn

    with pytest.raises(ResponsesRefused) as refused:
        result_of(name, form | {key: 0})

    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [("", "unknown-key")]


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCORABLE)
def test_every_option_is_accepted(name):
    typical = maker(name).typical()
    for item in DEFINITIONS[name].instrument.items:
        options = DEFINITIONS[name].instrument.options[item.options]
        if isinstance(options, Choice):
            for option in options.options:
                result_of(name, typical | {item.id: option.value if option.code is None else option.code})


@pytest.mark.parametrize("name", SCORABLE)
def test_every_neighbour_and_every_other_type_is_refused(name):
    instrument = DEFINITIONS[name].instrument
    typical = maker(name).typical()
    for item in instrument.items:
        for kind, answer, _ in wrong_answers(instrument.options[item.options]):
            with pytest.raises(ResponsesRefused) as refused:
                result_of(name, typical | {item.id: answer})
            problems = [(problem.pointer, problem.code) for problem in refused.value.problems]
            assert problems == [(f"/{item.id}", "value-not-allowed")], kind


@pytest.mark.parametrize(
    "answer",
    [float("nan"), float("inf"), float("-inf"), 10**400, -(10**400)],
    ids=["nan", "infinity", "minus infinity", "too large for a float", "too small for a float"],
)
@pytest.mark.parametrize("name", SCORABLE)
def test_no_number_is_so_odd_that_it_breaks_the_engine(name, answer):
    for item in maker(name).answers:
        with pytest.raises(ResponsesRefused):
            result_of(name, {item: answer})


# -- a second engine ---------------------------------------------------------------------------------------------------

NOT_COVERED = object()


@functools.cache
def raw_definition(name):
    return json.loads(Path(FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def number(value):
    return Fraction(str(value))


def counted(raw, item, answer):
    """What an answer counts, read from the file: an option by its code or value, turned or recoded."""
    options = raw["options"][item["options"]]
    if options["type"] != "choice":
        return number(answer) if options["type"] == "number" else NOT_COVERED
    option = next(one for one in options["options"] if one.get("code", one["value"]) == answer)
    if isinstance(option["value"], str):
        return NOT_COVERED
    if item.get("reverse"):
        values = [number(one["value"]) for one in options["options"]]
        return min(values) + max(values) - number(option["value"])
    return number(item["recode"][str(option["value"])] if "recode" in item else option["value"])


def reference(raw, form):
    """Score id → exact value, ``None`` for no score, or ``NOT_COVERED``: sums, means, proration and T tables only."""
    items = {item["id"]: item for item in raw["items"]}
    values = {name: counted(raw, items[name], answer) for name, answer in form.items() if answer is not None}
    found = {}
    for score in raw["scores"]:
        found[score["id"]] = reference_score(score, values, found)
    return found


def reference_score(score, values, found):
    if score["method"] == "t-score-table":
        key = found[score["from_score"]]
        if key is None or key is NOT_COVERED:
            return key
        return next(number(row["t"]) for row in score["table"]["rows"] if row["raw"] == key)
    if score["method"] == "steps":
        return NOT_COVERED
    if score.get("scores"):
        parts = [found[name] for name in score["scores"]]
        if NOT_COVERED in parts:
            return NOT_COVERED
        return None if None in parts else sum(parts)
    answered = [values[name] for name in score["items"] if name in values]
    size, rule = len(score["items"]), score["missing"]
    gaps = [name for name in score["items"] if name not in values]
    if gaps and rule["method"] in ("prorate-round", "mean-of-answered"):
        if len(gaps) > rule["max_missing"]:
            return None
        mean = sum(answered) / len(answered)
        return (mean * size + Fraction(1, 2)).__floor__() if rule["method"] == "prorate-round" else mean
    if gaps and rule["method"] == "absent-is-zero":
        return sum(answered) if values else None
    if set(gaps) - set(rule.get("zero_if_missing", ())):
        return None
    return sum(answered) / (size if score["method"] == "mean" else 1)


def assert_engines_agree(name, form):
    expected = reference(raw_definition(name), form)
    for score_id, got in scores_of(name, form).items():
        wanted = expected[score_id]
        if wanted is not NOT_COVERED:
            assert got["value"] == (None if wanted is None else pytest.approx(float(wanted), abs=1e-12)), score_id


@settings(MANY, max_examples=300)
@given(filled())
def test_the_engine_agrees_with_a_second_one_written_from_the_files(drawn):
    assert_engines_agree(*drawn)


@pytest.mark.parametrize("name", SCORABLE)
def test_both_engines_agree_on_complete_forms_and_on_each_gap(name):
    for form in (maker(name).typical(), maker(name).lowest(), maker(name).highest()):
        assert_engines_agree(name, form)
        for item in form:
            assert_engines_agree(name, form | {item: None})


@pytest.mark.parametrize("name", SCORABLE)
def test_a_t_score_and_its_standard_error_are_those_of_its_row(name):
    instrument = DEFINITIONS[name].instrument
    for score in instrument.scores:
        if score.method == "t-score-table":
            raw = next(one for one in instrument.scores if one.id == score.from_score)
            by_raw = {row.raw: row for row in score.table.rows}
            for form in (maker(name).typical(), maker(name).lowest(), maker(name).highest()):
                got = scores_of(name, form)
                row = by_raw[got[raw.id]["value"]]
                assert (got[score.id]["value"], got[score.id]["standard_error"]) == (row.t, row.standard_error)
