"""What every part of a definition is made of: strict pieces, facts beside their sources, and the words of the field."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = int | float
Value = int | float | str
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ModelId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Text = Annotated[str, Field(pattern=r"\S")]
Timepoint = Annotated[
    str, Field(pattern=r"^(preoperative|injury|follow-up|postoperative-(day|week|month)-(0|[1-9][0-9]{0,3}))$")
]
Op = Literal[">=", ">", "<=", "<", "=="]
Interval95 = tuple[Number, Number]

NOT_AVAILABLE = "not available"


class Part(BaseModel):
    """A piece of a definition: strict, closed and immutable."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, defer_build=True, allow_inf_nan=False, serialize_by_alias=True
    )


class Sourced(Part):
    """A fact: where it was read, or the plain statement that it was not."""

    source: Text | None = None
    unverified: bool = False

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if not self.source and not self.unverified:
            raise ValueError("needs a source, or unverified: true")
        return self


class Citation(Sourced):
    text: Text
    doi: str | None = None
    pmid: str | None = None


class Licence(Sourced):
    """Who may use the model, and on what terms."""

    note: Text
