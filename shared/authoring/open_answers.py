"""Cases for numbers, clock times and dates: at every edge, beside it, over midnight and at the end of a short month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from shared.authoring.search import Finder, plain
from shared.authoring.vectors import Vector, slug
from shared.instruments.definition import Quantity
from shared.instruments.named_steps import ClockDifferenceStep, NotBeforeStep, RatioStep, ThresholdsStep
from shared.scoring.steps import months_after


def open_answer_cases(finder: Finder) -> Iterator[Vector]:
    yield from _number_edges(finder)
    yield from _clock_cases(finder)
    yield from _date_cases(finder)


def _number_edges(finder: Finder) -> Iterator[Vector]:
    """Each number at and beside every edge that a step compares it with, and at both ends of what is allowed."""
    typical = finder.forms.typical()
    for item in finder.instrument.items:
        if isinstance(finder.instrument.options[item.options], Quantity):
            for answer in finder.forms.answers[item.id]:
                why = f"{item.id} at {answer}: an edge, a neighbour of one, or an end of what is allowed."
                yield Vector(f"number-{slug(item.id)}-{slug(answer)}", why, typical | {item.id: answer})


def _clock_cases(finder: Finder) -> Iterator[Vector]:
    typical = finder.forms.typical()
    steps = [step for score in finder.instrument.scores for step in score.steps]
    for clock in (step for step in steps if isinstance(step, ClockDifferenceStep)):
        at = {"over-midnight": ("23:30", "06:00"), "after-midnight": ("00:30", "08:00"), "equal": ("23:00", "23:00")}
        for name, (start, end) in at.items():
            why = f"From {start} to the next {end}; where both are equal, the time between them is unknown."
            yield Vector(f"clock-{slug(clock.id)}-{name}", why, typical | {clock.start: start, clock.end: end})
        for ratio in (step for step in steps if isinstance(step, RatioStep) and step.denominator == clock.id):
            rows = [
                row for step in steps if isinstance(step, ThresholdsStep) and step.of == ratio.id for row in step.rows
            ]
            for row in rows:
                numerator = plain(Fraction(row.than) * 8 / ratio.times)
                form = typical | {clock.start: "23:00", clock.end: "07:00", ratio.numerator: numerator}
                why = f"{ratio.id} is exactly {row.than}: {numerator} of 8 hours. Binary rounding must not move it."
                yield Vector(f"edge-{slug(ratio.id)}-{slug(row.than)}", why, form)


def _date_cases(finder: Finder) -> Iterator[Vector]:
    typical = finder.forms.typical()
    steps = [step for score in finder.instrument.scores for step in score.steps]
    for step in (step for step in steps if isinstance(step, NotBeforeStep)):
        for name, start in (("plain", date(2025, 1, 15)), ("short-month", date(2024, 11, 30))):
            due = months_after(start, step.months)
            for day, when in ((due - timedelta(days=1), "day-before"), (due, "due-day")):
                why = f"{step.months} calendar months after {start} is {due}; the answers are of {day}."
                form = typical | {step.start: start.isoformat(), step.date: day.isoformat()}
                yield Vector(f"date-{slug(step.id)}-{name}-{when}", why, form)
