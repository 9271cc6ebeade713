"""The conformance vectors: complete, deterministic, and useful to a scorer that is not ours."""

from __future__ import annotations

import functools
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from shared.authoring.conformance import conformance_file, conformance_index, origin_of
from shared.authoring.forms import FormMaker
from shared.authoring.publish import conformance_files, write
from shared.authoring.reach import reach
from shared.errors import ResponsesRefused
from shared.instruments import registry
from shared.instruments.definition import Choice, Quantity
from shared.instruments.named_steps import ClockDifferenceStep
from shared.scoring import scorer_for
from shared.scoring.steps import exact

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "conformance-vectors.md"
DEFINITIONS = registry().load_all()
SCORABLE = [name for name, definition in DEFINITIONS.items() if definition.instrument.scorable]

every_instrument = pytest.mark.parametrize("name", SCORABLE)


@functools.cache
def vectors(name):
    return json.loads(conformance_file(DEFINITIONS[name]))


def cases(name, *starts):
    return [case for case in vectors(name)["cases"] if not starts or case["id"].startswith(starts)]


def expected(case):
    return {score["id"]: score for score in case["expect"]["scores"]}


@every_instrument
def test_a_file_names_the_definition_it_was_made_from(name):
    definition = DEFINITIONS[name]

    assert vectors(name)["instrument"] == name
    assert vectors(name)["instrument_version"] == definition.instrument.version
    assert vectors(name)["definition_sha256"] == definition.sha256


@every_instrument
def test_vectors_are_the_same_each_time(name):
    assert conformance_file(DEFINITIONS[name]) == conformance_file(DEFINITIONS[name])


@every_instrument
def test_case_ids_and_responses_are_all_different(name):
    ids = [case["id"] for case in cases(name)]
    responses = [json.dumps(case["responses"], sort_keys=True) for case in cases(name)]

    assert len(set(ids)) == len(ids)
    assert len(set(responses)) == len(responses)


@every_instrument
def test_every_case_says_why_and_expects_a_result_or_a_refusal(name):
    for case in cases(name):
        assert case["why"].endswith(".")
        assert ("expect" in case) != ("refused" in case)


@every_instrument
def test_worked_examples_are_among_the_cases_with_their_own_values(name):
    examples = DEFINITIONS[name].instrument.worked_examples
    worked = [case for case in cases(name) if case["origin"] != "engine"]
    assert worked
    for case in worked:
        example = examples[int(case["id"].removeprefix("worked-")) - 1]
        assert case["source"] == example.source
        assert case["stated"] == list(example.expect)
        for score, stated in example.expect.items():
            got = expected(case)[score]["value"]
            assert got == (
                stated.value if got is None or isinstance(got, str) else pytest.approx(stated.value, abs=0.005)
            )


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        ("arithmetic", "arithmetic"),
        ("arithmetic on the CMS rule: 16 x 9/8", "arithmetic"),
        ("answers of a published example https://example.org ; total by arithmetic", "arithmetic"),
        ("https://example.org/manual.pdf", "published"),
    ],
)
def test_only_a_value_that_was_read_is_called_published(source, origin):
    assert origin_of(source) == origin


@every_instrument
def test_the_extremes_and_each_missing_item_are_covered(name):
    responses = [case["responses"] for case in cases(name)]
    items = set(FormMaker(DEFINITIONS[name].instrument).typical())

    assert {} in responses
    for item in items:
        assert items - {item} in [set(one) for one in responses if None not in one.values()], item
    assert any(None in one.values() for one in responses)


@every_instrument
def test_every_edge_of_every_verified_band_is_reached(name):
    instrument = DEFINITIONS[name].instrument
    possible = reach(instrument)
    shown = {
        (score["id"], score["value"], score["band"])
        for case in cases(name)
        if "expect" in case
        for score in case["expect"]["scores"]
        if score["status"] == "scored"
    }
    for score in instrument.scores:
        for band in score.bands.rows if score.bands and not score.bands.unverified else ():
            inside = [value for value in possible[score.id] if exact(band.low) <= value <= exact(band.high)]
            for edge in (min(inside), max(inside)):
                value = float(edge) if isinstance(edge, Fraction) else edge
                assert (score.id, value, band.label) in shown, (score.id, value)


@every_instrument
def test_a_missing_rule_is_shown_at_its_limit_and_one_beyond(name):
    for score in DEFINITIONS[name].instrument.scores:
        if score.missing.method in ("prorate-round", "mean-of-answered"):
            answered = {
                (sum(item in case["responses"] for item in score.items), expected(case)[score.id]["status"])
                for case in cases(name, "missing-")
            }
            fewest = len(score.items) - score.missing.max_missing
            assert (fewest, "prorated") in answered
            assert fewest == 1 or (fewest - 1, "not_scored") in answered


def test_phq9_shows_each_of_its_three_ties():
    ties = {case["why"]: expected(case)["total"]["value"] for case in cases("phq-9", "tie-")}

    assert sorted(ties.values()) == [5, 14, 23]
    assert "4 x 9 / 8 is 4.5, which rounds up." in ties


@every_instrument
def test_each_kind_of_answer_is_refused_in_each_way_it_can_be_wrong(name):
    instrument = DEFINITIONS[name].instrument
    kinds = {case["id"].rsplit("-", 1)[-1] for case in cases(name, "refused-")}
    options = instrument.options.values()

    assert {"item", "boolean"} <= kinds or not any(isinstance(one, Choice | Quantity) for one in options)
    for one in options:
        if isinstance(one, Choice) and all(option.code is None and type(option.value) is int for option in one.options):
            assert {"below", "above", "between", "float", "string"} <= kinds
        if isinstance(one, Quantity) and one.max is not None:
            assert {"above", "string"} <= kinds
    for case in cases(name, "refused-"):
        assert case["refused"], case["id"]


@every_instrument
def test_a_case_that_only_some_readers_of_json_can_pass_is_optional(name):
    for case in cases(name, "refused-"):
        assert case.get("optional", False) == case["id"].endswith(("-boolean", "-float"))


@every_instrument
def test_every_alert_fires_in_one_case_and_keeps_quiet_in_another(name):
    fired = [set(case["expect"]["alerts"]) for case in cases(name) if "expect" in case]
    for rule in DEFINITIONS[name].instrument.alerts:
        assert any(rule.id in alerts for alerts in fired), rule.id
        assert any(rule.id not in alerts for alerts in fired), rule.id


@every_instrument
def test_every_data_warning_is_shown(name):
    shown = {code for case in cases(name) if "expect" in case for code in case["expect"]["warnings"]}
    for score in DEFINITIONS[name].instrument.scores:
        assert {warning.code for warning in score.warnings} <= shown


@every_instrument
def test_every_value_of_a_criterion_and_of_a_category_is_shown(name):
    for score in DEFINITIONS[name].instrument.scores:
        if score.criterion or score.values:
            shown = {expected(case)[score.id]["value"] for case in cases(name) if "expect" in case}
            assert set(score.values or (0, 1)) <= shown, score.id


def test_clock_times_are_shown_over_midnight_and_equal():
    clocks = [
        name
        for name in SCORABLE
        if any(isinstance(step, ClockDifferenceStep) for s in DEFINITIONS[name].instrument.scores for step in s.steps)
    ]
    assert "psqi" in clocks
    for name in clocks:
        assert len(cases(name, "clock-")) == 3
        assert cases(name, "edge-efficiency_percent-85")


def test_the_index_names_every_instrument_once():
    index = json.loads(conformance_index(DEFINITIONS.values()))

    assert sorted([*index["instruments"], *index["without_vectors"]]) == sorted(DEFINITIONS)
    assert set(index["instruments"]) == set(SCORABLE)


@every_instrument
def test_numbers_survive_a_round_trip_through_json(name):
    text = conformance_file(DEFINITIONS[name])

    assert "NaN" not in text
    assert "Infinity" not in text
    for case in json.loads(text)["cases"]:
        if "expect" in case:
            assert (
                scorer_for(DEFINITIONS[name]).score(case["responses"])["scores"][0]["value"]
                == (case["expect"]["scores"][0]["value"])
            )


# -- the how-to --------------------------------------------------------------------------------------------------------


@pytest.fixture
def runner():
    """The runner printed in the how-to, as a reader would paste it."""
    code = re.search(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)[1]
    namespace = {}
    exec(code, namespace)
    return namespace["run"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("published")
    write(conformance_files(DEFINITIONS), (), root)
    return root / "conformance"


def our_scorer(instrument, responses):
    try:
        result = scorer_for(DEFINITIONS[instrument]).score(responses)
    except ResponsesRefused:
        return None
    return {score["id"]: score["value"] for score in result["scores"]}


def test_the_printed_runner_finds_no_difference_in_our_own_engine(runner, folder):
    assert runner(our_scorer, folder) == []


def test_the_printed_runner_catches_a_scorer_that_sums_what_was_answered(runner, folder):
    def plain_sum(instrument, responses):
        scores = our_scorer(instrument, responses)
        if instrument == "gad-7" and scores is not None:
            scores["total"] = sum(answer for answer in responses.values() if answer is not None)
        return scores

    differing = runner(plain_sum, folder)

    assert {instrument for instrument, *_ in differing} == {"gad-7"}
    assert {"nothing-answered", *(f"missing-gad7_{n}" for n in range(1, 8))} <= {case for _, case, *_ in differing}


def test_the_printed_runner_catches_a_scorer_that_refuses_nothing(runner, folder):
    differing = runner(lambda instrument, responses: our_scorer(instrument, responses) or {}, folder)

    assert differing
    assert all(case.startswith("refused-") for _, case, *_ in differing)


def test_the_how_to_explains_every_key_of_the_vectors():
    text = HOW_TO.read_text(encoding="utf-8")
    keys = set()
    for name in SCORABLE:
        for case in cases(name):
            keys.update(case)
            keys.update(key for score in case.get("expect", {}).get("scores", ()) for key in score)
            keys.update(case.get("expect", ()))
    assert {key for key in keys if key not in text} == set()
