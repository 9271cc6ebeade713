"""What may be sent to one model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class PredictRequest(BaseModel):
    """Body of the predict route. What each predictor allows is checked by the model's definition, not here."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    predictors: dict[str, Any]
    population: dict[str, Any] = Field(default_factory=dict)
