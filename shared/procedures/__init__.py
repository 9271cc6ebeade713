"""The operations and conditions this service knows by name."""

from shared.procedures.catalogue import Catalogue, Procedure, contradictions, procedures, unknown_procedures

__all__ = ["Catalogue", "Procedure", "contradictions", "procedures", "unknown_procedures"]
