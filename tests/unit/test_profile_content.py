"""What the shipped files say: complete by the contract, sourced, and no stronger than their sources."""

from __future__ import annotations

import re

import pytest

from shared.profile import fact_problems, factors
from shared.profile.base_rates import base_rates
from shared.profile.definition import ScoreSource
from shared.profile.options import actions

CONTENT = factors().content
FACTORS = {factor.id: factor for factor in CONTENT.factors}


def test_every_factor_of_the_contract_is_there():
    assert set(FACTORS) == {
        "pain-at-site",
        "other-chronic-pain",
        "anxiety",
        "depression",
        "catastrophising",
        "sleep",
        "opioid-use",
        "younger-age",
        "female-sex",
        "smoking",
        "procedure",
        "acute-pain-course",
    }


@pytest.mark.parametrize("factor", CONTENT.factors, ids=lambda one: one.id)
def test_contrary_evidence_stands_beside_every_factor(factor):
    assert factor.contrary


def test_the_study_that_found_no_overarching_factors_stands_beside_every_surgical_one():
    beside = {factor.id for factor in CONTENT.factors if "nit-1" in factor.contrary}

    assert beside == set(FACTORS) - {"acute-pain-course"}


def test_younger_age_has_no_limit_but_the_one_that_was_read():
    (source,) = FACTORS["younger-age"].sources

    assert (source.present.op, source.present.value) == ("<", 54)
    assert "acute pain" in source.present.meaning
    assert "No verified age limit for lasting pain" in FACTORS["younger-age"].cutoffs


@pytest.mark.parametrize(
    ("evidence_id", "effect"),
    [
        ("acute-younger-age", "odds ratio 1.18 (95 % CI 1.05 to 1.32), 5 577 people, I² 79.7 %"),
        ("acute-sleep-difficulty", "odds ratio 2.32 (95 % CI 1.46 to 3.69), 549 people, I² 0 %"),
        ("acute-smoking", "odds ratio 1.33 (95 % CI 1.09 to 1.61), 15 764 people, I² 55.8 %"),
        ("sleep-review", "r = 0.13 (95 % CI 0.06 to 0.20)"),
        ("site-pain-at-3-months", "adjusted odds ratio 2.58 (95 % CI 1.45 to 4.4)"),
        ("knee-at-3-months", "adjusted odds ratio 4.1 (95 % CI 1.73 to 8.9)"),
        ("opioids-at-3-months", "adjusted odds ratio 18.6 (95 % CI 10.3 to 34.5)"),
    ],
)
def test_the_effects_are_those_of_the_sheets(evidence_id, effect):
    assert CONTENT.evidence[evidence_id].effect == effect


@pytest.mark.parametrize(
    "evidence_id", [name for name, one in CONTENT.evidence.items() if "opioid" in one.outcome], ids=str
)
def test_evidence_about_opioids_is_not_passed_off_as_evidence_about_pain(evidence_id):
    said = f"{CONTENT.evidence[evidence_id].sentence} {CONTENT.evidence[evidence_id].outcome}"

    assert re.search(r"not pain|opioid use|opioid cessation", said)


@pytest.mark.parametrize("name", list(CONTENT.evidence))
def test_no_evidence_claims_a_cause(name):
    sentence = CONTENT.evidence[name].sentence.lower()

    assert not re.search(r"\bcauses?\b|\bcaused by\b|\bleads? to\b|\bprevents?\b|\bbecause of\b", sentence)


def test_no_text_calls_anything_low_or_green():
    shown = [
        *(text for factor in CONTENT.factors for text in (factor.title, factor.cutoffs, *factor.notes.values())),
        *(statement.text for statement in CONTENT.statement.values()),
        *(f"{option.title} {option.text}" for option in actions().content.options),
        base_rates().content.statement,
    ]

    assert not [text for text in shown if re.search(r"\blow[- ]risk\b|\bgreen\b|\bsafe\b|\bno risk\b", text.lower())]


def test_only_the_source_s_own_word_grades_certainty():
    graded = {name for name, one in CONTENT.evidence.items() if one.certainty != "not-graded"}

    assert graded == {"sleep-review", "sleep-review-limits"}


def test_no_two_questionnaires_of_one_factor_use_the_same_score_twice_at_one_cut_off():
    for factor in CONTENT.factors:
        used = [
            (source.instrument, source.score, str(source.present))
            for source in factor.sources
            if isinstance(source, ScoreSource)
        ]
        assert len(set(used)) == len(used)


@pytest.mark.parametrize(
    ("facts", "pointers"),
    [
        ({"smoker": 1, "age": 40}, []),
        ({"smoker": 2, "age": 131}, ["/clinical/age", "/clinical/smoker"]),
        ({"smoker": None}, []),
        ({"unheard_of": "x"}, []),
    ],
)
def test_facts_outside_their_values_are_named_for_the_caller(facts, pointers):
    found = fact_problems(CONTENT.facts, facts)

    assert [one.pointer for one in found] == pointers
    assert "131" not in str(found)


def test_the_observed_rates_are_those_of_the_sheet():
    rates = {row.id: row.rate if row.rate is not None else row.rate_range for row in base_rates().content.rows}

    assert rates == {
        "cpsp-mixed-12m": 0.118,
        "cpsp-mixed-severe-12m": 0.022,
        "cpsp-mixed-nit1-6m": 0.105,
        "cpsp-sternotomy-6m": 0.069,
        "cpsp-breast-6m": 0.074,
        "cpsp-tka-6m": 0.129,
        "cpsp-endometriosis-6m": 0.162,
        "cpsp-gendolcat-4m": 0.206,
        "ppbcs-finland-12m": 0.135,
        "ppbcs-denmark-12m": 0.139,
        "ppbcs-scotland-9m": 0.203,
        "cpsp-vats-6m": 0.406,
        "cpip-hernia": 0.122,
        "cpsp-tibial-12m": 0.551,
        "surgical-site-pain-us-3m": 0.27,
        "acute-severe-uk-d1": 0.184,
        "acute-poor-spine-24h": 0.57,
        "new-persistent-opioid-us": (0.059, 0.065),
        "persistent-opioid-australia": 0.039,
        "crps-wrist-4m": 0.038,
        "chronic-lbp-3m": (0.19, 0.30),
        "chronic-neck-6m": 0.103,
    }
