"""R4's data types as strict models, as far as a resource that is read holds them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from shared.fhir.document import VALUE
from shared.fhir.moments import DATE, DATE_TIME, INSTANT, TIME, is_real

MAX_INTEGER = 2**31 - 1


def refusal(kind: str, said: str) -> PydanticCustomError:
    return PydanticCustomError("fhir_" + kind, said)


def _text(pattern: str | re.Pattern[str], said: str, *, is_date: bool = False) -> AfterValidator:
    expression = re.compile(pattern) if isinstance(pattern, str) else pattern

    def check(value: str) -> str:
        # An empty string is told of once, by the search for hollow parts.
        if value and not (expression.fullmatch(value) and (not is_date or is_real(value))):
            raise refusal("value", said)
        return value

    return AfterValidator(check)


def _number(accepts: Callable[[Any], bool], said: str) -> AfterValidator:
    def check(value: Any) -> Any:
        if not accepts(value):
            raise refusal("value", said)
        return value

    return AfterValidator(check)


def _is_decimal(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_integer(value: Any) -> bool:
    return type(value) is int and abs(value) <= MAX_INTEGER


def _is_size(value: Any) -> bool:
    return _is_integer(value) and value >= 0


Id = Annotated[str, _text(r"[A-Za-z0-9.-]{1,64}", "should be an id: letters, digits, hyphens and dots, at most 64")]
Code = Annotated[str, _text(r"\S+( \S+)*", "should be a code")]
Uri = Annotated[str, _text(r"\S+", "should be a URI")]
DateTime = Annotated[str, _text(DATE_TIME, "should be a date, or a date with a time and an offset", is_date=True)]
Date = Annotated[str, _text(DATE, "should be a date", is_date=True)]
Instant = Annotated[str, _text(INSTANT, "should be a time with seconds and an offset", is_date=True)]
Time = Annotated[str, _text(TIME, "should be a time of day with seconds")]
Base64 = Annotated[str, _text(r"(\s*[0-9A-Za-z+/=]){4,}\s*", "should be base64")]
Decimal = Annotated[Any, _number(_is_decimal, "should be a number")]
Integer = Annotated[Any, _number(_is_integer, "should be a whole number of 32 bits")]
UnsignedInteger = Annotated[Any, _number(_is_size, "should be a whole number, not negative")]


class Strict(BaseModel):
    """What is read: closed, and nothing in it is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _without_companions(cls, value: Any) -> Any:
        """A primitive ``x`` may have a companion ``_x`` that holds its id and extensions: checked, then left out."""
        if not isinstance(value, dict) or not any(isinstance(key, str) and key[:1] == "_" for key in value):
            return value
        rest = {}
        for key, part in value.items():
            if isinstance(key, str) and key[:1] == "_" and (key[1:] in cls.model_fields or cls is Extension):
                companions = part if isinstance(part, list) else [part]
                if not all(companion is None or _is_companion(companion) for companion in companions):
                    raise refusal("structure", "holds a primitive's companion that is not an id and extensions")
            else:
                rest[key] = part
        return rest


class Element(Strict):
    """A piece of a resource. ``extension`` is known by its form and otherwise ignored."""

    id: str | None = None
    extension: list[Extension] | None = None


class Extension(Element):
    """An extension: its URL and either a value or nested extensions. What it says is not read here."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)

    url: Uri

    @model_validator(mode="after")
    def _has_one_content(self) -> Self:
        values = list(self.__pydantic_extra__ or {})
        if not all(VALUE.fullmatch(name) for name in values):
            raise refusal("structure", "holds a property that is not known here")
        if len(values) + bool(self.extension) != 1:
            raise refusal("invariant", "an extension has either one value or nested extensions (ext-1)")
        return self


def _is_companion(value: Any) -> bool:
    if not isinstance(value, dict) or not value or not value.keys() <= {"id", "extension"}:
        return False
    try:
        Element.model_validate(value)
    except ValidationError:
        return False
    return True


class Period(Element):
    start: DateTime | None = None
    end: DateTime | None = None


class Coding(Element):
    system: Uri | None = None
    version: str | None = None
    code: Code | None = None
    display: str | None = None
    userSelected: bool | None = None  # noqa: N815 - FHIR's name


class CodeableConcept(Element):
    coding: list[Coding] | None = None
    text: str | None = None


class Identifier(Element):
    use: Literal["usual", "official", "temp", "secondary", "old"] | None = None
    type: CodeableConcept | None = None
    system: Uri | None = None
    value: str | None = None
    period: Period | None = None
    assigner: Reference | None = None


class Reference(Element):
    reference: str | None = None
    type: Uri | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Quantity(Element):
    value: Decimal | None = None
    comparator: Literal["<", "<=", ">=", ">"] | None = None
    unit: str | None = None
    system: Uri | None = None
    code: Code | None = None


class Attachment(Element):
    contentType: Code | None = None  # noqa: N815
    language: Code | None = None
    data: Base64 | None = None
    url: Uri | None = None
    size: UnsignedInteger | None = None
    hash: Base64 | None = None
    title: str | None = None
    creation: DateTime | None = None


class Narrative(Element):
    status: Literal["generated", "extensions", "additional", "empty"]
    div: str


class Meta(Element):
    versionId: Id | None = None  # noqa: N815
    lastUpdated: Instant | None = None  # noqa: N815
    source: Uri | None = None
    profile: list[Uri] | None = None
    security: list[Coding] | None = None
    tag: list[Coding] | None = None
