"""From answers and another scorer's totals to every difference, each with its likeliest cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from shared.agreement.bands import other_bands
from shared.agreement.case import Case
from shared.agreement.difference import difference
from shared.agreement.explanation import Explainer
from shared.agreement.numbers import same
from shared.agreement.refused import of_refused
from shared.agreement.result import Agreement, Difference, StatedScore, Value
from shared.errors import Alert, Problem, ResponsesRefused, SubmissionRefused
from shared.instruments.definition import Instrument
from shared.scoring.scorer import Scorer

Stated = Mapping[str, Value | StatedScore]
"""Score → its value, or an object with ``value``, ``band`` or both. ``None`` states that there is no score."""


def agree(
    scorer: Scorer, responses: Mapping[str, object], stated: Stated, siblings: Sequence[Instrument] = ()
) -> Agreement:
    """Compare what another scorer made of ``responses`` with ours.

    ``siblings``: other forms of the instrument, whose tables are easily mistaken for its own.

    Answers that our options refuse are named under ``problems``, and the stated scores are then compared with what the
    answers give if they were stored in another common way. That reading is a guess: ``ours`` stays null.

    Raises:
        SubmissionRefused: an unknown score or item; carries every problem and the safety alerts of the valid answers.
        NotScorable: the instrument stands in the catalogue without a score.
    """
    claims: dict[str, StatedScore] = {
        name: stated_as if isinstance(stated_as, dict) else {"value": stated_as} for name, stated_as in stated.items()
    }
    problems, alerts = _read(scorer, responses)
    _refuse_unknown(scorer, claims, problems, alerts)
    if problems:
        differences = list(of_refused(scorer, responses, claims, siblings))
    else:
        differences = list(_of_case(Case(scorer, responses, siblings), claims))
    body = {
        **scorer.head,
        "agrees": not differences and not problems,
        "differences": differences,
        "problems": [problem._asdict() for problem in problems],
        "alerts": alerts,
    }
    return cast(Agreement, body)


def _read(scorer: Scorer, responses: Mapping[str, object]) -> tuple[list[Problem], list[Alert]]:
    try:
        return [], scorer.score(responses)["alerts"]
    except ResponsesRefused as refused:
        return list(refused.at("/responses").problems), list(refused.alerts)


def _refuse_unknown(
    scorer: Scorer, claims: Mapping[str, StatedScore], problems: Sequence[Problem], alerts: Sequence[Alert]
) -> None:
    """A key that we do not have cannot be compared; that is an error of the request, not a difference."""
    wrong = [problem for problem in problems if problem.code == "unknown-key"]
    if not claims.keys() <= {score.id for score in scorer.definition.instrument.scores}:
        wrong.append(Problem("/stated", "unknown-key", "names a score that the instrument does not have"))
    if wrong:
        others = [problem for problem in problems if problem not in wrong]
        raise SubmissionRefused(problems=[*wrong, *others], alerts=alerts)


def _of_case(case: Case, claims: Mapping[str, StatedScore]) -> Iterator[Difference]:
    explainer: Explainer | None = None
    for name, claim in claims.items():
        score, ours = case.scores[name], case.results[name]
        withheld = f" We give no score: {ours['reason']['detail']}" if ours["reason"] else ""
        if "value" in claim and not same(claim["value"], ours["value"]):
            explainer = explainer or Explainer(case)
            found = explainer.explain(score, claim["value"])
            yield difference(name, "value", claim["value"], ours["value"], found, withheld)
        if "band" in claim and claim["band"] != ours["band"]:
            value = claim.get("value", ours["value"])
            bands = list(other_bands(case, score, ours, claim["band"], value))
            yield difference(name, "band", claim["band"], ours["band"], bands, withheld)
