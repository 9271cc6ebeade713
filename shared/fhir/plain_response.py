"""The hot path: a plain, well-formed response in one pass.

It accepts only what the full reading accepts without a word, and gives the same; anything unusual is ``None`` and goes
to the full reading (a property test holds the two together). Duplicate keys, which the parser does not tell, are found
by counting: without an escape in the bytes, every key and every string has exactly two quotation marks.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import from_json

from shared.fhir.document import MAX_BYTES
from shared.fhir.form import Form
from shared.fhir.forms import Forms
from shared.fhir.moments import INSTANT, is_real
from shared.fhir.reading import SCORED_STATUSES, Part, Reading
from shared.fhir.response_head import setting_of
from shared.instruments.named_steps import Answer
from shared.scoring import SELF

_STRINGS = {"id": re.compile(r"[A-Za-z0-9.-]{1,64}"), "language": re.compile(r"\S+( \S+)*")}
_NEEDED = frozenset({"resourceType", "questionnaire", "status", "subject", "authored", "item"})
_PATIENT = re.compile(r"(?:\S*/)?Patient/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_URI = re.compile(r"\S+")
_LARGEST_TOTAL = 1e6


def read_plain(raw: bytes, forms: Forms) -> Reading | None:
    """The reading of a response that is plain and right; ``None`` says nothing but that the full reading must look."""
    if b"\\" in raw or len(raw) > MAX_BYTES:
        return None
    try:
        document = from_json(raw, allow_inf_nan=False)
        return _read(document, forms, raw.count(b'"'))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _read(document: dict[str, Any], forms: Forms, quotation_marks: int) -> Reading | None:
    form = forms.named(document["questionnaire"])
    if form is None or form.plain is None or document["resourceType"] != "QuestionnaireResponse":
        return None
    status, authored, subject = document["status"], document["authored"], document["subject"]["reference"]
    if status not in SCORED_STATUSES or not INSTANT.fullmatch(authored) or not is_real(authored):
        return None
    patient = _PATIENT.fullmatch(subject)
    definition = form.members[0].definition
    if patient is None or len(document["subject"]) != 1 or not definition.instrument.scorable:
        return None
    responses: dict[str, Answer] = {}
    stated: dict[str, Any] = {}
    items = document["item"]
    if type(items) is not list or not items:
        return None
    parts = _items(items, form, responses, stated)
    # resourceType, questionnaire, status and authored with their strings, subject with its reference, item.
    parts += 12
    setting = SELF
    if len(document) != len(_NEEDED):
        parts += _others(document)
        setting = setting_of(document, subject)
    if parts * 2 != quotation_marks or len(responses) + len(stated) != len(items):
        return None
    if form.required and not form.required <= responses.keys():
        return None
    return Reading(
        document, form, status, subject, patient[1], authored, setting, [Part(definition, responses, stated)], []
    )


def _items(items: list[Any], form: Form, responses: dict[str, Answer], stated: dict[str, Any]) -> int:
    """Read every item; how many keys and strings they hold. Raises where one is not plain."""
    table = form.plain or {}
    parts = 0
    for item in items:
        target, text, codes = table[item["linkId"]]
        size = len(item)
        if size == 3:
            sent = item["text"]
            if sent != text and (text is not None or type(sent) is not str or not sent):
                raise ValueError
            parts += 2
        elif size != 2:
            raise ValueError
        [answer] = item["answer"]
        if len(answer) != 1:
            raise ValueError
        if codes is None:
            value = answer["valueDecimal"]
            if type(value) not in (int, float) or abs(value) > _LARGEST_TOTAL:
                raise ValueError
            stated[target] = value
            parts += 4
            continue
        coding = answer["valueCoding"]
        system, response = codes[coding["code"]]
        if coding["system"] != system:
            raise ValueError
        size = len(coding)
        if size == 3:
            if type(coding["display"]) is not str or not coding["display"]:
                raise ValueError
            parts += 10
        elif size == 2:
            parts += 8
        else:
            raise ValueError
        responses[target] = response
    return parts


def _others(document: dict[str, Any]) -> int:
    """The plain kinds of what else a response may say; raises at any other."""
    parts = 0
    for name in document.keys() - _NEEDED:
        value = document[name]
        if name in _STRINGS:
            if not _STRINGS[name].fullmatch(value):
                raise ValueError
            parts += 2
        elif name in ("author", "source", "encounter"):
            if len(value) != 1 or type(value["reference"]) is not str or not value["reference"]:
                raise ValueError
            parts += 3
        elif name == "meta":
            profiles = value["profile"]
            if len(value) != 1 or type(profiles) is not list or not profiles:
                raise ValueError
            if not all(_URI.fullmatch(profile) for profile in profiles):
                raise ValueError
            parts += 2 + len(profiles)
        else:
            raise ValueError
    return parts
