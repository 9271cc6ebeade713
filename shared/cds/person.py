"""What is known of one person at one moment: their current assessments here, and what their EHR holds besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.assessments.submission import CLOCK_SKEW, instant
from shared.cds.prefetch import Prefetched
from shared.errors import Alert
from shared.fhir.forms import Forms
from shared.fhir.moments import instant as fhir_instant
from shared.fhir.questionnaire_response import read_response
from shared.fhir.response_scores import score_reading
from shared.fhir.surroundings import identifier_in, is_ours
from shared.scoring.result import InstrumentResult
from shared.tenants import TenantSettings

View = Mapping[str, Any]
"""A stored assessment as clients see it."""


class HeardAlert(NamedTuple):
    """``raised`` false: the answers were imported, or too old when they came."""

    alert: Alert
    raised: bool


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """The answers to one instrument at one time. ``assessment`` is ``None`` for a response that only the EHR holds.

    ``result`` is ``None`` where the response cannot be scored; what it says of safety is heard all the same.
    """

    instrument: str
    authored: datetime
    result: InstrumentResult | None
    alerts: tuple[HeardAlert, ...]
    assessment: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """``views`` are the current assessments and ``findings`` everything by instrument, each newest first.

    ``unread`` counts responses in the EHR that no form here understands; ``more`` says that it holds others still.
    ``alert_max_age`` is how old answers may be that still cry out.
    """

    id: str
    now: datetime
    settings: TenantSettings
    alert_max_age: timedelta
    views: tuple[View, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: int = 0
    more: bool = False

    def newest(self) -> Iterator[Finding]:
        """The newest scored finding of each instrument."""
        seen = set()
        for finding in self.findings:
            if finding.result is not None and finding.instrument not in seen:
                seen.add(finding.instrument)
                yield finding

    def is_recent(self, moment: datetime) -> bool:
        """Within the tenant's period after which an assessment is due again."""
        return self.now - moment <= timedelta(days=self.settings.cds.due_after_days)

    def dated(self, moment: datetime) -> str:
        """``20 Nov 2026 (6 days ago)``, by the tenant's calendar."""
        zone = ZoneInfo(self.settings.time_zone)
        day, today = moment.astimezone(zone).date(), self.now.astimezone(zone).date()
        days = max((today - day).days, 0)
        ago = "today" if days == 0 else "1 day ago" if days == 1 else f"{days} days ago"
        return f"{day.day} {day:%b %Y} ({ago})"


def person_of(
    patient: str,
    views: Sequence[View],
    prefetched: Prefetched,
    forms: Forms,
    *,
    now: datetime,
    settings: TenantSettings,
    alert_max_age: timedelta,
) -> Person:
    """Everything that may speak. Void and superseded assessments do not; what is held here is not told twice."""
    current = tuple(view for view in views if view["status"] == "final")
    held = {(result["instrument"], instant(view["authored"])) for view in views for result in view["results"]}
    heard, unread = _of_the_ehr(prefetched, forms, held, now, alert_max_age)
    findings = [*_stored(current), *heard]
    findings.sort(key=lambda finding: finding.authored, reverse=True)
    return Person(
        id=patient,
        now=now,
        settings=settings,
        alert_max_age=alert_max_age,
        views=current,
        findings=tuple(findings),
        unread=unread + prefetched.unattributed,
        more=prefetched.more,
    )


def _stored(views: Iterable[View]) -> Iterator[Finding]:
    for view in views:
        for result in view["results"]:
            alerts = tuple(
                HeardAlert(alert, alert["raised"])
                for alert in view["alerts"]
                if alert["instrument"] == result["instrument"]
            )
            yield Finding(result["instrument"], instant(view["authored"]), result, alerts, view["id"])


def _of_the_ehr(
    prefetched: Prefetched,
    forms: Forms,
    held: set[tuple[str, datetime]],
    now: datetime,
    alert_max_age: timedelta,
) -> tuple[list[Finding], int]:
    """The EHR's own responses, scored and not stored; and how many could not be read."""
    found: list[Finding] = []
    unread = 0
    for document in prefetched.responses:
        identifier = identifier_in(document)
        if identifier is not None and is_ours(identifier, forms.names):
            continue  # a copy of what was sent from here: the original speaks, or is void
        reading = read_response(document, forms, stateless=True)
        authored = _authored(reading.authored, now)
        if authored is None or reading.form is None:
            unread += 1
            continue
        age = prefetched.age_at(authored)
        scored = score_reading(reading._replace(setting=reading.setting._replace(age=age)))
        results = {result["instrument"]: result for result in scored.results}
        unread += not results
        heard: dict[str, list[HeardAlert]] = {}
        for alert in scored.alerts:
            heard.setdefault(alert["instrument"], []).append(HeardAlert(alert, now - authored <= alert_max_age))
        found += [
            Finding(instrument, authored, results.get(instrument), tuple(heard.get(instrument, ())), None)
            for instrument in dict.fromkeys((*results, *heard))
            if (instrument, authored) not in held
        ]
    return found, unread


def _authored(sent: str | None, now: datetime) -> datetime | None:
    """When the answers were given; ``None`` where that is not known to the second, or lies in the future."""
    moment = fhir_instant(sent) if sent else None
    return moment if moment is not None and moment <= now + CLOCK_SKEW else None
