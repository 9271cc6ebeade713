"""The Questionnaire of a battery: a group for each instrument, whose scores the form computes within it."""

from __future__ import annotations

from collections.abc import Sequence

from shared.fhir.battery_form import BatteryForm, Group
from shared.fhir.codes import panel_codes
from shared.fhir.expressions import Place
from shared.fhir.form import score_id
from shared.fhir.questionnaire import (
    FOR_TRANSCRIPTION,
    form_name,
    has_loinc,
    question_items,
    score_item,
    wording_of,
)
from shared.fhir.systems import LOINC_NOTICE, Names, Resource, kept
from shared.fhir.wording import Shown

IN_GROUPS = "%resource.item.item"
PLAIN_DEFAULT = (
    "The plain default form: without the facts that stand beside the answers, and without licensed instruments. A "
    "question that an earlier group asks in the same words is asked once, and its answer counts in both."
)


def battery_questionnaire(form: BatteryForm, shown: Sequence[Shown], names: Names) -> Resource:
    """The form. ``shown`` holds each group's instrument in the words it is shown in.

    It is a ``draft`` where any of them has labels of ours for its texts or is not scored here.
    """
    instruments = [one.instrument for one in shown]
    official = all(one.is_official for one in shown)
    about = [form.battery.purpose, PLAIN_DEFAULT, *([] if official else [FOR_TRANSCRIPTION])]
    terms = [f"{one.instrument.title}: {one.terms}" for one in shown]
    if any(has_loinc(instrument) for instrument in instruments):
        terms.append(LOINC_NOTICE)
    return kept(
        resourceType="Questionnaire",
        id=form.id,
        meta={"versionId": form.version},
        language=instruments[0].language,
        url=names.questionnaire(form.id),
        version=form.version,
        name=form_name(form.id),
        title=form.battery.title,
        status="active" if official and all(instrument.scorable for instrument in instruments) else "draft",
        subjectType=["Patient"],
        description="\n\n".join(about),
        copyright="\n\n".join(terms),
        item=[_group(group, one, names) for group, one in zip(form.groups, shown, strict=True)],
    )


def _group(group: Group, shown: Shown, names: Names) -> Resource:
    instrument = shown.instrument
    asked = {item.id for item in group.items}
    items = question_items(instrument, [item for item in instrument.items if item.id in asked], names)
    if instrument.scorable:
        place = Place(IN_GROUPS, group.carried)
        items += [score_item(instrument, score, names, score_id(group.id, score.id), place) for score in group.scores]
    gate = group.opened_by
    return kept(
        extension=wording_of(shown, names),
        linkId=group.id,
        code=panel_codes(instrument, names),
        text=instrument.title,
        type="group",
        enableWhen=[]
        if gate is None
        else [{"question": score_id(gate.instrument, gate.score), "operator": gate.op, "answerDecimal": gate.value}],
        item=items,
    )
