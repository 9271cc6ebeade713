"""The situations a scorer must get right: complete, extreme, incomplete, at every edge, alerting, doubtful."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from shared.authoring.checks.missing import ties
from shared.authoring.forms import Form, without
from shared.authoring.open_answers import open_answer_cases
from shared.authoring.search import Finder, plain, value_of
from shared.authoring.vectors import Vector, slug
from shared.instruments.definition import Score

MOST_OUTCOMES = 12
"""Above so many possible values, a score by steps is shown at its band edges only."""


def scored_cases(finder: Finder) -> Iterator[Vector]:
    yield from _complete(finder)
    yield from _band_edges(finder)
    yield from open_answer_cases(finder)
    yield from _outcomes(finder)
    yield from _unanswered(finder)
    yield from _alternatives(finder)
    yield from _missing_rule_edges(finder)
    yield from _ties(finder)
    yield from _alerts(finder)
    yield from _warnings(finder)


# -- complete ----------------------------------------------------------------------------------------------------------


def _complete(finder: Finder) -> Iterator[Vector]:
    forms = finder.forms
    yield Vector("complete-typical", "Every item answered, with different answers.", forms.typical())
    yield Vector("all-lowest", "Every item at the answer that counts least.", forms.lowest())
    yield Vector("all-highest", "Every item at the answer that counts most.", forms.highest())
    first: Form = {}
    last: Form = {}
    for item in forms.typical():
        first[item], last[item] = _ends_as_printed(finder, item)
    why = "Every item at its {} option: differs from all-lowest and all-highest where items are turned or recoded."
    yield Vector("all-first-options", why.format("first"), first)
    yield Vector("all-last-options", why.format("last"), last)


def _ends_as_printed(finder: Finder, item: str) -> tuple[Any, Any]:
    sent = list(finder.forms.counts.get(item, ()))
    if not sent:
        typical = finder.forms.typical()[item]
        return typical, typical
    if all(isinstance(answer, int | float) for answer in sent):
        sent = sorted(sent)
    return sent[0], sent[-1]


def _band_edges(finder: Finder) -> Iterator[Vector]:
    for score in finder.instrument.scores:
        if score.bands is None or score.bands.unverified:
            continue
        for band in score.bands.rows:
            for value in finder.band_edges(score, band):
                form = finder.with_value(score.id, value)
                if form is not None:
                    why = f"{score.id} {plain(value)} is an end of the band {band.label}."
                    yield Vector(f"band-{slug(score.id)}-{slug(plain(value))}", why, form)


def _outcomes(finder: Finder) -> Iterator[Vector]:
    """Every value of a score with few values."""
    for score in finder.instrument.scores:
        values = finder.possible.get(score.id)
        if score.method != "steps" or not isinstance(values, frozenset) or len(values) > MOST_OUTCOMES:
            continue
        for value in sorted(values, key=str):
            form = finder.with_value(score.id, value)
            if form is not None:
                why = f"{score.id} comes out as {plain(value)}."
                yield Vector(f"outcome-{slug(score.id)}-{slug(plain(value))}", why, form)


# -- unanswered --------------------------------------------------------------------------------------------------------


def _unanswered(finder: Finder) -> Iterator[Vector]:
    typical = finder.forms.typical()
    yield Vector("nothing-answered", "No item answered.", {})
    for item in typical:
        why = f"Complete but for {item}."
        yield Vector(f"missing-{slug(item)}", why, without(typical, [item]))
    first = next(iter(typical))
    yield Vector("null-is-unanswered", f"{first} is null, which means unanswered.", typical | {first: None})
    yield from _unknowns(finder)


def _unknowns(finder: Finder) -> Iterator[Vector]:
    """For scores that may stand with an item unanswered: where it cannot matter, and where one answer decides alone."""
    judging = [score for score in finder.instrument.scores if _an_unknown_may_not_matter(score)]
    items = [item for item in finder.forms.typical() if any(item in score.items for score in judging)]
    for name, form in (("lowest", finder.forms.lowest()), ("highest", finder.forms.highest())):
        for item in items:
            why = f"All {name} but for {item}: a score that {item} cannot change stands, the others do not."
            yield Vector(f"missing-{slug(item)}-all-{name}", why, without(form, [item]))
            alone = {item: form[item]}
            if any(value_of(finder.result(alone), score.id) is not None for score in judging):
                yield Vector(f"only-{slug(item)}-{name}", f"{item} decides alone; the rest need not be asked.", alone)


def _an_unknown_may_not_matter(score: Score) -> bool:
    rule = score.missing
    return rule.method == "bounds" or (rule.method == "partial" and not rule.zero_if_missing)


def _alternatives(finder: Finder) -> Iterator[Vector]:
    """Items of which a person answers one: each of them, and two of them."""
    typical = finder.forms.typical()
    for items in finder.forms.alternatives:
        answer = typical[items[0]]
        for item in items[1:]:
            why = f"{item} is answered instead of {items[0]}."
            yield Vector(f"only-{slug(item)}", why, without(typical, items) | {item: answer})
            why = f"{items[0]} and {item} are both answered, and only one of them should be."
            yield Vector(f"both-{slug(items[0])}-{slug(item)}", why, typical | {item: answer})


def _missing_rule_edges(finder: Finder) -> Iterator[Vector]:
    """As many unanswered items as the rule allows, and one more."""
    typical = finder.forms.typical()
    for score in finder.instrument.scores:
        allowed = 0 if _an_unknown_may_not_matter(score) else score.missing.max_missing
        items = [*score.missing.zero_if_missing, *(i for i in score.items if i not in score.missing.zero_if_missing)]
        if allowed and len(items) >= allowed:
            why = f"{allowed} of {len(items)} items of {score.id} unanswered, as many as its rule allows."
            yield Vector(f"missing-{slug(score.id)}-most", why, without(typical, items[:allowed]))
        if allowed and len(items) > allowed:
            why = f"{allowed + 1} of {len(items)} items of {score.id} unanswered, one more than its rule allows."
            yield Vector(f"missing-{slug(score.id)}-one-too-many", why, without(typical, items[: allowed + 1]))


def _ties(finder: Finder) -> Iterator[Vector]:
    """Proration that falls exactly between two whole numbers: half goes up, never to even."""
    for score in finder.instrument.scores:
        if score.missing.method != "prorate-round":
            continue
        for answered, total in ties(score, finder.possible):
            form = finder.with_total(score.items[:answered], total)
            if form is not None:
                size = len(score.items)
                exactly = plain(Fraction(total * size, answered))
                why = f"{total} x {size} / {answered} is {exactly}, which rounds up."
                yield Vector(f"tie-{slug(score.id)}-{total}-of-{answered}", why, without(form, score.items[answered:]))


# -- alerts and warnings -----------------------------------------------------------------------------------------------


def _alerts(finder: Finder) -> Iterator[Vector]:
    items = {item.id for item in finder.instrument.items}
    for rule in finder.instrument.alerts:
        if rule.on in items and rule.op != "is-missing":
            fires = next((a for a in finder.forms.answers[rule.on] if _fires(finder, {rule.on: a}, rule.id)), None)
            if fires is not None:
                why = f"{rule.id} fires on its own item, with every other item unanswered."
                yield Vector(f"alert-{slug(rule.id)}-alone", why, {rule.on: fires})
                why = f"{rule.id} fires although everything else is lowest."
                yield Vector(f"alert-{slug(rule.id)}", why, finder.forms.lowest() | {rule.on: fires})
        for name, wanted in (("", True), ("-not", False)):
            form = next((form for form, result in finder.pool() if _alerted(result, rule.id) is wanted), None)
            if form is not None:
                why = f"{rule.id} {'fires' if wanted else 'does not fire'}."
                yield Vector(f"alert-{slug(rule.id)}{name or '-fires'}", why, form)


def _warnings(finder: Finder) -> Iterator[Vector]:
    for score in finder.instrument.scores:
        for warning in score.warnings:
            for form, result in finder.pool():
                if any(notice["code"] == warning.code for notice in result["warnings"]):
                    yield Vector(f"warning-{slug(warning.code)}", warning.detail, form)
                    break


def _fires(finder: Finder, form: Form, alert: str) -> bool:
    return _alerted(finder.result(form), alert)


def _alerted(result: Any, alert: str) -> bool:
    return any(fired["id"] == alert for fired in result["alerts"])
