"""Section by section: what a response must be to be scored, and that every issue is told at once without a value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.fhir.form import EnableWhen, Form, Member, Node
from shared.fhir.forms import Forms
from shared.fhir.operation_outcome import operation_outcome, status_of
from shared.fhir.questionnaire_response import read_response
from shared.fhir.response_scores import score_reading, score_response
from shared.fhir.systems import ITEM_WEIGHT, LOINC, ORDINAL_VALUE
from shared.instruments import registry
from shared.scoring import SELF, Setting
from tests.fhir_examples import AUTHORED, NAMES, phq9, response

FORMS = Forms(NAMES, registry())
ITEM_1 = "QuestionnaireResponse.item[0]"
VALUE_1 = f"{ITEM_1}.answer[0].value"


def read(document, **more):
    return read_response(document, FORMS, **more)


def refusals(document, **more):
    """Code, place and status of everything that refuses the document."""
    return [(issue.code, issue.expression, issue.status) for issue in read(document, **more).issues if issue.refuses]


def warnings(document):
    return [(issue.code, issue.expression) for issue in score(document).issues if issue.severity == "warning"]


def score(document):
    return score_response(json.dumps(document).encode(), FORMS)


def total(document):
    results = score(document).results
    return results[0]["scores"][0]["value"] if results else None


def with_answer(**value):
    """PHQ-9 with another answer to item 1."""
    document = phq9()
    document["item"][0]["answer"] = [value]
    return document


def with_items(*items):
    document = phq9()
    document["item"] += items
    return document


def psqi(**answers):
    given = {"psqi_bedtime": "23:00", "psqi_latency_min": 15, "psqi_getup": "07:00", "psqi_sleep_hours": 7.5}
    instrument = registry().get("psqi").instrument
    document = response(instrument, given)
    for item in document["item"]:
        if item["linkId"] in answers:
            item["answer"] = [answers[item["linkId"]]]
    return document


# 1. base FHIR ---------------------------------------------------------------------------------------------------------


def test_a_complete_response_is_scored_without_a_word():
    scored = score(phq9())

    assert scored.issues == []
    assert scored.results[0]["scores"][0]["value"] == 9
    assert [alert["id"] for alert in scored.alerts] == ["phq9_9-ge-1"]


@pytest.mark.parametrize(
    ("change", "code", "expression"),
    [
        ({"status": "done"}, "code-invalid", "QuestionnaireResponse.status"),
        ({"status": 1}, "code-invalid", "QuestionnaireResponse.status"),
        ({"resourceType": "Questionnaire"}, "code-invalid", "QuestionnaireResponse.resourceType"),
        ({"surprise": 1}, "structure", "QuestionnaireResponse"),
        ({"item": []}, "structure", "QuestionnaireResponse.item"),
        ({"item": {"linkId": "x"}}, "structure", "QuestionnaireResponse.item"),
        ({"language": "a  b"}, "value", "QuestionnaireResponse.language"),
        ({"authored": "2026-02-30T09:00:00Z"}, "value", "QuestionnaireResponse.authored"),
        ({"authored": "2026-11-20 09:00"}, "value", "QuestionnaireResponse.authored"),
        ({"authored": "2026-11-20T09:00:00"}, "value", "QuestionnaireResponse.authored"),
        ({"subject": "Patient/1"}, "structure", "QuestionnaireResponse.subject"),
        ({"subject": {"reference": 1}}, "structure", "QuestionnaireResponse.subject.reference"),
        ({"meta": {"profile": "x"}}, "structure", "QuestionnaireResponse.meta.profile"),
        ({"extension": [{"valueString": "x"}]}, "required", "QuestionnaireResponse.extension[0].url"),
        ({"extension": [{"url": "http://x.org/e"}]}, "invariant", "QuestionnaireResponse.extension[0]"),
    ],
)
def test_what_breaks_base_fhir_is_told_and_means_400(change, code, expression):
    issues = read(phq9() | change).issues

    assert (code, expression, 400) in [(issue.code, issue.expression, issue.status) for issue in issues]
    assert status_of(issues) == 400


@pytest.mark.parametrize("element", ["status", "item"])
def test_status_is_required_by_base_fhir_and_items_are_not(element):
    document = phq9()
    del document[element]

    found = refusals(document)
    assert found == ([("required", "QuestionnaireResponse.status", 400)] if element == "status" else [])


@pytest.mark.parametrize(
    "answer",
    [
        {"valueInteger": True},
        {"valueInteger": "3"},
        {"valueInteger": 3.0},
        {"valueInteger": 2**31},
        {"valueDecimal": "3"},
        {"valueDecimal": True},
        {"valueBoolean": 1},
        {"valueBoolean": "true"},
        {"valueTime": "9:00"},
        {"valueDate": "20.11.2026"},
        {"valueCoding": "LA6568-5"},
        {"valueCoding": {"system": 1, "code": "LA6568-5"}},
        {"valueString": 5},
        {"valueInteger": 1, "valueDecimal": 1},
        {"valueAge": {"value": 1}},
    ],
)
def test_nothing_is_coerced(answer):
    issues = read(with_answer(**answer)).issues

    assert status_of(issues) == 400
    assert any(issue.expression.startswith(f"{ITEM_1}.answer[0]") for issue in issues)


def test_a_primitives_companion_is_known_by_its_form_and_otherwise_ignored():
    extension = {"extension": [{"url": "http://x.org/why", "valueCode": "masked"}]}

    assert refusals(phq9() | {"_authored": extension}) == []
    assert refusals(phq9() | {"_authored": {"value": 1}}) == [("structure", "QuestionnaireResponse", 400)]
    assert refusals(phq9() | {"_surprise": extension}) == [("structure", "QuestionnaireResponse", 400)]


# 2. the Questionnaire and its version ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("canonical", "code"),
    [
        (None, "required"),
        (NAMES.questionnaire("phq-9"), "required"),
        (f"{NAMES.questionnaire('phq-9')}|", "required"),
        (f"{NAMES.questionnaire('phq-9')}|0.9.0", "not-found"),
        (f"{NAMES.questionnaire('no-such')}|1.0.0", "not-found"),
        (f"{NAMES.questionnaire('../phq-9')}|1.0.0", "not-found"),
        ("https://elsewhere.example.org/Questionnaire/phq-9|1.0.0", "not-found"),
        ("phq-9", "not-found"),
    ],
)
def test_a_questionnaire_is_known_by_its_canonical_with_its_version_and_never_guessed(canonical, code):
    document = phq9()
    del document["questionnaire"]
    document |= {"questionnaire": canonical} if canonical else {}

    assert refusals(document)[0] == (code, "QuestionnaireResponse.questionnaire", 422)
    assert not score(document).results


# 3. whom, when, by whom -----------------------------------------------------------------------------------------------


def test_subject_and_date_are_required_for_what_is_kept_and_only_missed_in_a_stateless_scoring():
    document = phq9()
    del document["subject"], document["authored"]

    assert refusals(document) == [
        ("required", "QuestionnaireResponse.subject", 422),
        ("required", "QuestionnaireResponse.authored", 422),
    ]
    assert refusals(document, stateless=True) == []
    assert len(read(document, stateless=True).issues) == 2


@pytest.mark.parametrize(
    ("subject", "subject_id"),
    [
        ("Patient/p-1", "p-1"),
        ("https://ehr.example.org/fhir/Patient/p.1/_history/3", "p.1"),
        ("urn:uuid:5f3c1ea0-0c5e-4f53-8a4f-0e5a6f2a0001", None),
    ],
)
def test_the_subject_is_a_patient(subject, subject_id):
    reading = read(phq9() | {"subject": {"reference": subject}})

    assert (reading.subject, reading.subject_id, reading.refused) == (subject, subject_id, False)


@pytest.mark.parametrize("subject", [{"reference": "Group/1"}, {"reference": "Patient/"}, {"display": "Ms Doe"}])
def test_a_subject_that_is_no_patient_is_refused(subject):
    assert [place for _, place, _ in refusals(phq9() | {"subject": subject})] == [
        "QuestionnaireResponse.subject.reference"
    ]


def test_answers_are_known_to_the_day_at_least():
    assert refusals(phq9() | {"authored": "2026-11"}) == [("value", "QuestionnaireResponse.authored", 422)]
    assert read(phq9() | {"authored": "2026-11-20"}).authored == "2026-11-20"


@pytest.mark.parametrize(
    ("source", "respondent"),
    [
        (None, None),
        ("Patient/p-1001", "patient"),
        ("Patient/another", None),
        ("RelatedPerson/r-1", "proxy"),
        ("Practitioner/d-1", "proxy"),
        ("Device/d-1", None),
    ],
)
def test_who_answered_is_taken_from_the_source_and_never_guessed(source, respondent):
    document = (
        phq9() | ({"source": {"reference": source}} if source else {}) | {"author": {"reference": "Practitioner/a"}}
    )

    assert read(document).setting == (Setting(respondent=respondent) if respondent else SELF)


def test_an_instrument_answered_by_a_proxy_gets_no_band():
    scored = score(phq9() | {"source": {"reference": "RelatedPerson/r-1"}})

    assert (scored.results[0]["scores"][0]["value"], scored.results[0]["scores"][0]["band"]) == (9, None)


# 4. what is scored ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["completed", "amended"])
def test_completed_and_amended_responses_are_scored(status):
    assert total(phq9() | {"status": status}) == 9


@pytest.mark.parametrize("status", ["in-progress", "stopped"])
def test_an_unfinished_response_is_not_scored_but_is_heard(status):
    scored = score(phq9(i3=None) | {"status": status})

    assert not scored.results
    assert not scored.reading.refused
    assert [alert["id"] for alert in scored.alerts] == ["phq9_9-ge-1"]
    assert [(issue.severity, issue.code) for issue in scored.issues] == [("information", "business-rule")]


def test_a_response_entered_in_error_is_neither_scored_nor_heard():
    scored = score(phq9(i9=3) | {"status": "entered-in-error"})

    assert (scored.results, scored.alerts) == ([], [])


def test_an_unfinished_response_is_not_told_of_an_unanswered_safety_item():
    assert score(phq9(i9=None) | {"status": "in-progress"}).alerts == []
    assert [alert["id"] for alert in score(phq9(i9=None)).alerts] == ["phq9_9-missing"]


# 5, 6. items ----------------------------------------------------------------------------------------------------------


def test_an_unknown_link_id_is_refused_without_repeating_it():
    found = read(with_items({"linkId": "Jane Doe"})).issues

    assert [(issue.code, issue.expression) for issue in found] == [
        ("not-found", "QuestionnaireResponse.item[9].linkId")
    ]
    assert "Jane" not in json.dumps([tuple(issue) for issue in found])


def test_an_item_under_another_parent_is_refused():
    document = phq9(i2=None)
    document["item"][0]["item"] = [{"linkId": "phq9_2"}]
    found = refusals(document)

    assert ("structure", f"{ITEM_1}.item[0].linkId", 422) in found
    assert ("invariant", ITEM_1, 422) in found


def test_an_item_beneath_an_answer_has_the_question_for_its_parent():
    document = phq9(i2=None)
    document["item"][0]["answer"][0]["item"] = [{"linkId": "phq9_2"}]

    assert refusals(document) == [("structure", f"{ITEM_1}.answer[0].item[0].linkId", 422)]


def test_the_same_question_twice_is_refused_and_neither_answer_wins():
    document = phq9()
    document["item"].append(document["item"][0])

    assert refusals(document) == [("duplicate", "QuestionnaireResponse.item[9].linkId", 422)]


def test_a_question_takes_one_answer():
    document = phq9()
    document["item"][0]["answer"] *= 2

    assert refusals(document) == [("structure", f"{ITEM_1}.answer", 422)]


def test_a_display_has_no_answer():
    stem = {"linkId": "phq-9-stem", "answer": [{"valueString": "x"}]}

    assert refusals(with_items(stem)) == [("invariant", "QuestionnaireResponse.item[9].answer", 422)]
    assert refusals(with_items({"linkId": "phq-9-stem", "text": "x"})) == []


def test_an_answer_without_a_value_is_refused():
    assert refusals(with_answer(extension=[{"url": "http://x.org/e", "valueCode": "x"}])) == [
        ("required", VALUE_1, 422)
    ]


# 7, 8. enabled, required: of forms that say so ------------------------------------------------------------------------


def reading_by(*nodes, items, status="completed"):
    """What is refused in a response to a form of these nodes."""
    form = Form("http://x.org/form|1", [Member(registry().get("phq-9"))], nodes)

    class OneForm(Forms):
        def find(self, _):
            return form, None

    document = phq9() | {"item": items, "status": status}
    return [
        (issue.code, issue.expression)
        for issue in read_response(document, OneForm(NAMES, registry())).issues
        if issue.refuses
    ]


def yes(link_id, value=True):
    return {"linkId": link_id, "answer": [{"valueBoolean": value}]}


GATE = Node("gate", "boolean")
GROUP = Node("group", "group", enable_when=(EnableWhen("gate", "=", True),))
INNER = Node("inner", "boolean", parent="group", required=True)


def test_an_answer_to_a_disabled_question_is_refused_and_a_disabled_parent_disables_all_beneath():
    inside = {"linkId": "group", "item": [yes("inner")]}

    assert reading_by(GATE, GROUP, INNER, items=[yes("gate"), inside]) == []
    assert reading_by(GATE, GROUP, INNER, items=[yes("gate", False), inside]) == [
        ("business-rule", "QuestionnaireResponse.item[1].item[0]")
    ]
    assert reading_by(GATE, GROUP, INNER, items=[yes("gate", False), inside], status="in-progress") == []


def test_required_means_nothing_while_a_question_is_disabled():
    assert reading_by(GATE, GROUP, INNER, items=[yes("gate", False)]) == []
    assert reading_by(GATE, GROUP, INNER, items=[yes("gate")]) == [("required", "QuestionnaireResponse.item")]
    assert reading_by(GATE, GROUP, INNER, items=[yes("gate")], status="in-progress") == []


@pytest.mark.parametrize(
    ("operator", "answer", "sent", "opens"),
    [
        ("exists", True, {"valueDecimal": 0}, True),
        ("exists", False, {"valueDecimal": 0}, False),
        ("exists", False, None, True),
        ("=", 3, {"valueDecimal": 3}, True),
        ("=", 3, None, False),
        ("!=", 3, {"valueDecimal": 4}, True),
        (">", 3, {"valueDecimal": 3}, False),
        (">=", 3, {"valueDecimal": 3}, True),
        ("<", 3, {"valueDecimal": 2}, True),
        ("<=", 3, {"valueDecimal": 4}, False),
        (">", 3, None, False),
    ],
)
def test_conditions_compare_as_r4_says(operator, answer, sent, opens):
    nodes = Node("a", "decimal"), Node("b", "boolean", enable_when=(EnableWhen("a", operator, answer),))
    items = [{"linkId": "a", "answer": [sent]}] if sent else []

    assert (reading_by(*nodes, items=[*items, yes("b")]) == []) is opens


def test_several_conditions_are_all_needed_or_any_of_them():
    both = (EnableWhen("a", "=", True), EnableWhen("b", "=", True))
    asked = Node("a", "boolean"), Node("b", "boolean")
    items = [yes("a"), yes("b", False), yes("c")]

    assert reading_by(*asked, Node("c", "boolean", enable_when=both), items=items) != []
    assert reading_by(*asked, Node("c", "boolean", enable_when=both, enable_any=True), items=items) == []


def test_an_answer_to_a_closed_question_opens_nothing():
    nodes = (
        Node("a", "boolean"),
        Node("b", "boolean", enable_when=(EnableWhen("a", "=", True),)),
        Node("c", "boolean", enable_when=(EnableWhen("b", "=", True),)),
    )

    assert len(reading_by(*nodes, items=[yes("a", False), yes("b"), yes("c")])) == 2


def test_conditions_that_lead_back_to_themselves_end():
    nodes = (
        Node("a", "boolean", enable_when=(EnableWhen("b", "=", True),)),
        Node("b", "boolean", enable_when=(EnableWhen("a", "=", True),)),
    )

    assert len(reading_by(*nodes, items=[yes("a"), yes("b")])) == 2


def test_a_coding_is_compared_by_system_and_code():
    coded = {"linkId": "a", "answer": [{"valueCoding": {"system": LOINC, "code": "x", "display": "other"}}]}
    nodes = Node("a", "choice"), Node("b", "boolean", enable_when=(EnableWhen("a", "=", (LOINC, "x")),))

    assert reading_by(*nodes, items=[coded, yes("b")]) == []


# 9, 10, 11. values ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [{"valueInteger": 1}, {"valueDecimal": 1}, {"valueString": "LA6568-5"}, {"valueBoolean": True}, {"valueUri": "x"}],
)
def test_a_choice_is_answered_by_a_coding_and_by_nothing_else(answer):
    assert refusals(with_answer(**answer)) == [("value", VALUE_1, 422)]


@pytest.mark.parametrize(
    "coding",
    [
        {"system": LOINC, "code": "LA18938-3"},
        {"system": LOINC, "code": "LA6572-7"},
        {"system": "http://snomed.info/sct", "code": "LA6568-5"},
        {"code": "LA6568-5"},
        {"system": LOINC, "display": "Not at all"},
        {"display": "Not at all"},
    ],
)
def test_a_code_that_is_not_among_the_options_is_refused_whatever_its_display_says(coding):
    assert refusals(with_answer(valueCoding=coding)) == [("code-invalid", VALUE_1, 422)]


def test_a_display_is_never_compared():
    lying = {"system": LOINC, "code": "LA6571-9", "display": "Not at all"}

    assert total(with_answer(valueCoding=lying)) == 11


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        ("psqi_latency_min", {"valueDecimal": -1}),
        ("psqi_sleep_hours", {"valueDecimal": 24.5}),
        ("psqi_sleep_hours", {"valueInteger": 7}),
        ("psqi_sleep_hours", {"valueQuantity": {"value": 7, "unit": "h"}}),
        ("psqi_bedtime", {"valueTime": "23:00:30"}),
        ("psqi_bedtime", {"valueString": "23:00"}),
        ("psqi_bedtime", {"valueDateTime": "2026-11-20T23:00:00Z"}),
    ],
)
def test_numbers_and_times_out_of_range_or_of_another_type_are_refused_and_never_clipped(item, answer):
    places = {"psqi_bedtime": 0, "psqi_latency_min": 1, "psqi_sleep_hours": 3}

    assert refusals(psqi(**{item: answer})) == [
        ("value", f"QuestionnaireResponse.item[{places[item]}].answer[0].value", 422)
    ]


def test_numbers_and_times_are_read_as_the_scorer_takes_them():
    reading = read(psqi(psqi_sleep_hours={"valueDecimal": 7}, psqi_bedtime={"valueTime": "23:15:00.000"}))

    assert reading.issues == []
    assert reading.parts[0].responses == {
        "psqi_bedtime": "23:15",
        "psqi_latency_min": 15,
        "psqi_getup": "07:00",
        "psqi_sleep_hours": 7,
    }


def test_a_quantity_with_a_comparator_is_refused_for_a_scored_item():
    less_than = {"linkId": "a", "answer": [{"valueQuantity": {"value": 7, "comparator": "<"}}]}

    assert reading_by(Node("a", "quantity", "phq9_1"), items=[less_than]) == [
        ("business-rule", f"{VALUE_1}.comparator")
    ]


def test_free_text_in_an_open_choice_cannot_be_scored():
    text = {"linkId": "a", "answer": [{"valueString": "now and then"}]}

    assert reading_by(Node("a", "open-choice", "phq9_1", answers={}), items=[text]) == [("code-invalid", VALUE_1)]


def test_a_text_over_its_length_is_refused():
    text = {"linkId": "a", "answer": [{"valueString": "abc"}]}

    assert reading_by(Node("a", "string", max_length=2), items=[text]) == [("too-long", VALUE_1)]
    assert reading_by(Node("a", "string", max_length=3), items=[text]) == []


# 12, 13. what the client adds -----------------------------------------------------------------------------------------


def test_an_item_text_that_differs_from_ours_is_a_warning():
    document = phq9()
    document["item"][0]["text"] = "Another question altogether"

    assert warnings(document) == [("business-rule", f"{ITEM_1}.text")]
    assert total(document) == 9


def test_on_a_form_of_labels_the_licensed_wording_is_no_difference():
    isi = registry().get("isi").instrument
    document = response(isi, {item.id: 1 for item in isi.items})
    document["item"][0]["text"] = "The official question, which we do not hold"

    assert warnings(document) == []


@pytest.mark.parametrize(
    ("stated", "warned"), [(9, False), (9.0, False), (9.004, False), (13, True), (0, True), (-1, True), (9.02, True)]
)
def test_a_total_sent_by_the_client_is_compared_and_never_used(stated, warned):
    document = with_items({"linkId": "total", "answer": [{"valueDecimal": stated}]})

    assert total(document) == 9
    assert warnings(document) == ([("value", "QuestionnaireResponse.item")] if warned else [])


def test_a_total_sent_for_answers_that_give_none_is_a_warning():
    document = phq9(i1=None, i2=None, i3=None)
    document["item"].append({"linkId": "total", "answer": [{"valueDecimal": 6}]})

    assert total(document) is None
    assert warnings(document) == [("value", "QuestionnaireResponse.item")]


@pytest.mark.parametrize(("stated", "warned"), [(False, False), (True, True)])
def test_a_criterion_sent_by_the_client_is_compared_as_a_yes_or_no(stated, warned):
    document = with_items({"linkId": "major_depressive_syndrome", "answer": [{"valueBoolean": stated}]})

    assert bool(warnings(document)) is warned


@pytest.mark.parametrize("url", [ITEM_WEIGHT, ORDINAL_VALUE])
@pytest.mark.parametrize(("weight", "warned"), [(1, False), (1.0, False), (3, True)])
@pytest.mark.parametrize("place", ["answer", "coding"])
def test_a_weight_sent_by_the_client_is_compared_and_never_used(url, weight, warned, place):
    document = phq9()
    answer = document["item"][0]["answer"][0]
    (answer if place == "answer" else answer["valueCoding"])["extension"] = [{"url": url, "valueDecimal": weight}]

    assert total(document) == 9
    assert bool(warnings(document)) is warned


# 14, 15, 16. modifiers, safety ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["resource", "item", "answer"])
def test_an_unknown_modifier_extension_is_refused_wherever_it_stands(place):
    document = phq9()
    item = document["item"][0]
    at = {"resource": document, "item": item, "answer": item["answer"][0]}[place]
    at["modifierExtension"] = [{"url": "http://x.org/not", "valueBoolean": True}]

    [(code, expression, status)] = refusals(document)
    assert (code, status) == ("extension", 422)
    assert expression.endswith(".modifierExtension")


def test_implicit_rules_are_refused_since_they_may_change_the_meaning():
    assert refusals(phq9() | {"implicitRules": "http://x.org/rules"}) == [
        ("not-supported", "QuestionnaireResponse.implicitRules", 422)
    ]


def test_an_unknown_ordinary_extension_is_ignored():
    document = phq9() | {"extension": [{"url": "http://x.org/e", "valueString": "x"}]}
    document["item"][0]["answer"][0]["valueCoding"]["extension"] = [{"url": "http://x.org/f", "valueCode": "x"}]

    assert score(document).issues == []


@pytest.mark.parametrize(
    "change",
    [
        {"status": "done"},
        {"surprise": 1},
        {"questionnaire": NAMES.questionnaire("phq-9")},
        {"questionnaire": f"{NAMES.questionnaire('phq-9')}|9.9.9"},
        {"subject": {"reference": "Group/1"}},
        {"authored": "yesterday"},
    ],
)
def test_a_refused_response_still_speaks_up(change):
    scored = score(phq9(i9=3) | change)

    assert not scored.results
    assert [alert["id"] for alert in scored.alerts] == ["phq9_9-ge-1"]


def test_a_safety_answer_is_heard_beside_a_wrong_one():
    document = phq9(i9=1)
    document["item"][0]["answer"] = [{"valueString": "x"}]
    document["item"][1] = {"linkId": "phq9_2", "answer": {"valueInteger": 1}}

    assert [alert["id"] for alert in score(document).alerts] == ["phq9_9-ge-1"]


def test_a_safety_item_is_answered_in_the_result_even_when_no_total_can_be():
    scored = score(phq9(i1=None, i2=None, i3=None, i9=2))

    assert scored.results[0]["scores"][0]["status"] == "not_scored"
    assert [alert["id"] for alert in scored.alerts] == ["phq9_9-ge-1"]


def test_an_unknown_questionnaire_raises_nothing_since_nothing_in_it_is_known():
    assert score(phq9(i9=3) | {"questionnaire": "http://x.org/phq-9|1"}).alerts == []


# all at once ----------------------------------------------------------------------------------------------------------


def test_every_issue_is_told_at_once():
    document = phq9() | {"status": "done", "surprise": 1, "subject": {"reference": "Group/1"}, "authored": "2026-11"}
    document["item"][0]["answer"] = [{"valueInteger": 1}]
    document["item"][1]["answer"][0]["valueCoding"]["code"] = "nonsense"
    document["item"][2]["linkId"] = "unknown"
    document["item"][3]["modifierExtension"] = [{"url": "http://x.org/m", "valueBoolean": True}]
    document["item"].append(document["item"][4])

    codes = sorted(code for code, _, _ in refusals(document))
    assert codes == sorted(
        ["code-invalid", "structure", "value", "value", "value", "code-invalid", "not-found", "extension", "duplicate"]
    )


def test_no_issue_repeats_anything_that_was_sent():
    secret = "XSECRETX"
    document = phq9() | {
        "status": secret,
        secret: secret,
        "language": f"{secret}  x",
        "subject": {"reference": f"Group/{secret}", secret: 1},
        "authored": secret,
        "extension": [{"url": f"{secret} x", secret: secret}],
        "meta": {"profile": [f"{secret} x"], "lastUpdated": secret},
    }
    document["item"][0] = {"linkId": secret, "text": secret}
    document["item"][1]["answer"] = [{"valueCoding": {"system": secret, "code": f"{secret}  x", "display": secret}}]
    document["item"][2]["answer"] = [{"valueString": secret}]
    document["item"][3]["answer"] = [{"valueDecimal": secret, "valueInteger": secret, secret: 1}]
    reading = read(document)

    assert len(reading.issues) > 10
    assert secret not in json.dumps(operation_outcome(reading.issues, score_reading(reading).alerts, NAMES))


@pytest.mark.parametrize(
    "item",
    [None, 1, "x", [], {}, {"linkId": 1}, {"linkId": "phq9_1", "answer": 1}, {"linkId": "phq9_1", "answer": [1]}],
)
def test_a_malformed_item_is_an_issue_and_never_a_fault(item):
    assert score(phq9() | {"item": [item]}).reading.refused
    assert score(phq9() | {"item": item}).reading.refused or item == {}


def test_a_response_with_no_answer_at_all_is_a_result():
    document = phq9()
    del document["item"]
    scored = score(document)

    assert scored.issues == []
    assert scored.results[0]["scores"][0]["reason"]["code"] == "too-many-missing"


def test_unreadable_bytes_are_an_issue():
    scored = score_response(
        b'{"resourceType": "QuestionnaireResponse", "status": "completed", "status": "done"}', FORMS
    )

    assert (scored.reading, scored.results, scored.alerts) == (None, [], [])
    assert scored.issues[0].code == "structure"
    assert status_of(scored.issues) == 400


def test_authored_is_kept_as_it_was_sent():
    assert read(phq9()).authored == AUTHORED


EXAMPLE = phq9() | {
    "meta": {"profile": ["http://x.org/p"]},
    "source": {"reference": "Patient/p-1001"},
    "extension": [{"url": ITEM_WEIGHT, "valueDecimal": 1}],
    "_status": {"id": "x"},
}
EXAMPLE["item"][0]["answer"][0]["extension"] = [{"url": ITEM_WEIGHT, "valueDecimal": 1}]
EXAMPLE["item"].append({"linkId": "total", "answer": [{"valueDecimal": 9}]})
NAMES_OF_PARTS = ["linkId", "answer", "item", "valueCoding", "valueDecimal", "system", "code", "reference", "url", "_x"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES_OF_PARTS), inner, max_size=2),
    max_leaves=5,
)


@given(part=ANYTHING, place=st.lists(st.integers(0, 9), min_size=1, max_size=6))
@settings(deadline=None, max_examples=300)
def test_whatever_stands_in_a_response_it_is_answered_and_never_a_fault(part, place):
    document = json.loads(json.dumps(EXAMPLE))
    parent, last = document, None
    for step in place:
        inner = list(parent.items()) if isinstance(parent, dict) else list(enumerate(parent))
        name, child = inner[step % len(inner)]
        last = (parent, name)
        if not isinstance(child, dict | list) or not child:
            break
        parent = child
    last[0][last[1]] = part
    scored = score(document)

    assert (not scored.results) == (scored.reading is None or scored.reading.refused)
    assert status_of(scored.issues) in (200, 400, 422)
