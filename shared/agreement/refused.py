"""Stated scores beside answers that our options refuse: compared under the readings that would allow them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared.agreement.case import Case, Found
from shared.agreement.difference import PARTS, Part, difference
from shared.agreement.explanation import Explainer, simplest
from shared.agreement.numbers import same, shown
from shared.agreement.rereading import Rereading, rereadings
from shared.agreement.result import Difference, StatedScore, Value
from shared.instruments.definition import Instrument
from shared.scoring.scorer import Scorer

UNEXPLAINED = 99
REFUSED = "Answers are refused, see problems, so there is no score of ours to compare with."
NOTHING_THEN = "No published or common rule explains the stated value then."

AS_STORED = {
    "answers-stored-one-higher": "options-one-higher",
    "answers-stored-one-lower": "options-one-lower",
}
"""How answers were stored, and the rule that then gives what they sum to as they stand."""


def of_refused(
    scorer: Scorer, responses: Mapping[str, object], claims: Mapping[str, StatedScore], siblings: Sequence[Instrument]
) -> Iterator[Difference]:
    """One difference for each stated part, by the reading under which it has the simplest cause."""
    explained = []
    for reading in rereadings(scorer, responses):
        case = Case(scorer, reading.responses, siblings)
        explained.append((reading, case, Explainer(case)))
    for score, claim in claims.items():
        if explained:
            yield from min((_by_reading(score, claim, *one) for one in explained), key=lambda row: row[0])[1]
        else:
            yield from (_reread(score, of, claim[of], None, REFUSED) for of in PARTS if of in claim)


def _by_reading(
    score: str, claim: StatedScore, reading: Rereading, case: Case, explainer: Explainer
) -> tuple[int, list[Difference]]:
    """The differences under one reading, and how far-fetched it makes the stated value."""
    then = case.results[score]
    head = f"The answers look {reading.words}. Read so, "
    rank, rows = 0, []
    if "value" in claim:
        rank, rule, cause = _cause(score, claim["value"], reading, case, explainer)
        words = f"{head}the score is {shown(then['value'])}{cause}"
        rows.append(_reread(score, "value", claim["value"], rule, words, then["value"]))
    if "band" in claim:
        rule = reading.rule if claim["band"] == then["band"] else None
        words = f"{head}the band is {shown(then['band'])}."
        rows.append(_reread(score, "band", claim["band"], rule, words, then["band"]))
    return rank, rows


def _cause(
    score: str, stated: Value, reading: Rereading, case: Case, explainer: Explainer
) -> tuple[int, str | None, str]:
    """Rank, rule and words of why ``stated`` comes out under a reading."""
    if same(stated, case.results[score]["value"]):
        return 0, reading.rule, ", as stated."
    best = simplest(explainer.explain(case.scores[score], stated))
    if not best:
        return UNEXPLAINED, None, f". {NOTHING_THEN}"
    rule = best[0].rule
    together = reading.rule if AS_STORED.get(reading.rule) == rule else f"{reading.rule}+{rule}"
    return best[0].rank + 1, together, ". " + " Or: ".join(_words(one, reading) for one in best)


def _words(one: Found, reading: Rereading) -> str:
    if AS_STORED.get(reading.rule) == one.rule:
        return "The stated value is what they give as they are stored."
    return f"{one.words}, as stated."


def _reread(score: str, of: Part, stated: Value, rule: str | None, words: str, *then: Value) -> Difference:
    row = difference(score, of, stated, None, ())
    row["rule"], row["explanation"] = rule, words
    if then:
        row["ours_if_so"] = then[0]
    return row
