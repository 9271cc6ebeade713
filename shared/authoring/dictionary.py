"""The data dictionary: one row for every item and score, for research databases and statistics packages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from shared.instruments.definition import AnswerSet, Choice, Instrument, Item, Option, Quantity, Score
from shared.instruments.registry import Definition

COLUMNS = (
    "instrument",
    "instrument_version",
    "variable",
    "kind",
    "number",
    "label",
    "label_is",
    "type",
    "unit",
    "min",
    "max",
    "answers",
    "reverse_scored",
    "scored",
    "direction",
    "missing_rule",
    "missing_rule_verified",
    "bands",
    "bands_verified",
    "loinc",
)
"""``variable`` is unique within its instrument. Empty means: does not apply, or not recorded."""


def dictionary_rows(definitions: Iterable[Definition]) -> list[dict[str, Any]]:
    """Rows in the order of the instruments, each with its items first and then its scores."""
    return [row for definition in definitions for row in _instrument_rows(definition.instrument)]


def dictionary_json(definitions: Iterable[Definition]) -> str:
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in dictionary_rows(definitions))
    return f"[\n{rows}\n]\n"


def dictionary_csv(definitions: Iterable[Definition]) -> str:
    """The same rows as CSV (RFC 4180 with LF line ends); answers and bands as ``value=label`` pairs."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in dictionary_rows(definitions):
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return out.getvalue()


def _instrument_rows(instrument: Instrument) -> Iterator[dict[str, Any]]:
    for item in instrument.items:
        yield _row(instrument, item.id, "item") | _item(instrument, item)
    for score in instrument.scores if instrument.scorable else ():
        yield _row(instrument, score.id, "score") | _score(score)


def _row(instrument: Instrument, variable: str, kind: str) -> dict[str, Any]:
    known = {"instrument": instrument.id, "instrument_version": instrument.version, "variable": variable, "kind": kind}
    return dict.fromkeys(COLUMNS) | known


def _item(instrument: Instrument, item: Item) -> dict[str, Any]:
    in_a_score = any(item.id in score.items for score in instrument.scores)
    return {
        "number": item.n,
        "label": item.text,
        "label_is": "official wording" if item.text_is == "official" else "our short label",
        "reverse_scored": item.reverse or item.recode is not None,
        "scored": instrument.scorable and (item.scored or in_a_score),
        "loinc": item.loinc,
        **_answers(instrument.options[item.options]),
    }


def _answers(answers: AnswerSet) -> dict[str, Any]:
    if isinstance(answers, Choice):
        sent = [{"sent": _sent(option), "label": option.label, "counts": option.value} for option in answers.options]
        numbers = [answer["sent"] for answer in sent if not isinstance(answer["sent"], str)]
        whole = len(numbers) == len(sent)
        ends = {"min": min(numbers), "max": max(numbers)} if whole else {}
        return {"type": "integer choice" if whole else "word choice", "answers": sent, **ends}
    if isinstance(answers, Quantity):
        kind = "integer" if answers.integer else "number"
        return {"type": kind, "unit": answers.unit, "min": answers.min, "max": answers.max}
    return {"type": answers.type, "unit": answers.unit}


def _sent(option: Option) -> Any:
    return option.value if option.code is None else option.code


def _score(score: Score) -> dict[str, Any]:
    low, high = score.range or (None, None)
    bands = score.bands.rows if score.bands else ()
    return {
        "label": score.title or score.id.replace("_", " "),
        "label_is": "score",
        "type": "category" if score.values else "number",
        "min": low,
        "max": high,
        "answers": [{"sent": value, "label": value} for value in score.values] if score.values else None,
        "direction": score.direction,
        "missing_rule": score.missing.rule,
        "missing_rule_verified": None if score.missing.method == "inherit" else not score.missing.unverified,
        "bands": [{"label": band.label, "low": band.low, "high": band.high} for band in bands] or None,
        "bands_verified": not score.bands.unverified if score.bands and bands else None,
        "loinc": score.loinc.code if score.loinc else None,
    }


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " | ".join(_pair(part) for part in value)
    return value


def _pair(part: dict[str, Any]) -> str:
    if "low" in part:
        return f"{part['low']} to {part['high']}={part['label']}"
    counts = part.get("counts", part["sent"])
    return f"{part['sent']}={part['label']}" + ("" if counts == part["sent"] else f" (counts {counts})")
