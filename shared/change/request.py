"""What may be handed in to be compared: two sets of answers, or two results of this service. Strict."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from shared.scoring.result import InstrumentResult

LONGEST_WORD = 64
MOST_SCORES = 100
LARGEST = 10**15

Word = Annotated[str, Field(max_length=LONGEST_WORD)]


def _number_or_word(value: Any) -> Any:
    if isinstance(value, str) and len(value) <= LONGEST_WORD:
        return value
    if value is None or (type(value) in (int, float) and abs(value) <= LARGEST):
        return value
    raise ValueError("should be a number, a word or null")


Value = Annotated[
    Any,
    AfterValidator(_number_or_word),
    WithJsonSchema({"type": ["number", "string", "null"], "maxLength": LONGEST_WORD}),
]


class Sent(BaseModel):
    """A part of a request body: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Returned(BaseModel):
    """A part of a result that comes back: what is compared is read, the rest is passed over."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, defer_build=True)


class ReturnedReason(Returned):
    code: Word
    detail: str


class ReturnedScore(Returned):
    id: Word
    status: Literal["scored", "prorated", "not_scored"]
    value: Value
    band: Word | None = None
    reason: ReturnedReason | None = None
    taken_as_absent: list[Word] = []


class ReturnedNotice(Returned):
    code: Word


class ReturnedTextPack(Returned):
    language: Word
    version: Word
    sha256: Word


class ReturnedResult(Returned):
    """A score result as the score route gives it, or as it was stored."""

    instrument: Word
    instrument_version: Word
    scores: Annotated[list[ReturnedScore], Field(max_length=MOST_SCORES)]
    warnings: list[ReturnedNotice] = []
    text_pack: ReturnedTextPack | None = None


class Side(Sent):
    """One of the two: answers to be scored here, or a result."""

    responses: dict[str, Any] | None = None
    result: ReturnedResult | None = None

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if (self.responses is None) == (self.result is None):
            raise ValueError("should hold either responses or a result")
        return self

    def as_result(self) -> InstrumentResult | None:
        """The result that was handed in, with all that a comparison reads."""
        return None if self.result is None else cast(InstrumentResult, self.result.model_dump())


class ChangeRequest(Sent):
    """Body of the change route."""

    before: Side
    after: Side
