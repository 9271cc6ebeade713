"""Every problem of a file of factors, read against a registry of instruments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from shared.errors import Problem, pointer
from shared.instruments import Instrument, Registry
from shared.instruments.definition import Score
from shared.procedures import Catalogue
from shared.profile.checks.cutoffs import check_cutoff, instrument_in, score_in
from shared.profile.checks.names import check_where, known_place, needs_link, no_instrument
from shared.profile.definition import Fact, FactCondition, Factor, Factors, FactSource, ScoreCondition, ScoreSource
from shared.profile.facts import is_usable


def check_factors(factors: Factors, registry: Registry, catalogue: Catalogue) -> list[Problem]:
    """Every problem of a file of factors."""
    checks = _FactorChecks(factors, registry, catalogue)
    return list(dict.fromkeys(checks.problems()))


class _FactorChecks:
    def __init__(self, factors: Factors, registry: Registry, catalogue: Catalogue) -> None:
        self._factors = factors
        self._registry = registry
        self._catalogue = catalogue
        self._facts = {fact.id: fact for fact in factors.facts}

    def problems(self) -> Iterator[Problem]:
        for place, fact in enumerate(self._factors.facts):
            yield from needs_link(pointer("facts", place, "source"), fact.source)
        for intake, statement in self._factors.statement.items():
            for place, source in enumerate(statement.sources):
                yield from needs_link(pointer("statement", intake, "sources", place), source)
        for name, evidence in self._factors.evidence.items():
            yield from needs_link(pointer("evidence", name, "source"), evidence.source)
        for place, factor in enumerate(self._factors.factors):
            yield from self._factor(factor, pointer("factors", place))
        used = set(chain.from_iterable((*factor.evidence, *factor.contrary) for factor in self._factors.factors))
        for name in self._factors.evidence:
            if name not in used:
                yield Problem(pointer("evidence", name), "unused", "belongs to no factor")

    def _factor(self, factor: Factor, at: str) -> Iterator[Problem]:
        yield from self._evidence(factor, at)
        for place, left_out in enumerate(factor.left_out):
            if left_out.instrument not in self._registry.ids:
                where = f"{at}/left_out/{place}/instrument"
                yield no_instrument(where, left_out.instrument)
        for place, source in enumerate(factor.sources):
            yield from self._source(source, factor, f"{at}/sources/{place}")
        for number, detail in enumerate(factor.details):
            for place, source in enumerate(detail.sources):
                yield from self._source(source, factor, f"{at}/details/{number}/sources/{place}")

    def _evidence(self, factor: Factor, at: str) -> Iterator[Problem]:
        for key, names in (("evidence", factor.evidence), ("contrary", factor.contrary)):
            for place, name in enumerate(names):
                if name not in self._factors.evidence:
                    yield Problem(f"{at}/{key}/{place}", "unknown-evidence", f"no evidence is called {name}")
        about = {self._factors.evidence[name].about for name in factor.evidence if name in self._factors.evidence}
        for intake in factor.intakes:
            if ("injury" if intake == "injury" else "surgery") not in about:
                yield Problem(f"{at}/intakes", "evidence", f"counts at {intake}, where no evidence stands behind it")

    def _source(self, source: FactSource | ScoreSource, factor: Factor, at: str) -> Iterator[Problem]:
        for place, intake in enumerate(source.intakes):
            if intake not in factor.intakes:
                yield Problem(f"{at}/intakes/{place}", "intake", f"the factor does not count at {intake}")
        if source.days is not None and source.days[0] > source.days[1]:
            yield Problem(f"{at}/days", "days", "ends before it begins")
        yield from check_where(source.where, self._facts, self._catalogue, f"{at}/where")
        if isinstance(source, FactSource):
            yield from self._fact_source(source, at)
        else:
            yield from self._score_source(source, factor, at)

    def _fact_source(self, source: FactSource, at: str) -> Iterator[Problem]:
        fact = self._facts.get(source.fact)
        if fact is None:
            yield Problem(f"{at}/fact", "unknown-fact", f"no fact is called {source.fact}")
            return
        for key, condition in (("present", source.present), ("absent", source.absent)):
            if isinstance(condition, FactCondition):
                yield from needs_link(f"{at}/{key}/source", condition.source)
                yield from _fact_values(fact, condition, self._catalogue, f"{at}/{key}/value")

    def _score_source(self, source: ScoreSource, factor: Factor, at: str) -> Iterator[Problem]:
        instrument = instrument_in(self._registry, source.instrument)
        if instrument is None:
            yield no_instrument(f"{at}/instrument", source.instrument)
            return
        yield from _measures(instrument, factor.must_name, f"{at}/instrument")
        if not instrument.scorable:
            yield Problem(f"{at}/instrument", "not-scorable", f"{instrument.id} cannot be scored here")
        score = score_in(instrument, source.score)
        if score is None:
            yield Problem(f"{at}/score", "unknown-score", f"{instrument.id} has no score {source.score}")
            return
        for key, condition in (("present", source.present), ("absent", source.absent)):
            if isinstance(condition, ScoreCondition):
                yield from needs_link(f"{at}/{key}/source", condition.source)
                yield from self._score_condition(instrument, score, condition, f"{at}/{key}")

    def _score_condition(
        self, instrument: Instrument, score: Score, condition: ScoreCondition, at: str
    ) -> Iterator[Problem]:
        if condition.criterion is not None:
            if not score.criterion:
                yield Problem(f"{at}/criterion", "criterion", f"{instrument.id} {score.id} is no yes-or-no criterion")
            yield from _read_there(condition, [score.source, score.bands.source if score.bands else None], at)
        elif condition.band is not None:
            yield from _bands(score, condition, at)
        elif condition.op is not None and condition.value is not None:
            op, value, home = condition.op, condition.value, condition.cutoff_of
            yield from check_cutoff(self._registry, score, op, value, home, at, source=condition.source)


def _bands(score: Score, condition: ScoreCondition, at: str) -> Iterator[Problem]:
    bands = score.bands
    labels = {row.label for row in bands.rows} if bands is not None and not bands.unverified else set()
    for place, label in enumerate(condition.band or ()):
        if label not in labels:
            yield Problem(f"{at}/band/{place}", "band", f"{score.id} has no verified band {label}")
    yield from _read_there(condition, [bands.source if bands else None], at)


def _read_there(condition: ScoreCondition, sources: Iterable[str | None], at: str) -> Iterator[Problem]:
    if not any(source and condition.source in source for source in sources):
        yield Problem(f"{at}/source", "source", "is not where the definition read it")


def _measures(instrument: Instrument, word: str | None, at: str) -> Iterator[Problem]:
    if word and word not in f"{instrument.title} {instrument.purpose}".lower():
        yield Problem(at, "measures", f"{instrument.id} does not name {word}: it does not measure it")


def _fact_values(fact: Fact, condition: FactCondition, catalogue: Catalogue, at: str) -> Iterator[Problem]:
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if fact.kind != "number" and condition.op not in ("==", "in"):
        yield Problem(at, "value", f"{fact.id} is no number to be compared so")
    for value in values:
        if not is_usable(fact, value):
            yield Problem(at, "value", f"{fact.id} cannot take {value}")
    yield from known_place(fact.id, values, catalogue, at)
