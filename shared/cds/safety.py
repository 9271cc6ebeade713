"""The safety card: the alerts that are open, whatever any score says."""

from __future__ import annotations

from collections.abc import Iterator

from shared.cds.card import Card
from shared.cds.markdown import cited, plain
from shared.cds.person import Finding, HeardAlert, Person
from shared.cds.wording import Wording

UNANSWERED = "-missing"
"""How the id of an alert ends that is about an answer that was not given."""

PRODUCT_RULE = "product rule"
"""What stands for the source of an alert that has none."""


def safety_card(person: Person, wording: Wording) -> Card | None:
    """One card for all of them. ``critical`` only for an urgent alert that was raised and is within the age limit."""
    open_alerts = list(_open(person))
    if not open_alerts:
        return None
    critical = [finding for finding, heard in open_alerts if _cries_out(finding, heard, person)]
    told = list(dict.fromkeys(finding for finding, _ in open_alerts))
    newest = (critical or told)[0]
    titles = list(dict.fromkeys(wording.title(finding.instrument) for finding in critical or told))
    head = "Safety alert" if critical else "Safety alert to look at"
    summary = f"{head}: {', '.join(titles)}, answered {person.dated(newest.authored)}."
    parts = [_told(finding, heard, person, wording) for finding, heard in open_alerts]
    crisis = person.settings.crisis_text
    if crisis:
        parts.append(f"**For a crisis:** {plain(crisis.get('en') or next(iter(crisis.values())))}")
    parts.append("An alert is told by the answer itself, whatever the total says. Look at the answers, and ask.")
    return Card(
        kind="safety",
        summary=summary,
        indicator="critical" if critical else "warning",
        detail="\n\n".join(parts),
        assessments=tuple(finding.assessment for finding in told if finding.assessment),
    )


def _open(person: Person) -> Iterator[tuple[Finding, HeardAlert]]:
    """The alerts of the newest answers to each instrument, and of older answers those that still cry out.

    Newer answers close no alert. A question that was left blank does not hide what was answered before: then the
    answers before it are heard too. The same alert is told once.
    """
    closed: set[str] = set()
    told: dict[tuple[str, str], bool] = {}
    for finding in person.findings:
        for heard in finding.alerts:
            cries = _cries_out(finding, heard, person)
            key = (finding.instrument, heard.alert["id"])
            if (cries or finding.instrument not in closed) and not told.get(key, False) and (cries or key not in told):
                told[key] = cries
                yield finding, heard
        left_blank = any(heard.alert["id"].endswith(UNANSWERED) for heard in finding.alerts)
        if finding.result is not None and not left_blank:
            closed.add(finding.instrument)


def _cries_out(finding: Finding, heard: HeardAlert, person: Person) -> bool:
    within = person.now - finding.authored <= person.alert_max_age
    return heard.raised and within and heard.alert["level"] == "urgent"


def _told(finding: Finding, heard: HeardAlert, person: Person, wording: Wording) -> str:
    alert = heard.alert
    where = f"assessment {finding.assessment}" if finding.assessment else "a response in the EHR, not kept here"
    said = f"**{plain(wording.title(finding.instrument))}**, {alert['level']}, answered "
    said += f"{plain(person.dated(finding.authored))}, {where}.\n{plain(alert['meaning'])}"
    if not heard.raised:
        said += " Recorded, not raised: the answers were imported, or old when they came."
    elif person.now - finding.authored > person.alert_max_age:
        said += f" Older than the limit of {person.alert_max_age.days} days."
    if alert["unverified"]:
        said += " Unverified."
    if alert["source"] == PRODUCT_RULE:
        return f"{said} A product rule; no source was read for it."
    return f"{said} Source: {cited(alert['source'])}."
