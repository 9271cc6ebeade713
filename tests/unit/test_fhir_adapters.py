"""Foreign forms are understood by a declared adapter, item by item, and never by guess."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from pydantic import ValidationError

from shared.fhir.adapters import ForeignItem, adapters
from shared.fhir.forms import Forms
from shared.fhir.response_scores import score_response
from shared.fhir.systems import LOINC
from shared.instruments import registry
from tests.fhir_examples import NAMES, phq9

FORMS = Forms(NAMES, registry())
FREQUENCY = ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"]
PHQ9 = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"]
US_CORE = "http://hl7.org/fhir/us/core/Questionnaire/phq-9-example"
GAD7 = "http://hl7.org/fhir/us/pco/Questionnaire/69737-5"
ARGONAUT = "http://fhir.org/guides/argonaut-questionnaire/Questionnaire/questionnaire-example-phq9|0.0.0"
EVERY = pytest.mark.parametrize("adapter", adapters(), ids=[adapter.id for adapter in adapters()])


def answered(link_id, code):
    return {"linkId": link_id, "answer": [{"valueCoding": {"system": LOINC, "code": code}}]}


def score(canonical, items):
    return score_response(json.dumps(phq9() | {"questionnaire": canonical, "item": items}).encode(), FORMS)


def refusals(scored):
    return [(issue.code, issue.expression) for issue in scored.issues if issue.refuses]


@EVERY
def test_an_adapter_asks_every_scored_item_of_its_instrument_once(adapter):
    instrument = registry().get(adapter.instrument).instrument
    asked = Counter(item.code for item in adapter.items if item.code)

    assert set(asked.values()) == {1}
    assert (
        {item.loinc for item in instrument.items if item.scored}
        <= asked.keys()
        <= {item.loinc for item in instrument.items}
    )
    assert {item.score for item in adapter.items if item.score} <= {score.id for score in instrument.scores}


@EVERY
def test_an_adapter_names_every_link_id_once_and_every_parent_it_has(adapter):
    link_ids = Counter(link_id for item in adapter.items for link_id in item.link_ids)

    assert set(link_ids.values()) == {1}
    assert {item.parent for item in adapter.items if item.parent} <= link_ids.keys()
    assert adapter.versions or adapter.unversioned


@EVERY
def test_every_answer_of_every_adapted_question_is_one_of_ours(adapter):
    canonical = adapter.questionnaire + (f"|{adapter.versions[0]}" if adapter.versions else "")
    form, wrong = FORMS.find(canonical)

    assert wrong is None
    for node in form.nodes.values():
        if node.type == "choice":
            assert list(node.answers.values()) == [0, 1, 2, 3]
            assert {system for system, _ in node.answers} == {LOINC}


def test_us_cores_phq9_is_scored_with_its_own_total_compared():
    items = [answered(f"/{code}", FREQUENCY[place % 4]) for place, code in enumerate(PHQ9)]
    scored = score(US_CORE, [*items, {"linkId": "/44261-6", "answer": [{"valueDecimal": 12}]}])
    off = score(US_CORE, [*items, {"linkId": "/44261-6", "answer": [{"valueDecimal": 20}]}])

    assert (scored.issues, scored.results[0]["scores"][0]["value"]) == ([], 12)
    assert (off.issues[0].severity, off.results[0]["scores"][0]["value"]) == ("warning", 12)


def test_a_question_that_the_foreign_form_requires_must_be_answered():
    items = [answered(f"/{code}", FREQUENCY[1]) for code in PHQ9]

    assert refusals(score(US_CORE, items[1:])) == [("required", "QuestionnaireResponse.item")]
    assert score(US_CORE, items[:-1]).results[0]["scores"][0]["status"] == "prorated"


def test_a_foreign_safety_item_is_heard_even_in_a_refused_response():
    scored = score(US_CORE, [answered("/44260-8", FREQUENCY[3])])

    assert not scored.results
    assert [alert["id"] for alert in scored.alerts] == ["phq9_9-ge-1"]


def test_hl7s_gad7_has_a_third_answer_of_its_own_on_its_second_question():
    def with_second(code):
        return score(GAD7, [answered(str(57541 + place), code if place == 1 else FREQUENCY[0]) for place in range(7)])

    assert with_second("LA18938-3").results[0]["scores"][0]["value"] == 2
    assert refusals(with_second("LA6570-1")) == [("code-invalid", "QuestionnaireResponse.item[1].answer[0].value")]


def test_the_third_answer_of_another_question_is_not_that_one():
    scored = score(GAD7, [answered("57541", "LA18938-3")])

    assert ("code-invalid", "QuestionnaireResponse.item[0].answer[0].value") in refusals(scored)


def test_a_form_with_groups_is_read_group_by_group():
    first = {"linkId": "g1", "item": [answered(f"g1.q{place}", FREQUENCY[1]) for place in range(1, 10)]}
    second = {"linkId": "g2", "item": [answered("g2.q1", "LA6573-5")]}

    assert score(ARGONAUT, [first, second]).results[0]["scores"][0]["value"] == 9
    assert ("structure", "QuestionnaireResponse.item[0].linkId") in refusals(score(ARGONAUT, first["item"]))


def test_two_spellings_of_one_question_are_the_same_question_twice():
    canonical = "http://loinc.org/q/44249-1"
    by_code = [answered(f"/{code}", FREQUENCY[1]) for code in PHQ9]
    by_number = [answered(str(14363 + place), FREQUENCY[1]) for place in range(9)]

    assert score(canonical, by_code).results[0]["scores"][0]["value"] == 9
    assert score(canonical, by_number).results[0]["scores"][0]["value"] == 9
    assert ("duplicate", "QuestionnaireResponse.item[9].linkId") in refusals(score(canonical, [*by_code, by_number[0]]))


@pytest.mark.parametrize(
    "canonical",
    ["http://hl7.org/fhir/us/core/Questionnaire/AUDIT-C", f"{US_CORE}|1.2.3", f"{GAD7}|2.0.0", GAD7 + "#part"],
)
def test_a_foreign_form_or_version_without_an_adapter_is_refused_with_the_reason(canonical):
    scored = score(canonical, [answered("/44260-8", FREQUENCY[3])])

    assert refusals(scored) == [("not-found", "QuestionnaireResponse.questionnaire")]
    assert "adapter" in scored.issues[0].diagnostics


@pytest.mark.parametrize(
    "item",
    [
        {"link_ids": ["a"], "code": "1-2", "score": "total"},
        {"link_ids": ["a"], "type": "choice"},
        {"link_ids": ["a"], "type": "decimal", "code": "1-2"},
        {"link_ids": [], "code": "1-2"},
        {"link_ids": ["a"], "code": "1-2", "codes": {}},
    ],
)
def test_a_declaration_that_says_two_things_or_none_is_refused(item):
    with pytest.raises(ValidationError):
        ForeignItem.model_validate_json(json.dumps(item))
