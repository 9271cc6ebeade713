"""What may be handed in to be checked: answers, and what another scorer made of them. Strict and closed."""

from __future__ import annotations

from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from shared.agreement.comparison import Stated
from shared.agreement.numbers import LARGEST

LONGEST_WORD = 64
MOST_SCORES = 100

_VALUE = {"type": ["number", "string", "null"], "maxLength": LONGEST_WORD}
_BAND = {"type": ["string", "null"], "maxLength": LONGEST_WORD}
_PARTS = {
    "type": "object",
    "properties": {"value": _VALUE, "band": _BAND},
    "additionalProperties": False,
    "minProperties": 1,
}


def _checked(stated: dict[str, Any]) -> dict[str, Any]:
    """Checked as one, since a problem must not repeat a key that the caller made up."""
    if not all(_is_value(value) or _is_parts(value) for value in stated.values()):
        raise ValueError("should hold for each score a number, a word or null, or an object with value, band or both")
    return stated


def _is_value(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_WORD
    return value is None or (type(value) in (int, float) and abs(value) <= LARGEST)


def _is_parts(value: Any) -> bool:
    if not isinstance(value, dict) or not value or not value.keys() <= {"value", "band"}:
        return False
    band = value.get("band")
    return _is_value(value.get("value")) and (band is None or (isinstance(band, str) and _is_value(band)))


class CheckRequest(BaseModel):
    """Body of the check route. ``stated``: score → value, or an object with ``value``, ``band`` or both."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    responses: dict[str, Any]
    stated: Annotated[
        dict[str, Any],
        Field(min_length=1, max_length=MOST_SCORES),
        AfterValidator(_checked),
        WithJsonSchema(
            {
                "type": "object",
                "additionalProperties": {"anyOf": [_VALUE, _PARTS]},
                "minProperties": 1,
                "maxProperties": MOST_SCORES,
            }
        ),
    ]

    def claims(self) -> Stated:
        """What is stated, with only the parts that were sent."""
        return cast(Stated, self.stated)
