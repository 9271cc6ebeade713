"""Answers that are held here, as a QuestionnaireResponse to our own form: for a reader, and for delivery to an EHR."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from shared.fhir.context import Context
from shared.fhir.options import category_system, coded_options, ships_official_wording, title_of
from shared.fhir.systems import Names, Resource, coding, kept, references
from shared.instruments.definition import Choice, Instrument, Item, Quantity, Score
from shared.instruments.named_steps import Answer
from shared.scoring.result import InstrumentResult

STATUS_OF = {"final": "completed", "amended": "amended", "corrected": "amended", "entered-in-error": "entered-in-error"}


class Told(NamedTuple):
    """One instrument of a stored assessment: its definition, the answers, and what came of them."""

    instrument: Instrument
    responses: Mapping[str, Answer]
    result: InstrumentResult


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
    return written(
        f"{context.names.questionnaire(instrument.id)}|{instrument.version}",
        answered_items(instrument, responses, result, context.names),
        context,
        id=id,
        source=source,
        language=language,
        identifier=identifier or context.identifier("response", instrument.id),
    )


def answered_items(
    instrument: Instrument,
    responses: Mapping[str, Answer | None],
    result: InstrumentResult | None,
    names: Names,
    score_id: Callable[[str], str] = str,
) -> list[Resource]:
    """The answers, and the scores of ``result`` that were not withheld. ``score_id``: score → its linkId."""
    items = [
        _item(instrument, item, answer, names)
        for item in instrument.items
        if (answer := responses.get(item.id)) is not None
    ]
    values = {score["id"]: score["value"] for score in result["scores"]} if result else {}
    items += [
        _score(instrument, score, value, names) | {"linkId": score_id(score.id)}
        for score in instrument.scores
        if (value := values.get(score.id)) is not None
    ]
    return items


def written(
    canonical: str,
    items: Sequence[Resource],
    context: Context,
    *,
    id: str | None,
    source: str | None,
    language: str | None,
    identifier: Resource | None,
) -> Resource:
    """A response of these items to the form of this canonical."""
    return kept(
        resourceType="QuestionnaireResponse",
        id=id,
        language=language,
        identifier=identifier,
        basedOn=references(context.based_on),
        partOf=references(context.part_of),
        questionnaire=canonical,
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
