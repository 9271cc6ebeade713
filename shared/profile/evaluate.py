"""From facts and scores to a profile: each factor present, absent or unknown, with the answers that say so.

One answer that says present is enough. Absent needs an answer that can rule out, and none that says present. All else
is unknown, and unknown is never counted as absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.documents import Document
from shared.procedures import Catalogue, contradictions, procedures, unknown_procedures
from shared.profile.definition import Detail, Evidence, Factor, Factors, FactSource, ScoreSource
from shared.profile.facts import Facts, fact_problems, usable_facts
from shared.profile.intake import Intake, days_since_surgery, intake_of
from shared.profile.result import (
    Because,
    DetailResult,
    EvidenceView,
    FactorResult,
    Identity,
    NotCounted,
    Profile,
    ProfileWarning,
    Status,
    Why,
)
from shared.profile.sources import CompiledSource, Given, compile_source
from shared.scoring.result import InstrumentResult

NO_PROFILE = "At a follow-up the outcome itself is asked about; nothing is counted."

_NOT_ANSWERED = Why(code="not-answered", detail="Nothing that decides it was answered.")
_UNDECIDED = Why(code="undecided", detail="The answers given do not decide it.")
_NOT_NOW = Why(code="not-at-this-time", detail="Nothing can decide it at this time or for this person.")


def profile(
    definition: Document[Factors],
    facts: Facts,
    results: Sequence[InstrumentResult],
    timepoint: str,
    catalogue: Catalogue | None = None,
) -> Profile:
    """Count the factors at one intake.

    ``facts`` are the clinical facts as sent, ``results`` the scores of the same assessment. A fact outside its allowed
    values counts as not known and is warned about; an operation that is not known here and facts that contradict each
    other are warned about and kept.
    """
    return rules_for(definition).profile(facts, results, timepoint, catalogue or procedures().content)


_RULES: dict[str, ProfileRules] = {}


def rules_for(definition: Document[Factors]) -> ProfileRules:
    """The compiled rules of a file, made on first use and kept by the file's hash."""
    rules = _RULES.get(definition.sha256)
    if rules is None:
        rules = _RULES[definition.sha256] = ProfileRules(definition)
    return rules


class ProfileRules:
    """One file of factors, compiled once."""

    def __init__(self, definition: Document[Factors]) -> None:
        content = definition.content
        self._identity = Identity(version=content.version, sha256=definition.sha256)
        self._facts = content.facts
        self._statement = content.statement
        evidence = {name: (one.about, _view(name, one)) for name, one in content.evidence.items()}
        self._factors = tuple(_CompiledFactor(factor, evidence) for factor in content.factors)
        self._none_counted = [
            NotCounted(id=factor.id, title=factor.title, why=NO_PROFILE) for factor in content.factors
        ]

    def profile(
        self, facts: Facts, results: Sequence[InstrumentResult], timepoint: str, catalogue: Catalogue
    ) -> Profile:
        """As the function of this name."""
        intake = intake_of(timepoint)
        wrong = fact_problems(self._facts, facts)
        warnings = [ProfileWarning(code="fact-not-usable", pointer=one.pointer, detail=one.detail) for one in wrong]
        warnings += [
            ProfileWarning(code=one.code, pointer=one.pointer, detail=one.detail)
            for one in (*unknown_procedures(catalogue, facts), *contradictions(catalogue, facts))
        ]
        found: list[FactorResult] = []
        skipped: list[NotCounted] = list(self._none_counted) if intake is None else []
        if intake is not None:
            scores = {(one["instrument"], score["id"]): score for one in results for score in one["scores"]}
            given = Given(usable_facts(self._facts, facts), scores, intake, days_since_surgery(timepoint))
            for factor in self._factors:
                at_intake = factor.at(intake)
                if at_intake is None:
                    skipped.append(factor.not_counted)
                else:
                    found.append(at_intake.evaluate(given))
        statuses = [factor["status"] for factor in found]
        return Profile(
            definition=self._identity,
            intake=intake or "follow-up",
            timepoint=timepoint,
            factors=found,
            present=statuses.count("present"),
            absent=statuses.count("absent"),
            unknown=statuses.count("unknown"),
            not_counted=skipped,
            warnings=warnings,
            statement=NO_PROFILE if intake is None else self._statement[intake].text,
            statement_sources=[] if intake is None else list(self._statement[intake].sources),
        )


class _CompiledFactor:
    def __init__(self, factor: Factor, evidence: Mapping[str, tuple[str, EvidenceView]]) -> None:
        self.not_counted = NotCounted(id=factor.id, title=factor.title, why=factor.not_counted_because or "")
        self._at = {intake: _FactorAtIntake(factor, intake, evidence) for intake in factor.intakes}

    def at(self, intake: Intake) -> _FactorAtIntake | None:
        """The factor as it is counted at an intake, or none where it is not."""
        return self._at.get(intake)


class _FactorAtIntake:
    """All that does not depend on the person is laid out once; the evidence is shared between results, not copied."""

    def __init__(self, factor: Factor, intake: Intake, evidence: Mapping[str, tuple[str, EvidenceView]]) -> None:
        about = "injury" if intake == "injury" else "surgery"
        shown = [evidence[name][1] for name in factor.evidence if evidence[name][0] == about]
        self._sources = _at_intake(factor.sources, intake)
        self._details = [(detail, _at_intake(detail.sources, intake)) for detail in factor.details]
        self._template = FactorResult(
            id=factor.id,
            title=factor.title,
            status="unknown",
            because=[],
            conflicting=False,
            why_unknown=None,
            would_decide=[],
            evidence=shown,
            contrary=[evidence[name][1] for name in factor.contrary if evidence[name][0] == about],
            certainty=factor.certainty,
            cutoffs=factor.cutoffs,
            modifiable=factor.modifiable,
            note=factor.notes.get(intake),
            source=shown[0]["source"],
        )

    def evaluate(self, given: Given) -> FactorResult:
        result = self._template.copy()
        status, because = _judge(self._sources, given)
        result["status"] = status
        result["because"] = because
        if status == "unknown":
            result["would_decide"] = _not_given(self._sources, given)
            result["why_unknown"] = _UNDECIDED if because else _NOT_ANSWERED if result["would_decide"] else _NOT_NOW
        elif len(because) > 1:
            result["conflicting"] = {"present", "absent"} <= {entry["says"] for entry in because}
        if self._details:
            result["details"] = [_told_apart(detail, sources, given) for detail, sources in self._details]
        return result


def _at_intake(sources: Sequence[FactSource | ScoreSource], intake: Intake) -> tuple[CompiledSource, ...]:
    return tuple(compile_source(source) for source in sources if not source.intakes or intake in source.intakes)


def _told_apart(detail: Detail, sources: Sequence[CompiledSource], given: Given) -> DetailResult:
    status, because = _judge(sources, given)
    return DetailResult(id=detail.id, title=detail.title, status=status, because=because, note=detail.note)


def _judge(sources: Sequence[CompiledSource], given: Given) -> tuple[Status, list[Because]]:
    """The status, and the answers that were looked at: one that says present is enough."""
    because = [source.entry(given) for source in sources if source.is_answered(given) and source.applies(given)]
    if not because:
        return "unknown", because
    says = {entry["says"] for entry in because}
    status: Status = "present" if "present" in says else "absent" if "absent" in says else "unknown"
    return status, _without_repeats(because) if len(because) > 1 else because


def _not_given(sources: Sequence[CompiledSource], given: Given) -> list[dict[str, str]]:
    """The facts and scores that are not known and could decide it now."""
    names: list[dict[str, str]] = []
    for source in sources:
        if source.applies(given) is not False:
            names += [name for name in source.not_given(given) if name not in names]
    return names


def _without_repeats(because: Sequence[Because]) -> list[Because]:
    """An answer that decides by one cut-off is not shown again as undecided by another."""
    decided = {_answer(entry) for entry in because if entry["says"] != "undecided"}
    return [entry for entry in because if entry["says"] != "undecided" or _answer(entry) not in decided]


def _answer(entry: Because) -> tuple[str | None, ...]:
    return entry.get("instrument"), entry.get("score"), entry.get("fact")


def _view(name: str, evidence: Evidence) -> EvidenceView:
    return EvidenceView(
        id=name,
        sentence=evidence.sentence,
        outcome=evidence.outcome,
        effect=evidence.effect,
        certainty=evidence.certainty,
        source=evidence.source,
        doi=evidence.doi,
    )
