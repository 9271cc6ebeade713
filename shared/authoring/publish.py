"""What is written from the definitions, and whether the files on disk still say the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from shared.authoring.conformance import conformance_file, conformance_index
from shared.authoring.dictionary import dictionary_csv, dictionary_json
from shared.authoring.pages import index_page, instrument_page
from shared.instruments.definition import Instrument
from shared.instruments.registry import Definition

Files = dict[str, str]
"""Path below the root → content."""

SCHEMA_PATH = "docs/schema/instrument.schema.json"


def page_files(definitions: Mapping[str, Definition]) -> Files:
    pages = {f"docs/instruments/{name}.md": instrument_page(definition) for name, definition in definitions.items()}
    return pages | {"docs/instruments/index.md": index_page(definitions.values())}


def conformance_files(definitions: Mapping[str, Definition]) -> Files:
    """Vectors of the scorable instruments, and an index that also names those without."""
    scorable = {name: definition for name, definition in definitions.items() if definition.instrument.scorable}
    vectors = {f"conformance/{name}.json": conformance_file(definition) for name, definition in scorable.items()}
    return vectors | {"conformance/index.json": conformance_index(definitions.values())}


def dictionary_files(definitions: Mapping[str, Definition]) -> Files:
    return {
        "docs/data-dictionary.csv": dictionary_csv(definitions.values()),
        "docs/data-dictionary.json": dictionary_json(definitions.values()),
    }


def schema_files(_definitions: Mapping[str, Definition]) -> Files:
    """The JSON Schema (2020-12) of a definition file, from the model that reads it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Instrument.model_json_schema()}
    return {SCHEMA_PATH: json.dumps(schema, ensure_ascii=False, indent=2) + "\n"}


PUBLICATIONS: dict[str, tuple[Callable[[Mapping[str, Definition]], Files], tuple[str, ...]]] = {
    "pages": (page_files, ("docs/instruments/*.md",)),
    "conformance": (conformance_files, ("conformance/*.json",)),
    "dictionary": (dictionary_files, ()),
    "schema": (schema_files, ()),
}
"""Command → what it writes, and the files of its own that must go when nothing writes them any more."""


def write(files: Files, owned: Iterable[str], root: Path) -> list[str]:
    """Write what changed and remove what nothing writes any more; returns the paths, relative to ``root``."""
    changed = stale(files, owned, root)
    for path in changed:
        if path in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(files[path], encoding="utf-8", newline="\n")
        else:
            (root / path).unlink()
    return changed


def stale(files: Files, owned: Iterable[str], root: Path) -> list[str]:
    """The paths that differ from what the definitions give: absent, other, or left over."""
    differing = [path for path, content in files.items() if not _same(root / path, content)]
    on_disk = [path.relative_to(root).as_posix() for pattern in owned for path in sorted(root.glob(pattern))]
    return sorted({*differing, *(path for path in on_disk if path not in files)})


def _same(path: Path, content: str) -> bool:
    return path.is_file() and path.read_bytes() == content.encode()
