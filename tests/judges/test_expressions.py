"""What a form computes is what the engine gives, by fhirpath and by lforms in a real page; else it computes nothing."""

from __future__ import annotations

import json
import random
import re
import subprocess

import pytest

from shared.fhir.battery_form import battery_ids, battery_of
from shared.fhir.battery_questionnaire import battery_questionnaire
from shared.fhir.expressions import calculated_expression
from shared.fhir.form import score_id
from shared.fhir.forms import Forms
from shared.fhir.options import coded_options
from shared.fhir.questionnaire import questionnaire
from shared.fhir.response_scores import score_response
from shared.fhir.wording import Shown
from shared.instruments import registry
from shared.instruments.definition import Choice
from shared.scoring import scorer_for
from tests.fhir_examples import NAMES, SCORABLE, battery_answers, battery_response, random_responses, response
from tests.judges.conftest import HERE
from tests.support.chromium import browsing

FORMS = Forms(NAMES, registry())
BATTERIES = [battery_of(battery_id, registry()) for battery_id in battery_ids()]
SETS = 200
HOLES = (0.0, 0.0, 0.05, 0.15, 0.4, 0.9)
IN_A_PAGE = 6


def computed_by_the_form(definition):
    instrument = definition.instrument
    return {score.id for score in instrument.scores if calculated_expression(instrument, score)}


def sets_of(definition, count):
    """Random responses, complete and with holes, and the scores the engine gives them."""
    rng = random.Random(definition.instrument.id)
    for place in range(count):
        responses = random_responses(definition.instrument, rng, HOLES[place % len(HOLES)])
        scores = scorer_for(definition).score(responses)["scores"]
        yield responses, {score["id"]: score["value"] for score in scores}


def battery_form(battery):
    return battery_questionnaire(battery, [Shown(group.definition.instrument) for group in battery.groups], NAMES)


def computed_by_the_battery(battery):
    """The scores that a battery's form computes, by their linkIds."""
    return {
        score_id(group.id, score.id)
        for group in battery.groups
        for score in group.scores
        if calculated_expression(group.definition.instrument, score)
    }


def battery_sets(battery, count):
    """Random answers to a battery's form, the response, and the engine's value of every score of the form."""
    rng = random.Random(battery.id)
    for place in range(count):
        answers = battery_answers(battery, rng, HOLES[place % len(HOLES)])
        document = battery_response(battery, answers)
        scored = score_response(json.dumps(document).encode(), FORMS)
        given = {
            score_id(result["instrument"], score["id"]): score["value"]
            for result in scored.results
            for score in result["scores"]
        }
        shown = [score_id(group.id, score.id) for group in battery.groups for score in group.scores]
        yield answers, document, {link_id: given.get(link_id) for link_id in shown}


def test_fhirpath_agrees_on_two_hundred_random_sets_of_every_battery(by_node):
    cases = [
        {
            "name": battery.id,
            "questionnaire": battery_form(battery),
            "responses": [
                {"response": document, "expected": expected} for _, document, expected in battery_sets(battery, SETS)
            ],
        }
        for battery in BATTERIES
    ]
    verdicts = by_node(cases)

    assert {verdict["name"]: verdict["problems"] for verdict in verdicts} == {battery.id: [] for battery in BATTERIES}
    computed = {verdict["name"]: verdict["expressions"] for verdict in verdicts}
    assert computed == {battery.id: len(computed_by_the_battery(battery)) for battery in BATTERIES}
    assert min(computed.values()) > 0


def test_fhirpath_agrees_on_two_hundred_random_sets_of_every_form(by_node):
    cases = [
        {
            "name": definition.instrument.id,
            "questionnaire": questionnaire(definition.instrument, NAMES),
            "responses": [
                {"response": response(definition.instrument, responses), "expected": expected}
                for responses, expected in sets_of(definition, SETS)
            ],
        }
        for definition in SCORABLE
        if computed_by_the_form(definition)
    ]
    verdicts = by_node(cases)

    assert {verdict["name"]: verdict["problems"] for verdict in verdicts if verdict["problems"]} == {}
    evaluated = sum(verdict["expressions"] for verdict in verdicts)
    assert evaluated == sum(len(computed_by_the_form(one)) for one in SCORABLE)


def test_fhirpath_sees_an_expression_without_its_guard(by_node):
    gad7 = registry().get("gad-7")
    form = questionnaire(gad7.instrument, NAMES)
    expression = form["item"][-1]["extension"][0]["valueExpression"]
    expression["expression"] = re.sub(r"count\(\) = 7", "count() >= 0", expression["expression"])
    responses = {"gad7_1": 1, "gad7_2": 2}
    case = {"response": response(gad7.instrument, responses), "expected": {"total": None}}
    [verdict] = by_node([{"name": "gad-7", "questionnaire": form, "responses": [case]}])

    assert verdict["problems"] == ["total, response 0: fhirpath gives [3], we give null"]


# -- lforms ------------------------------------------------------------------------------------------------------------


def as_chosen(instrument, responses):
    """Responses as a person chooses them in a page: codes of options, numbers, times."""
    chosen = {}
    for item in instrument.items:
        if item.id not in responses:
            continue
        answer = responses[item.id]
        if isinstance(instrument.options[item.options], Choice):
            [answer] = [one.code for one in coded_options(instrument, item, NAMES) if one.answer == answer]
        chosen[item.id] = answer
    return chosen


@pytest.fixture(scope="module")
def shown_by_lforms(chromium, tmp_path_factory):
    """For every form: the sets that were chosen, our scores, what the page showed, and the response it wrote."""
    sets = {definition.instrument.id: list(sets_of(definition, IN_A_PAGE)) for definition in SCORABLE}
    cases = [
        {
            "name": definition.instrument.id,
            "questionnaire": questionnaire(definition.instrument, NAMES),
            "responses": [
                {"answers": as_chosen(definition.instrument, responses)}
                for responses, _ in sets[definition.instrument.id]
            ],
        }
        for definition in SCORABLE
    ]
    verdicts = in_a_page(chromium, tmp_path_factory.mktemp("lforms"), cases)
    return [(registry().get(verdict["name"]), sets[verdict["name"]], verdict) for verdict in verdicts]


def in_a_page(chromium, folder, cases):
    """What lforms shows and writes of each case."""
    script = folder / "cases.js"
    script.write_text(f"window.CASES = {json.dumps(cases)};", encoding="utf-8")
    page = (HERE / "lforms" / "page.html").as_uri()
    ran = subprocess.run(
        [
            *browsing(chromium, folder, 2_000_000),
            "--dump-dom",
            f"{page}?cases={script.as_uri()}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    found = re.search(r'<script id="verdicts"[^>]*>(.*?)</script>', ran.stdout, re.DOTALL)
    assert found, ran.stderr[-2000:]
    verdicts = json.loads(found[1])
    assert [verdict["name"] for verdict in verdicts] == [case["name"] for case in cases]
    return verdicts


@pytest.fixture(scope="module")
def batteries_in_a_page(chromium, tmp_path_factory):
    """The same of the form of every battery."""
    sets = {battery.id: list(battery_sets(battery, IN_A_PAGE)) for battery in BATTERIES}
    cases = [
        {
            "name": battery.id,
            "questionnaire": battery_form(battery),
            "responses": [
                {"answers": dict(pair for group in battery.groups for pair in in_group(group, answers).items())}
                for answers, _, _ in sets[battery.id]
            ],
        }
        for battery in BATTERIES
    ]
    verdicts = in_a_page(chromium, tmp_path_factory.mktemp("batteries"), cases)
    return [(battery, sets[battery.id], verdict) for battery, verdict in zip(BATTERIES, verdicts, strict=True)]


def in_group(group, answers):
    asked = {item.id: answers[item.id] for item in group.items if item.id in answers}
    return as_chosen(group.definition.instrument, asked)


@pytest.mark.xdist_group("lforms")
def test_lforms_shows_every_form(shown_by_lforms):
    for definition, _, verdict in shown_by_lforms:
        form = questionnaire(definition.instrument, NAMES)

        assert verdict["problems"] == [], definition.instrument.id
        assert verdict["rendered"] >= len(definition.instrument.items), definition.instrument.id
        assert len(form["item"]) >= verdict["rendered"]


@pytest.mark.xdist_group("lforms")
def test_lforms_shows_our_total_and_nothing_where_we_withhold_it(shown_by_lforms):
    for definition, sets, verdict in shown_by_lforms:
        computed = computed_by_the_form(definition)
        for (_, ours), result in zip(sets, verdict["results"], strict=True):
            shown = {name: None if value is None else float(value) for name, value in result["shown"].items()}
            expected = {name: value if name in computed else None for name, value in ours.items()}

            assert shown == pytest.approx(expected, abs=1e-6), definition.instrument.id


@pytest.mark.xdist_group("lforms")
def test_a_response_that_lforms_wrote_is_scored_as_the_engine_scores_it(shown_by_lforms):
    for definition, sets, verdict in shown_by_lforms:
        for (responses, _), result in zip(sets, verdict["results"], strict=True):
            document = result["response"] | {"subject": {"reference": "Patient/p-1"}}
            scored = score_response(json.dumps(document).encode(), FORMS)

            assert scored.issues == [], definition.instrument.id
            assert scored.results[0] == scorer_for(definition).score(responses)


@pytest.mark.xdist_group("lforms")
def test_lforms_shows_each_groups_total_and_nothing_where_we_withhold_it(batteries_in_a_page):
    for battery, sets, verdict in batteries_in_a_page:
        computed = computed_by_the_battery(battery)

        assert verdict["problems"] == [], battery.id
        for (_, _, ours), result in zip(sets, verdict["results"], strict=True):
            shown = {name: None if value is None else float(value) for name, value in result["shown"].items()}
            expected = {name: value if name in computed else None for name, value in ours.items()}

            assert shown == pytest.approx(expected, abs=1e-6), battery.id


@pytest.mark.xdist_group("lforms")
def test_a_response_that_lforms_wrote_to_a_battery_is_scored_as_the_engine_scores_it(batteries_in_a_page):
    for battery, sets, verdict in batteries_in_a_page:
        for (_, document, _), result in zip(sets, verdict["results"], strict=True):
            written = result["response"] | {"subject": {"reference": "Patient/p-1"}}
            scored = score_response(json.dumps(written).encode(), FORMS)

            assert scored.issues == [], battery.id
            assert scored.results == score_response(json.dumps(document).encode(), FORMS).results
