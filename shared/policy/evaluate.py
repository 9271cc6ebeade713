"""From a profile to a tenant's label, with the counts that gave it and the rules that unknown factors leave open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypedDict

from shared.documents import Document
from shared.policy.definition import Count, Policy
from shared.profile import Profile
from shared.profile.sources import COMPARE

STATEMENT = (
    "This label is a local policy, not a validated prediction. It follows from a count, and unknown is not absent."
)
OTHER_INTAKE = "This local policy is not made for this intake, so that it gives no label."
NO_RULE = "No rule of this local policy holds, so that it gives no label. That is no finding about the person."


class PolicyIdentity(TypedDict):
    id: str
    version: str
    sha256: str


class LabelView(TypedDict):
    code: str
    text: str


class CountView(TypedDict):
    """One count of the rule that held, and what was found."""

    of: str
    factors: list[str]
    op: str
    value: int
    found: int


class PolicyResult(TypedDict):
    """``could_become``: other rules that could hold once the unknown factors are known."""

    policy: PolicyIdentity
    label: LabelView | None
    rule: str | None
    because: list[CountView]
    could_become: list[str]
    statement: str


def evaluate(policy: Document[Policy], profile: Profile) -> PolicyResult:
    """The label of the first rule that holds, or none. A factor that the profile does not hold counts as unknown."""
    content = policy.content
    result = PolicyResult(
        policy=PolicyIdentity(id=content.id, version=content.version, sha256=policy.sha256),
        label=None,
        rule=None,
        because=[],
        could_become=[],
        statement=OTHER_INTAKE,
    )
    if profile["intake"] not in content.intakes:
        return result
    statuses = {factor["id"]: factor["status"] for factor in profile["factors"]}
    counted = [[_counted(count, statuses) for count in rule.when] for rule in content.rules]
    held = next((place for place, counts in enumerate(counted) if all(one.holds for one in counts)), None)
    result["statement"] = NO_RULE if held is None else STATEMENT
    if held is not None:
        rule = content.rules[held]
        result["label"] = LabelView(code=rule.label.code, text=rule.label.text)
        result["rule"] = rule.id
        result["because"] = [one.view for one in counted[held]]
    is_settled = held is not None and not any(one.can_fail for one in counted[held])
    result["could_become"] = [
        rule.id
        for place, rule in enumerate(content.rules)
        if place != held
        and all(one.can_hold for one in counted[place])
        and (held is None or place < held or not is_settled)
    ]
    return result


class _Counted(NamedTuple):
    view: CountView
    holds: bool
    can_hold: bool
    can_fail: bool


def _counted(count: Count, statuses: Mapping[str, str]) -> _Counted:
    names = list(statuses) if count.factors == "all" else list(count.factors)
    present = sum(statuses.get(name) == "present" for name in names)
    unknown = sum(statuses.get(name, "unknown") == "unknown" for name in names)
    found = present if count.of == "present" else unknown
    reachable = range(present, present + unknown + 1) if count.of == "present" else range(unknown + 1)
    compare = COMPARE[count.op]
    verdicts = {compare(number, count.value) for number in reachable}
    view = CountView(of=count.of, factors=names, op=count.op, value=count.value, found=found)
    return _Counted(view, compare(found, count.value), True in verdicts, False in verdicts)
