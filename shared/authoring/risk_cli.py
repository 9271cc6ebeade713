"""The commands for authors of risk models: check, new, pages, schema."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.authoring.command import add_publisher, begin, check_files, publish, run
from shared.authoring.risk_pages import OWNED, page_files, schema_file
from shared.authoring.risk_review import review
from shared.authoring.risk_scaffold import LINKS, scaffold
from shared.errors import Problem
from shared.risk_models.registry import DEFINITIONS, NOT_COMPUTABLE, Registry

PROGRAM = "python -m shared.risk_models"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    return run(_parser(), argv)


def check(arguments: argparse.Namespace) -> int:
    """Every problem of the files, or of all shipped models."""
    files = arguments.files or sorted(DEFINITIONS.glob("*.json"))
    if not arguments.files:
        _ = Registry([DEFINITIONS], NOT_COMPUTABLE).not_computable  # a broken list is refused by name
    return check_files(files, lambda file: [*review(file.read_bytes(), file.name), *_id_is_free(file)])


def _id_is_free(file: Path) -> Iterator[Problem]:
    if file.resolve().parent != DEFINITIONS.resolve() and (DEFINITIONS / file.name).exists():
        yield Problem("/id", "duplicate", "is the id of a model that ships with the service; the two would be refused")


def new(arguments: argparse.Namespace) -> int:
    """A definition with its blanks marked."""
    return begin(PROGRAM, lambda: scaffold(arguments.id, arguments.into, arguments.link))


def pages(arguments: argparse.Namespace) -> int:
    """Write the pages, or only say which are stale."""
    files = page_files(Registry(arguments.source or [DEFINITIONS], NOT_COMPUTABLE))
    return publish(PROGRAM, files, OWNED, arguments)


def schema(arguments: argparse.Namespace) -> int:
    """Write the JSON Schema of a definition file, or only say whether it is stale."""
    return publish(PROGRAM, schema_file(), (), arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="For authors of risk models.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("check", help="name every problem of a model (all shipped ones without FILE)")
    command.add_argument("files", nargs="*", type=Path, metavar="FILE")
    command.set_defaults(run=check)
    command = commands.add_parser("new", help="start a model with its blanks marked; never overwrites")
    command.add_argument("id", metavar="ID")
    command.add_argument("--link", choices=LINKS, default="logit", help="the kind of equation; default: logit")
    command.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="default: the current folder")
    command.set_defaults(run=new)
    command = add_publisher(commands, "pages", "write docs/models from the definitions")
    words = "models to read, also several times; default: the shipped ones"
    command.add_argument("--from", dest="source", type=Path, action="append", metavar="FOLDER", help=words)
    command.set_defaults(run=pages)
    command = add_publisher(commands, "schema", "write docs/schema/risk-model.schema.json")
    command.set_defaults(run=schema)
    return parser
