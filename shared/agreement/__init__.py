"""Does another scorer's total agree with ours, and if not, which rule differs? Pure."""

from shared.agreement.comparison import agree
from shared.agreement.result import Agreement, Difference, Explanation, RefusedAnswer

__all__ = ["Agreement", "Difference", "Explanation", "RefusedAnswer", "agree"]
