"""What a function reads from its environment, checked once at start: a wrong one fails by name."""

from __future__ import annotations

import os
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Settings(BaseModel):
    """The base: one field per variable, the name in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


SettingsT = TypeVar("SettingsT", bound=Settings)


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """The settings of this process.

    Raises:
        RuntimeError: naming every variable that is missing or wrong, never its value.
    """
    given = {name: os.environ[name.upper()] for name in kind.model_fields if name.upper() in os.environ}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        names = ", ".join(sorted(str(line["loc"][0]).upper() for line in error.errors()))
        raise RuntimeError(f"environment variables missing or wrong: {names}") from None
