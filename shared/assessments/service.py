"""Submit, read, void, list: the main job, over whatever store is handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from shared import ENGINE_VERSION
from shared.assessments import ports, refused_submission
from shared.assessments.deliveries import due
from shared.assessments.identifiers import new_id
from shared.assessments.request import Request, timestamp
from shared.assessments.submission import Submission, VoidRequest, body_fingerprint, instant
from shared.errors import (
    Alert,
    AlreadyIdentified,
    Conflict,
    DomainError,
    IdempotencyKeyReused,
    NotFound,
    NotScorable,
    Problem,
    ResponsesRefused,
    SubmissionRefused,
    TooCostly,
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

CLOCK_SKEW = timedelta(minutes=5)
SUBMIT_ROUTE = "POST /v1/assessments"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of a submission; ``created`` is false when the same one had been stored before."""

    view: dict[str, Any]
    created: bool
    raised: int


class _Prepared(NamedTuple):
    """A submission that was scored, as everything that keeps it."""

    new: ports.NewAssessment
    raised: int

    @property
    def submitted(self) -> Submitted:
        return Submitted(ports.StoredAssessment(self.new.document).view, created=True, raised=self.raised)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Assessments:
    """The use cases.

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

    # -- submit --------------------------------------------------------------------------------------------------------

    def submit(
        self,
        body: Mapping[str, Any],
        request: Request,
        idempotency_key: str | None = None,
        *,
        unless_identified: bool = False,
    ) -> Submitted:
        """Score one submission and keep it, once.

        ``unless_identified``: only where nothing current carries its identifier; of two such at once one is kept.

        Raises:
            SubmissionRefused: naming every problem. The safety alerts of its valid answers travel with the error and
                are kept.
            IdempotencyKeyReused: the key came with another body before.
            Conflict: what it supersedes is no longer current.
            TooCostly: it is more than can be kept in one piece.
            AlreadyIdentified: something current carries its identifier, and it was to be kept only if not.
        """
        now, settings = self.clock(), self.settings(request.tenant)
        try:
            prepared = self._prepare(self.new_id(), body, request, settings, now, idempotency_key)
            self._keep([prepared], request, {prepared.new.id} if unless_identified else ())
        except ports.AlreadyStored as stored:
            if stored.body_sha256 == body_fingerprint(body):
                original = ports.StoredAssessment(stored.assessment.document)
                return Submitted(original.view, created=False, raised=0)
            reused = IdempotencyKeyReused("The idempotency key came with another body before.")
            raise self._heard(reused, [body], request) from None
        except (SubmissionRefused, Conflict, TooCostly) as refused:
            raise self._heard(refused, [body], request) from None
        return prepared.submitted

    def check(self, body: Mapping[str, Any], request: Request) -> None:
        """Judge a submission and keep nothing of it.

        Raises:
            SubmissionRefused: naming every problem.
        """
        self._prepare(self.new_id(), body, request, self.settings(request.tenant), self.clock())

    def submit_all(
        self, bodies: Mapping[str, Mapping[str, Any]], request: Request, *, unless_identified: Collection[str] = ()
    ) -> list[Submitted]:
        """Score several submissions and keep all of them, or none; each under the new id that stands beside it.

        ``unless_identified`` names those of which nothing current may carry the identifier; no two of these may have
        the same one.

        Raises:
            SubmissionRefused: naming every problem of each, at a pointer that begins with its place. The safety alerts
                of all valid answers travel with each of these errors, and are kept.
            Conflict: what one supersedes is no longer current.
            TooCostly: they are more than can be kept in one piece.
            AlreadyIdentified: something current carries the identifier of one that was to be kept only if not.
        """
        now, settings = self.clock(), self.settings(request.tenant)
        prepared: list[_Prepared] = []
        problems: list[Problem] = []
        for place, (assessment_id, body) in enumerate(bodies.items()):
            try:
                made = self._prepare(assessment_id, body, request, settings, now)
            except SubmissionRefused as refused:
                problems += [line._replace(pointer=pointer(place) + line.pointer) for line in refused.problems]
                continue
            if made.new.supersedes and made.new.supersedes in [one.new.supersedes for one in prepared]:
                said = "should not be superseded by two at once"
                problems.append(Problem(pointer(place, "supersedes"), "duplicate", said))
            prepared.append(made)
        if problems:
            raise self._heard(SubmissionRefused(problems=problems), bodies.values(), request)
        try:
            self._keep(prepared, request, unless_identified)
        except (Conflict, TooCostly) as refused:
            raise self._heard(refused, bodies.values(), request) from None
        return [one.submitted for one in prepared]

    def _keep(self, prepared: Sequence[_Prepared], request: Request, unless_identified: Collection[str]) -> None:
        news = [self._claiming(one.new, request) if one.new.id in unless_identified else one.new for one in prepared]
        try:
            self.repository.add(*news)
        except ports.NotCurrent:
            raise Conflict("The assessment to be superseded is void or superseded already.") from None
        except ports.AlreadyClaimed:
            for new in news:
                if new.claim:
                    self._claiming(new, request)
            # Claimed meanwhile, and void again.
            raise Conflict("The identifier was in use a moment ago: send the request again.") from None
        except ports.TooMuch:
            raise TooCostly("The assessments are more than can be stored in one piece: send fewer at once.") from None

    def _claiming(self, new: ports.NewAssessment, request: Request) -> ports.NewAssessment:
        """The same, with a claim on its identifier.

        Raises:
            AlreadyIdentified: something current carries it.
        """
        if new.identifier is None:
            return new
        found = self.repository.identified(new.identifier, limit=2)
        current = [stored for stored in found.assessments if stored.current]
        if current:
            raise AlreadyIdentified(views=self._listed(current, request))
        return replace(new, claim=ports.Claim(found.holder))

    def _heard(self, refused: DomainError, bodies: Iterable[Mapping[str, Any]], request: Request) -> DomainError:
        """The refusal with the safety alerts of every valid answer, which are kept."""
        told: list[Alert] = []
        for body in bodies:
            alerts = refused_submission.alerts_in(body, self.registry)
            self.keep_alerts(alerts, body, request)
            told += alerts
        return type(refused)(refused.detail, problems=refused.problems, alerts=told)

    def keep_alerts(self, alerts: Sequence[Alert], body: Mapping[str, Any], request: Request) -> None:
        """Keep the safety alerts of a submission that was refused, here or by who read it."""
        if alerts:
            records = refused_submission.records_of(alerts, body, self.clock())
            subject = refused_submission.subject_in(body, request.tenant)
            self.repository.keep_refused(request.tenant, subject, records)

    def _prepare(
        self,
        assessment_id: str,
        body: Mapping[str, Any],
        request: Request,
        settings: TenantSettings,
        now: datetime,
        key: str | None = None,
    ) -> _Prepared:
        """Judge and score one submission, up to what is written of it."""
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
    ) -> _Prepared:
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
            audit=request.audited(self.new_id(), "create", assessment_id + _shown(document), now),
            alerts=records,
            deliveries=due(event, assessment_id, subject, settings, now, self.new_id),
            idempotency=ports.IdempotencyKey(SUBMIT_ROUTE, key, fingerprint, now + self.idempotency_lifetime)
            if key
            else None,
            supersedes=submission.supersedes,
            identifier=_identifier(submission, request.tenant),
        )
        return _Prepared(new, len(records) if raised else 0)

    def _raises(self, submission: Submission, settings: TenantSettings, now: datetime) -> bool:
        imported = submission.capture is not None and submission.capture.mode == "import"
        return not imported and now - instant(submission.authored) <= self.oldest_raised(settings)

    def oldest_raised(self, settings: TenantSettings) -> timedelta:
        """How old answers may be whose alerts are raised."""
        days = settings.alert_max_age_days
        return self.alert_max_age if days is None else timedelta(days=days)

    def settings(self, tenant: str) -> TenantSettings:
        """What the tenant has decided."""
        stored = self.repository.settings(tenant)
        return TenantSettings.model_validate(stored.document) if stored else DEFAULTS

    # -- read, list, void ----------------------------------------------------------------------------------------------

    def read(self, assessment_id: str, request: Request) -> dict[str, Any]:
        """One stored assessment.

        Raises:
            NotFound: this tenant has none of that id.
        """
        stored = self.repository.get(request.tenant, assessment_id)
        if stored is None:
            raise NotFound("No assessment has this id.")
        self.repository.audit(
            request.audited(self.new_id(), "read", assessment_id + _shown(stored.document), self.clock())
        )
        return stored.view

    def of_subject(
        self, subject: ports.SubjectKey, request: Request, *, limit: int, cursor: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page of the subject's assessments, newest first, and the cursor of the next page.

        Raises:
            InvalidCursor: the cursor was not issued for this list.
        """
        page = self.repository.of_subject(subject, limit=limit, cursor=cursor)
        return self._listed(page.items, request), page.next_cursor

    def identified(self, identifier: ports.IdentifierKey, request: Request, *, limit: int) -> list[dict[str, Any]]:
        """The newest assessments that carry this identifier, until ``limit`` current ones are found."""
        return self._listed(self.repository.identified(identifier, limit=limit).assessments, request)

    def _listed(self, found: Sequence[ports.StoredAssessment], request: Request) -> list[dict[str, Any]]:
        # The audit names the assessments that were shown, not the subject.
        shown = " ".join(stored.document["id"] + _shown(stored.document) for stored in found)
        self.repository.audit(request.audited(self.new_id(), "list", shown, self.clock()))
        return [stored.view for stored in found]

    def void(self, assessment_id: str, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        """Mark an assessment as entered in error. Its alerts stay open.

        Raises:
            SubmissionRefused: no reason that can be kept.
            NotFound: this tenant has none of that id.
            Conflict: it is void already, for another reason.
        """
        try:
            reason = VoidRequest.model_validate(body).reason
        except ValidationError as error:
            raise SubmissionRefused(problems=problems_of(error)) from None
        stored = self.repository.get(request.tenant, assessment_id)
        if stored is None:
            raise NotFound("No assessment has this id.")
        if stored.void is None:
            now = self.clock()
            void = {"reason": reason, "recorded": timestamp(now)}
            audit = request.audited(self.new_id(), "void", assessment_id, now)
            subject = ports.SubjectKey(request.tenant, stored.document["source"], stored.document["subject"])
            deliveries = due("voided", assessment_id, subject, self.settings(request.tenant), now, self.new_id)
            with suppress(ports.NotCurrent):
                self.repository.void(request.tenant, assessment_id, void, audit, deliveries)
            stored = self.repository.get(request.tenant, assessment_id) or stored
        if stored.void is None or stored.void["reason"] != reason:
            raise Conflict("The assessment is void already, for another reason.")
        return stored.view


def _shown(document: Mapping[str, Any]) -> str:
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
