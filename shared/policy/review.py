"""Every problem of a policy file: its form, its words, and the factors that it names."""

from __future__ import annotations

from shared.documents import read_document
from shared.errors import DefinitionRefused, Problem, pointer
from shared.policy.definition import Policy
from shared.profile import Factors


def review(content: bytes, name: str, factors: Factors) -> list[Problem]:
    """Every problem of one file; none means that a tenant may choose it."""
    try:
        policy = read_document(Policy, content, name).content
    except DefinitionRefused as refused:
        return list(refused.problems)
    return check_policy(policy, factors)


def check_policy(policy: Policy, factors: Factors) -> list[Problem]:
    """Every factor that does not exist or is not counted where the policy speaks, and every count out of reach."""
    problems = []
    known = {factor.id for factor in factors.factors}
    counted = {intake: factors.counted_at(intake) for intake in policy.intakes}
    fewest = min(len(ids) for ids in counted.values())
    for place, rule in enumerate(policy.rules):
        for number, count in enumerate(rule.when):
            at = pointer("rules", place, "when", number)
            if count.factors == "all":
                if count.value > fewest:
                    detail = f"asks for more than the {fewest} factors that are counted there"
                    problems.append(Problem(f"{at}/value", "value-not-allowed", detail))
                continue
            for spot, factor in enumerate(count.factors):
                here = f"{at}/factors/{spot}"
                if factor not in known:
                    problems.append(Problem(here, "unknown-factor", f"no factor is called {factor}"))
                    continue
                absent_from = [intake for intake, ids in counted.items() if factor not in ids]
                if absent_from:
                    detail = f"{factor} is not counted at {', '.join(absent_from)}"
                    problems.append(Problem(here, "not-counted", detail))
    return problems
