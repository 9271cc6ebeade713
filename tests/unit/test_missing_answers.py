"""What an unanswered item does: the published rule, or no score; never a plain lower total."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from shared.authoring.forms import FormMaker
from shared.errors import ResponsesRefused
from shared.instruments import registry
from shared.instruments.named_steps import OnlyAnsweredStep
from shared.scoring import scorer_for

DEFINITIONS = registry().load_all()
SCORABLE = [name for name, definition in DEFINITIONS.items() if definition.instrument.scorable]


def scores_of(name, responses):
    result = scorer_for(DEFINITIONS[name]).score(responses)
    return {score["id"]: score for score in result["scores"]}


def forms_of(name):
    maker = FormMaker(DEFINITIONS[name].instrument)
    return [maker.typical(), maker.lowest(), maker.highest()]


def without(form, item):
    return {name: answer for name, answer in form.items() if name != item}


def skips_by_design(score):
    return any(isinstance(step, OnlyAnsweredStep) for step in score.steps)


@pytest.mark.parametrize("name", SCORABLE)
def test_one_unanswered_item_never_gives_a_plain_lower_total(name):
    """Scored all the same means: prorated, or the item is named as taken for absent, or no answer to it matters."""
    instrument = DEFINITIONS[name].instrument
    maker = FormMaker(instrument)
    for form in forms_of(name):
        complete = scores_of(name, form)
        for item in form:
            got = scores_of(name, without(form, item))
            for score in instrument.scores:
                now = got[score.id]
                if now["answered"] == now["of"] or now["status"] != "scored":
                    continue
                if item in now.get("taken_as_absent", []):
                    assert item in zero_if_absent(instrument, score), (item, score.id)
                elif not skips_by_design(score):
                    answers = {
                        scores_of(name, form | {item: answer})[score.id]["value"] for answer in maker.answers[item]
                    }
                    assert answers == {now["value"]}, (item, score.id)
                    assert now["value"] == complete[score.id]["value"]


def zero_if_absent(instrument, score):
    """The items that the definition lets count 0, through the scores a score rests on."""
    by_id = {one.id: one for one in instrument.scores}
    rule = score.missing
    if rule.method == "absent-is-zero":
        return set(score.items)
    parts = [*score.scores, *([rule.of] if rule.of else [])]
    return set(rule.zero_if_missing).union(*(zero_if_absent(instrument, by_id[part]) for part in parts))


BOUNDED = [
    pytest.param(name, score, id=f"{name}-{score.id}")
    for name in SCORABLE
    for score in DEFINITIONS[name].instrument.scores
    if score.missing.method == "bounds"
]


@pytest.mark.parametrize(("name", "score"), BOUNDED)
def test_a_bounded_score_holds_for_every_answer_to_any_two_open_items(name, score):
    maker = FormMaker(DEFINITIONS[name].instrument)
    order = {label: place for place, label in enumerate(score.values or ())}
    for form in forms_of(name):
        for one, other in itertools.combinations(score.items, 2):
            got = scores_of(name, without(without(form, one), other))[score.id]
            every = itertools.product(maker.answers[one], maker.answers[other])
            values = {scores_of(name, form | {one: a, other: b})[score.id]["value"] for a, b in every}
            if got["value"] is not None:
                assert values == {got["value"]}, (one, other)
            else:
                low, high = (order.get(got["interval"][end], got["interval"][end]) for end in ("low", "high"))
                assert all(low <= order.get(value, value) <= high for value in values), (one, other)
                assert set(got["interval"]["because"]) == {one, other}


@pytest.mark.parametrize("name", SCORABLE)
def test_a_strict_rule_withholds_the_score_and_says_whose_rule_it_is(name):
    instrument = DEFINITIONS[name].instrument
    form = forms_of(name)[0]
    for score in instrument.scores:
        if score.missing.method != "require-all" or not score.items:
            continue
        code = "missing-rule-not-verified" if score.missing.unverified else "item-required"
        for item in score.items:
            got = scores_of(name, without(form, item))[score.id]
            assert (got["status"], got["value"], got["band"]) == ("not_scored", None, None)
            assert got["reason"]["code"] == code
            assert item in got["reason"]["detail"]
            assert got["answered"] == len(score.items) - 1


@pytest.mark.parametrize("name", SCORABLE)
def test_an_empty_form_scores_nothing(name):
    for score in scores_of(name, {}).values():
        assert (score["status"], score["value"], score["answered"]) == ("not_scored", None, 0)
        assert score["reason"] is not None


@pytest.mark.parametrize("name", SCORABLE)
def test_null_and_absent_are_the_same(name):
    form = forms_of(name)[0]
    for item in form:
        assert scores_of(name, form | {item: None}) == scores_of(name, without(form, item))


PRORATED = [
    pytest.param(name, score, id=f"{name}-{score.id}")
    for name in SCORABLE
    for score in DEFINITIONS[name].instrument.scores
    if score.missing.method in ("prorate-round", "mean-of-answered")
]


@pytest.mark.parametrize(("name", "score"), PRORATED)
def test_a_published_rule_scores_up_to_its_limit_and_not_beyond(name, score):
    for form in forms_of(name):
        for count in range(1, len(score.items) + 1):
            got = scores_of(name, {item: form[item] for item in form if item not in score.items[:count]})[score.id]
            if count > score.missing.max_missing:
                assert got["reason"]["code"] == "too-many-missing"
            else:
                assert got["status"] == "prorated"
                assert got["answered"] == len(score.items) - count


@pytest.mark.parametrize(
    ("answered", "total"),
    [(4, 5), (12, 14), (20, 23), (0, 0), (24, 27), (5, 6), (13, 15), (21, 24)],
    ids=["4.5 up", "13.5 up", "22.5 up", "none", "all", "5.625", "14.625", "23.625"],
)
def test_phq9_ties_go_up_and_never_to_even(answered, total):
    answers = [min(3, max(0, answered - 3 * place)) for place in range(8)]
    responses = {f"phq9_{number}": answer for number, answer in enumerate(answers, 1)}

    score = scores_of("phq-9", responses)["total"]

    assert score["value"] == total
    assert score["status"] == "prorated"


@pytest.mark.parametrize("left_out", range(1, 10))
def test_phq9_prorates_whichever_item_is_missing(left_out):
    responses = {f"phq9_{number}": number % 4 for number in range(1, 10) if number != left_out}
    exact = Fraction(sum(responses.values()) * 9, 8)

    score = scores_of("phq-9", responses)["total"]

    assert score["value"] == int(exact + Fraction(1, 2))


def test_phq9_with_two_missing_is_prorated_and_with_three_is_not():
    two = {f"phq9_{number}": 2 for number in range(1, 8)}
    three = {f"phq9_{number}": 2 for number in range(1, 7)}

    assert scores_of("phq-9", two)["total"]["value"] == 18
    assert scores_of("phq-9", three)["total"]["reason"]["code"] == "too-many-missing"


def test_phq9_impairment_item_is_in_no_total():
    nine = {f"phq9_{number}": 1 for number in range(1, 10)}

    assert scores_of("phq-9", nine)["total"] == scores_of("phq-9", nine | {"phq9_10": 3})["total"]


# -- alerts ------------------------------------------------------------------------------------------------------------

ITEM_ALERTS = [
    pytest.param(name, rule, id=rule.id)
    for name in SCORABLE
    for rule in DEFINITIONS[name].instrument.alerts
    if any(rule.on == item.id for item in DEFINITIONS[name].instrument.items)
]


def alerts_of(name, responses):
    return {alert["id"] for alert in scorer_for(DEFINITIONS[name]).score(responses)["alerts"]}


@pytest.mark.parametrize(("name", "rule"), ITEM_ALERTS)
def test_an_alert_fires_on_its_own_item_whatever_the_total(name, rule):
    maker = FormMaker(DEFINITIONS[name].instrument)
    if rule.op == "is-missing":
        fires, keeps_quiet = [None], maker.answers[rule.on]
    else:
        fires = [answer for answer in maker.answers[rule.on] if compare(answer, rule)]
        keeps_quiet = [answer for answer in maker.answers[rule.on] if not compare(answer, rule)]
    assert fires
    for form in ({}, *forms_of(name)):
        for answer in fires:
            assert rule.id in alerts_of(name, form | {rule.on: answer})
        for answer in keeps_quiet:
            assert rule.id not in alerts_of(name, form | {rule.on: answer})


@pytest.mark.parametrize(("name", "rule"), ITEM_ALERTS)
def test_a_refused_form_still_alerts(name, rule):
    maker = FormMaker(DEFINITIONS[name].instrument)
    other = next(item for item in maker.answers if item != rule.on)
    answer = None if rule.op == "is-missing" else next(a for a in maker.answers[rule.on] if compare(a, rule))

    with pytest.raises(ResponsesRefused) as refused:
        scorer_for(DEFINITIONS[name]).score({rule.on: answer, other: "not an answer"})

    # An absent answer in a form that could not be read says nothing; a valid one does.
    expected = set() if rule.op == "is-missing" else {rule.id}
    assert {alert["id"] for alert in refused.value.alerts} == expected


def compare(answer, rule):
    return {
        ">=": answer >= rule.value,
        ">": answer > rule.value,
        "<=": answer <= rule.value,
        "<": answer < rule.value,
        "==": answer == rule.value,
    }[rule.op]


def test_every_safety_item_also_alerts_when_it_is_unanswered():
    for name in SCORABLE:
        instrument = DEFINITIONS[name].instrument
        urgent = {rule.on for rule in instrument.alerts if rule.level == "urgent"}
        watched = {rule.on for rule in instrument.alerts if rule.op == "is-missing"}
        assert urgent <= watched, name


@pytest.mark.parametrize(
    "missing", [("cpsp_surgery_date",), ("cpsp_assessment_date",), ("cpsp_surgery_date", "cpsp_assessment_date")]
)
@pytest.mark.parametrize(("now", "new_or_worse", "persisted"), list(itertools.product((0, 1), repeat=3)))
def test_a_postsurgical_outcome_without_its_dates_is_unknown_and_never_negative(missing, now, new_or_worse, persisted):
    """It may be too early, whatever the other answers are."""
    form = {
        "cpsp_surgery_date": "2025-01-15",
        "cpsp_assessment_date": "2025-05-15",
        "cpsp_pain_now": now,
        "cpsp_new_or_worse": new_or_worse,
        "cpsp_persisted": persisted,
        "cpsp_other_cause": 0,
        "cpsp_preexisting": 0,
    }

    complete = scores_of("icd11-cpsp-outcome", form)
    without_dates = scores_of("icd11-cpsp-outcome", {k: v for k, v in form.items() if k not in missing})

    assert complete["cpsp_self_report"]["value"] == int(now and new_or_worse and persisted)
    for score in ("cpsp_self_report", "cpsp_confirmed"):
        assert without_dates[score]["criterion"] == "undetermined"
