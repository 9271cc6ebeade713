"""Definitions by id, read lazily: a function that scores one instrument parses one file."""

from __future__ import annotations

import hashlib
import re
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from shared.errors import DefinitionRefused, Problem, UnknownInstrument, problems_of
from shared.instruments.definition import Instrument

DEFINITIONS = Path(__file__).with_name("definitions")
SUPERSEDED = "superseded"
"""Beside the folder of definitions: every version that was ever released, as ``<id>-<version>.json``."""


class Definition(NamedTuple):
    """An instrument and the SHA-256 of the file it was read from."""

    instrument: Instrument
    sha256: str


def fingerprint(content: bytes) -> str:
    """What identifies a definition beside its version: the SHA-256 of its file."""
    return hashlib.sha256(content).hexdigest()


def read(content: bytes, name: str) -> Definition:
    """Parse the bytes of one definition file.

    Raises:
        DefinitionRefused: naming ``name`` and every problem of form.
    """
    try:
        instrument = Instrument.model_validate_json(content)
    except ValidationError as error:
        raise DefinitionRefused(f"{name} is not a valid definition", problems=problems_of(error)) from error
    if name != f"{instrument.id}.json":
        wrong_name = Problem("/id", "value-not-allowed", "must equal the file's name")
        raise DefinitionRefused(f"{name} is not a valid definition", problems=[wrong_name])
    return Definition(instrument, fingerprint(content))


class Registry:
    """The definitions of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[str, Definition] = {}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Every instrument id, sorted."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    def content(self, instrument_id: str) -> bytes:
        """The bytes of one definition file.

        Raises:
            UnknownInstrument: no file of the folder has this id.
        """
        if instrument_id not in self.ids:
            raise UnknownInstrument("No instrument has this id.")
        return (self._folder / f"{instrument_id}.json").read_bytes()

    def get(self, instrument_id: str) -> Definition:
        """The definition of one instrument.

        Raises:
            UnknownInstrument: no file of the folder has this id.
            DefinitionRefused: the file is broken.
        """
        loaded = self._loaded.get(instrument_id)
        if loaded is None:
            loaded = read(self.content(instrument_id), f"{instrument_id}.json")
            self._loaded[instrument_id] = loaded
        return loaded

    def by_hash(self, instrument_id: str, sha256: str) -> Definition | None:
        """The very definition a result was made with: today's, or one that was superseded since; None if not kept."""
        if instrument_id in self.ids and fingerprint(self.content(instrument_id)) == sha256:
            return self.get(instrument_id)
        for path in self._superseded(instrument_id).values():
            content = path.read_bytes()
            if fingerprint(content) == sha256:
                return read(content, f"{instrument_id}.json")
        return None

    def versions(self, instrument_id: str) -> tuple[str, ...]:
        """Every version that is held of an instrument: today's, then the superseded ones, newest first.

        Raises:
            UnknownInstrument: no file of the folder has this id.
        """
        today = self.get(instrument_id).instrument.version
        earlier = [version for version in self._superseded(instrument_id) if version != today]
        return (today, *sorted(earlier, key=_order, reverse=True))

    def version(self, instrument_id: str, version: str) -> Definition | None:
        """The definition of one version; ``None`` if it is not held.

        Raises:
            UnknownInstrument: no file of the folder has this id.
        """
        today = self.get(instrument_id)
        if today.instrument.version == version:
            return today
        path = self._superseded(instrument_id).get(version)
        return None if path is None else read(path.read_bytes(), f"{instrument_id}.json")

    def _superseded(self, instrument_id: str) -> dict[str, Path]:
        """Version → file. The whole name is compared: one id may begin another."""
        name = re.compile(re.escape(instrument_id) + r"-(\d+\.\d+\.\d+)\.json")
        files = sorted((self._folder.parent / SUPERSEDED).glob(f"{instrument_id}-*.json"))
        return {match[1]: path for path in files if (match := name.fullmatch(path.name))}

    def load_all(self) -> dict[str, Definition]:
        """Every definition by id; a broken one is refused by name."""
        return {instrument_id: self.get(instrument_id) for instrument_id in self.ids}


def _order(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@cache
def registry() -> Registry:
    """The definitions shipped with this service."""
    return Registry(DEFINITIONS)
