"""The Questionnaire of an instrument, from its definition: codes, weights, terms of use, and the scores it can show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared.fhir.codes import item_codes, panel_codes, score_codes, stem_id
from shared.fhir.expressions import AT_ROOT, Place, calculated_expression
from shared.fhir.options import (
    category_system,
    coded_options,
    item_type,
    score_type,
    title_of,
    unit_of_score,
)
from shared.fhir.systems import (
    CALCULATED_EXPRESSION,
    EXTRACT_CATEGORY,
    ITEM_WEIGHT,
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
from shared.fhir.wording import Shown
from shared.instruments.definition import Instrument, Item, Quantity, Score

if TYPE_CHECKING:
    from shared.text_packs import LoadedPack

NOT_CALCULATED = "score-not-calculated-by-the-form"
TEXT_PACK = "text-pack"
FOR_TRANSCRIPTION = "For transcription by staff or a system: the texts are short labels, not the licensed questions."


def questionnaire(instrument: Instrument, names: Names, pack: LoadedPack | None = None) -> Resource:
    """The form. ``draft`` where its texts are labels of ours or where its scores are not computed here.

    With a ``pack``, ``instrument`` is in its words. No question is ``required``: too few answers are a result with a
    reason, and a person may leave out a question.
    """
    shown = Shown(instrument, pack)
    about = [instrument.purpose, f"Recall period: {instrument.recall.text}."]
    if not shown.is_official and instrument.items:
        about.append(FOR_TRANSCRIPTION)
    if not instrument.scorable:
        about.append(f"Not scored by this service: {instrument.trust.remaining_doubts}")
    items = question_items(instrument, instrument.items, names)
    if instrument.scorable:
        items += [score_item(instrument, score, names) for score in instrument.scores]
    return kept(
        resourceType="Questionnaire",
        id=instrument.id,
        meta={"versionId": instrument.version},
        language=instrument.language,
        extension=wording_of(shown, names),
        url=names.questionnaire(instrument.id),
        version=instrument.version,
        name=form_name(instrument.id),
        title=instrument.title,
        status="active" if shown.is_official and instrument.scorable else "draft",
        subjectType=["Patient"],
        description="\n\n".join(about),
        copyright=copyright_of(instrument, shown.terms),
        code=panel_codes(instrument, names),
        item=items,
    )


def form_name(id: str) -> str:
    """The name of a form for programs."""
    return "".join(part.capitalize() for part in id.split("-"))


def wording_of(shown: Shown, names: Names) -> list[Resource]:
    """Which text pack the words are from, by the SHA-256 that results keep of it."""
    return [{"url": names.extension(TEXT_PACK), "valueString": shown.pack.sha256}] if shown.pack else []


def copyright_of(instrument: Instrument, terms: str | None = None) -> str:
    """The terms of use, with LOINC's notice where LOINC content is present."""
    terms = instrument.licence.note if terms is None else terms
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


def question_items(instrument: Instrument, asked: Iterable[Item], names: Names) -> list[Resource]:
    """The questions that are asked, in their order, each stem before the questions it leads."""
    items: list[Resource] = []
    last = None
    for item in asked:
        if last is None and instrument.stem:
            items.append({"linkId": stem_id(instrument), "text": instrument.stem, "type": "display"})
            last = instrument.stem
        stem = item.stem or instrument.stem
        if stem and stem != last:
            items.append({"linkId": stem_id(instrument, item), "text": stem, "type": "display"})
        last = stem
        items.append(_question(instrument, item, names))
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


def score_item(
    instrument: Instrument, score: Score, names: Names, link_id: str | None = None, place: Place = AT_ROOT
) -> Resource:
    """A score as a read-only item, which the form computes where one expression says all of its rule."""
    expression = calculated_expression(instrument, score, place)
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
        linkId=link_id or score.id,
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
