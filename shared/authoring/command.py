"""What the authors' commands share: how one is run, how problems are printed, how published files are kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.authoring.publish import stale, write
from shared.authoring.scaffold import CannotScaffold
from shared.errors import DefinitionRefused, Problem

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds ``shared``: where the published files stand."""


def run(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    """Run one command; 0 is well, 1 is a problem that was printed, 2 is a command that was not understood."""
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except DefinitionRefused as refused:
        print(refused.detail, file=sys.stderr)
        for problem in refused.problems:
            print(f"  {problem.pointer or '/'}: {problem.detail}", file=sys.stderr)
        return 1
    return code


def check_files(files: Iterable[Path], problems_of: Callable[[Path], Iterable[Problem]]) -> int:
    """Print every problem of every file; 1 when there is any."""
    failed = False
    for file in files:
        try:
            problems = list(problems_of(file))
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


def begin(program: str, make: Callable[[], Path]) -> int:
    """Write a definition with its blanks marked, and say what to do next."""
    try:
        path = make()
    except CannotScaffold as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"{path} is written. Fill in every blank, then: {program} check {path}")
    return 0


def publish(program: str, files: Mapping[str, str], owned: Sequence[str], arguments: argparse.Namespace) -> int:
    """Write published files, or with ``--check`` only say which are stale."""
    if arguments.check:
        differing = stale(dict(files), owned, arguments.into)
        for path in differing:
            print(f"{path} is stale: run {program} {arguments.command}")
        return int(bool(differing))
    changed = write(dict(files), owned, arguments.into)
    print(f"{len(files)} files, {len(changed)} changed")
    return 0


def add_publisher(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    """A command that writes published files."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=words)
    command.add_argument("--check", action="store_true", help="write nothing; 1 when a file is stale")
    command.add_argument("--into", type=Path, default=ROOT, metavar="FOLDER", help="default: this project")
    return command
