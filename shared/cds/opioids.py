"""The card at the signing of an opioid: what was recorded here about opioids, and nothing that was not."""

from __future__ import annotations

from typing import Any

from shared.assessments.submission import instant
from shared.cds.card import Card
from shared.cds.markdown import bullets, cited, plain
from shared.cds.person import Person
from shared.cds.wording import Wording, number
from shared.errors import UnknownInstrument
from shared.instruments import Registry

FACTOR = "opioid-use"
DOMAIN = "opioid-risk"
SUMMARY = "An opioid is being signed: what was recorded here about opioids."


def opioid_card(person: Person, registry: Registry, wording: Wording) -> Card | None:
    """The newest profile's factor of opioid use, and the newest scores of tools on opioid risk."""
    assessments: dict[str, None] = {}
    lines = []
    for view in person.views:
        factor = _factor(view)
        if factor is not None and person.settings.profile == "shown":
            lines.append(_told(factor, person.dated(instant(view["authored"]))))
            assessments[view["id"]] = None
            break
    for finding in person.newest():
        if finding.result is None or not _is_about_opioids(finding.instrument, registry):
            continue
        told = "; ".join(wording.scores(finding.result))
        lines.append(f"**{plain(wording.title(finding.instrument))}**, {plain(person.dated(finding.authored))}: {told}")
        if finding.assessment:
            assessments[finding.assessment] = None
    if not lines:
        return None
    detail = (
        f"{bullets(lines)}\n\nThis recalls what was recorded. It judges no prescription, and it is never grounds to "
        "withhold analgesia."
    )
    return Card(
        "opioids",
        SUMMARY,
        "info",
        detail,
        tuple(assessments),
    )


def _factor(view: Any) -> Any:
    profile = view["risk"]["profile"] or {"factors": []}
    known = (factor for factor in profile["factors"] if factor["id"] == FACTOR and factor["status"] != "unknown")
    return next(known, None)


def _told(factor: Any, dated: str) -> str:
    said = f"**{plain(factor['title'])}**, {plain(dated)}: {factor['status']}."
    for entry in factor["because"]:
        name = entry.get("fact") or f"{entry.get('instrument')} {entry.get('score')}"
        said += f" {plain(str(name).replace('_', ' '))} {plain(number(entry['value']))} ({cited(entry['source'])})."
    for part in factor.get("details", []):
        if part["status"] != "unknown":
            said += f" {plain(part['title'])}: {part['status']}. {plain(part['note'])}"
    return said


def _is_about_opioids(instrument: str, registry: Registry) -> bool:
    try:
        return registry.get(instrument).instrument.domain == DOMAIN
    except UnknownInstrument:
        return False
