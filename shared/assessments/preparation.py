"""From what was handed in to what is kept: a submission judged and scored, with nothing written yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from shared import ENGINE_VERSION
from shared.assessments import ports, refused_submission
from shared.assessments.deliveries import due
from shared.assessments.identifiers import new_id
from shared.assessments.request import Request, timestamp
from shared.assessments.submission import CLOCK_SKEW, Submission, body_fingerprint, instant
from shared.errors import (
    NotScorable,
    Problem,
    ResponsesRefused,
    SubmissionRefused,
    UnknownInstrument,
    pointer,
    problems_of,
)
from shared.instruments import Registry
from shared.scoring import Setting, scorer_for
from shared.scoring.result import InstrumentResult, TextPackUsed
from shared.tenants import DEFAULTS, TenantSettings

if TYPE_CHECKING:
    from shared.assessments.risk import RiskView
    from shared.text_packs import TextPacks

SUBMIT_ROUTE = "POST /v1/assessments"


class Prepared(NamedTuple):
    """A submission that was scored, as everything that keeps it. ``raised`` counts the alerts that are raised."""

    new: ports.NewAssessment
    raised: int


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done to a submission before it is kept: it is judged and scored, and nothing is written.

    ``alert_max_age`` is the age of answers past which alerts are recorded but not raised, where the tenant has not
    decided. ``risk`` gives what is said of risk, made on first use: reading needs none of it.
    """

    repository: ports.Repository
    registry: Registry
    alert_max_age: timedelta
    idempotency_lifetime: timedelta
    risk: Callable[[], RiskView]
    text_packs: TextPacks | None = None
    clock: Callable[[], datetime] = _now
    new_id: Callable[[], str] = new_id

    def settings(self, tenant: str) -> TenantSettings:
        """What the tenant has decided."""
        stored = self.repository.settings(tenant)
        return TenantSettings.model_validate(stored.document) if stored else DEFAULTS

    def prepared(
        self,
        assessment_id: str,
        body: Mapping[str, Any],
        request: Request,
        settings: TenantSettings,
        now: datetime,
        key: str | None = None,
    ) -> Prepared:
        """Judge and score one submission, up to what is written of it.

        Raises:
            SubmissionRefused: naming every problem.
        """
        problems = _key_problems(key)
        try:
            submission = Submission.model_validate(body)
        except ValidationError as error:
            problems += problems_of(error)
            problems += self._scored(refused_submission.responses_in(body), Setting())[1]
            raise SubmissionRefused(problems=_unique(problems)) from None
        authored = instant(submission.authored)
        if authored > now + CLOCK_SKEW:
            problems.append(Problem("/authored", "value-not-allowed", "should not lie in the future"))
        if not settings.knows_source(submission.source):
            problems.append(Problem("/source", "unknown-source", "is not a source that the tenant registered"))
        facts = self.risk().facts(submission, settings)
        problems += self.risk().problems(submission, facts)
        sent = [
            refused_submission.Given(place, entry.instrument, entry.instrument_version, entry.responses)
            for place, entry in enumerate(submission.responses)
        ]
        results, wrong = self._scored(sent, _setting(submission))
        problems += wrong
        if submission.supersedes:
            problems += self._superseding_problems(submission, request.tenant)
        if problems:
            raise SubmissionRefused(problems=_unique(problems))
        return self._written(assessment_id, submission, facts, results, settings, body, request, key, now)

    def _scored(
        self, sent: Iterable[refused_submission.Given], setting: Setting
    ) -> tuple[list[InstrumentResult], list[Problem]]:
        results: list[InstrumentResult] = []
        problems: list[Problem] = []
        seen: set[str] = set()
        for given in sent:
            at = pointer("responses", given.place)
            if given.instrument in seen:
                problems.append(Problem(f"{at}/instrument", "duplicate", "the instrument occurs twice"))
            seen.add(given.instrument)
            try:
                today = self.registry.get(given.instrument)
                asked = self.registry.version(given.instrument, given.version) if given.version else today
                if asked is None:
                    said = "no such version of the instrument is held"
                    problems.append(Problem(f"{at}/instrument_version", "unknown-version", said))
                    continue
                # A text pack words the definition of today and no other.
                pack = self._wording(given.instrument, setting.language) if asked is today else None
                results.append(scorer_for(asked).score(given.responses, setting._replace(text_pack=pack)))
            except UnknownInstrument:
                problems.append(Problem(f"{at}/instrument", "unknown-instrument", "no instrument has this id"))
            except NotScorable:
                problems.append(Problem(f"{at}/instrument", "not-scorable", "the instrument cannot be scored here"))
            except ResponsesRefused as refused:
                problems += refused.at(f"{at}/responses").problems
        return results, problems

    def _wording(self, instrument: str, language: str | None) -> TextPackUsed | None:
        return self.text_packs.used(instrument, language) if self.text_packs else None

    def _superseding_problems(self, submission: Submission, tenant: str) -> list[Problem]:
        old = self.repository.get(tenant, submission.supersedes or "")
        if old is None:
            return [Problem("/supersedes", "unknown-assessment", "no assessment has this id")]
        if (old.document["source"], old.document["subject"]) != (submission.source, submission.subject):
            return [Problem("/supersedes", "value-not-allowed", "should be an assessment of the same subject")]
        return []

    def _written(
        self,
        assessment_id: str,
        submission: Submission,
        facts: dict[str, Any],
        results: list[InstrumentResult],
        settings: TenantSettings,
        body: Mapping[str, Any],
        request: Request,
        key: str | None,
        now: datetime,
    ) -> Prepared:
        fingerprint = body_fingerprint(body)
        raised = self._raises(submission, settings, now)
        records = tuple(
            ports.AlertRecord(self.new_id(), raised, now, submission.authored, assessment_id, dict(alert))
            for result in results
            for alert in result["alerts"]
        )
        findings = self.risk().findings(submission, facts, results, settings)
        document = _document(assessment_id, body, submission.source, results, records, now, fingerprint)
        document["risk"] = findings.shown
        document["facts"] = findings.facts
        document["battery"] = self.risk().progress(submission, facts, results, settings)
        if findings.silent:
            document[ports.SILENT] = findings.silent
        subject = ports.SubjectKey(request.tenant, submission.source, submission.subject)
        event: ports.DeliveryEvent = "corrected" if submission.supersedes else "stored"
        new = ports.NewAssessment(
            id=assessment_id,
            subject=subject,
            authored=instant(submission.authored),
            document=document,
            audit=request.audited(self.new_id(), "create", assessment_id + shown_models(document), now),
            alerts=records,
            deliveries=due(event, assessment_id, subject, settings, now, self.new_id),
            idempotency=ports.IdempotencyKey(SUBMIT_ROUTE, key, fingerprint, now + self.idempotency_lifetime)
            if key
            else None,
            supersedes=submission.supersedes,
            identifier=_identifier(submission, request.tenant),
        )
        return Prepared(new, len(records) if raised else 0)

    def _raises(self, submission: Submission, settings: TenantSettings, now: datetime) -> bool:
        imported = submission.capture is not None and submission.capture.mode == "import"
        return not imported and now - instant(submission.authored) <= self.oldest_raised(settings)

    def oldest_raised(self, settings: TenantSettings) -> timedelta:
        """How old answers may be whose alerts are raised."""
        days = settings.alert_max_age_days
        return self.alert_max_age if days is None else timedelta(days=days)


def shown_models(document: Mapping[str, Any]) -> str:
    """The risk models whose estimates were shown with an assessment, for the audit trail."""
    shown = [one["model"] for one in document["risk"]["estimates"] if one["applicable"]]
    return f" showing {' '.join(shown)}" if shown else ""


def _document(
    assessment_id: str,
    body: Mapping[str, Any],
    source: str,
    results: list[InstrumentResult],
    records: tuple[ports.AlertRecord, ...],
    now: datetime,
    fingerprint: str,
) -> dict[str, Any]:
    return {
        "id": assessment_id,
        **body,  # as it was sent: the strict model took it without changing a thing
        "source": source,
        "recorded": timestamp(now),
        "results": results,
        "alerts": [{**record.alert, "record": record.id, "raised": record.raised} for record in records],
        "provenance": {
            "engine_version": ENGINE_VERSION,
            "submission_sha256": fingerprint,
            "definitions": [
                {
                    "instrument": result["instrument"],
                    "version": result["instrument_version"],
                    "sha256": result["definition_sha256"],
                }
                for result in results
            ],
        },
    }


def _setting(submission: Submission) -> Setting:
    capture, facts = submission.capture, submission.clinical
    return Setting(
        respondent=capture.respondent if capture else None,
        language=capture.language if capture else None,
        age=facts.age if facts else None,
    )


def _identifier(submission: Submission, tenant: str) -> ports.IdentifierKey | None:
    said = submission.references and submission.references.identifier
    return ports.IdentifierKey(tenant, submission.source, said.system, said.value) if said else None


def _key_problems(key: str | None) -> list[Problem]:
    if key is None or (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        return []
    detail = "the header Idempotency-Key should be 1 to 255 printable ASCII characters"
    return [Problem("", "idempotency-key-not-allowed", detail)]


def _unique(problems: list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))
