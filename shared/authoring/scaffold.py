"""A new definition with every blank marked, for an author who holds the paper in hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from shared.authoring.checks.form import BLANK

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class CannotScaffold(Exception):
    """The id is not one, or a file of that name is there already."""


def scaffold(instrument_id: str, folder: Path) -> Path:
    """Write ``<id>.json`` in ``folder`` and return its path; an existing file is never touched.

    Raises:
        CannotScaffold: with the reason.
    """
    if not _ID.fullmatch(instrument_id):
        raise CannotScaffold("an id is lower-case words and numbers joined by hyphens, such as phq-9")
    path = folder / f"{instrument_id}.json"
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(blank_definition(instrument_id), ensure_ascii=False, indent=2) + "\n")
    except FileExistsError:
        raise CannotScaffold(f"{path.name} is there already and was not touched") from None
    except OSError as error:
        raise CannotScaffold(f"{path.name} could not be written: {error.strerror}") from error
    return path


def blank(hint: str) -> str:
    return f"{BLANK}: {hint}"


def blank_definition(instrument_id: str) -> dict[str, Any]:
    """The parts that every scorable instrument needs, in the order an author meets them in the paper."""
    prefix = instrument_id.replace("-", "") if instrument_id[0].isalpha() else "item"
    items = [f"{prefix}_{number}" for number in (1, 2)]
    where = blank("where it was read (a DOI, PMID or URL), or remove this line and write unverified: true")
    return {
        "id": instrument_id,
        "version": "1.0.0",
        "title": blank("the full name"),
        "domain": blank(
            "mood, sleep, pain, psychosocial, function, opioid-risk, neuropathic, perioperative or outcome"
        ),
        "status": "scorable",
        "purpose": blank("what it measures, in one line"),
        "recall": {"text": blank("the time the answers are about, as the form says it")},
        "licence": {
            "status": blank(
                "public-domain, free-no-permission, free-with-attribution, free-non-commercial, permission-required"
                " or proprietary"
            ),
            "may_ship_item_text": False,
            "note": blank("who may use it, in one line"),
            "source": where,
        },
        "citations": [{"text": blank("the paper that gives the scoring"), "source": where}],
        "trust": {
            "grade": blank("A, B, C or D, by the second reader"),
            "score_basis_verified": blank("yes, partly or no"),
            "missing_rule_verified": blank("yes, partly or no (strict rule ours)"),
            "bands_verified": blank("yes, no or none given"),
            "important_difference_verified": blank("yes, no or none given"),
            "remaining_doubts": blank("what a user should know"),
        },
        "options": {"answers": {"type": "choice", "options": [_option(0), _option(1)]}},
        "items": [_item(item, number) for number, item in enumerate(items, 1)],
        "scores": [_total(items, where)],
        "alerts": [],
        "worked_examples": [
            {
                "answers": dict.fromkeys(items, 1),
                "expect": {"total": {"value": 2, "band": None}},
                "source": blank("where input and result were read, or arithmetic"),
            }
        ],
        "notes": blank("what a scorer gets wrong"),
    }


def _option(value: int) -> dict[str, Any]:
    return {"value": value, "label": blank(f"the answer that counts {value}")}


def _item(item: str, number: int) -> dict[str, Any]:
    return {
        "id": item,
        "n": number,
        "text": blank("our short label; the official wording only where the licence lets it ship"),
        "text_is": "paraphrase",
        "options": "answers",
    }


def _total(items: list[str], where: str) -> dict[str, Any]:
    return {
        "id": "total",
        "method": "sum",
        "items": items,
        "range": [0, 2],
        "direction": blank("higher-is-worse, higher-is-better or neutral"),
        "missing": {
            "rule": blank("the developers' rule in words; where none was read, every item is needed"),
            "method": "require-all",
            "source": where,
        },
        "bands": {
            "rows": [
                {"label": blank("the name of the lower band"), "low": 0, "high": 0},
                {"label": blank("the name of the upper band"), "low": 1, "high": 2},
            ],
            "source": where,
        },
    }
