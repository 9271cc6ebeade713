"""Finds responses that give a wanted value, so that every edge of every band can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from shared.authoring.forms import Form, FormMaker
from shared.authoring.possible import Possible
from shared.authoring.reach import reach
from shared.errors import ResponsesRefused
from shared.instruments.definition import Band, Instrument, Score
from shared.instruments.named_steps import ScaleStep
from shared.instruments.registry import Definition
from shared.scoring import scorer_for
from shared.scoring.result import InstrumentResult
from shared.scoring.steps import exact

POOL_SIZE = 600
"""Mixed forms to look through where a value cannot be worked back to its answers."""


class Finder:
    """Looks for responses to one scorable instrument."""

    def __init__(self, definition: Definition) -> None:
        self.instrument: Instrument = definition.instrument
        self.forms = FormMaker(self.instrument)
        self.possible: Mapping[str, Possible] = reach(self.instrument)
        self._scorer = scorer_for(definition)
        self._scores = {score.id: score for score in self.instrument.scores}
        self._pool: list[tuple[Form, InstrumentResult]] | None = None

    def result(self, form: Mapping[str, Any]) -> InstrumentResult:
        return self._scorer.score(form)

    def with_value(self, score_id: str, value: Any) -> Form | None:
        """A complete form whose score is exactly ``value``, or ``None`` where none was found."""
        form = self._worked_back(self._scores[score_id], value)
        if form is not None and value_of(self.result(form), score_id) == plain(value):
            return form
        return next((form for form, result in self.pool() if value_of(result, score_id) == plain(value)), None)

    def band_edges(self, score: Score, band: Band) -> list[Any]:
        """The lowest and the highest value that the score can take inside a band, exact."""
        values = self.possible.get(score.id)
        if not isinstance(values, frozenset):
            return []
        inside = [value for value in values if exact(band.low) <= value <= exact(band.high)]
        return sorted({min(inside), max(inside)}) if inside else []

    def pool(self) -> list[tuple[Form, InstrumentResult]]:
        """Many forms with their results, made once."""
        if self._pool is None:
            self._pool = list(self._scored(self.forms.pool(POOL_SIZE)))
        return self._pool

    def _scored(self, forms: Iterator[Form]) -> Iterator[tuple[Form, InstrumentResult]]:
        for form in forms:
            try:
                yield form, self.result(form)
            except ResponsesRefused:
                continue

    # -- working back --------------------------------------------------------------------------------------------------

    def _worked_back(self, score: Score, value: Any) -> Form | None:
        match score.method:
            case "sum" if score.items:
                return self.with_total(score.items, value)
            case "mean" if score.items:
                return self.with_total(score.items, value * len(score.items))
            case "t-score-table":
                rows = score.table.rows if score.table else ()
                raw = next((row.raw for row in rows if exact(row.t) == value), None)
                return None if raw is None else self._worked_back(self._scores[score.from_score or ""], raw)
        match score.steps:
            case (ScaleStep(of=of, multiply=multiply, divide=divide),) if of in self._scores:
                return self._worked_back(self._scores[of], value * Fraction(divide, multiply))
        return None

    def with_total(self, items: tuple[str, ...], wanted: Any) -> Form | None:
        """Answers that sum to ``wanted``, as even as the options allow; the other items as in a typical form."""
        choices = [self.forms.counts.get(item) for item in items]
        if any(table is None for table in choices):
            return None
        tables = [table for table in choices if table is not None]
        within: list[set[Any]] = [{0}]
        for table in reversed(tables):
            within.insert(0, {value + rest for value in table.values() for rest in within[0]})
        if wanted not in within[0]:
            return None
        form = self.forms.typical()
        for place, (item, table) in enumerate(zip(items, tables, strict=True)):
            share = Fraction(wanted) / (len(items) - place)
            fits = [answer for answer, value in table.items() if wanted - value in within[place + 1]]
            form[item] = min(fits, key=lambda answer, table=table, share=share: abs(table[answer] - share))  # type: ignore[misc]
            wanted -= table[form[item]]
        return form


def value_of(result: InstrumentResult, score_id: str) -> Any:
    return next(score["value"] for score in result["scores"] if score["id"] == score_id)


def plain(value: Any) -> Any:
    """A fraction as the number that JSON carries."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value
