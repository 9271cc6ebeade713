"""Is it a definition at all? JSON, keys, types, blanks, and text that belongs to somebody's machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.errors import DefinitionRefused, Problem, pointer
from shared.instruments.registry import Definition, read

BLANK = "FILL IN"
"""The mark of a blank that ``new`` leaves for the author."""

_MACHINE_PATH = re.compile(r"""(?:^|[\s'"(=])(?:file://|[A-Za-z]:\\|~/|(?:/[A-Za-z0-9_.-]+){2,})""")


def check_form(content: bytes, name: str) -> tuple[Definition | None, list[Problem]]:
    """The definition where its form allows one, and every problem of form."""
    problems = [*_read_json(content)]
    if problems and problems[0].code == "malformed":
        return None, problems
    raw = json.loads(content)
    blanks = [*find_blanks(raw)]
    problems += blanks
    problems += find_machine_paths(raw)
    try:
        return read(content, name), problems
    except DefinitionRefused as refused:
        blank = {problem.pointer for problem in blanks}
        of_form = [problem._replace(pointer=_in_the_file(raw, problem)) for problem in refused.problems]
        return None, problems + [problem for problem in dict.fromkeys(of_form) if problem.pointer not in blank]


def find_blanks(part: Any, *path: str | int) -> Iterator[Problem]:
    """Every text that still carries the mark of a blank."""
    for where, text in _texts(part, *path):
        if BLANK in text:
            yield Problem(pointer(*where), "blank", f"is still blank: {text.replace(BLANK + ': ', '')}")


def find_machine_paths(part: Any) -> Iterator[Problem]:
    for where, text in _texts(part):
        if _MACHINE_PATH.search(text):
            yield Problem(pointer(*where), "machine-path", "holds a path of somebody's machine")


def _in_the_file(raw: Any, problem: Problem) -> str:
    where = real_pointer(raw, problem.pointer)
    absent = problem.pointer.rsplit("/", 1)[-1]
    return f"{where}/{absent}" if problem.code == "required" and not where.endswith(f"/{absent}") else where


def real_pointer(raw: Any, tagged: str) -> str:
    """pydantic names the chosen member of a union inside its path; the file has no such key."""
    part, real = raw, ""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in tagged.split("/")[1:]]
    for step in steps:
        if isinstance(part, list) and step.isdigit() and int(step) < len(part):
            part, real = part[int(step)], real + pointer(step)
        elif isinstance(part, dict) and step in part:
            part, real = part[step], real + pointer(step)
    return real


def _read_json(content: bytes) -> Iterator[Problem]:
    twice: dict[str, None] = {}

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in found]
        twice.update(dict.fromkeys(key for place, key in enumerate(keys) if key in keys[:place]))
        return dict(found)

    try:
        json.loads(content, object_pairs_hook=pairs, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        yield Problem("", "malformed", f"is not JSON{where}")
    for key in twice:
        yield Problem("", "duplicate-key", f'holds the key "{key}" twice in one object, so one of the two is lost')


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _texts(part: Any, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(part, str):
        yield path, part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(value, *path, key)
    elif isinstance(part, list):
        for place, value in enumerate(part):
            yield from _texts(value, *path, place)
