"""The check names every planted fault, at its place, and finds nothing in what is shipped."""

from __future__ import annotations

import json

import pytest

from shared.authoring.checks.form import real_pointer
from shared.authoring.checks.loinc import check_digit
from shared.authoring.review import review
from shared.instruments.registry import DEFINITIONS

SHIPPED = sorted(DEFINITIONS.glob("*.json"))
GONE = object()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_definition_has_no_problem(path):
    assert review(path.read_bytes(), path.name) == []


# -- planted faults ----------------------------------------------------------------------------------------------------


def item(number, **more):
    return {
        "id": f"mood_{number}",
        "n": number,
        "text": f"label {number}",
        "text_is": "paraphrase",
        "options": "often",
        **more,
    }


def alert(name, **more):
    return {"id": name, "on": "mood_1", "meaning": "ask", "unverified": True} | more


def good():
    """A small definition that uses every part a check looks at."""
    return {
        "id": "mood-scale",
        "version": "1.0.0",
        "title": "Mood Scale",
        "domain": "mood",
        "status": "scorable",
        "purpose": "mood",
        "recall": {"text": "past week"},
        "licence": {
            "status": "permission-required",
            "may_ship_item_text": False,
            "note": "ask",
            "source": "https://example.org/terms",
        },
        "citations": [{"text": "A 2001", "doi": "10.1000/x", "pmid": "123", "source": "https://example.org/a"}],
        "trust": {
            "grade": "B",
            "score_basis_verified": "yes",
            "missing_rule_verified": "partly",
            "bands_verified": "yes",
            "important_difference_verified": "yes",
            "remaining_doubts": "none",
        },
        "options": {
            "often": {
                "type": "choice",
                "options": [
                    {"value": 0, "label": "never"},
                    {"value": 1, "label": "some"},
                    {"value": 2, "label": "often"},
                ],
            },
            "hours": {"type": "number", "unit": "h", "min": 0, "max": 24},
            "clock": {"type": "time"},
        },
        "items": [
            item(1, loinc="44250-9", loinc_source="https://example.org/l"),
            item(2, reverse=True),
            item(3, recode={"0": 0, "1": 2, "2": 4}),
            item(4, options="hours"),
            item(5, options="clock"),
            item(6, options="clock"),
            item(7, scored=False),
        ],
        "derived": [
            {
                "step": "criterion",
                "id": "short",
                "needs": "all",
                "conditions": [{"of": "mood_4", "op": "<", "value": 6}],
            }
        ],
        "derived_sources": {"short": "https://example.org/d"},
        "scores": [
            {
                "id": "total",
                "method": "sum",
                "items": ["mood_1", "mood_2"],
                "range": [0, 4],
                "direction": "higher-is-worse",
                "missing": {
                    "rule": "one may be missing",
                    "method": "prorate-round",
                    "max_missing": 1,
                    "rounding": "half-up",
                    "source": "https://example.org/m",
                },
                "bands": {
                    "rows": [{"label": "low", "low": 0, "high": 1}, {"label": "high", "low": 2, "high": 4}],
                    "source": "https://example.org/b",
                },
                "cutoffs": [{"value": 2, "op": ">=", "meaning": "ask", "source": "https://example.org/c"}],
                "important_difference": {"value": 2, "kind": "MCID", "source": "https://example.org/i"},
                "loinc": {"code": "44261-6", "source": "https://example.org/l"},
            },
            {
                "id": "t",
                "method": "t-score-table",
                "from_score": "total",
                "table": {
                    "rows": [{"raw": raw, "t": 40 + raw * 3, "standard_error": 2.5} for raw in range(5)],
                    "status": "published",
                    "source": "https://example.org/t",
                },
                "range": [40, 52],
                "direction": "higher-is-worse",
                "missing": {"rule": "as total", "method": "inherit", "of": "total"},
            },
            {
                "id": "mean",
                "method": "mean",
                "items": ["mood_1", "mood_3"],
                "range": [0, 3],
                "direction": "higher-is-worse",
                "missing": {"rule": "all", "method": "require-all", "unverified": True},
                "bands": {
                    "rows": [{"label": "less", "low": 0, "high": 1.49}, {"label": "more", "low": 1.5, "high": 3}],
                    "source": "https://example.org/b",
                },
            },
            {
                "id": "sleep",
                "method": "steps",
                "steps": [
                    {"step": "clock-difference", "id": "in_bed", "start": "mood_5", "end": "mood_6"},
                    {"step": "ratio", "id": "efficiency", "numerator": "mood_4", "denominator": "in_bed", "times": 100},
                    {
                        "step": "thresholds",
                        "id": "poor",
                        "of": "efficiency",
                        "rows": [{"op": ">=", "than": 85, "value": 0}, {"op": ">=", "than": 65, "value": 1}],
                        "otherwise": 2,
                    },
                    {"step": "sum", "id": "points", "of": ["poor", "short"]},
                ],
                "items": ["mood_4", "mood_5", "mood_6"],
                "rule": "in words",
                "source": "https://example.org/s",
                "range": [0, 3],
                "direction": "higher-is-worse",
                "missing": {"rule": "all", "method": "require-all", "unverified": True},
                "warnings": [
                    {
                        "code": "odd-hours",
                        "when": {"of": "efficiency", "op": ">", "value": 100},
                        "detail": "odd",
                        "unverified": True,
                    }
                ],
            },
            {
                "id": "group",
                "method": "steps",
                "steps": [
                    {
                        "step": "first-match",
                        "id": "grouped",
                        "cases": [{"when": [{"of": "total", "op": ">=", "value": 2}], "then": "worse"}],
                        "otherwise": "better",
                    }
                ],
                "items": ["mood_1", "mood_2"],
                "rule": "in words",
                "source": "https://example.org/s",
                "values": ["better", "worse"],
                "direction": "higher-is-worse",
                "missing": {"rule": "unknown is not no", "method": "bounds", "unverified": True},
            },
            {
                "id": "sites",
                "method": "sum",
                "items": ["mood_1", "mood_3"],
                "range": [0, 6],
                "direction": "higher-is-worse",
                "missing": {"rule": "a checklist", "method": "absent-is-zero", "max_missing": 2, "unverified": True},
            },
            {
                "id": "all_in_all",
                "method": "sum",
                "scores": ["total", "sleep"],
                "range": [0, 7],
                "direction": "higher-is-worse",
                "missing": {"rule": "both", "method": "require-all", "unverified": True},
            },
        ],
        "alerts": [
            {
                "id": "mood_1-ge-2",
                "on": "mood_1",
                "op": ">=",
                "value": 2,
                "level": "urgent",
                "meaning": "ask",
                "unverified": True,
            },
            {
                "id": "mood_1-missing",
                "on": "mood_1",
                "op": "is-missing",
                "level": "warning",
                "meaning": "ask",
                "unverified": True,
            },
        ],
        "worked_examples": [
            {
                "answers": {
                    "mood_1": 2,
                    "mood_2": 0,
                    "mood_3": 1,
                    "mood_4": 6.8,
                    "mood_5": "23:00",
                    "mood_6": "07:00",
                    "mood_7": 0,
                },
                "expect": {
                    "total": {"value": 4, "band": "high"},
                    "t": {"value": 52},
                    "mean": {"value": 2, "band": "more"},
                    "sleep": {"value": 0},
                    "group": {"value": "worse"},
                },
                "alerts": ["mood_1-ge-2"],
                "source": "arithmetic",
            }
        ],
        "notes": "none",
    }


def with_fault(path, value):
    """The good definition with one value set, added (``-`` appends to a list) or removed."""
    definition = good()
    *parents, key = [int(part) if part.isdigit() else part for part in path.split("/")[1:]]
    part = definition
    for parent in parents:
        part = part[parent]
    if value is GONE:
        del part[key]
    elif key == "-":
        part.append(value)
    else:
        part[key] = value
    return definition


def problems_of(definition):
    content = definition if isinstance(definition, bytes) else json.dumps(definition).encode()
    return [(problem.pointer, problem.detail) for problem in review(content, "mood-scale.json")]


def test_the_good_definition_is_good():
    assert problems_of(good()) == []


FAULTS = [
    # form
    ("/id", "other", "/id", "must equal the file's name"),
    ("/version", "1.0", "/version", "match pattern"),
    ("/domain", "moods", "/domain", "should be"),
    ("/colour", "blue", "", "a key that is not known"),
    ("/items/0/colour", "blue", "/items/0", "a key that is not known"),
    ("/title", GONE, "/title", "is required"),
    ("/options/often/options/0/value", True, "/options/often/options/0/value", "should be"),
    ("/scores/3/steps/0/start", 5, "/scores/3/steps/0/start", "should be a valid string"),
    ("/notes", "FILL IN: traps", "/notes", "is still blank: traps"),
    ("/notes", "see /data/mine/scale.pdf", "/notes", "a path of somebody's machine"),
    ("/title", " ", "/title", "is empty"),
    ("/recall/text", "", "/recall/text", "is empty"),
    ("/validated_ages", {"low": 65, "high": 18, "unverified": True}, "/validated_ages", "low is above high"),
    ("/options/often/options/0/label", GONE, "/options/often/options/0/label", "is required"),
    ("/scores/3/steps/0/start", GONE, "/scores/3/steps/0/start", "is required"),
    # names
    ("/items/1/id", "mood_1", "/items/1/id", "already the id of an item"),
    ("/items/1/n", 1, "/items/1/n", "already taken"),
    ("/scores/1/id", "total", "/scores/1/id", "already the id of a score"),
    ("/scores/1/id", "mood_7", "/scores/1/id", "already the id of an item"),
    ("/scores/3/steps/0/id", "total", "/scores/3/steps/0/id", "already the id of a score"),
    ("/scores/4/steps/0/id", "poor", "/scores/4/steps/0/id", "already the id of a step of sleep"),
    ("/derived/0/id", "mood_1", "/derived/0/id", "already the id of an item"),
    ("/items/0/options", "rarely", "/items/0/options", "no option set is named rarely"),
    ("/options/spare", {"type": "date"}, "/options/spare", "no item uses this option set"),
    ("/scores/0/items/-", "mood_9", "/scores/0/items", "mood_9 is not an item"),
    ("/scores/0/items/-", "mood_1", "/scores/0/items", "named twice"),
    ("/scores/1/from_score", "sleep_quality", "/scores/1/from_score", "not an earlier score"),
    ("/scores/1/missing/of", "sleep", "/scores/1/missing/of", "sleep is not an earlier score"),
    ("/scores/6/scores/-", "nothing", "/scores/6/scores", "nothing is not an earlier score"),
    ("/scores/3/steps/3/of/0", "nothing", "/scores/3/steps/3", "nothing is not an item, an earlier score or"),
    ("/scores/3/steps/1/denominator", "poor", "/scores/3/steps/1", "poor is not an item, an earlier score or"),
    ("/scores/4/steps/0/cases/0/when/0/of", "in_bed", "/scores/4/steps/0", "in_bed is not an item, an earlier"),
    ("/derived/0/conditions/0/of", "total", "/derived/0", "total is not an item or an earlier derived step"),
    ("/scores/3/warnings/0/when/of", "nothing", "/scores/3/warnings/0/when/of", "nothing is not an item, a score"),
    ("/alerts/0/on", "mood_9", "/alerts/0/on", "mood_9 is not an item or a score"),
    ("/items/6/scored", True, "/items/6", "in no score and does not say scored: false"),
    ("/scores/3/steps/3/of", ["poor"], "/derived/0", "no score uses short"),
    ("/scores/3/steps/-", {"step": "sum", "id": "last", "of": ["poor"]}, "/scores/3/steps/3", "nothing uses points"),
    # answers
    ("/options/often/options/1/label", "Never", "/options/often/options/1/label", "labels two options"),
    ("/options/often/options/1/label", "", "/options/often/options/1/label", "is empty"),
    ("/options/often/options/1/code", "some", "/options/often/options", "some options have a code"),
    ("/options/often/options/2/value", 1, "/options/often", "two options are sent by the same answer"),
    ("/options/often/options/0/value", "none", "/options/often/options", "some values are numbers and some are words"),
    ("/options/hours/min", 24, "/options/hours", "min is not below max"),
    ("/options/hours/unit", "", "/options/hours/unit", "is empty"),
    ("/items/2/reverse", True, "/items/2", "reverse and recode exclude each other"),
    ("/items/2/recode", {"0": 0, "1": 2}, "/items/2/recode", "every option value once"),
    ("/items/2/recode", {"0": 0, "1": 2, "2": 4, "3": 6}, "/items/2/recode", "every option value once"),
    ("/items/2/recode", {"0": 0, "1": 1, "2": 2}, "/items/2/recode", "changes nothing"),
    ("/items/3/reverse", True, "/items/3/reverse", "needs options with numbers"),
    ("/items/4/recode", {"0": 1}, "/items/4/recode", "needs options with numbers"),
    ("/items/0/text_is", "official", "/items/0/text_is", "licence does not let"),
    ("/items/0/stem", "How often", "/items/0/stem", "licence does not let"),
    ("/stem", "How often", "/stem", "licence does not let"),
    ("/items/0/text", "", "/items/0/text", "is empty"),
    ("/items/0/loinc", "44250-8", "/items/0/loinc", "wrong check digit"),
    ("/items/0/loinc_source", GONE, "/items/0/loinc", "needs loinc_source"),
    # steps
    ("/scores/3/items", ["mood_4", "mood_5"], "/scores/3/items", "the steps use mood_6, which is not among"),
    ("/scores/3/items", ["mood_5", "mood_6"], "/scores/3/items", "the steps use mood_4, which is not among"),
    ("/scores/3/steps/0/start", "mood_4", "/scores/3/steps/0", "mood_4 is not a time of day"),
    ("/scores/3/steps/1/denominator", "mood_4", "/scores/3/steps/1/denominator", "divides by mood_4, which can be 0"),
    ("/scores/3/steps/2/rows/1/than", 90, "/scores/3/steps/2/rows/1", "can never be met"),
    ("/scores/4/steps/0/cases/0/when/0/value", "two", "/scores/4/steps/0", "something that it can never be"),
    ("/scores/4/steps/0/cases/0/when/0", {"of": "total", "op": "==", "value": 9}, "/scores/4/steps/0", "never be 9"),
    ("/scores/0/steps", [{"step": "sum", "id": "extra", "of": ["mood_1"]}], "/scores/0/steps", "takes no steps"),
    # numbers
    ("/scores/0/range", [0, 5], "/scores/0/range", "is 0 to 5, but the answers and the method give 0 to 4"),
    ("/scores/2/range", [0, 4], "/scores/2/range", "give 0 to 3"),
    ("/scores/3/range", [0, 4], "/scores/3/range", "give 0 to 3"),
    ("/scores/6/range", [0, 8], "/scores/6/range", "give 0 to 7"),
    ("/scores/1/range", [40, 53], "/scores/1/range", "give 40 to 52"),
    ("/scores/4/values", ["better", "worse", "same"], "/scores/4/values", "the steps give better, worse"),
    ("/scores/0/items/0", "mood_5", "/scores/0/items", "needs items with numbers"),
    ("/scores/0/bands/rows/0/high", 0, "/scores/0/bands/rows", "no band holds 1"),
    ("/scores/0/bands/rows/1/low", 1, "/scores/0/bands/rows/1/low", "overlaps the band before it"),
    ("/scores/0/bands/rows/1/high", 5, "/scores/0/bands/rows", "must be the range, 0 to 4"),
    ("/scores/0/bands/rows/0/low", 1, "/scores/0/bands/rows", "must be the range, 0 to 4"),
    ("/scores/0/bands/rows/1/label", "low", "/scores/0/bands/rows", "two bands are labelled low"),
    ("/scores/2/bands/rows/1/low", 1.6, "/scores/2/bands/rows", "no band holds 1.5"),
    ("/scores/0/cutoffs/0/value", 9, "/scores/0/cutoffs/0/value", "outside the range"),
    ("/scores/0/important_difference/value", 0, "/scores/0/important_difference/value", "above 0"),
    ("/scores/0/important_difference/value", 9, "/scores/0/important_difference/value", "no wider than the range"),
    ("/scores/1/table/rows/2/t", 43, "/scores/1/table/rows/2/t", "breaks the order"),
    ("/scores/1/table/rows/2", GONE, "/scores/1/table/rows", "one row for every raw value of total"),
    ("/scores/1/table/rows/2/raw", 7, "/scores/1/table/rows", "one row for every raw value of total"),
    ("/scores/1/table/rows/2/standard_error", 25, "/scores/1/table/rows/2/standard_error", "not a plausible"),
    ("/scores/1/table/rows/2/standard_error", 0, "/scores/1/table/rows/2/standard_error", "not a plausible"),
    # missing answers
    ("/scores/0/missing/max_missing", 2, "/scores/0/missing/max_missing", "leave one answered item"),
    ("/scores/0/missing/max_missing", 9, "/scores/0/missing/max_missing", "number of items"),
    ("/scores/0/missing/rounding", GONE, "/scores/0/missing", "needs rounding"),
    ("/scores/0/missing/method", "mean-of-answered", "/scores/0/missing/method", "fits a mean of items only"),
    ("/scores/0/missing/of", "total", "/scores/0/missing/of", "only inherit names another score"),
    ("/scores/0/missing/zero_if_missing", ["mood_1"], "/scores/0/missing/zero_if_missing", "only partial"),
    ("/scores/0/missing/rule", "", "/scores/0/missing/rule", "is empty"),
    ("/scores/2/missing/max_missing", 1, "/scores/2/missing", "allows no missing item"),
    ("/scores/2/missing/rounding", "half-up", "/scores/2/missing/rounding", "only prorate-round rounds"),
    ("/scores/6/missing/method", "bounds", "/scores/6/missing/method", "must be require-all"),
    ("/scores/3/missing/method", "bounds", "/scores/3/missing", "mood_5 is a time or date"),
    ("/scores/5/missing/max_missing", 0, "/scores/5/missing/max_missing", "at least 1 for this method"),
    ("/scores/5/items/1", "mood_2", "/scores/5/range", "give 0 to 4"),
    # sources
    ("/scores/0/missing/source", GONE, "/scores/0/missing", "needs a source, or unverified"),
    ("/scores/0/bands/source", GONE, "/scores/0/bands", "needs a source, or unverified"),
    ("/scores/0/bands/source", "x", "/scores/0/bands/source", "does not say where"),
    ("/scores/0/cutoffs/0/source", GONE, "/scores/0/cutoffs/0", "needs a source, or unverified"),
    ("/scores/0/important_difference/source", GONE, "/scores/0/important_difference", "needs a source, or unverified"),
    ("/scores/0/loinc/source", GONE, "/scores/0/loinc", "needs a source, or unverified"),
    ("/scores/0/loinc/code", "44261-5", "/scores/0/loinc/code", "wrong check digit"),
    ("/scores/1/table/source", GONE, "/scores/1/table", "needs a source, or unverified"),
    ("/scores/3/source", GONE, "/scores/3", "rule in words, and a source"),
    ("/scores/3/warnings/0/unverified", GONE, "/scores/3/warnings/0", "needs a source, or unverified"),
    ("/scores/3/edge_unverified", True, "/scores/3/edge_unverified", "which edge, and why"),
    ("/derived_sources", {}, "/derived/0", "short has no source"),
    ("/derived_sources/long", "https://example.org", "/derived_sources/long", "is not a derived step"),
    ("/panel", {"code": "44249-2", "unverified": True}, "/panel/code", "wrong check digit"),
    ("/codes", [{"code": "44249-2", "unverified": True}], "/codes/0/code", "wrong check digit"),
    ("/citations", [], "/citations", "names no publication"),
    ("/citations/0/doi", "doi:10.1000", "/citations/0/doi", "is not a DOI"),
    ("/citations/0/pmid", "PMID 5", "/citations/0/pmid", "is not a PubMed id"),
    ("/licence/source", GONE, "/licence", "needs a source, or unverified"),
    ("/licence/may_ship_item_text", True, "/licence/may_ship_item_text", "contradicts the status permission-required"),
    ("/licence/note", "", "/licence/note", "is empty"),
    # trust and status
    ("/trust/grade", "D", "/trust/grade", "not enough was read"),
    ("/trust/grade", "C", "/trust/grade", "already scored values only"),
    ("/status", "not-scorable-yet", "/trust/grade", "contradicts the status not-scorable-yet"),
    ("/scores/0/missing/unverified", True, None, None),
    # alerts
    ("/alerts/0/id", "mood_1-ge-1", "/alerts/0/id", "must be mood_1-ge-2"),
    ("/alerts/1/id", "mood_1-absent", "/alerts/1/id", "must be mood_1-missing"),
    ("/alerts/0/value", GONE, "/alerts/0", "a comparison needs a value"),
    # examples
    ("/worked_examples", [], "/worked_examples", "needs a worked example"),
    ("/worked_examples/0/expect/total/value", 3, "/worked_examples/0/expect/total/value", "expects 3, computed 4"),
    ("/worked_examples/0/expect/mean/value", 2.006, "/worked_examples/0/expect/mean/value", "computed 2.0"),
    ("/worked_examples/0/expect/mean/value", 2.004, None, None),
    ("/worked_examples/0/expect/t/value", 52.004, "/worked_examples/0/expect/t/value", "computed 52"),
    ("/worked_examples/0/expect/group/value", None, "/worked_examples/0/expect/group/value", "computed worse"),
    ("/worked_examples/0/expect/total/band", "low", "/worked_examples/0/expect/total/band", "computed high"),
    ("/worked_examples/0/expect/sum", {"value": 1}, "/worked_examples/0/expect", "sum is not a score"),
    ("/worked_examples/0/expect", {}, "/worked_examples/0/expect", "expects nothing"),
    ("/worked_examples/0/answers/mood_1", 5, "/worked_examples/0/answers/mood_1", "one of the item's options"),
    ("/worked_examples/0/answers/mood_1", 1, "/worked_examples/0/alerts", "mood_1-ge-2, which does not fire"),
    ("/worked_examples/0/alerts/-", "mood_2-ge-2", "/worked_examples/0/alerts", "mood_2-ge-2 is not an alert"),
    ("/worked_examples/0/source", "", "/worked_examples/0/source", "say where it was read"),
]


@pytest.mark.parametrize(
    ("path", "value", "where", "what"),
    FAULTS,
    ids=[f"{path} {'gone' if value is GONE else json.dumps(value)[:40]}" for path, value, *_ in FAULTS],
)
def test_a_planted_fault_is_named_at_its_place(path, value, where, what):
    found = problems_of(with_fault(path, value))

    if where is None:
        assert found == []
    else:
        assert [detail for pointer, detail in found if pointer == where and what in detail], found


def test_every_problem_is_named_at_once():
    definition = good()
    definition["items"][0]["loinc"] = "44250-8"
    definition["scores"][0]["range"] = [0, 5]
    definition["scores"][0]["cutoffs"][0]["value"] = 9
    definition["alerts"][0]["id"] = "mood_1-ge-1"
    definition["citations"] = []

    places = {pointer for pointer, _ in problems_of(definition)}

    assert {
        "/items/0/loinc",
        "/scores/0/range",
        "/scores/0/cutoffs/0/value",
        "/alerts/0/id",
        "/citations",
    } <= places


def test_scores_that_name_each_other_are_named_and_not_followed_for_ever():
    definition = good()
    definition["scores"][0] |= {"items": [], "scores": ["all_in_all"]}

    assert ("/scores/0/scores", "all_in_all is not an earlier score") in problems_of(definition)


def test_a_fallen_table_is_as_good_as_a_rising_one_but_not_a_mixture():
    definition = good()
    for row in definition["scores"][1]["table"]["rows"]:
        row["t"] = 52 - row["raw"] * 3
    definition["worked_examples"][0]["expect"]["t"]["value"] = 40

    assert problems_of(definition) == []


def test_a_mean_of_fewer_answers_must_fall_into_a_band_too():
    """Two of three answered items can give a half, which no full form gives."""
    definition = good()
    mean = definition["scores"][2]
    mean["items"] = ["mood_1", "mood_2", "mood_7"]
    mean["range"] = [0, 2]
    mean["missing"] = {"rule": "one", "method": "mean-of-answered", "max_missing": 1, "unverified": True}
    mean["bands"]["rows"] = [{"label": "less", "low": 0, "high": 0.4}, {"label": "more", "low": 0.6, "high": 2}]
    definition["worked_examples"][0]["expect"].pop("mean")

    found = problems_of(definition)

    assert ("/scores/2/bands/rows", "no band holds 0.5") in found


def test_bands_on_a_score_that_takes_every_value_leave_gaps():
    definition = good()
    definition["scores"][0]["items"] = ["mood_4"]
    definition["scores"][0]["range"] = [0, 24]
    definition["scores"][0]["bands"]["rows"][1]["high"] = 24

    assert any("values between the bands" in detail for _, detail in problems_of(definition))


def test_ties_of_a_proration_need_a_source_for_their_rounding():
    definition = good()
    total = definition["scores"][0]
    total["items"] = ["mood_1", "mood_2", "mood_7"]
    total["range"] = [0, 6]
    found = problems_of(definition)

    assert ("/scores/0/missing/rounding", "ties occur, so it needs rounding_source or rounding_unverified") in found


def test_a_definition_that_is_not_scored_needs_no_score_but_a_reason():
    definition = good() | {"status": "not-scorable-yet", "scores": [], "alerts": [], "worked_examples": []}
    definition |= {"derived": [], "derived_sources": {}, "notes": ""}
    definition["trust"]["grade"] = "D"

    assert problems_of(definition) == [("/notes", "must say why the instrument is not scored")]


def test_examples_of_an_instrument_that_is_not_scored_are_recomputed_too():
    definition = good() | {"status": "not-scorable-yet"}
    definition["trust"]["grade"] = "D"
    definition["worked_examples"][0]["expect"]["total"]["value"] = 1

    assert problems_of(definition) == [("/worked_examples/0/expect/total/value", "expects 1, computed 4")]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"id": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_definition_is_refused_without_a_traceback(content):
    assert problems_of(content)


def test_a_key_given_twice_is_named():
    content = json.dumps(good()).replace('"notes": "none"', '"notes": "none", "notes": "some"').encode()

    assert problems_of(content) == [("", 'holds the key "notes" twice in one object, so one of the two is lost')]


@pytest.mark.parametrize(
    "text",
    ["/" + "home/me/scale.pdf", "(/data/scales/x)", "file:///x", "C:\\scales\\x.pdf", "~/scales/x"],
)
def test_a_path_of_a_machine_is_found_wherever_it_stands(text):
    assert ("/notes", "holds a path of somebody's machine") in problems_of(with_fault("/notes", f"see {text}"))


@pytest.mark.parametrize("text", ["https://example.org/a/b", "and/or", "5/6 items", "1/2/3", "w/o a rule", "a (b/c)"])
def test_a_slash_is_not_a_path(text):
    assert problems_of(with_fault("/notes", f"see {text}")) == []


def test_a_pointer_leads_into_the_file_and_not_into_the_model():
    raw = {
        "scores": [{"steps": [{"step": "sum", "of": ["a", 1]}]}],
        "options": {"x": {"type": "choice", "options": [{"label": ""}]}},
    }

    assert real_pointer(raw, "/scores/0/steps/0/sum/of/1") == "/scores/0/steps/0/of/1"
    assert real_pointer(raw, "/options/x/choice/options/0/label") == "/options/x/options/0/label"
    assert real_pointer(raw, "/scores/0/steps/0/of/1/str") == "/scores/0/steps/0/of/1"


@pytest.mark.parametrize("code", ["44250-9", "44261-6", "69737-5", "72514-3", "91147-9", "77865-4"])
def test_the_check_digit_is_that_of_codes_in_use(code):
    number, digit = code.split("-")

    assert check_digit(number) == int(digit)
