"""The published prognostic models this service can compute, as declarative definitions with their sources."""

from shared.risk_models.definition import NotComputable, RiskModel
from shared.risk_models.registry import Definition, Registry, folders_of, registry

__all__ = ["Definition", "NotComputable", "Registry", "RiskModel", "folders_of", "registry"]
