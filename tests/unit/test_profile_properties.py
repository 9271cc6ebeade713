"""What holds for every profile, whatever was answered."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.profile import factors
from shared.profile.definition import ScoreSource
from tests.support.profiles import count, met, score, scored

FACTS = factors().content.facts
FLAGS = [fact.id for fact in FACTS if fact.kind == "flag"]
SCORES = sorted(
    {
        (source.instrument, source.score)
        for factor in factors().content.factors
        for source in factor.all_sources
        if isinstance(source, ScoreSource)
    }
)
TIMEPOINTS = ["preoperative", "postoperative-day-2", "postoperative-day-9", "postoperative-week-3", "injury"]

facts_sent = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from([0, 1]) for name in FLAGS},
        "age": st.integers(0, 130),
        "pain_avg_2_days": st.integers(0, 10),
        "procedure": st.sampled_from(["total-knee-arthroplasty", "thoracotomy", "hysterectomy", "other"]),
        "condition": st.sampled_from(["wrist-fracture", "whiplash"]),
        "opioid_agent": st.sampled_from(["tramadol", "buprenorphine", "a-new-name"]),
    },
)


@st.composite
def results_given(draw):
    """Scores of some instruments: numbers, criteria, bands, and some that were not scored."""
    found = []
    for instrument, score_id in draw(st.lists(st.sampled_from(SCORES), unique=True, max_size=8)):
        made = draw(
            st.one_of(
                st.integers(0, 60).map(lambda value, name=score_id: score(name, value)),
                st.booleans().map(lambda yes, name=score_id: met(name, yes=yes)),
                st.sampled_from(["severe", "moderate", "chronic pain absent"]).map(
                    lambda band, name=score_id: score(name, 7, band=band)
                ),
                st.just(score(score_id, None)),
            )
        )
        found.append(scored(instrument, made))
    return found


@settings(deadline=None)
@given(facts_sent, results_given(), st.sampled_from(TIMEPOINTS), st.data())
def test_adding_an_answer_never_turns_present_into_absent(facts, results, timepoint, data):
    more_facts = data.draw(facts_sent)
    more_results = data.draw(results_given())
    known = {one["instrument"] for one in results}

    before = count(facts, *results, timepoint=timepoint)
    after = count(
        more_facts | facts,
        *results,
        *(one for one in more_results if one["instrument"] not in known),
        timepoint=timepoint,
    )

    for one, other in zip(before["factors"], after["factors"], strict=True):
        if one["status"] == "present":
            assert other["status"] == "present"


@settings(deadline=None)
@given(facts_sent, results_given(), st.sampled_from(TIMEPOINTS))
def test_unknown_is_never_counted_as_absent(facts, results, timepoint):
    found = count(facts, *results, timepoint=timepoint)

    assert found["present"] + found["absent"] + found["unknown"] == len(found["factors"])
    for one in found["factors"]:
        says = {entry["says"] for entry in one["because"]}
        if one["status"] == "absent":
            assert "absent" in says
            assert "present" not in says
        elif one["status"] == "present":
            assert "present" in says
        else:
            assert not says & {"present", "absent"}
            assert one["why_unknown"]


@settings(deadline=None)
@given(facts_sent, results_given(), st.sampled_from(TIMEPOINTS))
def test_the_order_of_the_results_is_irrelevant(facts, results, timepoint):
    assert count(facts, *results, timepoint=timepoint) == count(facts, *reversed(results), timepoint=timepoint)


@settings(deadline=None)
@given(facts_sent, results_given(), st.sampled_from(TIMEPOINTS))
def test_only_an_unknown_factor_says_what_would_decide_it(facts, results, timepoint):
    for one in count(facts, *results, timepoint=timepoint)["factors"]:
        assert one["status"] == "unknown" or one["would_decide"] == []
        assert (one["why_unknown"] is not None) == (one["status"] == "unknown")


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from([fact.id for fact in FACTS]), st.none() | st.integers() | st.floats() | st.text())
)
def test_no_value_of_a_fact_breaks_the_count(facts):
    count(facts)


def test_every_status_is_reachable_for_every_factor_that_can_be_ruled_out():
    everything_yes = dict.fromkeys(FLAGS, 1) | {"age": 20, "procedure": "total-knee-arthroplasty"}
    everything_no = dict.fromkeys(FLAGS, 0) | {"age": 90, "procedure": "thoracotomy"}
    worst = [
        scored("phq-9", total=27),
        scored("gad-7", total=21),
        scored("pcs-13", total=52),
        scored("isi", total=28),
        scored("nrs-pain", score("worst", 10, band="severe")),
    ]
    best = [
        scored("phq-9", total=0),
        scored("gad-7", total=0),
        scored("pcs-13", total=0),
        scored("isi", total=0),
        scored("nrs-pain", score("worst", 0, band="none")),
    ]

    yes = count(everything_yes, *worst, timepoint="postoperative-day-8")
    no = count(everything_no, *best, timepoint="postoperative-day-8")
    nothing = count(timepoint="postoperative-day-8")

    assert {one["status"] for one in yes["factors"]} == {"present"}
    assert {one["id"] for one in no["factors"] if one["status"] != "absent"} == {"procedure"}
    assert {one["status"] for one in nothing["factors"]} == {"unknown"}
