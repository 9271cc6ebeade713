"""Factors that some studies found with lasting pain, counted and explained; options and observed rates beside them.

A profile counts and does not judge. Nothing here is multiplied into a probability, and unknown is never absent.
"""

from shared.profile.definition import Factors, factors
from shared.profile.evaluate import profile
from shared.profile.facts import fact_problems
from shared.profile.result import Profile

__all__ = ["Factors", "Profile", "fact_problems", "factors", "profile"]
