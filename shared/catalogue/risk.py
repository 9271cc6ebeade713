"""The registry of risk models as clients see it, and one model evaluated on what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.errors import SubmissionRefused, problems_of
from shared.risk import Estimate, estimate
from shared.risk_models import Registry
from shared.risk_models.catalogue import detail, not_computable_summary, summary
from shared.risk_models.request import PredictRequest


def lines(models: Registry) -> dict[str, dict[str, Any]]:
    """Every published model by id: those that can be computed, and those that cannot, with what is missing."""
    computable = {model_id: summary(models.get(model_id)) for model_id in models.ids}
    return computable | {model.id: not_computable_summary(model) for model in models.not_computable}


def whole(models: Registry, model_id: str) -> dict[str, Any]:
    """One model with its card, or what is missing of one that cannot be computed.

    Raises:
        UnknownRiskModel: there is none.
    """
    listed = next((model for model in models.not_computable if model.id == model_id), None)
    return not_computable_summary(listed) if listed else detail(models.get(model_id))


def predict(models: Registry, model_id: str, body: Mapping[str, Any]) -> Estimate:
    """Evaluate one model.

    Raises:
        UnknownRiskModel: there is none that can be computed.
        SubmissionRefused, PredictorsRefused: naming every problem of the body.
    """
    definition = models.get(model_id)
    try:
        asked = PredictRequest.model_validate(body)
    except ValidationError as error:
        raise SubmissionRefused(problems=problems_of(error)) from None
    return estimate(definition, asked.predictors, asked.population)
