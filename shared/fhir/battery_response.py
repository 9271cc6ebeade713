"""A stored assessment of a battery as one response to the battery's form, where it is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.batteries import batteries
from shared.fhir.battery_form import BatteryForm, battery_of
from shared.fhir.context import Context
from shared.fhir.systems import Resource
from shared.fhir.written_response import Told, answered_items, written
from shared.instruments import Registry


def battery_response(
    battery_id: str,
    definition: Mapping[str, Any],
    parts: Sequence[Told],
    context: Context,
    registry: Registry,
    *,
    identifier: Resource | None = None,
    **about: Any,
) -> Resource | None:
    """The response; ``None`` where the answers are not ones to today's form of the battery.

    ``definition`` says which file of batteries the assessment was made by. An assessment that came by the JSON API may
    hold other instruments or items than the form asks.
    """
    form = battery_of(battery_id, registry)
    if form is None or definition.get("sha256") != batteries().sha256 or not _answers(form, parts):
        return None
    told = {part.instrument.id: part for part in parts}
    items = []
    for group in form.groups:
        part = told.get(group.id)
        if part is None:
            continue
        asked = {item.id: part.responses.get(item.id) for item in group.items}
        shown = {score.id for score in group.scores}
        result = part.result | {"scores": [score for score in part.result["scores"] if score["id"] in shown]}
        inside = answered_items(part.instrument, asked, result, context.names, group.member.score_id)
        items += [{"linkId": group.id, "text": part.instrument.title, "item": inside}] if inside else []
    return written(
        f"{context.names.questionnaire(form.id)}|{form.version}",
        items,
        context,
        identifier=identifier or context.identifier("response", form.id),
        **about,
    )


def _answers(form: BatteryForm, parts: Sequence[Told]) -> bool:
    """Are these answers to questions of the form, and nothing else?"""
    groups = {group.id: group for group in form.groups}
    given = {item: answer for part in parts for item, answer in part.responses.items()}
    for part in parts:
        group = groups.get(part.instrument.id)
        if group is None or part.instrument.version != group.definition.instrument.version:
            return False
        asked = {item.id for item in group.items}
        for item, answer in part.responses.items():
            if item not in asked and (item not in group.carried or given.get(group.carried[item]) != answer):
                return False
    return True
