"""The form of a text pack: what one file may say, and nothing else."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.instruments.definition import InstrumentId, Part, Version

LanguageTag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Words = Annotated[str, Field(max_length=4000, pattern=r"\S")]


class TextPack(Part):
    """The wording of one instrument in one language, by permission of who holds it.

    ``options`` holds, for each set of options that the items use, the label of every answer as it is sent.
    ``invented``: made up to try a pack out; never loaded unless that is asked for.
    """

    instrument: InstrumentId
    instrument_version: Version
    language: LanguageTag
    version: Version
    licence_holder: Words
    permission: Words
    invented: bool = False
    stem: Words | None = None
    item_stems: dict[str, Words] = Field(default_factory=dict)
    items: dict[str, Words]
    options: dict[str, dict[str, Words]] = Field(default_factory=dict)
