"""The card of a local policy: the same 31 source attributes as a model's, in the same order.

A policy was made by a tenant and validated by nobody, and its card says so. What is not known is "not available".
"""

from __future__ import annotations

from typing import TypedDict

from shared.documents import Document
from shared.policy.definition import Policy
from shared.policy.evaluate import STATEMENT
from shared.risk_models import registry
from shared.risk_models.card import UPDATES, USERS, Attribute, attributes
from shared.risk_models.parts import NOT_AVAILABLE


class PolicyCard(TypedDict):
    policy: str
    policy_version: str
    definition_sha256: str
    title: str
    attributes: list[Attribute]


def card(policy: Document[Policy]) -> PolicyCard:
    """The whole card of one policy."""
    content = policy.content
    said = _said(content)
    # The attributes themselves are those of any model's card: their order and titles stand in one place.
    any_model = registry(()).get(registry(()).ids[0]).model
    return PolicyCard(
        policy=content.id,
        policy_version=content.version,
        definition_sha256=policy.sha256,
        title=content.title,
        attributes=[
            Attribute(
                n=one["n"],
                group=one["group"],
                id=one["id"],
                title=one["title"],
                text=said.get(one["id"], NOT_AVAILABLE),
                source=None,
            )
            for one in attributes(any_model)
        ],
    )


def _said(policy: Policy) -> dict[str, str]:
    return {
        "developer": policy.decided_by,
        "output_value": f"A label of the first of {len(policy.rules)} rules that holds, or none. {STATEMENT}",
        "output_type": "label by counts of factors (no probability)",
        "intended_use": policy.title,
        "population": f"People at these intakes: {', '.join(policy.intakes)}.",
        "users": USERS,
        "decision_role": "Informs: the label follows from a count that the professional sees; it replaces no decision.",
        "known_risks": "No study validated it. Factors that are unknown can hide that another rule would hold.",
        "external_validation_process": "None: a local policy is not a validated prediction.",
        "updates": UPDATES,
    }
