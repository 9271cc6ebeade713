"""One definition, read as a second reader would read it: every problem, each with its place and a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from shared.authoring.checks.answers import check_answers
from shared.authoring.checks.examples import as_scorable, check_alerts, check_examples
from shared.authoring.checks.form import check_form
from shared.authoring.checks.missing import check_missing
from shared.authoring.checks.names import check_names
from shared.authoring.checks.numbers import check_numbers
from shared.authoring.checks.sources import check_sources
from shared.authoring.checks.steps import check_steps
from shared.authoring.reach import reach
from shared.errors import Problem, pointer
from shared.instruments.definition import Instrument
from shared.instruments.registry import Definition


def review(content: bytes, name: str) -> list[Problem]:
    """Every problem of one definition file; none means that it may ship.

    ``name`` is the file's name, which must be the instrument's id and ``.json``. Examples are recomputed only once
    every reference is found, since the engine cannot run before.
    """
    definition, problems = check_form(content, name)
    if definition is None:
        return problems
    instrument = definition.instrument
    possible = reach(instrument)
    problems += check_names(instrument)
    problems += check_answers(instrument)
    problems += check_steps(instrument, possible)
    problems += check_numbers(instrument, possible)
    problems += check_missing(instrument, possible)
    problems += check_sources(instrument)
    problems += check_alerts(instrument)
    problems += _catalogue_entry_is_whole(instrument)
    if not any(problem.code in ("reference", "id", "options", "step") for problem in problems):
        problems += _runs(definition)
    return list(dict.fromkeys(problems))


def _catalogue_entry_is_whole(instrument: Instrument) -> Iterator[Problem]:
    if instrument.scorable and not instrument.scores:
        yield Problem("/scores", "scores", "a scorable instrument needs a score")
    if instrument.scorable and not instrument.items:
        yield Problem("/items", "items", "a scorable instrument needs items")
    if not instrument.scorable and not instrument.notes.strip():
        yield Problem("/notes", "text", "must say why the instrument is not scored")
    for key in ("title", "purpose"):
        if not getattr(instrument, key).strip():
            yield Problem(pointer(key), "text", "is empty")
    if not instrument.recall.text.strip():
        yield Problem("/recall/text", "text", "is empty")
    ages = instrument.validated_ages
    if ages and ages.high is not None and ages.low > ages.high:
        yield Problem("/validated_ages", "ages", "low is above high")


def _runs(definition: Definition) -> Iterator[Problem]:
    """The examples come out, and nothing that a person may leave blank breaks the engine."""
    try:
        scorer = as_scorable(definition)
        yield from check_examples(definition)
        for example in ({}, *(one.answers for one in definition.instrument.worked_examples)):
            for left_out in (None, *example):
                scorer.score({item: answer for item, answer in example.items() if item != left_out})
    except Exception as error:  # noqa: BLE001 - whatever the engine raises here is a fault of the definition
        yield Problem("/scores", "engine", f"the engine cannot run it: {type(error).__name__}")
