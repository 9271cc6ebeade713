"""From predictors to what a published model says of a person. Pure: same answers in, same estimate out, anywhere."""

from shared.risk.display import shown
from shared.risk.estimator import estimate, estimator_for
from shared.risk.intake import problems_in
from shared.risk.origins import ExternalTotal
from shared.risk.result import Estimate
from shared.risk.sources import Gathered, estimates, gather

__all__ = [
    "Estimate",
    "ExternalTotal",
    "Gathered",
    "estimate",
    "estimates",
    "estimator_for",
    "gather",
    "problems_in",
    "shown",
]
