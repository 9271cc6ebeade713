"""Submit, read, void, list: the main job, over whatever store is handed in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from shared.assessments import ports, refused_submission
from shared.assessments.deliveries import due
from shared.assessments.preparation import Preparation, Prepared, shown_models
from shared.assessments.request import Request, timestamp
from shared.assessments.submission import VoidRequest, body_fingerprint
from shared.errors import (
    Alert,
    AlreadyIdentified,
    Conflict,
    DomainError,
    IdempotencyKeyReused,
    NotFound,
    Problem,
    SubmissionRefused,
    TooCostly,
    pointer,
    problems_of,
)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of a submission; ``created`` is false when the same one had been stored before."""

    view: dict[str, Any]
    created: bool
    raised: int


@dataclass(frozen=True, slots=True)
class Assessments(Preparation):
    """The use cases."""

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
            prepared = self.prepared(self.new_id(), body, request, settings, now, idempotency_key)
            self._keep([prepared], request, {prepared.new.id} if unless_identified else ())
        except ports.AlreadyStored as stored:
            if stored.body_sha256 == body_fingerprint(body):
                original = ports.StoredAssessment(stored.assessment.document)
                return Submitted(original.view, created=False, raised=0)
            reused = IdempotencyKeyReused("The idempotency key came with another body before.")
            raise self._heard(reused, [body], request) from None
        except (SubmissionRefused, Conflict, TooCostly) as refused:
            raise self._heard(refused, [body], request) from None
        return _submitted(prepared)

    def check(self, body: Mapping[str, Any], request: Request) -> None:
        """Judge a submission and keep nothing of it.

        Raises:
            SubmissionRefused: naming every problem.
        """
        self.prepared(self.new_id(), body, request, self.settings(request.tenant), self.clock())

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
        prepared: list[Prepared] = []
        problems: list[Problem] = []
        for place, (assessment_id, body) in enumerate(bodies.items()):
            try:
                made = self.prepared(assessment_id, body, request, settings, now)
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
        return [_submitted(one) for one in prepared]

    def _keep(self, prepared: Sequence[Prepared], request: Request, unless_identified: Collection[str]) -> None:
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
            request.audited(self.new_id(), "read", assessment_id + shown_models(stored.document), self.clock())
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
        shown = " ".join(stored.document["id"] + shown_models(stored.document) for stored in found)
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


def _submitted(prepared: Prepared) -> Submitted:
    return Submitted(ports.StoredAssessment(prepared.new.document).view, created=True, raised=prepared.raised)
