"""One card, by the rules of CDS Hooks 2.0: what must be there is, and what is optional is left out, never null."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from shared.fhir.systems import Names, Resource, kept

Kind = Literal["safety", "due", "profile", "opioids", "scores"]
Indicator = Literal["info", "warning", "critical"]

SOURCE_LABEL = "Chronic-pain risk scoring"
MAX_SUMMARY = 139

TOPICS: dict[Kind, str] = {
    "safety": "Safety alert in a questionnaire",
    "due": "Questionnaire due",
    "profile": "Factors and models for lasting pain",
    "opioids": "What was recorded about opioids",
    "scores": "Recent questionnaire scores",
}

OVERRIDE_REASONS = {
    "already-addressed": "Already addressed",
    "inputs-wrong": "Inputs are wrong or out of date",
    "not-now": "Not relevant now",
    "patient-declined": "The patient declined",
}


class Suggestion(NamedTuple):
    """A draft that the EHR may create for review. Nothing is created unseen."""

    label: str
    description: str
    resource: Resource


class Link(NamedTuple):
    """``app_context`` makes it the launch of a SMART app."""

    label: str
    url: str
    app_context: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What one card says. ``summary`` and the labels are plain text of ours, ``detail`` is escaped Markdown.

    ``assessments`` are those that it speaks of, the one that a link shows first.
    """

    kind: Kind
    summary: str
    indicator: Indicator
    detail: str
    assessments: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What every card carries: names, addresses, and new ids. ``base`` is the URL of this service."""

    names: Names
    base: str
    launch_url: str | None
    new_uuid: Callable[[], str]

    def render(self, card: Card) -> dict[str, Any]:
        """The card as it goes over the wire."""
        links = [self._link(link) for link in card.links]
        if self.launch_url and card.assessments:
            explain = Link("Open the explanation", self.launch_url, {"assessment": card.assessments[0]})
            links.append(self._link(explain))
        return kept(
            uuid=self.new_uuid(),
            summary=fitted(card.summary),
            indicator=card.indicator,
            detail=card.detail,
            source={
                "label": SOURCE_LABEL,
                "url": f"{self.base}/cds-services",
                "topic": {
                    "system": self.names.code_system("card-topic"),
                    "code": card.kind,
                    "display": TOPICS[card.kind],
                },
            },
            suggestions=[self._suggestion(suggestion) for suggestion in card.suggestions],
            selectionBehavior="any" if card.suggestions else None,
            overrideReasons=[
                {"system": self.override_system, "code": code, "display": display}
                for code, display in OVERRIDE_REASONS.items()
            ],
            links=links,
        )

    @property
    def override_system(self) -> str:
        return self.names.code_system("card-override")

    def _suggestion(self, suggestion: Suggestion) -> dict[str, Any]:
        action = {"type": "create", "description": suggestion.description, "resource": suggestion.resource}
        return {"label": suggestion.label, "uuid": self.new_uuid(), "actions": [action]}

    def _link(self, link: Link) -> dict[str, Any]:
        context = json.dumps(link.app_context, separators=(",", ":")) if link.app_context else None
        return kept(label=link.label, url=link.url, type="smart" if context else "absolute", appContext=context)


def fitted(summary: str) -> str:
    """A summary under 140 characters; a longer one ends with an ellipsis at a word."""
    if len(summary) <= MAX_SUMMARY:
        return summary
    return summary[:MAX_SUMMARY].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
