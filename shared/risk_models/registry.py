"""Models by id, read lazily: those shipped with this service, and those a deployer lays beside them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from shared.errors import DefinitionRefused, Problem, UnknownRiskModel, problems_of
from shared.risk_models.definition import NotComputable, NotComputableList, RiskModel
from shared.risk_models.integrity import faults

DEFINITIONS = Path(__file__).with_name("definitions")
NOT_COMPUTABLE = Path(__file__).with_name("not-computable.json")


class Definition(NamedTuple):
    """A model and the SHA-256 of the file it was read from."""

    model: RiskModel
    sha256: str


def read(content: bytes, name: str) -> Definition:
    """Parse the bytes of one definition file, and see that its parts fit together.

    Raises:
        DefinitionRefused: naming ``name`` and every problem.
    """
    try:
        model = RiskModel.model_validate_json(content)
    except ValidationError as error:
        raise DefinitionRefused(f"{name} is not a valid risk model", problems=problems_of(error)) from error
    problems = faults(model)
    if name != f"{model.id}.json":
        problems.insert(0, Problem("/id", "value-not-allowed", "must equal the file's name"))
    if problems:
        raise DefinitionRefused(f"{name} is not a valid risk model", problems=problems)
    return Definition(model, hashlib.sha256(content).hexdigest())


class Registry:
    """The definitions of one or more folders. An id that stands in two of them is refused, never overridden."""

    def __init__(self, folders: Sequence[Path], not_computable: Path | None = None) -> None:
        self._folders = tuple(folders)
        self._not_computable = not_computable
        self._loaded: dict[str, Definition] = {}

    @cached_property
    def _paths(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        problems = []
        for folder in self._folders:
            if not folder.is_dir():
                problems.append(Problem("", "folder", f"there is no folder {folder.name}"))
            for path in sorted(folder.glob("*.json")):
                if path.stem in found:
                    problems.append(Problem("/id", "duplicate", f"{path.name} stands in two folders"))
                found.setdefault(path.stem, path)
        if problems:
            raise DefinitionRefused("The folders of risk models do not fit together", problems=problems)
        return dict(sorted(found.items()))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Every id that can be computed, sorted.

        Raises:
            DefinitionRefused: a folder is not there, or an id stands in two.
        """
        return tuple(self._paths)

    def get(self, model_id: str) -> Definition:
        """One definition.

        Raises:
            UnknownRiskModel: no file has this id. A model that is only listed as not computable has none.
            DefinitionRefused: the file is broken.
        """
        try:
            return self._loaded[model_id]
        except KeyError:
            pass
        path = self._paths.get(model_id)
        if path is None:
            raise UnknownRiskModel("No risk model that can be computed has this id.")
        loaded = self._loaded[model_id] = read(path.read_bytes(), path.name)
        return loaded

    def load_all(self) -> dict[str, Definition]:
        """Every definition by id; a broken one is refused by name."""
        return {model_id: self.get(model_id) for model_id in self.ids}

    @cached_property
    def not_computable(self) -> tuple[NotComputable, ...]:
        """Published models without a readable equation; one that a deployer has since added is no longer among them."""
        if self._not_computable is None:
            return ()
        try:
            listed = NotComputableList.model_validate_json(self._not_computable.read_bytes())
        except ValidationError as error:
            name = self._not_computable.name
            raise DefinitionRefused(f"{name} is not a valid list", problems=problems_of(error)) from error
        return tuple(model for model in listed.models if model.id not in self._paths)


@cache
def registry(extra: tuple[Path, ...] = ()) -> Registry:
    """The models shipped with this service, and those of the deployer's folders."""
    return Registry((DEFINITIONS, *extra), NOT_COMPUTABLE)


def folders_of(path_list: str) -> tuple[Path, ...]:
    """The folders of a path list as an environment variable holds it: joined by the system's path separator."""
    return tuple(Path(part) for part in path_list.split(os.pathsep) if part.strip())
