"""The page of every instrument says what its definition says, in words that hold."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from shared.authoring.catalogue import facts_of
from shared.authoring.dictionary import COLUMNS, dictionary_csv, dictionary_json, dictionary_rows
from shared.authoring.markdown import link, linked, plain, sentence
from shared.authoring.pages import index_page, instrument_page
from shared.authoring.words import listed, step_in_words
from shared.instruments import registry
from shared.scoring import scorer_for

DEFINITIONS = registry().load_all()
SCORABLE = [name for name, definition in DEFINITIONS.items() if definition.instrument.scorable]

every_instrument = pytest.mark.parametrize("name", DEFINITIONS)
every_scored_instrument = pytest.mark.parametrize("name", SCORABLE)


def page(name):
    return instrument_page(DEFINITIONS[name])


def section(name, heading):
    """The lines under one heading, up to the next of the same rank."""
    mark = "#" * (len(heading) - len(heading.lstrip("#")))
    lines = page(name).splitlines()
    start = next(place for place, line in enumerate(lines) if line == heading or line.startswith(f"{heading}:"))
    rest = lines[start + 1 :]
    end = next((place for place, line in enumerate(rest) if re.match(rf"#{{1,{len(mark)}}} ", line)), len(rest))
    return "\n".join(rest[:end])


@every_instrument
def test_a_page_names_its_instrument_version_and_hash(name):
    definition = DEFINITIONS[name]

    assert f"# {plain(definition.instrument.title)}" in page(name).splitlines()
    assert definition.sha256 in section(name, "## Version")
    assert definition.instrument.version in section(name, "## Version")


@every_instrument
def test_a_page_shows_every_item_and_says_whose_words_they_are(name):
    instrument = DEFINITIONS[name].instrument
    if not instrument.items:
        assert "## Questions" not in page(name)
        return
    questions = section(name, "## Questions")
    for item in instrument.items:
        assert f"`{item.id}` | " in questions
        assert plain(item.text) in questions
    if all(item.text_is == "official" for item in instrument.items):
        assert "The official wording" in questions
    elif all(item.text_is == "paraphrase" for item in instrument.items):
        assert "They are not the questions' wording." in questions


@every_scored_instrument
def test_a_page_shows_every_band_cutoff_and_difference_beside_its_source(name):
    for score in DEFINITIONS[name].instrument.scores:
        text = section(name, f"### `{score.id}`")
        for band in score.bands.rows if score.bands else ():
            assert f"| {plain(band.label)} | {band.low} | {band.high} |" in text
        facts = [*score.cutoffs, *score.important_difference_other]
        facts += [fact for fact in (score.important_difference, score.bands) if fact is not None]
        for fact in facts:
            assert linked(fact.source) in text if fact.source else "*Not verified.*" in text
        assert linked(score.missing.rule).rstrip(".") in text or score.missing.method == "inherit"


@every_scored_instrument
def test_a_page_says_which_missing_rules_are_our_own(name):
    for score in DEFINITIONS[name].instrument.scores:
        ours = "*No rule of the developers was read; this one is our choice.*"
        assert (ours in section(name, f"### `{score.id}`")) == score.missing.unverified


@every_scored_instrument
def test_the_worked_example_of_a_page_is_what_the_engine_answers(name):
    request, response = re.findall(r"```json\n(.*?)```", section(name, "## Worked example"), re.DOTALL)

    result = scorer_for(DEFINITIONS[name]).score(json.loads(request)["responses"])

    shown = json.loads(response)
    assert shown["alerts"] == [alert["id"] for alert in result["alerts"]]
    for excerpt, score in zip(shown["scores"], result["scores"], strict=True):
        assert excerpt == {key: score[key] for key in excerpt}
        assert {"id", "status", "value", "band"} <= excerpt.keys()


@every_scored_instrument
def test_a_page_shows_every_alert_with_its_level(name):
    for rule in DEFINITIONS[name].instrument.alerts:
        line = next(line for line in section(name, "## Safety alerts").splitlines() if f"(`{rule.id}`)" in line)
        assert line.startswith(f"- **{rule.level}** when `{rule.on}` ")
        assert ("This product's own rule." in line) == rule.unverified


@every_scored_instrument
def test_every_step_has_words_that_name_its_inputs(name):
    instrument = DEFINITIONS[name].instrument
    for step in (*instrument.derived, *(step for score in instrument.scores for step in score.steps)):
        words = step_in_words(step)
        assert "`" in words
        assert not words.endswith(".")


@every_instrument
def test_the_tables_of_a_page_are_whole(name):
    for block in re.findall(r"(?:^\|.*\n)+", page(name), re.MULTILINE):
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(columns) == 1, block.splitlines()[0]


@every_instrument
def test_a_page_has_no_empty_part_and_no_doubled_full_stop(name):
    text = page(name)

    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not re.search(r"[^.]\.\.(\s|$)", text)


def test_an_instrument_that_is_not_scored_says_so_and_shows_no_scoring():
    unscored = [name for name in DEFINITIONS if name not in SCORABLE]
    for name in unscored:
        assert "**Status:** not scored here" in page(name)
        assert "## Scores" not in page(name)


def test_the_index_links_every_page():
    index = index_page(DEFINITIONS.values())

    assert sorted(re.findall(r"\]\((.*?)\.md\)", index)) == sorted(DEFINITIONS)


# -- small parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a | b", r"a \| b"),
        ("2 * 3 * 4", r"2 \* 3 \* 4"),
        ("phq9_1 and phq9_2", "phq9_1 and phq9_2"),
        ("_so_", r"\_so\_"),
        ("<b>", "&lt;b>"),
        ("5 < 6 >= 4", "5 < 6 >= 4"),
        ("[6,0]", r"\[6,0\]"),
        ("two\nlines", "two lines"),
    ],
)
def test_text_stands_as_it_is(text, markdown):
    assert plain(text) == markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("see https://example.org/a.", "see [example.org/a](https://example.org/a)."),
        ("(https://www.example.org)", "([example.org](https://www.example.org))"),
        ("https://example.org/a_(b)", r"[example.org/a\_(b)](https://example.org/a_%28b%29)"),
        ("https://example.org/a ; page 5", "[example.org/a](https://example.org/a) ; page 5"),
        ("the manual", "the manual"),
    ],
)
def test_addresses_become_links(text, markdown):
    assert linked(text) == markdown


def test_a_long_address_is_shortened_only_to_the_eye():
    url = "https://example.org/" + "long/" * 30

    assert f"]({url})" in link(url)
    assert len(link(url)) < len(url) + 70


@pytest.mark.parametrize(("text", "ended"), [("so", "so."), ("so.", "so."), ("so (and so.)", "so (and so.)"), ("", "")])
def test_a_sentence_ends_once(text, ended):
    assert sentence(text) == ended


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a"], "`a`"),
        (["a", "b"], "`a` and `b`"),
        (["x_1", "x_2", "x_3", "x_4"], "`x_1` to `x_4`"),
        (["x_1", "x_2", "x_4", "x_5"], "`x_1`, `x_2`, `x_4` and `x_5`"),
        (["x_5b", "x_5c", "x_5d", "x_5e"], "`x_5b` to `x_5e`"),
        (["left", "right", "up", "down"], "`left`, `right`, `up` and `down`"),
    ],
)
def test_only_ids_in_a_row_are_given_by_their_ends(names, words):
    assert listed(names) == words


# -- data dictionary and catalogue -------------------------------------------------------------------------------------


def test_the_dictionary_has_one_row_for_each_item_and_score():
    rows = dictionary_rows(DEFINITIONS.values())
    keys = [(row["instrument"], row["variable"]) for row in rows]

    assert len(set(keys)) == len(keys)
    for name, definition in DEFINITIONS.items():
        items = [row["variable"] for row in rows if row["instrument"] == name and row["kind"] == "item"]
        assert items == [item.id for item in definition.instrument.items]
    for name in SCORABLE:
        scores = [row["variable"] for row in rows if row["instrument"] == name and row["kind"] == "score"]
        assert scores == [score.id for score in DEFINITIONS[name].instrument.scores]


def test_csv_and_json_of_the_dictionary_hold_the_same_rows():
    as_csv = list(csv.DictReader(io.StringIO(dictionary_csv(DEFINITIONS.values()))))
    as_json = json.loads(dictionary_json(DEFINITIONS.values()))

    assert tuple(as_csv[0]) == COLUMNS
    keys_of_csv, keys_of_json = ([(row["instrument"], row["variable"]) for row in rows] for rows in (as_csv, as_json))
    assert keys_of_csv == keys_of_json


def test_the_dictionary_shows_what_is_sent_and_what_it_counts():
    rows = {(row["instrument"], row["variable"]): row for row in dictionary_rows(DEFINITIONS.values())}
    first = rows["phq-9", "phq9_1"]

    assert first["answers"][3] == {"sent": 3, "label": "Nearly every day", "counts": 3}
    assert (first["type"], first["min"], first["max"], first["loinc"]) == ("integer choice", 0, 3, "44250-9")
    assert rows["phq-9", "phq9_10"]["scored"] is False
    assert rows["psqi", "psqi_bedtime"]["type"] == "time"
    assert rows["phq-9", "total"]["bands"][0] == {"label": "minimal", "low": 0, "high": 4}
    assert rows["promis-sleep-disturbance-8a", "t_score"]["missing_rule_verified"] is None


@every_instrument
def test_verified_facts_are_counted_within_all_facts(name):
    facts = facts_of(DEFINITIONS[name].instrument)

    assert 0 < facts.verified <= facts.all
    assert facts.sources > 0
