"""What is held here goes out as a response to our own form, and comes back as what it was."""

from __future__ import annotations

import json
import random

import pytest

from shared.fhir.context import Context
from shared.fhir.forms import Forms
from shared.fhir.response_scores import score_response
from shared.fhir.written_response import questionnaire_response
from shared.instruments import registry
from shared.scoring import scorer_for
from tests.fhir_examples import AUTHORED, NAMES, SCORABLE, SOFTWARE, named, random_responses

ASSESSMENT = "01JDA0X3V1Q2W3E4R5T6Y7U8I9"
CONTEXT = Context(NAMES, "Patient/p-1001", AUTHORED, SOFTWARE, ASSESSMENT)
FORMS = Forms(NAMES, registry())


@pytest.mark.parametrize("definition", SCORABLE, ids=named(SCORABLE))
def test_a_written_response_is_read_back_as_the_same_answers_and_scores(definition):
    rng = random.Random(definition.instrument.id)
    for missing in (0.0, 0.2, 1.0):
        responses = random_responses(definition.instrument, rng, missing)
        result = scorer_for(definition).score(responses)
        document = questionnaire_response(definition.instrument, responses, CONTEXT, result=result, id="q-1")
        scored = score_response(json.dumps(document).encode(), FORMS)

        assert scored.issues == []
        assert scored.reading.parts[0].responses == responses
        assert scored.results[0] == result


def written(name, responses, **more):
    definition = registry().get(name)
    return questionnaire_response(definition.instrument, responses, CONTEXT, **more)


def test_an_unanswered_item_and_a_withheld_score_do_not_stand_in_it():
    responses = {"phq9_1": 1, "phq9_2": None}
    result = scorer_for(registry().get("phq-9")).score(responses)

    assert [item["linkId"] for item in written("phq-9", responses, result=result)["item"]] == ["phq9_1"]
    assert "item" not in written("phq-9", {})


def test_a_label_of_ours_is_never_sent_as_the_text_of_the_question():
    assert "text" not in written("isi", {"isi_1": 1})["item"][0]
    assert written("phq-9", {"phq9_1": 1})["item"][0]["text"].startswith("Little interest")


@pytest.mark.parametrize(
    ("status", "written_as"),
    [
        ("final", "completed"),
        ("amended", "amended"),
        ("corrected", "amended"),
        ("entered-in-error", "entered-in-error"),
    ],
)
def test_its_status_is_that_of_the_assessment(status, written_as):
    context = Context(NAMES, "Patient/p", AUTHORED, SOFTWARE, ASSESSMENT, status=status)
    instrument = registry().get("phq-9").instrument

    assert questionnaire_response(instrument, {"phq9_1": 1}, context)["status"] == written_as


def test_who_answered_and_in_what_language_are_sent_where_they_are_known():
    made = written("phq-9", {"phq9_1": 1}, source="RelatedPerson/r", language="en")

    assert (made["source"], made["language"]) == ({"reference": "RelatedPerson/r"}, "en")
    assert made["identifier"] == {"system": NAMES.identifier("response"), "value": f"{ASSESSMENT}/phq-9"}
    assert "source" not in written("phq-9", {"phq9_1": 1})
