"""Answers that are held here, as a QuestionnaireResponse to our own form: for a reader, and for delivery to an EHR."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.fhir.context import Context
from shared.fhir.options import category_system, coded_options, ships_official_wording, title_of
from shared.fhir.systems import Names, Resource, coding, kept, references
from shared.instruments.definition import Choice, Instrument, Item, Quantity, Score
from shared.instruments.named_steps import Answer
from shared.scoring.result import InstrumentResult

STATUS_OF = {"final": "completed", "amended": "amended", "corrected": "amended", "entered-in-error": "entered-in-error"}


def questionnaire_response(
    instrument: Instrument,
    responses: Mapping[str, Answer | None],
    context: Context,
    *,
    result: InstrumentResult | None = None,
    id: str | None = None,
    source: str | None = None,
    language: str | None = None,
    identifier: Resource | None = None,
) -> Resource:
    """The response. With ``result`` the computed scores stand in it too; one that was withheld does not.

    ``source`` refers to who answered, where that is known. ``responses`` are those that the scorer took.
    ``identifier`` is the sender's own; without it the response has ours.
    """
    items = [
        _item(instrument, item, answer, context.names)
        for item in instrument.items
        if (answer := responses.get(item.id)) is not None
    ]
    values = {score["id"]: score["value"] for score in result["scores"]} if result else {}
    items += [
        _score(instrument, score, value, context.names)
        for score in instrument.scores
        if (value := values.get(score.id)) is not None
    ]
    return kept(
        resourceType="QuestionnaireResponse",
        id=id,
        language=language,
        identifier=identifier or context.identifier("response", instrument.id),
        basedOn=references(context.based_on),
        partOf=references(context.part_of),
        questionnaire=f"{context.names.questionnaire(instrument.id)}|{instrument.version}",
        status=STATUS_OF[context.status],
        subject=context.subject and {"reference": context.subject},
        encounter=context.encounter and {"reference": context.encounter},
        authored=context.authored,
        author=context.author and {"reference": context.author},
        source=source and {"reference": source},
        item=items,
    )


def _item(instrument: Instrument, item: Item, answer: Answer, names: Names) -> Resource:
    # A label of ours is no text of the question: a reader would take it for the wording that was answered.
    text = item.text if ships_official_wording(instrument) else None
    return kept(linkId=item.id, text=text, answer=[_value(instrument, item, answer, names)])


def _value(instrument: Instrument, item: Item, answer: Answer, names: Names) -> Resource:
    answers = instrument.options[item.options]
    if isinstance(answers, Choice):
        chosen = next(one for one in coded_options(instrument, item, names) if one.answer == answer)
        return {"valueCoding": coding(chosen.system, chosen.code, chosen.display)}
    if isinstance(answers, Quantity):
        return {"valueInteger" if answers.integer else "valueDecimal": answer}
    return {"valueTime": f"{answer}:00"} if answers.type == "time" else {"valueDate": answer}


def _score(instrument: Instrument, score: Score, value: Any, names: Names) -> Resource:
    if score.criterion:
        answer: Resource = {"valueBoolean": value == 1}
    elif isinstance(value, str):
        answer = {"valueCoding": coding(category_system(instrument, score, names), value, value)}
    else:
        answer = {"valueDecimal": value}
    return {"linkId": score.id, "text": title_of(score), "answer": [answer]}
