"""Text packs from the folders that are handed in. A broken one never reaches a running service."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from shared import strict_json
from shared.errors import Problem, TextPackRefused, UnknownInstrument, problems_of
from shared.instruments.registry import Registry
from shared.scoring.result import TextPackUsed
from shared.text_packs.pack import TextPack
from shared.text_packs.review import review


class LoadedPack(NamedTuple):
    """A text pack and the SHA-256 of the file it was read from."""

    pack: TextPack
    sha256: str

    @property
    def used(self) -> TextPackUsed:
        """What a result keeps of it."""
        return TextPackUsed(language=self.pack.language, version=self.pack.version, sha256=self.sha256)


def read(content: bytes, name: str, registry: Registry) -> LoadedPack:
    """Parse and review the bytes of one text pack.

    Raises:
        TextPackRefused: naming ``name`` and every problem.
    """
    try:
        pack = TextPack.model_validate(strict_json.parse(content))
    except strict_json.NotStrictJson as error:
        raise _refused(name, [Problem("", "malformed", error.detail)]) from None
    except ValidationError as error:
        raise _refused(name, problems_of(error)) from None
    try:
        instrument = registry.get(pack.instrument).instrument
    except UnknownInstrument:
        raise _refused(name, [Problem("/instrument", "unknown-instrument", "no instrument has this id")]) from None
    problems = review(pack, instrument)
    if problems:
        raise _refused(name, problems)
    return LoadedPack(pack, hashlib.sha256(content).hexdigest())


class TextPacks:
    """The packs of some folders, by instrument and language. A language is matched by its whole tag, never by a part.

    Without a pack for exactly the language asked for there is none: nothing falls back to another language or region.

    Raises:
        TextPackRefused: naming every file that is broken, that words what another one words already, or that holds
            invented wording where that is not allowed.
    """

    def __init__(self, folders: Iterable[Path], registry: Registry, *, allow_invented: bool = False) -> None:
        self._packs: dict[tuple[str, str], LoadedPack] = {}
        problems: list[Problem] = []
        for path in _files(folders):
            try:
                self._add(read(path.read_bytes(), path.name, registry), path.name, allow_invented=allow_invented)
            except TextPackRefused as refused:
                named = [problem._replace(detail=f"{path.name}: {problem.detail}") for problem in refused.problems]
                problems += named
        if problems:
            raise TextPackRefused("Text packs are not valid.", problems=problems)

    def get(self, instrument_id: str, language: str | None) -> LoadedPack | None:
        """The pack of exactly this language tag, whatever its case; none where the language is not known."""
        return None if language is None else self._packs.get((instrument_id, language.lower()))

    def used(self, instrument_id: str, language: str | None) -> TextPackUsed | None:
        """What a result keeps of the pack of exactly this language, where there is one."""
        loaded = self.get(instrument_id, language)
        return loaded.used if loaded else None

    def languages(self, instrument_id: str) -> list[str]:
        """The languages an instrument has packs for."""
        return [loaded.pack.language for (name, _), loaded in self._packs.items() if name == instrument_id]

    def _add(self, loaded: LoadedPack, name: str, *, allow_invented: bool) -> None:
        key = loaded.pack.instrument, loaded.pack.language.lower()
        if loaded.pack.invented and not allow_invented:
            detail = "is invented wording and must not be shown to anybody as the questionnaire"
            raise _refused(name, [Problem("/invented", "value-not-allowed", detail)])
        if key in self._packs:
            raise _refused(name, [Problem("/language", "duplicate", "another pack words this instrument and language")])
        self._packs[key] = loaded


def packs_of(path_list: str, registry: Registry) -> TextPacks:
    """The packs in the folders of a path list, as an environment variable holds it.

    Raises:
        TextPackRefused: naming every file that is broken.
    """
    return TextPacks([Path(part) for part in path_list.split(os.pathsep) if part.strip()], registry)


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            raise TextPackRefused(f"There is no folder {folder.name} to read text packs from.")
        yield from sorted(folder.glob("*.json"))


def _refused(name: str, problems: list[Problem]) -> TextPackRefused:
    return TextPackRefused(f"{name} is not a valid text pack", problems=problems)
