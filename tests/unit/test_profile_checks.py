"""The check of factors, options and observed rates names every problem, with its place."""

from __future__ import annotations

import json

import pytest

from shared.instruments import registry
from shared.procedures import procedures
from shared.profile import factors
from shared.profile.__main__ import main
from shared.profile.base_rates import BASE_RATES, BaseRates, base_rates
from shared.profile.checks import check_actions, check_base_rates, check_factors
from shared.profile.checks.names import is_source
from shared.profile.definition import FACTORS
from shared.profile.options import ACTIONS, Actions, actions
from tests.support.profiles import (
    GAD7,
    SOURCE,
    made_factors,
    made_instrument,
    read_factors,
    registry_of,
)

CATALOGUE = procedures().content


def problems(document, instruments=None):
    found = check_factors(read_factors(document).content, instruments or registry(), CATALOGUE)
    return {(one.pointer, one.code) for one in found}


def with_source(**changes):
    """A file whose first source is changed."""
    document = made_factors()
    document["factors"][0]["sources"][0] |= changes
    return document


def with_condition(**changes):
    document = made_factors()
    document["factors"][0]["sources"][0]["present"] |= changes
    return document


def with_fact_source(**changes):
    document = made_factors()
    document["factors"][1]["sources"][0] |= changes
    return document


def test_a_sound_file_has_no_problem():
    assert problems(made_factors()) == set()


FIRST = "/factors/0/sources/0"
SECOND = "/factors/1/sources/0"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (with_source(instrument="no-such"), (f"{FIRST}/instrument", "unknown-instrument")),
        (with_source(score="no_such"), (f"{FIRST}/score", "unknown-score")),
        (with_condition(value=11), (f"{FIRST}/present/value", "cut-off")),
        (with_condition(value=40), (f"{FIRST}/present/value", "range")),
        (with_condition(value=-1), (f"{FIRST}/present/value", "range")),
        (with_condition(op="<="), (f"{FIRST}/present/value", "cut-off")),
        (with_condition(source=SOURCE), (f"{FIRST}/present/source", "source")),
        (with_condition(source="a colleague"), (f"{FIRST}/present/source", "source")),
        (with_source(days=[10, 7]), (f"{FIRST}/days", "days")),
        (with_source(intakes=["injury"]), (f"{FIRST}/intakes/0", "intake")),
        (
            with_source(where=[{"fact": "no_such", "op": "==", "value": 1}]),
            (f"{FIRST}/where/0/fact", "unknown-fact"),
        ),
        (with_source(where=[{"fact": "smoker", "op": "==", "value": 3}]), (f"{FIRST}/where/0/value", "value")),
        (
            with_source(present={"criterion": "met", "source": GAD7}),
            (f"{FIRST}/present/criterion", "criterion"),
        ),
        (with_source(present={"band": ["awful"], "source": GAD7}), (f"{FIRST}/present/band/0", "band")),
        (with_fact_source(fact="no_such"), (f"{SECOND}/fact", "unknown-fact")),
        (
            with_fact_source(present={"op": "==", "value": 2, "source": SOURCE}),
            (f"{SECOND}/present/value", "value"),
        ),
        (
            with_fact_source(present={"op": ">=", "value": 1, "source": SOURCE}),
            (f"{SECOND}/present/value", "value"),
        ),
        (
            with_fact_source(present={"op": "==", "value": 1, "source": "from memory"}),
            (f"{SECOND}/present/source", "source"),
        ),
    ],
)
def test_each_broken_source_is_named_by_its_place(document, problem):
    assert problem in problems(document)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"evidence": ["no-such"]}, ("/factors/0/evidence/0", "unknown-evidence")),
        ({"contrary": ["no-such"]}, ("/factors/0/contrary/0", "unknown-evidence")),
        ({"intakes": ["injury"]}, ("/factors/0/intakes", "evidence")),
        (
            {"left_out": [{"instrument": "no-such", "why": "made"}]},
            ("/factors/0/left_out/0/instrument", "unknown-instrument"),
        ),
        ({"must_name": "catastroph"}, ("/factors/0/sources/0/instrument", "measures")),
    ],
)
def test_each_broken_factor_is_named_by_its_place(changes, problem):
    document = made_factors()
    document["factors"][0] |= changes

    assert problem in problems(document)


def test_nothing_is_called_catastrophising_that_does_not_name_it():
    (factor,) = [one for one in factors().content.factors if one.id == "catastrophising"]

    assert factor.must_name == "catastroph"
    assert {source.instrument for source in factor.sources} == {"pcs-13"}


def test_every_problem_is_named_at_once():
    document = with_condition(value=11)
    document["factors"][1]["sources"][0]["fact"] = "no_such"
    document["evidence"]["lonely"] = document["evidence"]["read"]
    document["facts"][0]["source"] = "a colleague"

    assert problems(document) == {
        ("/factors/0/sources/0/present/value", "cut-off"),
        ("/factors/1/sources/0/fact", "unknown-fact"),
        ("/evidence/lonely", "unused"),
        ("/facts/0/source", "source"),
    }


def test_an_unverified_cut_off_decides_nothing(tmp_path):
    instrument = made_instrument("gad-7")
    instrument["scores"][0]["cutoffs"] = [{"value": 10, "op": ">=", "meaning": "much", "unverified": True}]

    found = problems(made_factors(), registry_of(tmp_path, instrument))

    assert ("/factors/0/sources/0/present/value", "cut-off") in found


def test_an_instrument_that_is_not_scored_decides_nothing(tmp_path):
    instrument = made_instrument("gad-7", status="not-scorable-yet")

    assert ("/factors/0/sources/0/instrument", "not-scorable") in problems(
        made_factors(), registry_of(tmp_path, instrument)
    )


@pytest.mark.parametrize(("op", "value", "held"), [(">=", 4, True), ("<", 4, True), (">", 4, False), (">=", 5, False)])
def test_a_cut_off_may_be_read_from_its_other_side(tmp_path, op, value, held):
    document = with_source(instrument="made", present={"op": op, "value": value, "source": SOURCE})

    found = problems(document, registry_of(tmp_path, made_instrument("made")))

    assert (("/factors/0/sources/0/present/value", "cut-off") in found) is not held


def test_the_edge_of_a_verified_band_is_a_cut_off(tmp_path):
    bands = {
        "rows": [{"label": "some", "low": 0, "high": 6}, {"label": "much", "low": 7, "high": 10}],
        "source": SOURCE,
    }
    instrument = made_instrument("made")
    instrument["scores"][0]["bands"] = bands
    document = with_source(instrument="made", present={"op": ">=", "value": 7, "source": SOURCE})

    assert problems(document, registry_of(tmp_path, instrument)) == set()


@pytest.mark.parametrize(
    ("home", "problem"),
    [
        ({"instrument": "other", "score": "total"}, None),
        ({"instrument": "no-such", "score": "total"}, ("cutoff_of/instrument", "unknown-instrument")),
        ({"instrument": "other", "score": "no_such"}, ("cutoff_of/score", "unknown-score")),
    ],
)
def test_a_cut_off_may_stand_on_another_sheet_of_the_same_questions(tmp_path, home, problem):
    plain = made_instrument("made")
    plain["scores"][0]["cutoffs"] = []
    present = {"op": ">=", "value": 4, "source": SOURCE, "cutoff_of": home}
    document = with_source(instrument="made", present=present)

    found = problems(document, registry_of(tmp_path, plain, made_instrument("other")))

    assert found == (set() if problem is None else {(f"/factors/0/sources/0/present/{problem[0]}", problem[1])})


def test_an_unknown_operation_is_named():
    document = made_factors()
    document["facts"].append(document["facts"][0] | {"id": "procedure", "kind": "code"})
    condition = {"op": "in", "value": ["no-such", "whiplash", "thoracotomy"], "source": SOURCE}
    document["factors"][1]["sources"] = [{"by": "fact", "fact": "procedure", "present": condition}]

    found = check_factors(read_factors(document).content, registry(), CATALOGUE)

    assert [one.detail for one in found] == ["no procedure is called no-such", "no procedure is called whiplash"]


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC5942185", True),
        ("PMID 39671759", True),
        ("doi 10.1111/anae.15984", True),
        ("Dennis, BMJ Open 2020;10:e033248", True),
        ("a colleague", False),
        ("common knowledge, 2020", False),
        ("", False),
    ],
)
def test_a_source_can_be_looked_up(text, yes):
    assert is_source(text) is yes


# -- options and rates -------------------------------------------------------------------------------------------------


def changed_actions(change):
    document = json.loads(ACTIONS.read_text(encoding="utf-8"))
    change(document)
    checked = check_actions(Actions.model_validate_json(json.dumps(document)), factors().content, registry(), CATALOGUE)
    return {(one.pointer, one.code) for one in checked if one.code != "unknown-instrument"}


def rename(document, key, value):
    document["options"][0]["applies"][key] = value


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: rename(d, "factors", ["no-such"]), ("/options/0/applies/factors/0", "unknown-factor")),
        (lambda d: rename(d, "intakes", ["injury"]), ("/options/0/applies/factors/0", "intake")),
        (lambda d: rename(d, "factors", ["female-sex"]), ("/options", "modifiable")),
        (
            lambda d: rename(d, "where", [{"fact": "procedure", "op": "==", "value": "no-such"}]),
            ("/options/0/applies/where/0/value", "unknown-procedure"),
        ),
        (lambda d: d["options"][0]["findings"].append("no-such"), ("/options/0/findings/9", "unknown-finding")),
        (lambda d: d["findings"]["nice-qs155"].update(source="a colleague"), ("/findings/nice-qs155/source", "source")),
        (lambda d: d["options"][0].update(id="gabapentinoids"), ("/options/0/id", "contradiction")),
        (lambda d: d["not_suggested"].pop(0), ("/findings/gabapentinoids", "unused")),
    ],
)
def test_each_broken_option_is_named_by_its_place(change, problem):
    assert problem in changed_actions(change)


def test_a_stratum_must_be_a_category_of_the_score(tmp_path):
    checked = check_actions(
        actions().content,
        factors().content,
        registry_of(tmp_path, made_instrument("startback-9")),
        CATALOGUE,
    )

    assert [one.code for one in checked if "stratum" in one.pointer] == ["unknown-score"]


def test_each_broken_row_is_named_by_its_place():
    document = json.loads(BASE_RATES.read_text(encoding="utf-8"))
    document["rows"][0] |= {"procedures": ["whiplash"], "source": "a colleague"}

    checked = check_base_rates(BaseRates.model_validate_json(json.dumps(document)), factors().content, CATALOGUE)

    assert {(one.pointer, one.code) for one in checked} == {
        ("/rows/0/source", "source"),
        ("/rows/0/procedures", "unknown-procedure"),
    }


# -- the shipped files -------------------------------------------------------------------------------------------------


def test_the_shipped_files_have_no_problem_but_instruments_that_are_not_here_yet():
    found = [
        *check_factors(factors().content, registry(), CATALOGUE),
        *check_actions(actions().content, factors().content, registry(), CATALOGUE),
        *check_base_rates(base_rates().content, factors().content, CATALOGUE),
    ]

    assert {one.code for one in found} <= {"unknown-instrument"}
    assert not any(name in one.detail.split() for one in found for name in registry().ids)


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_file_place_and_sentence(tmp_path, capsys):
    broken = json.loads(BASE_RATES.read_text(encoding="utf-8"))
    broken["rows"][1]["source"] = "a colleague"
    path = tmp_path / "rates.json"
    path.write_text(json.dumps(broken), encoding="utf-8")

    code = main(["check", "--base-rates", str(path)])

    assert code == 1
    assert "rates.json: /rows/1/source: names no place where it can be looked up" in capsys.readouterr().out


def test_the_command_names_what_is_wrong_with_the_form(tmp_path, capsys):
    path = tmp_path / "factors.json"
    path.write_text('{"version": 1}', encoding="utf-8")

    assert main(["check", "--factors", str(path)]) == 1
    printed = capsys.readouterr().out
    assert "factors.json is not valid" in printed
    assert "/version" in printed
    assert "/factors: is required" in printed


def test_the_command_is_content_with_a_sound_set(tmp_path, capsys):
    document = made_factors()
    for name, content in (
        ("factors", document),
        ("actions", MADE_ACTIONS),
        ("base-rates", MADE_RATES),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    code = main(
        [
            "check",
            *(
                part
                for name in ("factors", "actions", "base-rates")
                for part in (f"--{name}", f"{tmp_path}/{name}.json")
            ),
        ]
    )

    assert code == 0
    assert capsys.readouterr().out.splitlines() == ["factors.json: ok", "actions.json: ok", "base-rates.json: ok"]


MADE_ACTIONS = {
    "version": "1.0.0",
    "title": "Made",
    "frame": "Made.",
    "findings": {},
    "options": [],
    "not_suggested": [],
}
MADE_RATES = {
    "version": "1.0.0",
    "title": "Made",
    "statement": "Made.",
    "mixed_statement": "Made.",
    "group_statement": "Made.",
    "rows": [],
}


def test_the_files_that_ship_are_where_the_code_reads_them():
    assert FACTORS.is_file()
    assert ACTIONS.is_file()
    assert BASE_RATES.is_file()
