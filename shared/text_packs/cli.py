"""The deployer's commands: check files, print the JSON Schema."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.errors import TextPackRefused
from shared.instruments.registry import registry
from shared.text_packs.loader import read
from shared.text_packs.pack import TextPack


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 is well, 1 is a problem that was printed, 2 is a command that was not understood."""
    parser = argparse.ArgumentParser(prog="python -m shared.text_packs", description="For those who deploy wording.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("check", help="name every problem of each text pack")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    commands.add_parser("schema", help="print the JSON Schema of a text pack")
    arguments = parser.parse_args(argv)
    if arguments.command == "schema":
        print(schema_text(), end="")
        return 0
    return check(arguments.files)


def check(files: Sequence[Path]) -> int:
    """Print ``file: pointer: sentence`` for each problem."""
    failed = False
    for file in files:
        problems = list(problems_in(file))
        for line in problems:
            print(f"{file}: {line}")
        failed = failed or bool(problems)
    return int(failed)


def problems_in(file: Path) -> Iterator[str]:
    """Every problem of one file; nothing for a good one, of which one line is printed."""
    try:
        pack, sha256 = read(file.read_bytes(), file.name, registry())
    except OSError as error:
        yield str(error.strerror)
        return
    except TextPackRefused as refused:
        yield from (f"{problem.pointer or '/'}: {problem.detail}" for problem in refused.problems)
        return
    note = " (invented wording: never loaded unless asked for)" if pack.invented else ""
    print(f"{file}: ok: {pack.instrument} in {pack.language}, version {pack.version}, sha256 {sha256}{note}")


def schema_text() -> str:
    """The JSON Schema (2020-12) of a text pack, from the model that reads it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **TextPack.model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
