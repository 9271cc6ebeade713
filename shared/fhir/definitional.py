"""What our canonicals stand for: code systems, extensions and operations, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from shared.fhir.code_system import code_system, code_systems, risk_code_systems, shared_code_systems
from shared.fhir.extension_definition import EXTENSIONS, extension_definition
from shared.fhir.extract import score_operation
from shared.fhir.systems import Names, Resource
from shared.instruments import Registry

if TYPE_CHECKING:
    from shared.risk_models import Registry as RiskModels


class Definitional:
    """The resources that define something, under one base URL.

    ``risk_models`` are those of this service and its deployer; ``version`` is the service's, ``changed`` when what the
    operation says last changed. ``others`` are code systems that others use: name, title, and codes with displays.
    """

    def __init__(
        self,
        names: Names,
        registry: Registry,
        risk_models: RiskModels,
        *,
        version: str,
        changed: str,
        others: Sequence[tuple[str, str, Mapping[str, str]]] = (),
    ) -> None:
        self._names, self._registry, self._risk_models = names, registry, risk_models
        self._version, self._changed = version, changed
        self._systems_of_others = [code_system(names, *one, version) for one in others]

    def get(self, kind: str, id: str) -> Resource | None:
        """The resource of one kind and id, or none."""
        if kind != "CodeSystem":
            return self._others[kind].get(id)
        return next((system for system in self._perhaps(id) if system["id"] == id), None)

    def all(self, kind: str) -> list[Resource]:
        """Every resource of one kind, by its id."""
        found = self._every_system() if kind == "CodeSystem" else iter(self._others[kind].values())
        return sorted(found, key=lambda resource: str(resource["id"]))

    def _perhaps(self, id: str) -> Iterator[Resource]:
        """The systems among which one of this id is, if there is one. A system's id begins with its instrument's."""
        for instrument_id in self._registry.ids:
            if id == instrument_id or id.startswith(f"{instrument_id}-"):
                yield from code_systems(self._registry.get(instrument_id).instrument, self._names)
        yield from self._shared()

    def _every_system(self) -> Iterator[Resource]:
        for definition in self._registry.load_all().values():
            yield from code_systems(definition.instrument, self._names)
        yield from self._shared()

    def _shared(self) -> Iterator[Resource]:
        instruments = [definition.instrument for definition in self._registry.load_all().values()]
        yield from shared_code_systems(instruments, self._names, self._version)
        models = [definition.model for definition in self._risk_models.load_all().values()]
        yield from risk_code_systems(models, self._names, self._version)
        yield from self._systems_of_others

    @cached_property
    def _others(self) -> dict[str, dict[str, Resource]]:
        operation = score_operation(self._names, date=self._changed, version=self._version)
        extensions = {name: extension_definition(name, self._names, self._version) for name in EXTENSIONS}
        return {"OperationDefinition": {operation["id"]: operation}, "StructureDefinition": extensions}
