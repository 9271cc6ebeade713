"""The profile card: which factors were counted, what models said, on what basis, and options to weigh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from shared.assessments.submission import instant
from shared.cds.card import Card, Link, Suggestion
from shared.cds.markdown import bullets, cited, link, plain
from shared.cds.person import Person, View
from shared.cds.wording import Wording, listed
from shared.errors import UnknownRiskModel
from shared.fhir.systems import Resource
from shared.risk import Estimate, shown
from shared.risk_models import Registry
from shared.risk_models.definition import RiskModel

REFERRALS = frozenset(
    {
        "psychological-treatment",
        "cbt-for-insomnia",
        "transitional-pain-service",
        "early-review",
        "stop-smoking",
        "structured-follow-up-knee",
    }
)
"""The options that another service can be asked for. The others are things to say, to discuss or to measure."""

MOST_LIMITS = 3
"""How many of a model's limits stand on the card; its own card, linked there, has them all."""

COUNTED = {
    "preoperative": "before an operation",
    "postoperative": "after an operation",
    "injury": "after an injury or with new pain",
}


def profile_card(person: Person, models: Registry, wording: Wording, base: str) -> Card | None:
    """The newest recent assessment in which anything was counted or estimated; else nothing."""
    for view in person.views:
        authored = instant(view["authored"])
        if not person.is_recent(authored):
            return None
        told = _Told(person, view, models, wording, base)
        if told.says_anything:
            return told.card(person.dated(authored))
    return None


class _Told:
    """One assessment's profile and estimates, as far as the tenant shows them now."""

    def __init__(self, person: Person, view: View, models: Registry, wording: Wording, base: str) -> None:
        risk = view["risk"]
        counted = risk["profile"] is not None and risk["profile"]["intake"] in COUNTED
        self._settings = person.settings
        self._patient, self._view, self._models, self._wording, self._base = person.id, view, models, wording, base
        self._profile: Mapping[str, Any] | None = (
            risk["profile"] if counted and person.settings.profile == "shown" else None
        )
        self._options: list[Any] = risk["actions"] if self._profile else []
        self._estimates = [
            estimate
            for estimate in risk["estimates"]
            if estimate["applicable"] and person.settings.visibility(estimate["model"]) == "shown"
        ]

    @property
    def says_anything(self) -> bool:
        return bool(self._profile or self._estimates)

    def card(self, dated: str) -> Card:
        return Card(
            kind="profile",
            summary=self._summary(dated),
            indicator=self._settings.cds.profile_indicator,
            detail="\n\n".join(self._detail(dated)),
            assessments=(self._view["id"],),
            suggestions=tuple(self._suggestions()),
            links=tuple(
                Link(f"Model card: {estimate['model']}", f"{self._base}{estimate['card']}")
                for estimate in self._estimates
            ),
        )

    def _summary(self, dated: str) -> str:
        if self._profile is None:
            count = len(self._estimates)
            models = "model applies" if count == 1 else "models apply"
            return f"{count} published {models} to the answers of {dated}; none is a verdict."
        present, unknown = self._profile["present"], self._profile["unknown"]
        total = present + unknown + self._profile["absent"]
        counts = f"{present} of {total} established factors for lasting pain present, {unknown} unknown"
        return f"{counts}; answers of {dated}{'; options inside' if self._options else ''}."

    def _detail(self, dated: str) -> Iterator[str]:
        yield self._basis(dated)
        if self._profile is not None:
            yield from self._counts(self._profile)
        yield from self._local_policy()
        if self._estimates:
            head = (
                "**Published models.** Each speaks of its own outcome; none is a verdict, and they cannot be compared."
            )
            yield f"{head}\n" + bullets([self._estimate(estimate) for estimate in self._estimates])
        if self._options:
            yield self._weighed()
        yield from self._not_suggested()
        yield from self._not_used()
        yield (
            "**Limits:** review the inputs before acting. Unknown does not mean absent, and few factors do not mean "
            "that nothing can happen."
        )

    def _basis(self, dated: str) -> str:
        scores = bullets(
            [
                f"{plain(self._wording.title(result['instrument']))}: {listed(self._wording.scores(result))}"
                for result in self._view["results"]
            ]
        )
        said = f"**Basis:** answers of {plain(dated)}"
        if self._profile is not None:
            definition = self._profile["definition"]
            said += f", {COUNTED[self._profile['intake']]}; profile {plain(definition['version'])}"
            said += f" (sha256 {definition['sha256'][:12]})"
        return f"{said}.\n{scores}"

    def _counts(self, profile: Mapping[str, Any]) -> Iterator[str]:
        for status in ("present", "absent", "unknown"):
            titles = [plain(factor["title"]) for factor in profile["factors"] if factor["status"] == status]
            if titles:
                yield f"**{status.capitalize()} ({len(titles)}):** {listed(titles)}."
        sources = " ".join(cited(source) for source in profile["statement_sources"])
        yield f"**A count of associated factors, not a probability.** {plain(profile['statement'])} {sources}".rstrip()

    def _local_policy(self) -> Iterator[str]:
        policy = self._view["risk"].get("policy") if self._profile else None
        if policy and policy["label"]:
            identity = f"{policy['policy']['id']} {policy['policy']['version']}"
            yield f"**Local policy** {plain(identity)}: {plain(policy['label']['text'])}. {plain(policy['statement'])}"

    def _estimate(self, estimate: Mapping[str, Any]) -> str:
        name = f"{estimate['model']} {estimate['model_version']}"
        said = f"{link(name, self._base + estimate['card'])}, evidence grade {plain(estimate['evidence_grade'])}: "
        said += f"**{plain(estimate['event'])}**, {plain(estimate['horizon'])}: {plain(self._value(estimate))}."
        said += f" Outcome: {plain(estimate['outcome'])}."
        model = self._model(estimate)
        if model is not None:
            said += "".join(f" {plain(one.meaning)}" for one in model.classes if one.label == estimate["value"])
            limits = " ".join(model.limitations[:MOST_LIMITS])
            said += f" Made for: {plain(model.population.words)} Limits: {plain(limits)}"
            if len(model.limitations) > MOST_LIMITS:
                said += " More in its card."
        observed = estimate.get("observed")
        if observed:
            said += f" Observed among such people: {_percent(observed['rate'])} ({plain(observed['of'])})."
        if estimate["missing"]:
            said += f" Unanswered: {plain(', '.join(estimate['missing']).replace('_', ' '))}."
        return said

    def _value(self, estimate: Mapping[str, Any]) -> str:
        model = self._model(estimate)
        if estimate["value"] is not None:
            said = shown(model, cast(Estimate, estimate)) if model else None
            return said or "made by a version of the model that is not at hand, so that no number is shown"
        interval = estimate["interval"]
        if interval is None:
            return "no value"
        if "classes" in interval:
            return f"{' or '.join(interval['classes'])}, depending on what is unanswered"
        low, high = (
            _percent(end) if isinstance(end, float) else str(end) for end in (interval["low"], interval["high"])
        )
        return f"{low} to {high}, over every answer to what is unanswered; no confidence interval"

    def _model(self, estimate: Mapping[str, Any]) -> RiskModel | None:
        """The model as it was when it estimated: another version rounds and limits otherwise."""
        try:
            definition = self._models.get(estimate["model"])
        except UnknownRiskModel:
            return None
        return definition.model if definition.sha256 == estimate["definition_sha256"] else None

    def _weighed(self) -> str:
        frame = self._view["risk"]["about_actions"]["frame"]
        lines = [
            f"**{plain(option['title'])}** ({plain(option['strength'])}): {plain(option['text'])} "
            f"But: {plain(' '.join(option['limits']))}"
            for option in self._options
        ]
        return f"**Options to weigh.** {plain(frame)}\n{bullets(lines)}"

    def _not_suggested(self) -> Iterator[str]:
        avoided = self._view["risk"]["about_actions"]["not_suggested"] if self._profile else []
        if avoided:
            lines = [f"{plain(one['title'])}: {plain(one['why'])}" for one in avoided]
            yield f"**Not suggested**\n{bullets(lines)}"

    def _not_used(self) -> Iterator[str]:
        left_out = [
            f"{plain(one['title'])}: {plain(one['why'])}"
            for one in (self._profile or {"not_counted": []})["not_counted"]
        ]
        doubts = [plain(one["detail"]) for one in (self._profile or {"warnings": []})["warnings"]]
        if left_out:
            yield f"**Not used**\n{bullets(left_out)}"
        if doubts:
            yield f"**In doubt:** {listed(doubts)}."

    def _suggestions(self) -> Iterator[Suggestion]:
        for option in self._options:
            if option["id"] in REFERRALS:
                yield Suggestion(
                    f"Draft referral: {option['title']}",
                    "Draft a referral for review",
                    _service_request(option["title"], self._patient),
                )


def _service_request(title: str, patient: str) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"text": title},
        "subject": {"reference": f"Patient/{patient}"},
    }


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
