"""Responses to our forms, as clients send them: complete, with holes, random."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from shared.batteries.definition import GateCondition
from shared.fhir.battery_form import BatteryForm
from shared.fhir.options import coded_options
from shared.fhir.systems import Names
from shared.instruments import Definition, registry
from shared.instruments.definition import Choice, Instrument, Item, Quantity
from shared.instruments.named_steps import Answer
from shared.profile.sources import COMPARE
from shared.scoring import scorer_for

NAMES = Names("https://scoring.example.org/fhir/R4")
SOFTWARE = "Chronic-pain risk scoring 0.1.0"
AUTHORED = "2026-11-20T09:00:00+00:00"

SCORABLE: list[Definition] = [one for one in registry().load_all().values() if one.instrument.scorable]
ALL: list[Definition] = list(registry().load_all().values())


def named(definitions: list[Definition]) -> list[str]:
    return [definition.instrument.id for definition in definitions]


def some_answer(instrument: Instrument, item: Item, rng: random.Random) -> Answer:
    """An answer that the item allows."""
    answers = instrument.options[item.options]
    if isinstance(answers, Choice):
        return rng.choice(coded_options(instrument, item, NAMES)).answer
    if isinstance(answers, Quantity):
        low = answers.min or 0
        high = answers.max if answers.max is not None else low + 60
        whole = rng.randint(int(low), int(high))
        return whole if answers.integer or rng.random() < 0.5 else round(rng.uniform(low, high), 1)
    if answers.type == "time":
        return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"
    return f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def random_responses(instrument: Instrument, rng: random.Random, missing: float = 0.0) -> dict[str, Answer]:
    """Responses of which each item is left out with the chance ``missing``."""
    return {item.id: some_answer(instrument, item, rng) for item in instrument.items if not rng.random() < missing}


def value_of(instrument: Instrument, item: Item, answer: Answer) -> dict[str, Any]:
    """An answer as FHIR carries it."""
    answers = instrument.options[item.options]
    if isinstance(answers, Choice):
        [chosen] = [one for one in coded_options(instrument, item, NAMES) if one.answer == answer]
        return {"valueCoding": {"system": chosen.system, "code": chosen.code, "display": chosen.display}}
    if isinstance(answers, Quantity):
        return {"valueInteger" if answers.integer else "valueDecimal": answer}
    return {"valueTime": f"{answer}:00"} if answers.type == "time" else {"valueDate": answer}


def response_items(instrument: Instrument, responses: Mapping[str, Answer]) -> list[dict[str, Any]]:
    return [
        {"linkId": item.id, "answer": [value_of(instrument, item, responses[item.id])]}
        for item in instrument.items
        if item.id in responses
    ]


def response(instrument: Instrument, responses: Mapping[str, Answer], **more: Any) -> dict[str, Any]:
    """A completed response to our form; ``more`` replaces or adds elements, and ``None`` leaves one out."""
    document = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{NAMES.questionnaire(instrument.id)}|{instrument.version}",
        "status": "completed",
        "subject": {"reference": "Patient/p-1001"},
        "authored": AUTHORED,
        "item": response_items(instrument, responses) or None,
    } | more
    return {name: part for name, part in document.items() if part is not None}


def phq9(**answers: int | None) -> dict[str, Any]:
    """A completed PHQ-9 with ones throughout, unless said otherwise: ``phq9(i9=0, i3=None)``."""
    given = {f"phq9_{n}": 1 for n in range(1, 10)} | {f"phq9_{name[1:]}": answer for name, answer in answers.items()}
    instrument = registry().get("phq-9").instrument
    return response(instrument, {item: answer for item, answer in given.items() if answer is not None})


def battery_answers(battery: BatteryForm, rng: random.Random, missing: float = 0.0) -> dict[str, Answer]:
    """Answers to what a battery's form asks. What a gate opens is answered only where they open it."""
    answers: dict[str, Answer] = {}
    for group in battery.groups:
        if group.opened_by is None or _opens(battery, group.opened_by, answers):
            given = random_responses(group.definition.instrument, rng, missing)
            answers |= {item.id: given[item.id] for item in group.items if item.id in given}
    return answers


def _opens(battery: BatteryForm, gate: GateCondition, answers: Mapping[str, Answer]) -> bool:
    [first] = [group for group in battery.groups if group.id == gate.instrument]
    asked = {item.id: answers[item.id] for item in first.items if item.id in answers}
    result = scorer_for(first.definition).score(asked)
    value = next(score["value"] for score in result["scores"] if score["id"] == gate.score)
    return value is not None and COMPARE[gate.op](value, gate.value)


def battery_response(battery: BatteryForm, answers: Mapping[str, Answer], **more: Any) -> dict[str, Any]:
    """A completed response to a battery's form, each answer in its group."""
    groups = []
    for group in battery.groups:
        asked = {item.id: answers[item.id] for item in group.items if item.id in answers}
        if asked:
            groups.append({"linkId": group.id, "item": response_items(group.definition.instrument, asked)})
    document = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{NAMES.questionnaire(battery.id)}|{battery.version}",
        "status": "completed",
        "subject": {"reference": "Patient/p-1001"},
        "authored": AUTHORED,
        "item": groups,
    }
    return {name: part for name, part in (document | more).items() if part}
