"""``python -m shared.storage recompute``: prove stored results, and list what a faulty definition touched.

For an operator with permission to read the whole table; no function of the service has it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from shared.assessments.recompute import FindDefinition, FindModel, recompute
from shared.instruments.registry import Definition, read, registry
from shared.risk_models import Definition as RiskModelDefinition
from shared.risk_models import folders_of
from shared.risk_models import registry as risk_models
from shared.risk_models.registry import read as read_model
from shared.storage import items
from shared.storage.client import dynamodb

SHOWING = ("create", "read", "list", "deliver")


def main(argv: Sequence[str] | None = None) -> int:
    """Print one JSON line for each assessment that comes out otherwise, and a summary. 1 when there is any."""
    asked = _parser().parse_args(argv)
    named = read(Path(asked.definition).read_bytes(), Path(asked.definition).name) if asked.definition else None
    model = read_model(Path(asked.model).read_bytes(), Path(asked.model).name) if asked.model else None
    only = named.instrument.id if named else model.model.id if model else asked.only
    stored = list(_items(asked.table))
    shown = _shown(stored)
    looked, touched, unproved = 0, 0, 0
    for tenant, document in _assessments(stored, only, asked.scored_with):
        looked += 1
        found = recompute(document, _finder(named, today=asked.today), _model_finder(model, today=asked.today), only)
        unproved += bool(found["not_at_hand"])
        if found["differences"]:
            touched += 1
            print(json.dumps({"tenant": tenant, **found, "shown_to": shown.get(document["id"], [])}))
    print(f"{looked} assessments looked at, {touched} come out otherwise, {unproved} with a definition not at hand")
    return 1 if touched else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.storage")
    command = parser.add_subparsers(required=True).add_parser("recompute", help="prove stored results")
    command.add_argument("--table", required=True)
    command.add_argument("--only", metavar="ID", help="only results of this instrument or risk model")
    command.add_argument("--scored-with", metavar="SHA256", help="only results of the definition with this hash")
    against = command.add_mutually_exclusive_group()
    against.add_argument("--today", action="store_true", help="against today's definitions, not each result's own")
    against.add_argument("--definition", metavar="FILE", help="against this definition of an instrument")
    against.add_argument("--model", metavar="FILE", help="against this definition of a risk model")
    return parser


def _finder(named: Definition | None, *, today: bool) -> FindDefinition:
    def find(instrument: str, sha256: str) -> Definition | None:
        if named is not None:
            return named if named.instrument.id == instrument else None
        if today:
            return registry().get(instrument) if instrument in registry().ids else None
        return registry().by_hash(instrument, sha256)

    return find


def _model_finder(named: RiskModelDefinition | None, *, today: bool) -> FindModel:
    models = risk_models(folders_of(os.environ.get("RISK_MODEL_FOLDERS", "")))

    def find(model: str, sha256: str) -> RiskModelDefinition | None:
        if named is not None:
            return named if named.model.id == model else None
        current = models.get(model) if model in models.ids else None
        return current if today or (current and current.sha256 == sha256) else None

    return find


def _items(table: str) -> Iterator[dict[str, Any]]:
    for page in dynamodb().get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _assessments(
    stored: Sequence[dict[str, Any]], only: str | None, scored_with: str | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in stored:
        if item.get("kind", {}).get("S") == "assessment":
            document = items.unpack(item["document"])
            hashes = {result["instrument"]: result["definition_sha256"] for result in document["results"]}
            hashes |= {one["model"]: one["definition_sha256"] for one in document["risk"]["estimates"]}
            if (only is None or only in hashes) and (scored_with is None or scored_with in hashes.values()):
                yield item["pk"]["S"].split("#")[1], document


def _shown(stored: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Assessment → who was shown it, when and how, from the audit trail."""
    shown: dict[str, list[dict[str, str]]] = {}
    for item in stored:
        if item.get("kind", {}).get("S") == "audit" and item["action"]["S"] in SHOWING:
            when = item["sk"]["S"].split("#")[0]
            for word in item["entity"]["S"].split():
                if len(word) == 26:
                    entry = {"actor": item["actor"]["S"], "when": when, "how": item["action"]["S"]}
                    shown.setdefault(word, []).append(entry)
    return shown


if __name__ == "__main__":
    sys.exit(main())
