"""Two results of one person, and another scorer's totals: compared with what the definition says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.agreement import Agreement, agree
from shared.agreement.request import CheckRequest
from shared.change import Change, change
from shared.change.request import ChangeRequest, Side
from shared.errors import Problem, ResponsesRefused, SubmissionRefused, problems_of
from shared.instruments import Definition, Registry
from shared.scoring import scorer_for
from shared.scoring.result import InstrumentResult


def compare(registry: Registry, instrument_id: str, body: Mapping[str, Any]) -> Change:
    """Is the difference between two results change?

    Raises:
        UnknownInstrument, NotScorable, SubmissionRefused, ResponsesRefused: naming every problem.
    """
    definition = registry.get(instrument_id)
    try:
        asked = ChangeRequest.model_validate(body)
    except ValidationError as error:
        raise SubmissionRefused(problems=problems_of(error)) from None
    before, after = (_side(definition, side, name) for side, name in ((asked.before, "before"), (asked.after, "after")))
    return change(definition, before, after)


def check(registry: Registry, instrument_id: str, body: Mapping[str, Any]) -> Agreement:
    """Do another scorer's totals agree with ours, and if not, which rule differs?

    Raises:
        UnknownInstrument, NotScorable, SubmissionRefused: naming every problem.
    """
    scorer = scorer_for(registry.get(instrument_id))
    try:
        asked = CheckRequest.model_validate(body)
    except ValidationError as error:
        alerts = scorer.alerts_in(body.get("responses"))
        raise SubmissionRefused(problems=problems_of(error), alerts=alerts) from None
    return agree(scorer, asked.responses, asked.claims(), _siblings(registry, instrument_id))


def _side(definition: Definition, side: Side, name: str) -> InstrumentResult:
    given = side.as_result()
    if given is None:
        try:
            return scorer_for(definition).score(side.responses or {})
        except ResponsesRefused as refused:
            raise refused.at(f"/{name}/responses") from None
    if given["instrument"] != definition.instrument.id:
        problem = Problem(f"/{name}/result/instrument", "value-not-allowed", "should be a result of this instrument")
        raise SubmissionRefused(problems=[problem])
    return given


def _siblings(registry: Registry, instrument_id: str) -> list[Any]:
    """Other short forms of the same item bank: their tables are easily taken for one another."""
    family = instrument_id.rsplit("-", 1)[0]
    if not family.startswith("promis-"):
        return []
    names = [other for other in registry.ids if other != instrument_id and other.rsplit("-", 1)[0] == family]
    return [registry.get(name).instrument for name in names]
