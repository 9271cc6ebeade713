"""``python -m shared.batteries check``: every problem of the file of batteries, and how long each battery is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.batteries.checks import check_batteries
from shared.batteries.definition import BATTERIES, Batteries
from shared.batteries.size import size_of
from shared.documents import load_document
from shared.errors import DefinitionRefused
from shared.instruments import Registry, registry
from shared.procedures import procedures
from shared.profile import factors


def main(argv: Sequence[str] | None = None) -> int:
    """0: all is well. 1: problems, each printed with its file, its place and a sentence."""
    arguments = _parser().parse_args(argv)
    name = arguments.file.name
    try:
        batteries = load_document(Batteries, arguments.file).content
        problems = check_batteries(batteries, factors().content, arguments.instruments, procedures().content)
    except DefinitionRefused as refused:
        print(refused.detail)
        problems = list(refused.problems)
    else:
        for battery in batteries.batteries:
            size = size_of(batteries, battery, factors().content.facts)
            items, minutes = size["items"], size["minutes"]
            estimate = ", an estimate" if size["assumption"]["unverified"] else ""
            print(
                f"{battery.id}: {items['fewest']} to {items['most']} items, "
                f"{minutes['fewest']} to {minutes['most']} minutes{estimate}"
            )
    for problem in problems:
        print(f"{name}: {problem.pointer or '/'}: {problem.detail}")
    if not problems:
        print(f"{name}: ok")
    return int(bool(problems))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.batteries", description="For authors of batteries.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="name every problem of the file")
    check.add_argument("file", nargs="?", type=Path, default=BATTERIES, metavar="FILE", help="default: the one shipped")
    check.add_argument(
        "--instruments",
        type=lambda folder: Registry(Path(folder)),
        default=registry(),
        metavar="FOLDER",
        help="default: the instruments shipped here",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
