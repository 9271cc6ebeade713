"""Options for a professional to weigh: what was published about acting on a factor, null trials beside positive ones.

Nothing here orders, ranks or promises. What the evidence says not to suggest stands in a list of its own, with reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypedDict

from pydantic import Field, model_validator

from shared.documents import Document, Kebab, Text, load_document
from shared.instruments.definition import Part, Version
from shared.profile.definition import ScoreRef, Where
from shared.profile.facts import Facts, where_test
from shared.profile.intake import Intake
from shared.profile.result import Identity, Profile
from shared.scoring.result import InstrumentResult

ACTIONS = Path(__file__).with_name("actions.json")

Strength = Literal[
    "can reduce lasting pain",
    "first-line treatment for insomnia",
    "associated with, no more",
    "may reduce opioid use",
    "recommended by consensus",
    "discuss",
    "worth an early review",
    "a small benefit in one trial, none in others",
    "helped a little in one trial",
    "supports using a tool",
    "supports measuring",
    "on general grounds",
    "needs assessment",
]
"""The strongest wording that the evidence carries. A new one is a change of this list, and is seen as such."""


class Finding(Part):
    """What one study, review or statement found. ``direction`` is shown beside it and hides nothing."""

    direction: Literal["positive", "null", "mixed", "guidance", "association"]
    sentence: Text
    source: Text
    certainty: Literal["moderate", "low", "not-graded"] = "not-graded"


class StratumIs(ScoreRef):
    """A category score that must hold one of the values."""

    values: Annotated[tuple[Text, ...], Field(min_length=1)]


class Applies(Part):
    """When an option is shown: any of ``factors`` present, and every other part that is named holds."""

    factors: tuple[Kebab, ...] = ()
    intakes: tuple[Intake, ...] = ()
    timepoints: tuple[Kebab, ...] = ()
    where: tuple[Where, ...] = ()
    stratum: StratumIs | None = None

    @model_validator(mode="after")
    def _is_bound_to_something(self) -> Self:
        if not (self.factors or self.intakes or self.timepoints or self.where or self.stratum):
            raise ValueError("needs something that says when it applies")
        return self


class Option(Part):
    """``limits`` say what must be said with it. ``findings`` are shown in this order, none more prominent."""

    id: Kebab
    title: Text
    applies: Applies
    strength: Strength
    text: Text
    limits: Annotated[tuple[Text, ...], Field(min_length=1)]
    findings: Annotated[tuple[Kebab, ...], Field(min_length=1)]


class NotSuggested(Part):
    """What the evidence says not to suggest for this purpose."""

    id: Kebab
    title: Text
    applies: Applies
    why: Text
    findings: Annotated[tuple[Kebab, ...], Field(min_length=1)]


class Actions(Part):
    version: Version
    title: Text
    frame: Text
    findings: dict[Kebab, Finding]
    options: tuple[Option, ...]
    not_suggested: tuple[NotSuggested, ...]


@cache
def actions() -> Document[Actions]:
    """The options shipped with this service."""
    return load_document(Actions, ACTIONS)


# -- evaluation --------------------------------------------------------------------------------------------------------


class FindingView(TypedDict):
    id: str
    direction: str
    sentence: str
    certainty: str
    source: str


class OptionView(TypedDict):
    """``because`` names the present factors and the facts that brought it here."""

    id: str
    title: str
    because: list[dict[str, Any]]
    strength: str
    text: str
    limits: list[str]
    findings: list[FindingView]


class NotSuggestedView(TypedDict):
    id: str
    title: str
    why: str
    findings: list[FindingView]


class Options(TypedDict):
    definition: Identity
    frame: str
    options: list[OptionView]
    not_suggested: list[NotSuggestedView]


def options(
    definition: Document[Actions], profile: Profile, facts: Facts, results: Sequence[InstrumentResult] = ()
) -> Options:
    """The options for the factors that are present, for the operation or condition, and for this time.

    Their order is the file's and ranks nothing. No present factor and no matching fact gives an empty list.
    """
    content = definition.content
    scores = {(one["instrument"], score["id"]): score["value"] for one in results for score in one["scores"]}
    chosen = [
        OptionView(
            id=option.id,
            title=option.title,
            because=because,
            strength=option.strength,
            text=option.text,
            limits=list(option.limits),
            findings=_findings(content, option.findings),
        )
        for option in content.options
        if (because := _because(option.applies, profile, facts, scores)) is not None
    ]
    avoided = [
        NotSuggestedView(id=one.id, title=one.title, why=one.why, findings=_findings(content, one.findings))
        for one in content.not_suggested
        if _because(one.applies, profile, facts, scores) is not None
    ]
    return Options(
        definition=Identity(version=content.version, sha256=definition.sha256),
        frame=content.frame,
        options=chosen,
        not_suggested=avoided,
    )


def _because(
    applies: Applies, profile: Profile, facts: Facts, scores: Mapping[tuple[str, str], Any]
) -> list[dict[str, Any]] | None:
    """What brought an option here; ``None`` where it does not apply. An unknown fact brings nothing."""
    if applies.intakes and profile["intake"] not in applies.intakes:
        return None
    if applies.timepoints and profile["timepoint"] not in applies.timepoints:
        return None
    if applies.where and where_test(applies.where)(facts) is not True:
        return None
    because: list[dict[str, Any]] = []
    if applies.factors:
        because += [
            {"factor": factor["id"]}
            for factor in profile["factors"]
            if factor["id"] in applies.factors and factor["status"] == "present"
        ]
        if not because:
            return None
    if applies.stratum is not None:
        stratum = scores.get((applies.stratum.instrument, applies.stratum.score))
        if stratum not in applies.stratum.values:
            return None
        because.append({"instrument": applies.stratum.instrument, "score": applies.stratum.score, "value": stratum})
    because += [{"fact": condition.fact, "value": facts[condition.fact]} for condition in applies.where]
    if applies.timepoints:
        because.append({"timepoint": profile["timepoint"]})
    return because


def _findings(content: Actions, names: Sequence[str]) -> list[FindingView]:
    return [
        FindingView(
            id=name,
            direction=content.findings[name].direction,
            sentence=content.findings[name].sentence,
            certainty=content.findings[name].certainty,
            source=content.findings[name].source,
        )
        for name in names
    ]
