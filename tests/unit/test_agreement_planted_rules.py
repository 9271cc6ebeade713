"""Every wrong rule, planted by a scorer of its own, is found for every instrument it applies to.

The scorers here are written apart from the engine: sums, means, tables and multiples, straight from the definition.
"""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.agreement import agree
from shared.agreement.case import Case
from shared.agreement.explanation import Explainer
from shared.instruments import registry
from shared.instruments.definition import CalendarDate, Choice, ClockTime
from shared.scoring import scorer_for

DEFINITIONS = registry().load_all()
SCORABLE = [name for name, definition in DEFINITIONS.items() if definition.instrument.scorable]
MANY = settings(max_examples=150, deadline=None, database=None)


def sent(option):
    return option.value if option.code is None else option.code


def answer(answers):
    if isinstance(answers, Choice):
        return st.sampled_from([sent(option) for option in answers.options])
    if isinstance(answers, ClockTime):
        return st.times().map(lambda time: time.strftime("%H:%M"))
    if isinstance(answers, CalendarDate):
        return st.dates().map(lambda date: date.isoformat())
    return st.integers(int(answers.min or 0), int(answers.max if answers.max is not None else 250))


def form(instrument, *, gaps=False):
    parts = {item.id: answer(instrument.options[item.options]) for item in instrument.items}
    return st.fixed_dictionaries({}, optional=parts) if gaps else st.fixed_dictionaries(parts)


# -- a scorer of its own -----------------------------------------------------------------------------------------------


class Small:
    """Sums, means, T-scores and multiples of one instrument, over any item values."""

    def __init__(self, name):
        self.instrument = DEFINITIONS[name].instrument
        self.scores = {score.id: score for score in self.instrument.scores}
        self.items = {item.id: item for item in self.instrument.items}

    def choice(self, item):
        return self.instrument.options[self.items[item].options]

    def option(self, item, answer):
        return next(o for o in self.choice(item).options if sent(o) == answer)

    def value(self, item, answer):
        known, choice = self.items[item], self.choice(item)
        if not isinstance(choice, Choice):
            return answer
        value = self.option(item, answer).value
        if known.recode:
            return known.recode[value]
        numbers = [o.value for o in choice.options]
        return min(numbers) + max(numbers) - value if known.reverse else value

    def values(self, answers):
        return {item: self.value(item, a) for item, a in answers.items()}

    def plain(self, score):
        """A sum or mean over several items of closed sets of numbers."""
        choices = [self.choice(item) for item in score.items]
        return (
            score.method in ("sum", "mean")
            and len(choices) > 1
            and all(isinstance(c, Choice) and all(isinstance(o.value, int) for o in c.options) for c in choices)
        )

    def total(self, score, values):
        values = [values[item] for item in score.items]
        return sum(values) if score.method == "sum" else Fraction(sum(values), len(values))

    def on_metric(self, score, raw):
        """``raw`` on the metric of a score that depends on it."""
        if score.table:
            return {row.raw: row.t for row in score.table.rows}.get(raw)
        (step,) = score.steps
        return raw * Fraction(step.multiply, step.divide)

    def depending(self, score):
        return [
            other
            for other in self.instrument.scores
            if other.from_score == score.id
            or [getattr(s, "of", None) for s in other.steps if s.step == "scale"] == [score.id]
        ]


SMALL = {name: Small(name) for name in SCORABLE}


def plain_scores(wanted=None):
    """(instrument, score) where a rule applies."""
    return [
        (name, score.id)
        for name, small in SMALL.items()
        for score in small.instrument.scores
        if small.plain(score) and (wanted is None or wanted(small, score))
    ]


def prorates(_, score):
    return score.missing.method == "prorate-round"


def needs_all(_, score):
    return score.method == "sum" and score.missing.method == "require-all"


def number(value):
    return (
        value.numerator
        if isinstance(value, Fraction) and value.denominator == 1
        else float(value)
        if isinstance(value, Fraction)
        else value
    )


def assert_found(name, answers, score_id, stated, *rules):
    """One of the rules is among those found, and what is told is that one or a simpler one."""
    stated = number(stated)
    scorer = scorer_for(DEFINITIONS[name])
    case = Case(scorer, answers)
    assume(stated is not None and case.results[score_id]["value"] != stated)

    found = Explainer(case).explain(case.scores[score_id], stated)
    (difference,) = agree(scorer, answers, {score_id: stated})["differences"]

    ranks = {one.rule: one.rank for one in found}
    planted = [ranks[rule] for rule in rules if rule in ranks]
    assert planted, (name, score_id, stated, sorted(ranks))
    assert ranks[difference["rule"]] <= min(planted)
    assert "gives" in difference["explanation"] or "rounded" in difference["explanation"]


def planted(applicable):
    return st.sampled_from(applicable).flatmap(
        lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), form(DEFINITIONS[pair[0]].instrument))
    )


def consecutive(numbers):
    return list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))


def option_values(small, item):
    return [option.value for option in small.choice(item).options]


# -- agreement ---------------------------------------------------------------------------------------------------------


@settings(MANY, max_examples=400)
@given(st.sampled_from(SCORABLE).flatmap(lambda n: st.tuples(st.just(n), form(DEFINITIONS[n].instrument, gaps=True))))
def test_our_own_scores_always_agree(drawn):
    name, answers = drawn
    scorer = scorer_for(DEFINITIONS[name])
    stated = {s["id"]: {"value": s["value"], "band": s["band"]} for s in scorer.score(answers)["scores"]}

    found = agree(scorer, answers, stated)

    assert found["agrees"] is True
    assert agree(scorer, answers, {score: parts["value"] for score, parts in stated.items()})["agrees"] is True


@settings(MANY, max_examples=300)
@given(
    st.sampled_from(SCORABLE).flatmap(lambda n: st.tuples(st.just(n), form(DEFINITIONS[n].instrument, gaps=True))),
    st.one_of(st.none(), st.integers(-5, 200), st.floats(-5, 200), st.text(max_size=5)),
)
def test_whatever_is_stated_gets_an_answer(drawn, stated):
    name, answers = drawn
    scorer = scorer_for(DEFINITIONS[name])

    found = agree(scorer, answers, {score.id: stated for score in DEFINITIONS[name].instrument.scores})

    for difference in found["differences"]:
        assert difference["explanation"]
        assert difference["rule"] is not None or difference["also"] == []


# -- missing answers ---------------------------------------------------------------------------------------------------


def without_one(data, small, score, answers):
    gone = data.draw(st.sampled_from(score.items))
    return gone, {item: a for item, a in answers.items() if item != gone}


@MANY
@given(planted(plain_scores()), st.data())
def test_a_missing_answer_summed_as_zero_is_found(drawn, data):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    gone, rest = without_one(data, small, score, answers)

    stated = small.total(score, small.values(rest) | {gone: 0})

    assert_found(name, rest, score_id, stated, "missing-as-zero", "plain-sum-instead-of-proration")
    for other in small.depending(score):
        assert_found(name, rest, other.id, small.on_metric(other, stated), "missing-as-zero")


STRICT = plain_scores(needs_all)
PRORATED = plain_scores(prorates)


@MANY
@given(planted(STRICT), st.data())
def test_a_total_prorated_without_a_rule_is_found(drawn, data):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    _, rest = without_one(data, small, score, answers)
    known = [small.values(rest)[item] for item in score.items if item in rest]

    stated = math.floor(Fraction(sum(known) * len(score.items), len(known)) + Fraction(1, 2))

    assert_found(name, rest, score_id, stated, "prorated-against-the-rule", "prorated-otherwise-rounded")


@MANY
@given(planted(PRORATED), st.data(), st.sampled_from([round, math.floor, math.ceil]))
def test_another_rounding_of_a_prorated_total_is_found(drawn, data, rounded):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    _, rest = without_one(data, small, score, answers)
    known = [small.values(rest)[item] for item in score.items if item in rest]

    stated = rounded(Fraction(sum(known) * len(score.items), len(known)))

    assert_found(name, rest, score_id, stated, "prorated-otherwise-rounded")


# -- options -----------------------------------------------------------------------------------------------------------


def shiftable(small, score):
    return all(not small.items[item].recode and consecutive(sorted(option_values(small, item))) for item in score.items)


@MANY
@given(planted(plain_scores(shiftable)), st.sampled_from([1, -1]))
def test_options_numbered_one_higher_or_lower_are_found(drawn, by):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]

    stated = small.total(
        score, {item: value + by for item, value in small.values(answers).items() if item in score.items}
    )

    rule = "options-one-higher" if by == 1 else "options-one-lower"
    assert_found(name, answers, score_id, stated, rule)
    for other in small.depending(score):
        assert_found(name, answers, other.id, small.on_metric(other, stated), rule)


def not_by_position(small, score):
    return any(not consecutive(option_values(small, item)) for item in score.items) and not any(
        small.items[item].recode for item in score.items
    )


@MANY
@given(planted(plain_scores(not_by_position)), st.sampled_from([0, 1]))
def test_answers_counted_by_the_order_of_the_options_are_found(drawn, first):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    placed = {}
    for item in score.items:
        places = [sent(option) for option in small.choice(item).options]
        place = places.index(answers[item])
        placed[item] = first + (len(places) - 1 - place if small.items[item].reverse else place)

    assert_found(name, answers, score_id, small.total(score, placed), "coded-by-position")


@MANY
@given(planted(plain_scores(shiftable)), st.sampled_from([1, -1]))
def test_answers_stored_one_higher_or_lower_are_read_so(drawn, by):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    stored = {item: answers[item] for item in score.items}
    assume(all(type(a) is int for a in stored.values()))
    stored = {item: a + by for item, a in stored.items()}
    ours = scorer_for(DEFINITIONS[name]).score({item: answers[item] for item in score.items})
    then = next(s["value"] for s in ours["scores"] if s["id"] == score_id)
    refused = {item for item, a in stored.items() if a not in [sent(o) for o in small.choice(item).options]}
    kinds = {tuple(option_values(small, item)) for item in score.items}
    assume(refused and len(kinds) == 1)

    found = agree(scorer_for(DEFINITIONS[name]), stored, {score_id: then})

    assert {problem["pointer"] for problem in found["problems"]} == {f"/responses/{item}" for item in refused}
    (difference,) = found["differences"]
    assert (difference["ours"], difference["ours_if_so"]) == (None, then)
    rules = ("answers-stored-one-higher" if by == 1 else "answers-stored-one-lower", "answers-stored-by-position")
    assert difference["rule"] in rules


# -- turned items ------------------------------------------------------------------------------------------------------


REVERSED = plain_scores(lambda small, s: any(small.items[item].reverse for item in s.items))


def turned_back(small, score, answers, items):
    values = small.values(answers)
    return small.total(score, values | {item: small.option(item, answers[item]).value for item in items})


@pytest.mark.skipif(not REVERSED, reason="no definition with reverse items yet")
@MANY
@given(planted(REVERSED or STRICT), st.data())
def test_one_reverse_item_left_as_answered_is_found(drawn, data):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    item = data.draw(st.sampled_from([item for item in score.items if small.items[item].reverse]))

    stated = turned_back(small, score, answers, [item])

    assert_found(name, answers, score_id, stated, "item-not-turned")


@pytest.mark.skipif(not REVERSED, reason="no definition with reverse items yet")
@MANY
@given(planted(REVERSED or STRICT))
def test_all_reverse_items_left_as_answered_are_found(drawn):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]

    stated = turned_back(small, score, answers, [item for item in score.items if small.items[item].reverse])

    assert_found(name, answers, score_id, stated, "all-items-not-turned", "item-not-turned")


def runs_down(small, item):
    values = option_values(small, item)
    known = small.items[item]
    coded = any(o.code is not None for o in small.choice(item).options)
    return (
        len(values) > 1
        and values == sorted(values, reverse=True)
        and not known.reverse
        and not known.recode
        and not coded
    )


DOWN = plain_scores(lambda small, s: any(runs_down(small, item) for item in s.items))


@MANY
@given(planted(DOWN), st.data())
def test_an_item_reversed_twice_is_found(drawn, data):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    item = data.draw(st.sampled_from([item for item in score.items if runs_down(small, item)]))
    values = small.values(answers)
    numbers = option_values(small, item)

    stated = small.total(score, values | {item: min(numbers) + max(numbers) - values[item]})

    assert_found(name, answers, score_id, stated, "item-turned-again")
    for other in small.depending(score):
        assert_found(name, answers, other.id, small.on_metric(other, stated), "item-turned-again")


# -- totals ------------------------------------------------------------------------------------------------------------


@MANY
@given(planted(plain_scores()))
def test_a_mean_for_a_sum_and_a_sum_for_a_mean_are_found(drawn):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    total = sum(small.values(answers)[item] for item in score.items)

    if score.method == "sum":
        assert_found(name, answers, score_id, Fraction(total, len(score.items)), "mean-instead-of-sum")
    else:
        assert_found(name, answers, score_id, total, "sum-instead-of-mean")


@MANY
@given(planted(plain_scores(lambda small, s: bool(small.depending(s)))))
def test_a_score_on_another_metric_is_found(drawn):
    name, score_id, answers = drawn
    small = SMALL[name]
    raw = small.total(small.scores[score_id], small.values(answers))

    for other in small.depending(small.scores[score_id]):
        on_metric = small.on_metric(other, raw)
        assert_found(name, answers, score_id, on_metric, "other-score", "doubled", "scaled")
        assert_found(name, answers, other.id, raw, "other-score", "not-doubled", "not-scaled")


ADDED = plain_scores(
    lambda small, s: (
        s.method == "sum"
        and any(
            not item.scored
            and isinstance(small.choice(item.id), Choice)
            and isinstance(option_values(small, item.id)[0], int)
            for item in small.instrument.items
        )
    )
)


@MANY
@given(planted(ADDED))
def test_an_unscored_item_added_to_a_total_is_found(drawn):
    name, score_id, answers = drawn
    small = SMALL[name]
    score = small.scores[score_id]
    for item in small.instrument.items:
        if not item.scored and isinstance(small.choice(item.id), Choice):
            stated = small.total(score, small.values(answers)) + small.value(item.id, answers[item.id])
            assert_found(name, answers, score_id, stated, "unscored-item-added")
