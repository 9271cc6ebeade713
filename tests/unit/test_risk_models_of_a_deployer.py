"""A deployer's own model: one file in a folder of theirs, three worked examples, no code."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from shared.authoring.risk_review import review
from shared.errors import DefinitionRefused, UnknownRiskModel
from shared.risk import estimate, estimates
from shared.risk_models import Registry, folders_of, registry
from shared.risk_models.registry import DEFINITIONS, NOT_COMPUTABLE

PAPER = "https://example.org/paper"
ID = "clinic-2027-cpsp"


def own_model(**changes):
    """A made-up paper with everything that a deployer's file may hold; the numbers are of no study."""
    fact = {"source": PAPER}
    none = {"text": "not available"}
    card = dict.fromkeys(
        [
            "funding",
            "training_data_criteria",
            "representativeness",
            "fairness_approach",
            "bias_management",
            "external_validation_setting",
            "external_validation_by",
            "external_validation_representativeness",
            "external_validation_process",
            "internal_fairness",
            "external_fairness",
            "outcome_evaluations",
        ],
        none,
    )
    model = {
        "id": ID,
        "version": "1.0.0",
        "title": "Pain after an invented operation",
        "kind": "probability",
        "event": "lasting pain",
        "event_is": "unwanted",
        "outcome": {
            "definition": "pain of 3 or more",
            "horizon": "6 months",
            "when": {"low": 6, "high": 6, "unit": "mo"},
            **fact,
        },
        "population": {
            "words": "Adults before an invented operation.",
            "procedures": ["invented-operation"],
            "age": {"low": 18, **fact},
            "timing": {"words": "before the operation", "timepoints": ["preoperative"], **fact},
            "setting": "one clinic",
            **fact,
        },
        "predictors": [
            {
                "type": "number",
                "id": "age",
                "title": "Age",
                "coding": "per 10 years, centred at 50",
                "unit": "years",
                "integer": True,
                "range": {"low": 18, "high": 90, **fact},
                "from": [{"type": "fact", "fact": "age"}],
                "attribute": "age",
                **fact,
            },
            {
                "type": "number",
                "id": "peg",
                "title": "PEG",
                "coding": "mean of three items; 4 or more, 7 or more",
                "unit": "points",
                "range": {"low": 0, "high": 10, **fact},
                "from": [{"type": "score", "instrument": "peg", "score": "total", "timepoints": ["preoperative"]}],
                **fact,
            },
            {
                "type": "binary",
                "id": "smoker",
                "title": "Smoker",
                "coding": "0 no, 1 yes",
                "zero": "no",
                "one": "yes",
                "from": [{"type": "fact", "fact": "smoking_status", "codes": {"current": 1, "former": 0, "never": 0}}],
                **fact,
            },
        ],
        "equation": {
            "link": "logit",
            "intercept": {"value": -1.0, **fact},
            "terms": [
                {"term": "linear", "predictor": "age", "coefficient": -0.3, "per": 10, "centre": 50, **fact},
                {
                    "term": "bands",
                    "predictor": "peg",
                    "rows": [
                        {"op": ">=", "than": 7, "coefficient": 1.1},
                        {"op": ">=", "than": 4, "coefficient": 0.5},
                    ],
                    "otherwise": 0,
                    **fact,
                },
                {"term": "linear", "predictor": "smoker", "coefficient": 0.4, **fact},
            ],
        },
        "performance": {"measures": [{"name": "c-statistic", "stage": "development", "value": 0.7, **fact}]},
        "evidence_grade": "B",
        "evidence_note": "read in the paper",
        "display": {"form": "percent", "step": 1, "note": "whole per cent", **fact},
        "licence": {"note": "free", **fact},
        "citations": [{"text": "Nobody 2027", **fact}],
        "limitations": ["invented"],
        "worked_examples": [example(30, 7, 1), example(50, 3.9, 0), example(70, 4, 0)],
        "card": {
            **card,
            "developer": {"text": "nobody", **fact},
            "intended_use": {"text": "a test", "ours": True},
            "cautioned_use": {"text": "people", "ours": True},
        },
        "reporting": {
            "tripod_ai": none,
            **{
                domain: {"judgement": "not-assessed", "why": "invented"}
                for domain in ("participants", "predictors", "outcome", "analysis")
            },
        },
    }
    return model | changes


def example(age, peg, smoker):
    """Worked out by hand from the numbers above."""
    by_hand = -1.0 - 0.3 * (age - 50) / 10 + (1.1 if peg >= 7 else 0.5 if peg >= 4 else 0) + 0.4 * smoker
    return {
        "note": f"age {age}",
        "predictors": {"age": age, "peg": peg, "smoker": smoker},
        "population": {"procedure": "invented-operation", "timepoint": "preoperative"},
        "expect": {"value": round(1 / (1 + math.exp(-by_hand)), 3), "decimals": 3, "linear_predictor": by_hand},
        "source": "arithmetic",
    }


def put(folder: Path, model: dict, name: str | None = None) -> Path:
    path = folder / f"{name or model['id']}.json"
    path.write_text(json.dumps(model), encoding="utf-8")
    return path


def problems_of(model, name=f"{ID}.json"):
    return review(json.dumps(model).encode(), name)


# -- added, used, removed ----------------------------------------------------------------------------------------------


def test_a_model_is_added_by_one_file_and_removed_with_it(tmp_path):
    path = put(tmp_path, own_model())
    assert review(path.read_bytes(), path.name) == []

    with_own = Registry([DEFINITIONS, tmp_path], NOT_COMPUTABLE)

    assert set(with_own.ids) == {*registry().ids, ID}
    got = estimate(
        with_own.get(ID), {"age": 30, "peg": 7, "smoker": 1}, own_model()["worked_examples"][0]["population"]
    )
    assert got["value"] == pytest.approx(1 / (1 + math.exp(-1.1)))
    assert got["card"] == f"/v1/risk-models/{ID}"

    path.unlink()
    assert Registry([DEFINITIONS, tmp_path], NOT_COMPUTABLE).ids == registry().ids


def test_the_deployers_model_takes_part_in_an_assessment(tmp_path):
    put(tmp_path, own_model())
    definitions = Registry([DEFINITIONS, tmp_path]).load_all().values()
    peg = {
        "instrument": "peg",
        "instrument_version": "1.0.0",
        "definition_sha256": "b" * 64,
        "scores": [{"id": "total", "value": 6.0, "reason": None}],
    }
    facts = {"procedure": "invented-operation", "age": 50, "smoking_status": "former"}

    got = {line["model"]: line for line in estimates(definitions, facts, [peg], "preoperative")}

    assert got[ID]["value"] == pytest.approx(1 / (1 + math.exp(0.5)))
    assert got[ID]["inputs"][2] == {
        "predictor": "smoker",
        "value": 0,
        "origin": {"kind": "fact", "fact": "smoking_status", "recoded": True},
    }


def test_a_code_that_is_not_translated_is_refused(tmp_path):
    put(tmp_path, own_model())
    facts = {"procedure": "invented-operation", "age": 50, "smoking_status": "sometimes"}

    [got] = estimates([Registry([tmp_path]).get(ID)], facts, [], "preoperative")

    assert "smoking_status must be one of current, former, never" in got["not_applicable_because"]


def test_the_range_of_a_grouped_number_reaches_every_group(tmp_path):
    put(tmp_path, own_model())
    known = {"age": 50, "smoker": 0}
    population = own_model()["worked_examples"][0]["population"]

    interval = estimate(Registry([tmp_path]).get(ID), known, population)["interval"]

    assert interval["low"] == pytest.approx(1 / (1 + math.exp(1.0)))
    assert interval["high"] == pytest.approx(1 / (1 + math.exp(-0.1)))


def test_a_model_that_was_not_computable_leaves_that_list_once_its_file_is_there(tmp_path):
    put(tmp_path, own_model(id="traeger-2016-pickup"))

    with_own = Registry([DEFINITIONS, tmp_path], NOT_COMPUTABLE)

    assert "traeger-2016-pickup" in with_own.ids
    assert "traeger-2016-pickup" not in {model.id for model in with_own.not_computable}


def test_folders_come_from_a_path_list():
    assert folders_of("") == ()
    assert folders_of("one:two: ") == (Path("one"), Path("two"))


# -- refused by name ---------------------------------------------------------------------------------------------------


def test_an_id_in_two_folders_is_refused(tmp_path):
    put(tmp_path, own_model(id="start-back-2008"))

    with pytest.raises(DefinitionRefused) as refused:
        Registry([DEFINITIONS, tmp_path]).get("start-back-2008")
    assert refused.value.problems[0].detail == "start-back-2008.json stands in two folders"


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DefinitionRefused) as refused:
        _ = Registry([DEFINITIONS, tmp_path / "elsewhere"]).ids
    assert refused.value.problems[0].detail == "there is no folder elsewhere"


def test_a_broken_file_is_refused_by_name_and_the_others_are_not(tmp_path):
    put(tmp_path, own_model(kind="guess", event=""))
    put(tmp_path, own_model(id="fine-2027"))
    with_own = Registry([tmp_path])

    assert with_own.get("fine-2027").model.id == "fine-2027"
    with pytest.raises(DefinitionRefused) as refused:
        with_own.load_all()
    assert refused.value.detail == f"{ID}.json is not a valid risk model"
    assert {problem.pointer for problem in refused.value.problems} == {"/kind", "/event"}


def test_an_unknown_model_and_one_that_is_only_listed_cannot_be_computed():
    for model in ("no-such-model", "montes-2020-gendolcat"):
        with pytest.raises(UnknownRiskModel):
            registry().get(model)


# -- the check ---------------------------------------------------------------------------------------------------------


def changed(path, value):
    """The model with one place changed; ``None`` removes it."""
    model = json.loads(json.dumps(own_model()))
    *parents, last = path
    part = model
    for key in parents:
        part = part[key]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return model


@pytest.mark.parametrize(
    ("path", "value", "pointer", "words"),
    [
        (["id"], "other-2027", "/id", "must equal the file's name"),
        (["surprise"], 1, "", "holds a key that is not known here"),
        (["event"], "FILL IN: what", "/event", "is still blank: what"),
        (["licence", "note"], "see /srv/papers/model.pdf", "/licence/note", "holds a path of somebody's machine"),
        (["equation", "intercept", "source"], None, "/equation/intercept", "needs a source, or unverified: true"),
        (["equation", "intercept", "source"], "x", "/equation/intercept/source", "does not say where"),
        (
            ["equation", "intercept"],
            {"value": -1.0, "unverified": True},
            "/equation/intercept/unverified",
            "must be verified",
        ),
        (["equation", "intercept", "value"], "-1.0", "/equation/intercept/value", "should be a valid"),
        (["equation", "terms", 2, "predictor"], "smokes", "/equation/terms/2/predictor", "smokes is not a predictor"),
        (["equation", "terms", 2], None, "/equation/terms", "smoker has no term"),
        (["equation", "terms", 2, "predictor"], "age", "/equation/terms/0/predictor", "age has two terms"),
        (["equation", "terms", 0, "per"], 0, "/equation/terms/0/per", "greater than 0"),
        (["predictors", 1, "range", "high"], None, "/equation/terms/1", "peg has no upper end"),
        (["predictors", 0, "range", "low"], 95, "/predictors/0/range", "low must be below high"),
        (["predictors", 0, "id"], "smoker", "/predictors/0/id", "smoker is the id of two predictors"),
        (["predictors", 2, "from", 0, "codes", "current"], 2, "/predictors/2/from/0/codes/current", "is not a value"),
        (
            ["predictors", 2, "from", 0],
            {"type": "fact", "fact": "x", "multiply": 2},
            "/predictors/2/from/0",
            "gives a number",
        ),
        (["predictors", 2, "direction_in_words"], False, "/predictors/2", "direction_note goes with"),
        (["population", "procedures"], [], "/population", "names no procedure and no condition"),
        (["population", "timing", "timepoints"], ["before"], "/population/timing/timepoints/0", "should match pattern"),
        (["kind"], "class", "/kind", "a logit equation does not give a class"),
        (["display"], {"form": "label", "note": "x", "source": PAPER}, "/display/form", "does not fit a probability"),
        (["card", "funding"], {"text": " "}, "/card/funding/text", "should match pattern"),
        (["card", "funding"], {"text": "a foundation"}, "/card/funding", "needs a source, ours: true"),
        (["card", "outcome_evaluations"], None, "/card/outcome_evaluations", "is required"),
        (["evidence_grade"], "A", "/evidence_grade", "the card names none"),
        (["citations", 0, "doi"], "doi:10.1/x", "/citations/0/doi", "is not a DOI"),
        (
            ["performance", "measures", 0, "ci95"],
            [0.8, 0.9],
            "/performance/measures/0/ci95",
            "does not hold its own value",
        ),
        (["performance", "measures", 0, "ci95"], [0.9, 0.6], "/performance/measures/0/ci95", "low is above high"),
        (["worked_examples", 2], None, "/worked_examples", "needs at least 3"),
        (
            ["worked_examples", 1, "predictors"],
            {"age": 30, "peg": 7, "smoker": 1},
            "/worked_examples/1",
            "repeats the inputs",
        ),
        (["worked_examples", 0, "predictors", "smoker"], None, "/worked_examples/0/predictors", "leaves out smoker"),
        (
            ["worked_examples", 0, "predictors", "age"],
            91,
            "/worked_examples/0/predictors/age",
            "must be a whole number",
        ),
        (["worked_examples", 0, "population", "procedure"], "other", "/worked_examples/0/population", "lies outside"),
        (
            ["worked_examples", 0, "expect", "value"],
            0.8,
            "/worked_examples/0/expect/value",
            "expects 0.8, computed 0.75026",
        ),
    ],
)
def test_the_check_names_what_is_wrong_and_where(path, value, pointer, words):
    found = [(problem.pointer, problem.detail) for problem in problems_of(changed(path, value))]

    assert any(at == pointer and words in detail for at, detail in found), found


@pytest.mark.parametrize(
    ("origin", "pointer", "words"),
    [
        ({"instrument": "pegg"}, "/predictors/1/from/0/instrument", "pegg is not an instrument held here"),
        ({"score": "mean"}, "/predictors/1/from/0/score", "peg has no score mean"),
        (
            {"instrument": "phq-9", "score": "total"},
            "/predictors/1/from/0/score",
            "runs from 0 to 27, beyond what peg allows",
        ),
        ({"instrument": "startback-9", "score": "risk"}, "/predictors/1/from/0/score", "risk is no number"),
    ],
)
def test_a_score_that_could_never_be_taken_is_named(origin, pointer, words):
    model = own_model()
    model["predictors"][1]["from"][0] |= origin

    assert [(problem.pointer, problem.detail) for problem in problems_of(model)] == [(pointer, words)]


def test_the_check_names_every_problem_at_once():
    model = changed(["equation", "intercept", "source"], "x")
    model["citations"][0]["doi"] = "none"
    model["worked_examples"] = model["worked_examples"][:2]

    assert [problem.pointer for problem in problems_of(model)] == [
        "/equation/intercept/source",
        "/citations/0/doi",
        "/worked_examples",
    ]


def test_the_check_survives_what_is_no_definition_at_all():
    assert review(b"{", "x.json")[0].code == "malformed"
    assert review(b"[]", "x.json")
    assert review(b'{"id": "x", "id": "y"}', "x.json")[0].code == "duplicate-key"


# -- classes, counts, strata and rules of a deployer -------------------------------------------------------------------


def classifier(equation, classes=("lower", "higher"), **changes):
    return own_model(
        kind="class",
        display={"form": "label", "note": "label", "source": PAPER},
        equation=equation,
        classes=[{"label": label, "meaning": label, "source": PAPER} for label in classes],
        worked_examples=[],
        **changes,
    )


def details(model):
    return {(problem.pointer, problem.detail) for problem in problems_of(model) if problem.code != "example"}


COUNT = {
    "link": "count",
    "counted": [
        {"predictor": "age", "op": "<", "value": 54, "points": 2, "source": PAPER},
        {"predictor": "peg", "op": ">=", "value": 4, "source": PAPER},
        {"predictor": "smoker", "op": "==", "value": 1, "source": PAPER},
    ],
    "strata": [{"label": "lower", "low": 0, "high": 1}, {"label": "higher", "low": 2, "high": 4}],
    "source": PAPER,
}
RULE = {
    "link": "rule",
    "cases": [
        {
            "label": "higher",
            "needs": "any",
            "conditions": [
                {"predictor": "age", "op": "<", "value": 40},
                {"predictor": "peg", "op": ">", "value": 6.5},
                {"predictor": "smoker", "op": "==", "value": 1},
            ],
        }
    ],
    "otherwise": "lower",
    "source": PAPER,
}


@pytest.mark.parametrize("equation", [COUNT, RULE])
def test_counts_and_rules_of_a_deployer_pass(equation):
    assert details(classifier(equation)) == set()


def test_points_of_a_count_add_up(tmp_path):
    put(tmp_path, classifier(COUNT))
    definition = Registry([tmp_path]).get(ID)
    population = {"procedure": "invented-operation", "timepoint": "preoperative"}

    whole = estimate(definition, {"age": 50, "peg": 3, "smoker": 0}, population)
    partly = estimate(definition, {"age": 60}, population)

    assert whole["value"] == "higher"
    assert whole["contributions"][0]["points"] == 2
    assert partly["interval"]["classes"] == ["lower", "higher"]
    assert partly["narrowest"] == "peg"


@pytest.mark.parametrize(
    ("equation", "classes", "pointer", "words"),
    [
        (COUNT, ("lower",), "/classes", "higher is given by the equation and is not among the classes"),
        (COUNT, ("lower", "higher", "highest"), "/classes/2/label", "highest is never given by the equation"),
        (COUNT, ("lower", "higher", "higher"), "/classes", "higher stands twice"),
        (
            COUNT | {"strata": [{"label": "lower", "low": 0, "high": 1}, {"label": "higher", "low": 3, "high": 4}]},
            ("lower", "higher"),
            "/equation/strata/1/low",
            "must follow the stratum before it",
        ),
        (
            COUNT | {"strata": [{"label": "lower", "low": 0, "high": 1}, {"label": "higher", "low": 2, "high": 3}]},
            ("lower", "higher"),
            "/equation/strata/1/high",
            "must end where the numbers do",
        ),
        (COUNT | {"counted": COUNT["counted"][:2]}, ("lower", "higher"), "/predictors/2/id", "smoker is not used"),
        (
            RULE | {"cases": [{"label": "higher", "conditions": [{"predictor": "smoker", "op": ">", "value": 0}]}]},
            ("lower", "higher"),
            "/equation/cases/0/conditions/0",
            "must compare smoker by == with one of its values",
        ),
        (
            RULE | {"cases": [{"label": "higher", "conditions": [{"predictor": "peg", "op": ">", "value": "six"}]}]},
            ("lower", "higher"),
            "/equation/cases/0/conditions/0/value",
            "peg is a number",
        ),
        (
            {
                "link": "strata",
                "predictor": "peg",
                "strata": [{"label": "lower", "low": 0, "high": 4}, {"label": "higher", "low": 5, "high": 10}],
                "source": PAPER,
            },
            ("lower", "higher"),
            "/equation/predictor",
            "peg must be a whole number",
        ),
    ],
)
def test_parts_of_a_classifier_that_do_not_fit_are_named(equation, classes, pointer, words):
    found = details(classifier(equation, classes))

    assert any(at == pointer and words in detail for at, detail in found), found


def test_a_cut_off_outside_its_range_is_named():
    rule = json.loads(json.dumps(RULE))
    rule["cases"][0]["conditions"][1]["value"] = 65

    assert ("/equation", "compares peg with 65, outside its range") in details(classifier(rule))


def test_a_rate_must_be_what_its_counts_give():
    model = classifier(COUNT)
    model["classes"][1]["observed"] = {"rate": 0.5, "of": "pain", "n": 100, "events": 30, "source": PAPER}

    assert ("/classes/1/observed/rate", "is not events divided by n") in details(model)
