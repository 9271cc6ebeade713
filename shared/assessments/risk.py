"""What is published about lasting pain, beside one assessment: factors counted, models estimated, rates, options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from shared.assessments.submission import Submission
from shared.batteries import Settings as BatterySettings
from shared.batteries import batteries, still_missing
from shared.documents import canonical, read_document
from shared.errors import Problem
from shared.policy import Policy, evaluate
from shared.profile import fact_problems, factors, profile
from shared.profile.base_rates import base_rates, base_rates_for
from shared.profile.options import actions, options
from shared.risk import IntakeChecks, estimates
from shared.risk_models import Registry
from shared.scoring.result import InstrumentResult
from shared.tenants import TenantSettings

NOT_A_MODELS_TO_REFUSE = frozenset({"age", "procedure", "condition"})
"""Facts that decide whether a model applies: a person outside them is not a mistake."""


class Findings(NamedTuple):
    """``shown`` goes to clients; ``silent`` is kept and not shown, since the tenant runs it silently.

    ``facts`` are those it all rests on, the tenant's own codes resolved as they were mapped at the time.
    """

    shown: dict[str, Any]
    silent: dict[str, Any]
    facts: dict[str, Any]


class RiskView:
    """Evaluates one assessment over the models of a registry, by a tenant's decisions."""

    def __init__(self, models: Registry) -> None:
        self._models = list(models.load_all().values())
        self._checks = IntakeChecks(self._models)

    def facts(self, submission: Submission, settings: TenantSettings) -> dict[str, Any]:
        """The clinical facts, the tenant's own codes resolved."""
        return facts_of(submission, settings)

    def problems(self, submission: Submission, facts: Mapping[str, Any]) -> list[Problem]:
        """What in a submission no model, battery or map could use."""
        facts = {name: value for name, value in facts.items() if name not in NOT_A_MODELS_TO_REFUSE}
        found = self._checks.problems(facts, [total.model_dump() for total in submission.external])
        found += fact_problems(factors().content.facts, facts)
        if submission.battery and batteries().content.get(submission.battery) is None:
            found.append(Problem("/battery", "unknown-battery", "no battery has this id"))
        return found

    def findings(
        self,
        submission: Submission,
        facts: dict[str, Any],
        results: Sequence[InstrumentResult],
        settings: TenantSettings,
    ) -> Findings:
        """Everything that is said of risk, apart by whether the tenant shows it."""
        external = [total.model_dump() for total in submission.external]
        wanted = [definition for definition in self._models if settings.visibility(definition.model.id) != "off"]
        estimated = estimates(wanted, facts, results, submission.timepoint, external)
        silent_models = [one for one in estimated if settings.visibility(one["model"]) == "silent"]
        shown: dict[str, Any] = {
            "profile": None,
            "estimates": [one for one in estimated if one not in silent_models],
            "base_rates": base_rates_for(base_rates(), facts),
            "actions": [],
        }
        silent: dict[str, Any] = {"estimates": silent_models} if silent_models else {}
        if settings.profile != "off":
            counted = self._counted(facts, results, submission.timepoint, settings)
            (shown if settings.profile == "shown" else silent).update(counted)
        return Findings(shown, silent, facts)

    def _counted(
        self, facts: Mapping[str, Any], results: Sequence[InstrumentResult], timepoint: str, settings: TenantSettings
    ) -> dict[str, Any]:
        counted = profile(factors(), facts, results, timepoint)
        weighed = options(actions(), counted, facts, results)
        found: dict[str, Any] = {
            "profile": counted,
            "actions": weighed["options"],
            "about_actions": {key: weighed[key] for key in ("definition", "frame", "not_suggested")},
        }
        if settings.policy is not None:
            found["policy"] = evaluate(read_document(Policy, canonical(settings.policy), "policy"), counted)
        return found

    def progress(
        self,
        submission: Submission,
        facts: Mapping[str, Any],
        results: Sequence[InstrumentResult],
        settings: TenantSettings,
    ) -> dict[str, Any] | None:
        """What is still missing of the battery that a submission names."""
        if submission.battery is None:
            return None
        decided = BatterySettings(settings.phq8_instead_of_phq9 is not None, settings.slots)
        return dict(
            still_missing(
                batteries(), submission.battery, results, decided, facts=facts, timepoint=submission.timepoint
            )
        )


def facts_of(submission: Submission, settings: TenantSettings) -> dict[str, Any]:
    """The clinical facts, a tenant's own code turned into the operation or condition that the tenant says it means."""
    if submission.clinical is None:
        return {}
    facts: dict[str, Any] = submission.clinical.model_dump(exclude_none=True, exclude={"procedure_code"})
    coded = submission.clinical.procedure_code
    if coded is not None and "procedure" not in facts:
        meant = {(mapping.system, mapping.code): mapping.means for mapping in settings.code_maps}
        facts["procedure"] = meant.get((coded.system, coded.code), "other")
    return facts
