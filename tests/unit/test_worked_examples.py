"""Every worked example of every definition, and the edges that its rule states in words."""

from __future__ import annotations

import pytest

from shared.instruments import registry
from shared.scoring import scorer_for

DEFINITIONS = registry().load_all()
SCORABLE = {name: definition for name, definition in DEFINITIONS.items() if definition.instrument.scorable}
EXAMPLES = [
    pytest.param(definition, example, id=f"{name}-{number}")
    for name, definition in SCORABLE.items()
    for number, example in enumerate(definition.instrument.worked_examples, 1)
]


def scores_of(instrument, responses):
    result = scorer_for(registry().get(instrument)).score(responses)
    return {score["id"]: score for score in result["scores"]}


def warnings_of(instrument, responses):
    return [notice["code"] for notice in scorer_for(registry().get(instrument)).score(responses)["warnings"]]


@pytest.mark.parametrize(("definition", "example"), EXAMPLES)
def test_a_worked_example_comes_out_as_it_stands(definition, example):
    result = scorer_for(definition).score(example.answers)
    got = {score["id"]: score for score in result["scores"]}
    mean_scores = {score.id for score in definition.instrument.scores if score.method == "mean"}

    for name, expected in example.expect.items():
        # Sources print means with two decimals; everything else is exact.
        wanted = pytest.approx(expected.value, abs=0.005) if name in mean_scores else expected.value
        assert got[name]["value"] == wanted, name
        if expected.band is not None:
            assert got[name]["band"] == expected.band, name
    assert set(example.alerts) <= {alert["id"] for alert in result["alerts"]}


@pytest.mark.parametrize("name", SCORABLE)
def test_every_scorable_instrument_has_a_worked_example(name):
    assert SCORABLE[name].instrument.worked_examples


# -- PSQI: the edges of its sheet --------------------------------------------------------------------------------------


def psqi(**changed):
    """A good sleeper's form, 23:00 to 07:00, with some answers changed; ``None`` leaves one unanswered."""
    form = {
        "psqi_bedtime": "23:00",
        "psqi_latency_min": 10,
        "psqi_getup": "07:00",
        "psqi_sleep_hours": 8,
        "psqi_quality": 0,
        "psqi_medicine": 0,
        "psqi_stay_awake": 0,
        "psqi_enthusiasm": 0,
    } | {f"psqi_5{letter}": 0 for letter in "abcdefghij"}
    return scores_of("psqi", form | {f"psqi_{name}": answer for name, answer in changed.items()})


@pytest.mark.parametrize(
    ("hours", "component"), [(7, 0), (7.0, 0), (6.99, 1), (6, 1), (5.99, 2), (5, 2), (4.99, 3), (0, 3)]
)
def test_psqi_duration_counts_the_edge_as_the_better_side(hours, component):
    assert psqi(sleep_hours=hours)["c3_duration"]["value"] == component


@pytest.mark.parametrize(
    ("hours", "component"),
    [(6.8, 0), (6.79, 1), (6, 1), (5.99, 2), (5.2, 2), (5.19, 3)],
    ids=["85%", "below 85%", "75%", "below 75%", "65%", "below 65%"],
)
def test_psqi_efficiency_meets_its_edges_exactly(hours, component):
    assert psqi(sleep_hours=hours)["c4_efficiency"]["value"] == component


@pytest.mark.parametrize(
    ("bedtime", "getup", "hours", "component"),
    [("23:40", "06:20", 5.7, 0), ("00:30", "08:00", 6, 1), ("22:00", "21:00", 23, 0), ("12:00", "00:00", 9, 1)],
)
def test_psqi_time_in_bed_runs_to_the_next_getting_up(bedtime, getup, hours, component):
    assert psqi(bedtime=bedtime, getup=getup, sleep_hours=hours)["c4_efficiency"]["value"] == component


def test_psqi_equal_clock_times_give_no_efficiency_and_no_global_score():
    scores = psqi(bedtime="23:00", getup="23:00")

    assert scores["c4_efficiency"]["value"] is None
    assert scores["c4_efficiency"]["reason"]["code"] == "undetermined"
    assert scores["global"]["value"] is None
    assert scores["global"]["reason"]["code"] == "depends-on-unscored"
    assert scores["c3_duration"]["value"] == 0


def test_psqi_more_sleep_than_time_in_bed_is_scored_with_a_warning():
    form = DEFINITIONS["psqi"].instrument.worked_examples[0].answers

    assert warnings_of("psqi", form | {"psqi_sleep_hours": 9}) == ["more-sleep-than-time-in-bed"]
    assert warnings_of("psqi", form | {"psqi_sleep_hours": 8}) == []
    assert psqi(sleep_hours=9)["c4_efficiency"]["value"] == 0


def test_psqi_noon_for_midnight_is_warned_of_and_not_corrected():
    form = DEFINITIONS["psqi"].instrument.worked_examples[0].answers

    assert warnings_of("psqi", form | {"psqi_bedtime": "12:00", "psqi_getup": "07:00"}) == ["long-time-in-bed"]


@pytest.mark.parametrize(("minutes", "points"), [(0, 0), (15, 0), (15.5, 1), (30, 1), (31, 2), (60, 2), (61, 3)])
def test_psqi_latency_minutes_fall_on_the_lower_side_of_their_edges(minutes, points):
    component = {0: 0, 1: 1, 2: 1, 3: 2}[points]

    assert psqi(latency_min=minutes)["c2_latency"]["value"] == component


@pytest.mark.parametrize(("total", "component"), [(0, 0), (1, 1), (9, 1), (10, 2), (18, 2), (19, 3), (27, 3)])
def test_psqi_disturbance_falls_into_its_four_groups(total, component):
    answers = {f"5{letter}": max(0, min(3, total - 3 * place)) for place, letter in enumerate("bcdefghij")}

    assert psqi(**answers)["c5_disturbance"]["value"] == component


def test_psqi_without_5j_still_has_a_global_score_that_says_so():
    scores = psqi(**{"5j": None, "5b": 3})

    assert scores["global"]["status"] == "scored"
    assert scores["global"]["value"] == psqi(**{"5j": 0, "5b": 3})["global"]["value"]
    assert scores["global"]["taken_as_absent"] == ["psqi_5j"]
    assert scores["global"]["answered"] == 17


@pytest.mark.parametrize("left_out", ["5a", "5b", "5i", "quality", "medicine", "bedtime", "sleep_hours", "enthusiasm"])
def test_psqi_without_any_other_answer_has_no_global_score(left_out):
    assert psqi(**{left_out: None})["global"]["value"] is None
