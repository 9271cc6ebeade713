"""Out as a Questionnaire, back as a response: the scores are those of the engine."""

from __future__ import annotations

import json
import random

import pytest

from shared.fhir.forms import Forms
from shared.fhir.questionnaire import questionnaire
from shared.fhir.response_scores import score_response
from shared.instruments import registry
from shared.scoring import scorer_for
from tests.fhir_examples import AUTHORED, NAMES, SCORABLE, named, random_responses, response

FORMS = Forms(NAMES, registry())
EVERY_SCORABLE = pytest.mark.parametrize("definition", SCORABLE, ids=named(SCORABLE))


def filled_in(form, rng):
    """A client that knows nothing but the form: it answers every question by what the form itself offers."""
    items, chosen = [], {}
    for item in form["item"]:
        if item["type"] == "display" or item.get("readOnly"):
            continue
        if item["type"] == "choice":
            place = rng.randrange(len(item["answerOption"]))
            value, chosen[item["linkId"]] = item["answerOption"][place]["valueCoding"], place
            answer = {"valueCoding": value}
        elif item["type"] == "time":
            chosen[item["linkId"]] = f"{rng.randrange(24):02}:30"
            answer = {"valueTime": f"{chosen[item['linkId']]}:00"}
        elif item["type"] == "date":
            chosen[item["linkId"]] = "2025-03-04"
            answer = {"valueDate": "2025-03-04"}
        else:
            limits = {one["url"].rsplit("/", 1)[1]: one for one in item["extension"] if "Value" in one["url"]}
            kind = "valueInteger" if item["type"] == "integer" else "valueDecimal"
            low = limits.get("minValue", {}).get(kind, 0)
            high = limits.get("maxValue", {}).get(kind, low + 50)
            chosen[item["linkId"]] = rng.randint(int(low), int(high))
            answer = {kind: chosen[item["linkId"]]}
        items.append({"linkId": item["linkId"], "text": item["text"], "answer": [answer]})
    document = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{form['url']}|{form['version']}",
        "status": "completed",
        "subject": {"reference": "Patient/p-1"},
        "authored": AUTHORED,
        "item": items,
    }
    return document, chosen


@EVERY_SCORABLE
def test_a_form_that_was_answered_completely_gives_the_engines_scores(definition):
    rng, instrument = random.Random(3), definition.instrument
    for _ in range(25):
        document, chosen = filled_in(questionnaire(instrument, NAMES), rng)
        responses = dict(chosen)
        for item in instrument.items:
            answers = instrument.options[item.options]
            if answers.type == "choice":
                option = answers.options[chosen[item.id]]
                responses[item.id] = option.value if option.code is None else option.code
        scored = score_response(json.dumps(document).encode(), FORMS)

        assert scored.issues == []
        assert scored.results[0] == scorer_for(definition).score(responses)


@EVERY_SCORABLE
def test_a_form_with_holes_gives_the_engines_scores_and_reasons(definition):
    rng, instrument = random.Random(5), definition.instrument
    for missing in (0.05, 0.2, 0.5, 1.0):
        responses = random_responses(instrument, rng, missing)
        scored = score_response(json.dumps(response(instrument, responses)).encode(), FORMS)

        assert scored.issues == []
        assert scored.results[0] == scorer_for(definition).score(responses)


@EVERY_SCORABLE
def test_our_own_totals_sent_back_are_never_a_disagreement(definition):
    rng, instrument = random.Random(9), definition.instrument
    responses = random_responses(instrument, rng)
    form = {item["linkId"]: item for item in questionnaire(instrument, NAMES)["item"]}
    document = response(instrument, responses)
    for score in scorer_for(definition).score(responses)["scores"]:
        value = score["value"]
        if value is None:
            continue
        kind = form[score["id"]]["type"]
        if kind == "choice":
            [label] = [
                one["valueCoding"] for one in form[score["id"]]["answerOption"] if one["valueCoding"]["code"] == value
            ]
            answer = {"valueCoding": label}
        else:
            answer = {"valueBoolean": value == 1} if kind == "boolean" else {"valueDecimal": value}
        document["item"].append({"linkId": score["id"], "answer": [answer]})

    assert score_response(json.dumps(document).encode(), FORMS).issues == []
