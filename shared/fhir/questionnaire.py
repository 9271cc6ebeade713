"""The Questionnaire of an instrument, from its definition: codes, weights, terms of use, and the scores it can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from shared.fhir.expressions import calculated_expression
from shared.fhir.options import (
    category_system,
    coded_options,
    item_type,
    score_type,
    ships_official_wording,
    title_of,
    unit_of_score,
)
from shared.fhir.systems import (
    CALCULATED_EXPRESSION,
    EXTRACT_CATEGORY,
    ITEM_WEIGHT,
    LOINC,
    LOINC_NOTICE,
    MAX_VALUE,
    MIN_VALUE,
    OBSERVATION_EXTRACT,
    ORDINAL_VALUE,
    QUESTIONNAIRE_UNIT,
    SCORE_UNIT,
    SURVEY,
    UCUM,
    Names,
    Resource,
    coding,
    kept,
    unit_of,
)
from shared.instruments.definition import Instrument, Item, Quantity, Score

NOT_CALCULATED = "score-not-calculated-by-the-form"
FOR_TRANSCRIPTION = "For transcription by staff or a system: the texts are short labels, not the licensed questions."


class Wording(NamedTuple):
    """A deployer's licensed wording: the text of every item in one language, and the licence line to show with it."""

    language: str
    texts: Mapping[str, str]
    copyright: str


def questionnaire(instrument: Instrument, names: Names, wording: Wording | None = None) -> Resource:
    """The form. ``draft`` where its texts are labels of ours or where its scores are not computed here.

    No question is ``required``: too few answers are a result with a reason, and a person may leave out a question.
    A ``wording`` that leaves out an item is not used: half a licensed form would be another form.
    """
    if wording is not None and not all(item.id in wording.texts for item in instrument.items):
        wording = None
    shown = ships_official_wording(instrument) or (wording is not None and bool(instrument.items))
    about = [instrument.purpose, f"Recall period: {instrument.recall.text}."]
    if not shown and instrument.items:
        about.append(FOR_TRANSCRIPTION)
    if not instrument.scorable:
        about.append(f"Not scored by this service: {instrument.trust.remaining_doubts}")
    items = _items(instrument, names, wording.texts if wording else {})
    if instrument.scorable:
        items += [_score_item(instrument, score, names) for score in instrument.scores]
    return kept(
        resourceType="Questionnaire",
        id=instrument.id,
        language=wording.language if wording else instrument.language,
        url=names.questionnaire(instrument.id),
        version=instrument.version,
        name="".join(part.capitalize() for part in instrument.id.split("-")),
        title=instrument.title,
        status="active" if shown and instrument.scorable else "draft",
        subjectType=["Patient"],
        description="\n\n".join(about),
        copyright=copyright_of(instrument, wording),
        code=[*_loinc(instrument.panel), coding(names.code_system("instrument"), instrument.id, instrument.title)],
        item=items,
    )


def copyright_of(instrument: Instrument, wording: Wording | None = None) -> str:
    """The terms of use, with LOINC's notice where LOINC content is present."""
    terms = wording.copyright if wording else instrument.licence.note
    return f"{terms}\n\n{LOINC_NOTICE}" if has_loinc(instrument) else terms


def has_loinc(instrument: Instrument) -> bool:
    return bool(
        instrument.panel
        or any(item.loinc for item in instrument.items)
        or any(score.loinc for score in instrument.scores)
        or any(
            option.loinc_answer for answers in instrument.options.values() for option in getattr(answers, "options", ())
        )
    )


def item_codes(instrument: Instrument, item: Item, names: Names) -> list[Resource]:
    """LOINC's code where one was read, then our own, which tells the same question of two instruments apart."""
    own = coding(names.code_system(instrument.id), item.id)
    return [coding(LOINC, item.loinc), own] if item.loinc else [own]


def score_codes(instrument: Instrument, score: Score, names: Names) -> list[Resource]:
    return [*_loinc(score.loinc), coding(names.code_system(instrument.id), score.id, title_of(score))]


def _loinc(code: object) -> list[Resource]:
    number = getattr(code, "code", None)
    return [coding(LOINC, number, getattr(code, "display", None))] if number else []


def stem_id(instrument: Instrument, item: Item | None = None) -> str:
    """The linkId of a stem: with a hyphen, which no item id has."""
    return f"{instrument.id}-stem" if item is None else f"{instrument.id}-stem-{item.id}"


def _items(instrument: Instrument, names: Names, texts: Mapping[str, str]) -> list[Resource]:
    """The questions in their order, each stem before the questions it leads."""
    items: list[Resource] = []
    last = instrument.stem
    if last and instrument.items:
        items.append({"linkId": stem_id(instrument), "text": last, "type": "display"})
    for item in instrument.items:
        stem = item.stem or instrument.stem
        if stem and stem != last:
            items.append({"linkId": stem_id(instrument, item), "text": stem, "type": "display"})
        last = stem
        items.append(_question(instrument, item, names) | ({"text": texts[item.id]} if texts else {}))
    return items


def _question(instrument: Instrument, item: Item, names: Names) -> Resource:
    answers = instrument.options[item.options]
    extensions: list[Resource] = []
    if isinstance(answers, Quantity):
        kind = "valueInteger" if answers.integer else "valueDecimal"
        extensions += [
            {"url": url, kind: limit}
            for url, limit in ((MIN_VALUE, answers.min), (MAX_VALUE, answers.max))
            if limit is not None
        ]
        extensions.append(_unit(answers.unit, unit_of(answers.unit)))
    extensions += _extracted()
    return kept(
        extension=extensions,
        linkId=item.id,
        code=item_codes(instrument, item, names),
        prefix=str(item.n),
        text=item.text,
        type=item_type(instrument, item),
        answerOption=[
            kept(
                extension=[]
                if option.weight is None
                else [{"url": url, "valueDecimal": option.weight} for url in (ITEM_WEIGHT, ORDINAL_VALUE)],
                valueCoding=coding(option.system, option.code, option.display),
            )
            for option in coded_options(instrument, item, names)
        ],
    )


def _score_item(instrument: Instrument, score: Score, names: Names) -> Resource:
    expression = calculated_expression(instrument, score)
    title = title_of(score)
    extensions: list[Resource] = []
    if expression:
        in_fhirpath = {"description": score.missing.rule, "language": "text/fhirpath", "expression": expression}
        extensions.append({"url": CALCULATED_EXPRESSION, "valueExpression": in_fhirpath})
    else:
        title += " (the service computes it from the answers; this form does not)"
        why = score.rule or score.missing.rule
        extensions.append({"url": names.extension(NOT_CALCULATED), "valueString": why})
    kind = score_type(score)
    if kind == "decimal":
        unit = unit_of_score(instrument, score)
        extensions.append(_unit(unit or "score", unit_of(unit) if unit else SCORE_UNIT))
    system = category_system(instrument, score, names)
    return kept(
        extension=[*extensions, *_extracted()],
        linkId=score.id,
        code=score_codes(instrument, score, names),
        text=title,
        type=kind,
        readOnly=True,
        answerOption=[{"valueCoding": coding(system, value, value)} for value in score.values or ()],
    )


def _unit(unit: str, ucum: str) -> Resource:
    return {"url": QUESTIONNAIRE_UNIT, "valueCoding": coding(UCUM, ucum, unit)}


def _extracted() -> list[Resource]:
    """The marks that let any SDC client make Observations of the answers."""
    return [
        {"url": OBSERVATION_EXTRACT, "valueBoolean": True},
        {"url": EXTRACT_CATEGORY, "valueCodeableConcept": SURVEY},
    ]
