"""Does every number stand beside its source, or say that it has none? Codes, licence and trust grade included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.authoring.checks.loinc import check_digit_problem
from shared.errors import Problem, pointer
from shared.instruments.definition import Coding, Instrument, Part, Score

_SHORTEST_SOURCE = 5


def check_sources(instrument: Instrument) -> Iterator[Problem]:
    yield from _sources_say_something(instrument)
    yield from _citations_are_citations(instrument)
    yield from _licence_is_plain(instrument)
    yield from _trust_agrees(instrument)
    yield from _coding(instrument.panel, "/panel")
    for place, code in enumerate(instrument.codes):
        yield from _coding(code, pointer("codes", place))
    derived = [step.id for step in instrument.derived]
    for place, key in enumerate(derived):
        if key not in instrument.derived_sources:
            yield Problem(pointer("derived", place), "source", f"{key} has no source in derived_sources")
    for key in instrument.derived_sources:
        if key not in derived:
            yield Problem(pointer("derived_sources", key), "source", f"{key} is not a derived step")
    for place, score in enumerate(instrument.scores):
        yield from _score_is_sourced(score, pointer("scores", place))


def _score_is_sourced(score: Score, where: str) -> Iterator[Problem]:
    yield from _coding(score.loinc, where + "/loinc")
    for place, warning in enumerate(score.warnings):
        if not warning.source and not warning.unverified:
            yield Problem(f"{where}/warnings/{place}", "source", "needs a source, or unverified: true")
    if score.edge_unverified and not (score.edge_note or score.boundary_conflict):
        yield Problem(where + "/edge_unverified", "source", "needs edge_note or boundary_conflict: which edge, and why")


def _sources_say_something(part: Part, where: str = "") -> Iterator[Problem]:
    for key in type(part).model_fields:
        value = getattr(part, key)
        at = where + pointer(key)
        if (key == "source" or key.endswith("_source")) and value is not None and len(value) < _SHORTEST_SOURCE:
            yield Problem(at, "source", "does not say where the fact was read")
        for place, inner in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(inner, Part):
                yield from _sources_say_something(inner, at + pointer(place) if isinstance(value, tuple) else at)


def _citations_are_citations(instrument: Instrument) -> Iterator[Problem]:
    if not instrument.citations:
        yield Problem("/citations", "source", "names no publication")
    for place, citation in enumerate(instrument.citations):
        where = pointer("citations", place)
        if citation.doi is not None and not re.fullmatch(r"10\.\d{4,9}/\S+", citation.doi):
            yield Problem(where + "/doi", "source", "is not a DOI")
        if citation.pmid is not None and not re.fullmatch(r"\d{1,8}", citation.pmid):
            yield Problem(where + "/pmid", "source", "is not a PubMed id")


def _licence_is_plain(instrument: Instrument) -> Iterator[Problem]:
    licence = instrument.licence
    if not licence.note.strip():
        yield Problem("/licence/note", "text", "is empty")
    if licence.may_ship_item_text and licence.status in ("permission-required", "proprietary"):
        yield Problem("/licence/may_ship_item_text", "licence", f"contradicts the status {licence.status}")


def _trust_agrees(instrument: Instrument) -> Iterator[Problem]:
    grade = instrument.trust.grade
    if grade == "D" and instrument.scorable:
        yield Problem("/trust/grade", "trust", "grade D means that not enough was read to score it")
    if grade == "C" and instrument.status == "scorable":
        yield Problem("/trust/grade", "trust", "grade C is for already scored values only: status prescored-only")
    if grade in "ABC" and not instrument.scorable:
        yield Problem("/trust/grade", "trust", f"grade {grade} contradicts the status {instrument.status}")
    own = [score.missing for score in instrument.scores if score.missing.method != "inherit"]
    said = instrument.trust.missing_rule_verified
    if own and said.startswith("yes") and all(rule.unverified for rule in own):
        yield Problem("/trust/missing_rule_verified", "trust", "says yes, but every missing rule is marked unverified")
    if own and said.startswith("no") and not any(rule.unverified for rule in own):
        yield Problem("/trust/missing_rule_verified", "trust", "says no, but no missing rule is marked unverified")


def _coding(coding: Coding | None, where: str) -> Iterator[Problem]:
    if coding is not None:
        yield from check_digit_problem(coding.code, where + "/code")
