"""A tenant's own rule that turns the counts of a profile into a label. None is active by default."""

from shared.policy.card import PolicyCard, card
from shared.policy.definition import Policy, schema
from shared.policy.evaluate import evaluate
from shared.policy.review import check_policy, review

__all__ = ["Policy", "PolicyCard", "card", "check_policy", "evaluate", "review", "schema"]
