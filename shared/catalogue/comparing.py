"""Two results of one person, and another scorer's totals: compared with what the definition says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.agreement import Agreement, agree
from shared.agreement.request import CheckRequest
from shared.agreement.siblings import sibling_ids
from shared.change import Change, change
from shared.change.request import ChangeRequest
from shared.change.sides import alerts_in, results_of
from shared.errors import Problem, SubmissionRefused, problems_of
from shared.instruments import Instrument, Registry
from shared.scoring import scorer_for


def compare(registry: Registry, instrument_id: str, body: Mapping[str, Any]) -> Change:
    """Is the difference between two results change?

    Raises:
        UnknownInstrument, NotScorable, SubmissionRefused, ResponsesRefused: naming every problem.
    """
    scorer = scorer_for(registry.get(instrument_id))
    try:
        asked = ChangeRequest.model_validate(body)
    except ValidationError as error:
        raise SubmissionRefused(problems=problems_of(error), alerts=alerts_in(scorer, body)) from None
    problems = [
        Problem(f"/{name}/result/instrument", "value-not-allowed", "should be a result of this instrument")
        for name, side in (("before", asked.before), ("after", asked.after))
        if side.result is not None and side.result.instrument != instrument_id
    ]
    if problems:
        raise SubmissionRefused(problems=problems, alerts=alerts_in(scorer, body))
    before, after = results_of(scorer, asked)
    return change(scorer.definition, before, after)


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


def _siblings(registry: Registry, instrument_id: str) -> list[Instrument]:
    """Other short forms of the same item bank: their tables are easily taken for one another."""
    if not instrument_id.startswith("promis-"):
        return []
    return [registry.get(name).instrument for name in sibling_ids(instrument_id, registry.ids)]
