"""The author's commands: check, new, diff, try, pages, conformance, dictionary, schema, table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.authoring.catalogue import catalogue_table
from shared.authoring.checks.names import check_names
from shared.authoring.command import add_publisher, begin, check_files, publish, run
from shared.authoring.difference import compare, in_words
from shared.authoring.publish import PUBLICATIONS
from shared.authoring.review import review
from shared.authoring.scaffold import scaffold
from shared.authoring.trial import DIFFERENT_KINDS, trial
from shared.errors import UnknownInstrument
from shared.instruments.definition import Instrument
from shared.instruments.registry import DEFINITIONS, Registry, registry

PROGRAM = "python -m shared.instruments"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    return run(_parser(), argv)


def check(arguments: argparse.Namespace) -> int:
    """Every problem of the files, or of all shipped definitions."""
    files = arguments.files or [DEFINITIONS / f"{name}.json" for name in registry().ids]
    return check_files(files, lambda file: review(file.read_bytes(), file.name))


def new(arguments: argparse.Namespace) -> int:
    """A definition with its blanks marked."""
    return begin(PROGRAM, lambda: scaffold(arguments.id, arguments.into))


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


def published(arguments: argparse.Namespace) -> int:
    """Write one kind of published file, or only say which are stale."""
    files_of, owned = PUBLICATIONS[arguments.command]
    return publish(PROGRAM, files_of(Registry(arguments.source).load_all()), owned, arguments)


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
    parser = argparse.ArgumentParser(prog=PROGRAM, description="For authors of definitions.")
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
        command = add_publisher(commands, name, f"write {where} from the definitions")
        _add_source(command)
        command.set_defaults(run=published)
    command = commands.add_parser("table", help="print the catalogue")
    _add_source(command)
    command.set_defaults(run=table)
    return parser


def _add_source(command: argparse.ArgumentParser) -> None:
    """Definitions of another folder, so that a draft can be read as a page before it ships."""
    words = "definitions to read; default: the shipped ones"
    command.add_argument("--from", dest="source", type=Path, default=DEFINITIONS, metavar="FOLDER", help=words)
