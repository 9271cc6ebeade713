"""The author's commands: check, new, diff, try, pages, conformance, dictionary, schema, table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.authoring.catalogue import catalogue_table
from shared.authoring.checks.names import check_names
from shared.authoring.difference import compare, in_words
from shared.authoring.publish import PUBLICATIONS, stale, write
from shared.authoring.review import review
from shared.authoring.scaffold import CannotScaffold, scaffold
from shared.authoring.trial import DIFFERENT_KINDS, trial
from shared.errors import DefinitionRefused, UnknownInstrument
from shared.instruments.definition import Instrument
from shared.instruments.registry import DEFINITIONS, Registry, registry

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
    """Every problem of the files, or of all shipped definitions."""
    files = arguments.files or [DEFINITIONS / f"{name}.json" for name in registry().ids]
    failed = False
    for file in files:
        try:
            problems = review(file.read_bytes(), file.name)
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


def new(arguments: argparse.Namespace) -> int:
    """A definition with its blanks marked."""
    try:
        path = scaffold(arguments.id, arguments.into)
    except CannotScaffold as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"{path} is written. Fill in every blank, then: python -m shared.instruments check {path}")
    return 0


def diff(arguments: argparse.Namespace) -> int:
    """What changed between two files of one instrument; 1 when the version does not say so."""
    old, new_one = (_instrument(path) for path in (arguments.old, arguments.new))
    if old is None or new_one is None:
        return 1
    difference = compare(old, new_one)
    print(in_words(old, new_one, difference), end="")
    return int(bool(difference.complaints))


def try_out(arguments: argparse.Namespace) -> int:
    """Instruments at work, to be read beside their sources; those of different kinds when none is named."""
    definitions = Registry(arguments.source)
    for instrument_id in arguments.ids or DIFFERENT_KINDS:
        try:
            print(trial(definitions.get(instrument_id)))
        except UnknownInstrument:
            print(f"{instrument_id}: no instrument has this id", file=sys.stderr)
            return 1
    return 0


def publish(arguments: argparse.Namespace) -> int:
    """Write one kind of published file, or only say which are stale."""
    files_of, owned = PUBLICATIONS[arguments.command]
    files = files_of(Registry(arguments.source).load_all())
    if arguments.check:
        differing = stale(files, owned, arguments.into)
        for path in differing:
            print(f"{path} is stale: run python -m shared.instruments {arguments.command}")
        return int(bool(differing))
    changed = write(files, owned, arguments.into)
    print(f"{len(files)} files, {len(changed)} changed")
    return 0


def table(arguments: argparse.Namespace) -> int:
    print(catalogue_table(Registry(arguments.source).load_all().values()), end="")
    return 0


def _instrument(path: Path) -> Instrument | None:
    """The definition in a file of any name, since an old version is rarely called by its id."""
    try:
        instrument = Instrument.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        instrument = None
    if instrument is None or any(problem.code == "reference" for problem in check_names(instrument)):
        print(f"{path} is not a definition that can be compared; run check on it first", file=sys.stderr)
        return None
    return instrument


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.instruments", description="For authors of definitions.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("check", help="name every problem of a definition (all shipped ones without FILE)")
    command.add_argument("files", nargs="*", type=Path, metavar="FILE")
    command.set_defaults(run=check)
    command = commands.add_parser("new", help="start a definition with its blanks marked; never overwrites")
    command.add_argument("id", metavar="ID")
    command.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="default: the current folder")
    command.set_defaults(run=new)
    command = commands.add_parser("diff", help="what changed between two versions, and which results could differ")
    command.add_argument("old", type=Path, metavar="OLD")
    command.add_argument("new", type=Path, metavar="NEW")
    command.set_defaults(run=diff)
    command = commands.add_parser("try", help="score typical and extreme forms, to be read beside the sources")
    command.add_argument("ids", nargs="*", metavar="ID", help="default: instruments of different kinds")
    _add_source(command)
    command.set_defaults(run=try_out)
    helps = {
        "pages": "docs/instruments",
        "conformance": "conformance",
        "dictionary": "docs/data-dictionary.csv and .json",
        "schema": "docs/schema",
    }
    for name, where in helps.items():
        command = commands.add_parser(name, help=f"write {where} from the definitions")
        command.add_argument("--check", action="store_true", help="write nothing; 1 when a file is stale")
        command.add_argument("--into", type=Path, default=ROOT, metavar="FOLDER", help="default: this project")
        _add_source(command)
        command.set_defaults(run=publish)
    command = commands.add_parser("table", help="print the catalogue")
    _add_source(command)
    command.set_defaults(run=table)
    return parser


def _add_source(command: argparse.ArgumentParser) -> None:
    """Definitions of another folder, so that a draft can be read as a page before it ships."""
    words = "definitions to read; default: the shipped ones"
    command.add_argument("--from", dest="source", type=Path, default=DEFINITIONS, metavar="FOLDER", help=words)
