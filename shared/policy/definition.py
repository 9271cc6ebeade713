"""What a policy file may say: ordered rules over counts of factors, each with a label that says what it is.

A label is a local decision, never a prediction, and never a reassurance. Unknown is not absent: a rule that asks for
few present factors must also ask that none is unknown.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.documents import Kebab, Text
from shared.instruments.definition import Part, Version
from shared.profile.intake import Intake

MUST_SAY = ("local policy", "not a validated prediction")

_REASSURING = re.compile(
    r"\b(low(er|est|ish)?(?![ -]back)|green|safe(ly|r|st)?|minimal|negligible|harmless|unlikely|reassur\w*"
    r"|(no|without|zero)[ -]risk|risk[ -]free|not[ -]at[ -]risk|all[ -]clear)\b|[\U0001F7E2\U0001F7E9\u2705\u2714]"
)
"""Words and signs that tell a person that nothing need be looked for. No count of factors can say that."""


def _not_reassuring(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ")
    found = _REASSURING.search(plain)
    if found:
        raise ValueError(f"must not reassure: nothing is labelled low, green or safe (it says {found[0]!r})")
    return text


def _says_what_it_is(text: str) -> str:
    missing = [phrase for phrase in MUST_SAY if phrase not in " ".join(text.casefold().split())]
    if missing:
        raise ValueError(f"must say in these words: {' and '.join(missing)}")
    return text


class Label(Part):
    """What is shown. ``text`` says in words that it is a local policy and not a validated prediction."""

    code: Annotated[Kebab, AfterValidator(_not_reassuring)]
    text: Annotated[Text, AfterValidator(_not_reassuring), AfterValidator(_says_what_it_is)]


class Count(Part):
    """How many of ``factors`` are present, or unknown, compared with ``value``."""

    of: Literal["present", "unknown"]
    factors: Literal["all"] | Annotated[tuple[Kebab, ...], Field(min_length=1)]
    op: Literal[">=", ">", "<=", "<", "=="]
    value: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.factors == "all":
            return self
        if len(set(self.factors)) != len(self.factors):
            raise ValueError("names a factor twice")
        if self.value > len(self.factors) or (self.op == ">" and self.value == len(self.factors)):
            raise ValueError("asks for more factors than it names")
        return self

    @property
    def caps(self) -> bool:
        """Whether it asks for few: then an unknown factor could break it."""
        return self.op in ("<=", "<", "==")

    def covers(self, other: Count) -> bool:
        """Whether it looks at every factor that ``other`` looks at."""
        if self.factors == "all":
            return True
        return other.factors != "all" and set(other.factors) <= set(self.factors)

    @property
    def asks_for_none(self) -> bool:
        return (self.op in ("==", "<=") and self.value == 0) or (self.op == "<" and self.value == 1)


class Rule(Part):
    """``label`` where every count of ``when`` holds."""

    id: Kebab
    when: Annotated[tuple[Count, ...], Field(min_length=1)]
    label: Label

    @model_validator(mode="after")
    def _takes_no_unknown_for_absent(self) -> Self:
        none_unknown = [count for count in self.when if count.of == "unknown" and count.asks_for_none]
        for count in self.when:
            if count.of == "present" and count.caps and not any(one.covers(count) for one in none_unknown):
                raise ValueError(
                    "unknown is not absent: a rule for few present factors must also ask for unknown == 0 of the same"
                )
        return self


class Policy(Part):
    """One tenant's policy. Rules are tried in order and the first that holds gives the label; none gives no label."""

    id: Kebab
    version: Version
    title: Annotated[Text, AfterValidator(_not_reassuring)]
    decided_by: Text
    intakes: Annotated[tuple[Intake, ...], Field(min_length=1)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_rule_once(self) -> Self:
        if len({rule.id for rule in self.rules}) != len(self.rules):
            raise ValueError("two rules have the same id")
        return self


def schema() -> dict[str, Any]:
    """The JSON Schema of a policy file. What it cannot say, the check says."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Policy.model_json_schema()}
