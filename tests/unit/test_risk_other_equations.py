"""Equations that no shipped model starts with: an ordered probit, a category of a deployer, and what does not fit."""

from __future__ import annotations

import json
import math

import pytest

from shared.errors import DefinitionRefused
from shared.risk import estimate, shown
from shared.risk_models import Registry
from tests.unit.test_risk_models_of_a_deployer import (
    COUNT,
    ID,
    PAPER,
    RULE,
    changed,
    classifier,
    own_model,
    problems_of,
    put,
)

INSIDE = {"procedure": "invented-operation", "timepoint": "preoperative"}
DURATION = {
    "type": "category",
    "id": "duration",
    "title": "Duration",
    "coding": "reference: short",
    "values": [{"value": "short", "label": "short"}, {"value": "long", "label": "long"}],
    "from": [{"type": "fact", "fact": "duration"}],
    "source": PAPER,
}
LEVELS = {"term": "levels", "predictor": "duration", "levels": {"short": 0, "long": 0.8}, "source": PAPER}
PROBIT = {
    "link": "ordered-probit",
    "categories": ["gone", "better", "worse"],
    "event_categories": 1,
    "cut_points": [0.5, 1.5],
    "terms": [{"term": "linear", "predictor": "age", "coefficient": 0.02, "centre": 50, "source": PAPER}, LEVELS],
    "source": PAPER,
}


def with_probit(**changes):
    model = own_model(equation=PROBIT | changes, event="gone", event_is="wanted", worked_examples=[])
    model["predictors"] = [model["predictors"][0], DURATION]
    return model


def normal(z):
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def found(model):
    return [(problem.pointer, problem.detail) for problem in problems_of(model) if problem.code != "example"]


@pytest.fixture
def probit(tmp_path):
    put(tmp_path, with_probit())
    return Registry([tmp_path]).get(ID)


def test_an_ordered_probit_gives_the_probability_of_its_first_categories(probit):
    got = estimate(probit, {"age": 60, "duration": "long"}, INSIDE)

    assert got["value"] == pytest.approx(normal(0.5 - (0.2 + 0.8)))
    assert got["contributions"] == [
        {"predictor": "age", "latent": pytest.approx(0.2)},
        {"predictor": "duration", "latent": 0.8},
    ]


def test_its_range_runs_from_low_to_high_although_it_falls_with_each_term(probit):
    got = estimate(probit, {"age": 60}, INSIDE)

    assert got["interval"]["low"] == pytest.approx(normal(0.5 - 1.0))
    assert got["interval"]["high"] == pytest.approx(normal(0.5 - 0.2))
    assert got["narrowest"] == "duration"


def test_two_categories_are_the_event_where_the_definition_says_so(tmp_path):
    put(tmp_path, with_probit(event_categories=2))

    got = estimate(Registry([tmp_path]).get(ID), {"age": 50, "duration": "short"}, INSIDE)

    assert got["value"] == pytest.approx(normal(1.5))


@pytest.mark.parametrize(
    ("value", "words"), [(0.004, "below 1 %"), (0.005, "1 %"), (0.745, "75 %"), (0.996, "above 99 %")]
)
def test_a_percentage_is_rounded_half_up_and_never_to_certainty(probit, value, words):
    got = estimate(probit, {"age": 60, "duration": "long"}, INSIDE)

    assert shown(probit.model, got | {"value": value}) == words


def test_nothing_is_shown_of_a_value_that_is_withheld(probit):
    assert shown(probit.model, estimate(probit, {}, INSIDE)) is None


@pytest.mark.parametrize(
    ("model", "pointer", "words"),
    [
        (with_probit(cut_points=[0.5]), "/equation", "needs one cut-point less than categories"),
        (with_probit(cut_points=[1.5, 0.5]), "/equation", "cut-points must rise"),
        (with_probit(event_categories=3), "/equation", "the event cannot be every category"),
        (
            with_probit(terms=[PROBIT["terms"][0], LEVELS | {"levels": {"short": 0, "middling": 1}}]),
            "/equation/terms/1/levels",
            "must be exactly the values of duration",
        ),
        (
            with_probit(terms=[PROBIT["terms"][0], LEVELS | {"levels": {"short": 0.1, "long": 0.9}}]),
            "/equation/terms/1/levels",
            "has no reference level",
        ),
        (
            with_probit(terms=[LEVELS | {"predictor": "age"}, LEVELS]),
            "/equation/terms/0",
            "age is not a category, so it has no levels",
        ),
        (
            with_probit(terms=[PROBIT["terms"][0], {**PROBIT["terms"][0], "predictor": "duration"}]),
            "/equation/terms/1",
            "duration is a category and needs a levels term",
        ),
        (
            changed(["equation", "terms", 2], {**own_model()["equation"]["terms"][1], "predictor": "smoker"}),
            "/equation/terms/2",
            "smoker is not a number, so it has no bands",
        ),
        (
            classifier(COUNT) | {"alternative": own_model()["equation"]},
            "/alternative",
            "only a probability has an alternative equation",
        ),
        (
            changed(["population", "any_procedure"], True),
            "/population/procedures",
            "any_procedure leaves nothing to list",
        ),
        (
            classifier(COUNT | {"counted": [*COUNT["counted"], {**COUNT["counted"][0], "predictor": "sex"}]}),
            "/equation/counted/3/predictor",
            "sex is not a predictor",
        ),
        (
            classifier(COUNT | {"strata": [{"label": "lower", "low": 0}, {"label": "higher", "low": 1, "high": 4}]}),
            "/equation/strata/0",
            "only the last stratum may be open",
        ),
        (
            classifier(COUNT | {"strata": [{"label": "lower", "low": 0, "high": -1}, {"label": "higher", "low": 0}]}),
            "/equation/strata/0/high",
            "is below low",
        ),
        (
            classifier(
                {"link": "strata", "predictor": "bmi", "strata": COUNT["strata"], "source": PAPER},
            ),
            "/equation/predictor",
            "bmi is not a predictor",
        ),
        (changed(["outcome", "when"], {"low": 6, "high": 3, "unit": "mo"}), "/outcome/when", "low must be above 0"),
        (changed(["population", "age"], {"source": PAPER}), "/population/age", "needs low, high or both"),
        (
            changed(["population", "facts"], [{"fact": "x", "words": "x", "source": PAPER}]),
            "/population/facts/0",
            "needs either allowed, or low and high",
        ),
        (
            changed(["predictors", 2, "from", 0, "multiply"], 2),
            "/predictors/2/from/0/fact",
            "takes codes or multiply, not both",
        ),
        (changed(["citations", 0, "pmid"], "PMC1"), "/citations/0/pmid", "is not a PubMed id"),
        (
            changed(["performance", "measures", 0], {"name": "x", "stage": "development", "source": PAPER}),
            "/performance/measures/0",
            "needs value, range or text",
        ),
        (changed(["display", "step"], None), "/display", "a percentage or band needs a step"),
    ],
)
def test_parts_that_do_not_fit_are_named(model, pointer, words):
    assert any(at == pointer and words in detail for at, detail in found(model)), found(model)


def test_a_rule_with_too_many_combinations_is_refused():
    predictors = [own_model()["predictors"][0] | {"id": f"n{number}"} for number in range(13)]
    conditions = [{"predictor": one["id"], "op": ">", "value": 50} for one in predictors]
    model = classifier(RULE | {"cases": [{"label": "higher", "conditions": conditions}]}) | {"predictors": predictors}

    assert ("/equation/cases", "has more than 4096 combinations of unanswered inputs") in found(model)


def test_a_counted_event_rate_lies_within_its_number():
    model = classifier(COUNT)
    model["classes"][0]["observed"] = {"rate": 0.5, "of": "pain", "n": 10, "events": 30, "source": PAPER}
    model["performance"]["operating_points"] = {
        "stage": "development",
        "note": "a table",
        "rows": [{"threshold": 0.1, "sensitivity": 97, "specificity": 0.5, "ppv": 0.2, "npv": 0.9}],
        "source": PAPER,
    }

    assert ("/classes/0/observed/events", "must lie between 0 and n") in found(model)
    assert ("/performance/operating_points/rows/0/sensitivity", "is not 0 to 1") in found(model)


def test_a_broken_list_of_models_that_cannot_be_computed_is_refused_by_name(tmp_path):
    path = tmp_path / "not-computable.json"
    path.write_text(json.dumps({"models": [{"id": "x"}]}))

    with pytest.raises(DefinitionRefused) as refused:
        _ = Registry([], path).not_computable
    assert refused.value.detail == "not-computable.json is not a valid list"
    assert Registry([]).not_computable == ()
