"""Read and replace a tenant's settings. Every version is kept, and each change is audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from shared.assessments import ports
from shared.assessments.identifiers import new_id
from shared.assessments.request import Request, timestamp
from shared.batteries import Settings as BatterySettings
from shared.batteries import batteries, settings_problems
from shared.documents import canonical, read_document
from shared.errors import Conflict, DefinitionRefused, Problem, SubmissionRefused, pointer, problems_of
from shared.policy import Policy, card, check_policy
from shared.procedures import procedures
from shared.profile import factors
from shared.tenants import TenantSettings
from shared.tenants.connections import Account, ClientName, Destination

ADDED = frozenset({"version", "recorded", "policy_card"})
"""What reading the settings adds to them."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Tenants:
    """The use cases of the settings document. ``models`` are the ids of the risk models that can be computed."""

    repository: ports.Repository
    models: tuple[str, ...]
    clock: Callable[[], datetime] = _now
    new_id: Callable[[], str] = new_id

    def read(self, request: Request) -> dict[str, Any]:
        """The settings in force; version 0 where nothing was ever decided."""
        return _view(self.repository.settings(request.tenant))

    def replace(self, body: Mapping[str, Any], request: Request, *, expected: str | None = None) -> dict[str, Any]:
        """Put a whole new document in force. ``expected`` is the version it was made from, as an entity tag.

        A document that was read here may be sent back changed: what the service adds to it is passed over.

        Raises:
            SubmissionRefused: naming every problem.
            Conflict: another version was put meanwhile.
        """
        try:
            settings = TenantSettings.model_validate({key: body[key] for key in body if key not in ADDED})
        except ValidationError as error:
            raise SubmissionRefused(problems=problems_of(error)) from None
        problems = self._problems(settings)
        if problems:
            raise SubmissionRefused(problems=problems)
        current = self.repository.settings(request.tenant)
        version = current.version if current else 0
        if expected is not None and expected.strip('"') != str(version):
            raise Conflict("The settings were changed since the version this was made from.")
        now = self.clock()
        stored = ports.StoredSettings(version + 1, timestamp(now), settings.model_dump(mode="json"))
        audit = request.audited(self.new_id(), "settings", f"version {version + 1}", now)
        owned = _owned(stored.document)
        dropped = _owned(current.document).keys() - owned.keys() if current else ()
        try:
            self.repository.put_settings(request.tenant, stored, audit, owned=list(owned), dropped=dropped)
        except ports.NotCurrent:
            raise Conflict("The settings were changed meanwhile.") from None
        except ports.Taken as taken:
            found = list(owned.values())
            raise Conflict(
                "A client or a destination is another tenant's.", problems=[found[place] for place in taken.places]
            ) from None
        return _view(stored)

    def _problems(self, settings: TenantSettings) -> list[Problem]:
        """What names something that does not exist."""
        known = procedures().content
        found = [
            Problem(
                pointer("code_maps", place, "means"), "unknown-procedure", "is no operation or condition known here"
            )
            for place, mapping in enumerate(settings.code_maps)
            if known.get(mapping.means) is None
        ]
        if not set(settings.models) <= set(self.models):
            found.append(Problem("/models", "unknown-risk-model", "names a risk model that cannot be computed here"))
        decided = BatterySettings(settings.phq8_instead_of_phq9 is not None, settings.slots)
        found += settings_problems(batteries().content, decided)
        if settings.policy is not None:
            found += _policy_problems(settings.policy)
        return found


def _owned(document: dict[str, Any]) -> dict[ClientName | Account, Problem]:
    """What a stored document makes its tenant's alone, each with what is wrong where another tenant has it.

    Documents from before there were clients and destinations name none.
    """
    owned: dict[ClientName | Account, Problem] = {}
    for place, client in enumerate(document.get("clients", ())):
        said = Problem(pointer("clients", place, "id"), "client-taken", "is registered by another tenant")
        owned[ClientName(client["id"], client["tenant_claim"])] = said
    for place, entry in enumerate(document.get("destinations", ())):
        account = Destination.model_validate(entry).account
        said = Problem(pointer("destinations", place, "url"), "destination-taken", "is another tenant's destination")
        if account is not None:
            owned.setdefault(account, said)
    return owned


def _policy_problems(policy: dict[str, Any]) -> list[Problem]:
    try:
        document = read_document(Policy, canonical(policy), "policy")
    except DefinitionRefused as refused:
        return [problem._replace(pointer="/policy" + problem.pointer) for problem in refused.problems]
    problems = check_policy(document.content, factors().content)
    return [problem._replace(pointer="/policy" + problem.pointer) for problem in problems]


def _view(stored: ports.StoredSettings | None) -> dict[str, Any]:
    if stored is None:
        return {"version": 0, "recorded": None, **TenantSettings().model_dump(mode="json"), "policy_card": None}
    policy = stored.document.get("policy")
    shown = card(read_document(Policy, canonical(policy), "policy")) if policy else None
    return {"version": stored.version, "recorded": stored.recorded, **stored.document, "policy_card": shown}
