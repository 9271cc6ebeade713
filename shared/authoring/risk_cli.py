"""The commands for authors of risk models: check, new, pages, schema."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from shared.authoring.publish import stale, write
from shared.authoring.risk_pages import OWNED, page_files, schema_file
from shared.authoring.risk_review import review
from shared.authoring.risk_scaffold import LINKS, scaffold
from shared.authoring.scaffold import CannotScaffold
from shared.errors import DefinitionRefused, Problem
from shared.risk_models.registry import DEFINITIONS, NOT_COMPUTABLE, Registry

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds ``shared``: where the published files stand."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 is well, 1 is a problem that was printed, 2 is a command that was not understood."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except DefinitionRefused as refused:
        print(refused.detail, file=sys.stderr)
        for problem in refused.problems:
            print(f"  {problem.pointer or '/'}: {problem.detail}", file=sys.stderr)
        return 1
    return code


def check(arguments: argparse.Namespace) -> int:
    """Every problem of the files, or of all shipped models."""
    files = arguments.files or sorted(DEFINITIONS.glob("*.json"))
    if not arguments.files:
        _ = Registry([DEFINITIONS], NOT_COMPUTABLE).not_computable  # a broken list is refused by name
    failed = False
    for file in files:
        try:
            problems = [*review(file.read_bytes(), file.name), *_id_is_free(file)]
        except OSError as error:
            print(f"{file}: {error.strerror}")
            failed = True
            continue
        for problem in problems:
            print(f"{file.name}: {problem.pointer or '/'}: {problem.detail}")
        failed = failed or bool(problems)
        if not problems:
            print(f"{file.name}: ok")
    return int(failed)


def _id_is_free(file: Path) -> Iterator[Problem]:
    if file.resolve().parent != DEFINITIONS.resolve() and (DEFINITIONS / file.name).exists():
        yield Problem("/id", "duplicate", "is the id of a model that ships with the service; the two would be refused")


def new(arguments: argparse.Namespace) -> int:
    """A definition with its blanks marked."""
    try:
        path = scaffold(arguments.id, arguments.into, arguments.link)
    except CannotScaffold as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"{path} is written. Fill in every blank, then: python -m shared.risk_models check {path}")
    return 0


def pages(arguments: argparse.Namespace) -> int:
    """Write the pages, or only say which are stale."""
    files = page_files(Registry(arguments.source or [DEFINITIONS], NOT_COMPUTABLE))
    return _published(files, OWNED, arguments)


def schema(arguments: argparse.Namespace) -> int:
    """Write the JSON Schema of a definition file, or only say whether it is stale."""
    return _published(schema_file(), (), arguments)


def _published(files: dict[str, str], owned: Sequence[str], arguments: argparse.Namespace) -> int:
    if arguments.check:
        differing = stale(files, owned, arguments.into)
        for path in differing:
            print(f"{path} is stale: run python -m shared.risk_models {arguments.command}")
        return int(bool(differing))
    changed = write(files, owned, arguments.into)
    print(f"{len(files)} files, {len(changed)} changed")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.risk_models", description="For authors of risk models.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("check", help="name every problem of a model (all shipped ones without FILE)")
    command.add_argument("files", nargs="*", type=Path, metavar="FILE")
    command.set_defaults(run=check)
    command = commands.add_parser("new", help="start a model with its blanks marked; never overwrites")
    command.add_argument("id", metavar="ID")
    command.add_argument("--link", choices=LINKS, default="logit", help="the kind of equation; default: logit")
    command.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="default: the current folder")
    command.set_defaults(run=new)
    command = _publisher(commands, "pages", "write docs/models from the definitions")
    words = "models to read, also several times; default: the shipped ones"
    command.add_argument("--from", dest="source", type=Path, action="append", metavar="FOLDER", help=words)
    command.set_defaults(run=pages)
    command = _publisher(commands, "schema", "write docs/schema/risk-model.schema.json")
    command.set_defaults(run=schema)
    return parser


def _publisher(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=words)
    command.add_argument("--check", action="store_true", help="write nothing; 1 when a file is stale")
    command.add_argument("--into", type=Path, default=ROOT, metavar="FOLDER", help="default: this project")
    return command
