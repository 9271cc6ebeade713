"""The instruments this service knows, as declarative definitions with their sources."""

from shared.instruments.definition import Instrument
from shared.instruments.registry import Definition, Registry, registry

__all__ = ["Definition", "Instrument", "Registry", "registry"]
