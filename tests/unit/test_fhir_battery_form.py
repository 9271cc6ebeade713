"""A battery as one form: what it asks, what it computes, and how a response to it is read."""

from __future__ import annotations

import json
import random
from itertools import chain

import pytest

from shared.batteries import batteries
from shared.fhir.battery_form import battery_ids, battery_of
from shared.fhir.battery_questionnaire import battery_questionnaire
from shared.fhir.forms import Forms
from shared.fhir.questionnaire_response import read_response
from shared.fhir.response_scores import score_response
from shared.fhir.submitted import submission_of
from shared.fhir.systems import CALCULATED_EXPRESSION
from shared.fhir.wording import Shown
from shared.instruments import registry
from shared.scoring import scorer_for
from tests.fhir_examples import NAMES, battery_answers, battery_response

FORMS = Forms(NAMES, registry())
EVERY = pytest.mark.parametrize("battery_id", battery_ids())


def form(battery_id):
    made = battery_of(battery_id, registry())
    return battery_questionnaire(made, [Shown(group.definition.instrument) for group in made.groups], NAMES)


def items_of(part):
    for item in part.get("item", ()):
        yield item
        yield from items_of(item)


def group(questionnaire, name):
    return next(one for one in questionnaire["item"] if one["linkId"] == name)


def score(document):
    return score_response(json.dumps(document).encode(), FORMS)


def refusals(document):
    return [(issue.code, issue.expression) for issue in score(document).issues if issue.refuses]


def answered(battery_id, **answers):
    """A response with these answers, each in its group."""
    return battery_response(battery_of(battery_id, registry()), answers)


# -- the form ----------------------------------------------------------------------------------------------------------


def test_no_battery_has_the_id_of_an_instrument():
    assert set(battery_ids()).isdisjoint(registry().ids)


@EVERY
def test_every_link_id_stands_once_and_every_group_holds_items(battery_id):
    questionnaire = form(battery_id)
    link_ids = [item["linkId"] for item in items_of(questionnaire)]

    assert len(set(link_ids)) == len(link_ids)
    assert {item["type"] for item in questionnaire["item"]} == {"group"}
    assert all(item["item"] for item in questionnaire["item"])


@EVERY
def test_the_form_is_the_one_that_responses_are_judged_by(battery_id):
    questionnaire = form(battery_id)
    known, wrong = FORMS.find(f"{questionnaire['url']}|{questionnaire['version']}")

    assert wrong is None
    assert known.nodes.keys() == {item["linkId"] for item in items_of(questionnaire)}
    assert {link_id: node.type for link_id, node in known.nodes.items()} == {
        item["linkId"]: item["type"] for item in items_of(questionnaire)
    }


@EVERY
def test_the_terms_of_every_instrument_stand_in_the_copyright(battery_id):
    questionnaire = form(battery_id)

    for one in battery_of(battery_id, registry()).groups:
        assert one.definition.instrument.licence.note in questionnaire["copyright"]


@EVERY
def test_one_group_of_labels_makes_the_form_a_draft(battery_id):
    questionnaire = form(battery_id)
    labels = [
        one.id for one in battery_of(battery_id, registry()).groups if not Shown(one.definition.instrument).is_official
    ]

    assert questionnaire["status"] == ("draft" if labels else "active")
    assert ("For transcription" in questionnaire["description"]) == bool(labels)


def test_a_form_of_official_wordings_alone_is_active():
    made = battery_of("injury", registry())
    made = made._replace(groups=tuple(group for group in made.groups if group.id in ("phq-4", "phq-9", "gad-7")))
    questionnaire = battery_questionnaire(made, [Shown(group.definition.instrument) for group in made.groups], NAMES)

    assert questionnaire["status"] == "active"


def test_the_default_form_asks_what_the_battery_asks_of_somebody_unknown():
    assert [one["linkId"] for one in form("preoperative")["item"]] == [
        "gcps-r",
        "peg",
        "nrs-pain",
        "nhis-sleep",
        "phq-4",
        "phq-9",
        "gad-7",
        "taps-1",
    ]
    # Asked only where the procedure is known.
    assert "icd11-cpsp-outcome" not in [one["linkId"] for one in form("follow-up")["item"]]


def test_only_the_items_that_a_battery_asks_are_asked():
    rand = group(form("follow-up"), "rand-36")

    assert [item["linkId"] for item in rand["item"] if "answerOption" in item] == [f"rand36_{n}" for n in range(3, 13)]
    assert [item["linkId"] for item in rand["item"] if item.get("readOnly")] == ["rand-36/physical_functioning"]


def test_a_question_is_asked_once():
    questionnaire = form("preoperative")
    asked = [item["linkId"] for item in items_of(questionnaire)]

    assert [item["linkId"] for item in group(questionnaire, "peg")["item"]] == ["peg/total"]
    assert not {"phq9_1", "phq9_2", "gad7_1", "gad7_2"} & set(asked)


def test_a_gate_is_opened_by_the_score_that_opens_it():
    questionnaire = form("preoperative")

    assert group(questionnaire, "phq-9")["enableWhen"] == [
        {"question": "phq-4/depression", "operator": ">=", "answerDecimal": 2}
    ]
    assert "enableWhen" not in group(questionnaire, "phq-4")


def test_the_version_changes_with_a_members_version(monkeypatch):
    before, other = (battery_of(name, registry()).version for name in ("injury", "postoperative"))
    pcptsd = registry().get("pc-ptsd-5")
    newer = pcptsd._replace(instrument=pcptsd.instrument.model_copy(update={"version": "9.0.0"}))
    monkeypatch.setitem(registry()._loaded, "pc-ptsd-5", newer)

    assert before.startswith(f"{batteries().content.version}-")
    assert battery_of("injury", registry()).version != before
    assert battery_of("postoperative", registry()).version == other


def test_a_sum_across_groups_names_the_item_that_was_asked():
    total = next(item for item in items_of(form("preoperative")) if item["linkId"] == "phq-9/total")
    [expression] = [
        one["valueExpression"]["expression"] for one in total["extension"] if one["url"] == CALCULATED_EXPRESSION
    ]

    assert "'phq4_3'|'phq4_4'|'phq9_3'" in expression
    assert "%resource.item.item.where" in expression


# -- a response to it --------------------------------------------------------------------------------------------------


@EVERY
def test_a_response_is_read_as_one_response_of_each_instrument(battery_id):
    made = battery_of(battery_id, registry())
    rng = random.Random(battery_id)
    for missing in (0.0, 0.2, 0.7):
        answers = battery_answers(made, rng, missing)
        scored = score(battery_response(made, answers))

        assert scored.issues == []
        for part, result in zip(scored.reading.parts, scored.results, strict=True):
            own = {item: answer for item, answer in answers.items() if item in part.responses}
            carried = part.responses.keys() - own.keys()
            assert result == scorer_for(part.definition).score(part.responses)
            assert all(part.responses[item] in answers.values() for item in carried)


PHQ4 = {"phq4_1": 0, "phq4_2": 0, "phq4_3": 1, "phq4_4": 1}
REST = {f"phq9_{n}": 1 for n in range(3, 9)}


def test_an_answer_counts_in_both_instruments_that_ask_it():
    scored = score(answered("preoperative", **PHQ4, **REST, phq9_9=0))
    by_id = {result["instrument"]: result for result in scored.results}

    assert by_id["phq-9"]["scores"][0]["value"] == 8
    assert by_id["phq-4"]["scores"][0]["value"] == 2


def test_what_a_closed_gate_leaves_out_is_not_missing():
    scored = score(answered("preoperative", **PHQ4 | {"phq4_4": 0}))

    assert "phq-9" not in {result["instrument"] for result in scored.results}
    assert scored.alerts == []


def test_an_open_group_without_answers_is_missing_and_its_safety_item_is_spoken_of():
    scored = score(answered("preoperative", **PHQ4))

    assert [alert["id"] for alert in scored.alerts] == ["phq9_9-missing"]


def test_an_answer_in_a_closed_group_is_refused_and_still_heard():
    document = answered("preoperative", **PHQ4 | {"phq4_4": 0}, phq9_9=2)

    assert [code for code, _ in refusals(document)] == ["business-rule"]
    assert [alert["id"] for alert in score(document).alerts] == ["phq9_9-ge-1"]


def test_a_clients_own_total_opens_nothing():
    document = answered("preoperative", **PHQ4 | {"phq4_4": 0}, phq9_3=1)
    phq4 = next(one for one in document["item"] if one["linkId"] == "phq-4")
    phq4["item"].append({"linkId": "phq-4/depression", "answer": [{"valueDecimal": 6}]})

    assert ("business-rule", "QuestionnaireResponse.item[1].item[0]") in refusals(document)


def test_every_issue_of_every_group_is_told_at_once():
    document = answered("injury", **PHQ4)
    document["item"][0]["item"][0]["linkId"] = "unknown"
    document["item"].append({"linkId": "phq4_1", "answer": [{"valueBoolean": True}]})
    found = refusals(document)

    assert ("not-found", "QuestionnaireResponse.item[0].item[0].linkId") in found
    assert ("structure", "QuestionnaireResponse.item[1].linkId") in found


def test_an_instruments_item_outside_its_group_is_refused():
    document = answered("injury", **PHQ4)
    document["item"] = list(chain(document["item"][0]["item"]))

    assert {code for code, _ in refusals(document)} == {"structure"}


def test_a_stated_score_that_differs_is_told_by_its_name():
    document = answered("injury", **PHQ4)
    document["item"][0]["item"].append({"linkId": "phq-4/total", "answer": [{"valueDecimal": 12}]})

    [warned] = score(document).issues
    assert (warned.severity, "score total differs" in warned.diagnostics) == ("warning", True)


def test_an_unknown_version_is_refused_and_still_heard():
    document = answered("injury", **PHQ4, **REST, phq9_9=3) | {
        "questionnaire": f"{NAMES.questionnaire('injury')}|0.0.1"
    }

    assert ("not-found", "QuestionnaireResponse.questionnaire") in refusals(document)
    assert [alert["id"] for alert in score(document).alerts] == ["phq9_9-ge-1"]


def test_it_is_submitted_as_one_assessment_of_the_battery():
    document = answered("injury", **PHQ4)
    submission = submission_of(read_response(document, FORMS), NAMES)

    given = {one["instrument"]: one["responses"] for one in submission["responses"]}

    assert submission["battery"] == "injury"
    assert list(given) == ["nrs-pain", "nhis-sleep", "phq-4", "phq-9", "pc-ptsd-5"]
    assert given["phq-9"] == {"phq9_1": 1, "phq9_2": 1}
