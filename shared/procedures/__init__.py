"""The operations and conditions this service knows by name."""

from shared.procedures.catalogue import Catalogue, Procedure, contradictions, procedures

__all__ = ["Catalogue", "Procedure", "contradictions", "procedures"]
