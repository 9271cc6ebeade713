"""A whole profile as text, held to an example that a person has read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.instruments import registry
from shared.profile import factors, profile
from shared.profile.base_rates import base_rates, base_rates_for
from shared.profile.options import actions, options
from shared.profile.words import in_words
from shared.scoring import scorer_for
from tests.support.profiles import count, scored

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "data" / "profile-in-words.txt"
HOW_TO = ROOT / "docs" / "how-to" / "read-a-profile.md"

FACTS = {
    "age": 47,
    "female": 1,
    "procedure": "total-knee-arthroplasty",
    "pain_at_site": 1,
    "preoperative_opioids": 0,
    "opioid_agent": "tramadol",
    "smoker": 0,
}
ANSWERS = {
    "phq-9": {f"phq9_{n}": answer for n, answer in enumerate((1, 2, 3, 2, 1, 0, 1, 0, 1), 1)},
    "gad-7": {f"gad7_{n}": 1 for n in range(1, 8)},
    "isi": {f"isi_{n}": 2 for n in range(1, 8)},
}


def told():
    results = [scorer_for(registry().get(name)).score(answers) for name, answers in ANSWERS.items()]
    found = profile(factors(), FACTS, results, "preoperative")
    return in_words(found, options(actions(), found, FACTS, results), base_rates_for(base_rates(), FACTS))


def test_a_knee_replacement_with_several_factors_reads_as_the_example():
    assert told() == EXAMPLE.read_text(encoding="utf-8")


def test_the_how_to_quotes_the_example_and_nothing_else():
    quoted = re.search(r"```text\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()

    assert quoted is not None
    assert [line for line in quoted[1].splitlines() if line not in lines and line != "…"] == []


@pytest.mark.parametrize("timepoint", ["preoperative", "postoperative-day-8", "injury", "follow-up"])
def test_a_profile_of_nothing_can_be_told(timepoint):
    found = count(timepoint=timepoint)

    assert found["statement"] in in_words(found, options(actions(), found, {}))


def test_every_sentence_of_evidence_carries_its_link():
    for line in told().splitlines():
        if line.startswith(("  for:", "  against:", "  + ", "  0 ", "  ~ ", "  § ")):
            assert re.search(r"\[.*(https?://|PMID|;\d+:).*\]$", line), line


def test_a_warning_and_a_rate_range_are_told():
    facts = {"procedure": "hysterectomy", "female": 0, "condition": "acute-low-back-pain"}
    said = in_words(count(facts, scored("phq-9", total=2)), None, base_rates_for(base_rates(), facts))

    assert "Warning at /clinical/procedure" in said
    assert "19.0 % to 30.0 %" in said
