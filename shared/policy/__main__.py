"""``python -m shared.policy check FILE``: every problem of a policy file; ``schema`` prints its JSON Schema."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.policy.definition import schema
from shared.policy.review import review
from shared.profile import factors


def main(argv: Sequence[str] | None = None) -> int:
    """0: all is well. 1: problems, each printed with its file, its place and a sentence."""
    arguments = _parser().parse_args(argv)
    if arguments.command == "schema":
        print(json.dumps(schema(), indent=2))
        return 0
    file: Path = arguments.file
    try:
        problems = review(file.read_bytes(), file.name, factors().content)
    except OSError as error:
        print(f"{file}: {error.strerror}")
        return 1
    for problem in problems:
        print(f"{file.name}: {problem.pointer or '/'}: {problem.detail}")
    if not problems:
        print(f"{file.name}: ok")
    return int(bool(problems))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.policy", description="For tenants that write a policy.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="name every problem of a policy file")
    check.add_argument("file", type=Path, metavar="FILE")
    commands.add_parser("schema", help="print the JSON Schema of a policy file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
