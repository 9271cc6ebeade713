"""``python -m shared.storage recompute``: prove stored results, and list what a faulty definition touched.

For an operator with permission to read the whole table; no function of the service has it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from shared.assessments.recompute import FindDefinition, recompute
from shared.instruments.registry import Definition, read, registry
from shared.storage import items
from shared.storage.client import dynamodb

SHOWING = ("create", "read", "list")


def main(argv: Sequence[str] | None = None) -> int:
    """Print one JSON line for each assessment that comes out otherwise, and a summary. 1 when there is any."""
    asked = _parser().parse_args(argv)
    named = read(Path(asked.definition).read_bytes(), Path(asked.definition).name) if asked.definition else None
    only = named.instrument.id if named else asked.instrument
    stored = list(_items(asked.table))
    shown = _shown(stored)
    looked, touched, unproved = 0, 0, 0
    for tenant, document in _assessments(stored, only, asked.scored_with):
        looked += 1
        found = recompute(document, _finder(named, today=asked.today), only)
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
    command.add_argument("--instrument", help="only results of this instrument")
    command.add_argument("--scored-with", metavar="SHA256", help="only results of the definition with this hash")
    against = command.add_mutually_exclusive_group()
    against.add_argument("--today", action="store_true", help="against today's definitions, not each result's own")
    against.add_argument("--definition", metavar="FILE", help="against this definition")
    return parser


def _finder(named: Definition | None, *, today: bool) -> FindDefinition:
    def find(instrument: str, sha256: str) -> Definition | None:
        if named is not None:
            return named if named.instrument.id == instrument else None
        if today:
            return registry().get(instrument) if instrument in registry().ids else None
        return registry().by_hash(instrument, sha256)

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
