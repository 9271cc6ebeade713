"""The registry as clients see it: one line for each model, computable or not, and each model whole with its card."""

from __future__ import annotations

from typing import Any

from shared.risk_models.card import card, in_words
from shared.risk_models.definition import NotComputable
from shared.risk_models.registry import Definition


def summary(definition: Definition) -> dict[str, Any]:
    """One line of the list."""
    model, sha256 = definition
    return {
        "id": model.id,
        "version": model.version,
        "title": model.title,
        "kind": model.kind,
        "computable": True,
        "event": model.event,
        "event_is": model.event_is,
        "outcome": model.outcome.definition,
        "horizon": model.outcome.horizon,
        "population": in_words(model.population),
        "timepoints": list(model.population.timing.timepoints),
        "predictors": [predictor.id for predictor in model.predictors],
        "evidence_grade": model.evidence_grade,
        "definition_sha256": sha256,
        "href": f"/v1/risk-models/{model.id}",
    }


def not_computable_summary(model: NotComputable) -> dict[str, Any]:
    """One line of the list, for a model whose equation was not seen. It cannot be predicted with."""
    document = model.model_dump(mode="json", exclude_none=True)
    return {**document, "computable": False, "href": f"/v1/risk-models/{model.id}"}


def detail(definition: Definition) -> dict[str, Any]:
    """One model whole: its definition, its hash, and its card."""
    document = definition.model.model_dump(mode="json", exclude_defaults=True)
    document |= {"computable": True, "definition_sha256": definition.sha256, "model_card": card(definition)}
    return document
