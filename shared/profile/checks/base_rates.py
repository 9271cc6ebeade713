"""Every problem of a file of observed rates."""

from __future__ import annotations

from shared.errors import Problem, pointer
from shared.procedures import Catalogue
from shared.profile.base_rates import BaseRates
from shared.profile.checks.names import check_where, known_place, needs_link
from shared.profile.definition import Factors


def check_base_rates(rates: BaseRates, factors: Factors, catalogue: Catalogue) -> list[Problem]:
    """Every problem of a file of observed rates."""
    problems: list[Problem] = []
    facts = {fact.id: fact for fact in factors.facts}
    for place, row in enumerate(rates.rows):
        at = pointer("rows", place)
        problems += needs_link(f"{at}/source", row.source)
        problems += check_where(row.outside, facts, catalogue, f"{at}/outside")
        problems += known_place("procedure", row.procedures, catalogue, f"{at}/procedures")
        problems += known_place("condition", row.conditions, catalogue, f"{at}/conditions")
    return problems
