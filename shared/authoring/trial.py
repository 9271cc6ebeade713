"""An instrument at work, for a reader who holds the form and its sources beside it.

Five forms are scored as the service would score them, and everything a client would read of the answer is shown.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator, Sequence

from shared.authoring.forms import Form, FormMaker, without
from shared.authoring.refusals import wrong_answers
from shared.errors import Alert, ResponsesRefused
from shared.instruments.definition import Choice, Instrument, Item, Quantity
from shared.instruments.registry import Definition
from shared.scoring import scorer_for
from shared.scoring.result import InstrumentResult, ScoreResult
from shared.scoring.scorer import Scorer

WIDTH = 120

DIFFERENT_KINDS = (
    "phq-9",  # prorated, criteria, a safety item
    "gad-7",
    "phq-4",  # two screens in one total
    "isi",
    "psqi",  # components, clock times
    "ess",
    "stop-bang",  # unknowns bounded
    "who-5",  # higher is better
    "dass-21",  # doubled
    "k10",  # lowest answer is 1
    "pcs-13",
    "tsk-11",
    "startback-9",  # answers by code, a category
    "ompsq-sf",  # reversed items
    "gcps-r",  # grades that need no follow-up
    "fibromyalgia-survey-2016",  # a checklist, regions, criteria
    "ort",  # weights by sex
    "rand-36",  # means of recoded answers
    "promis-global-10",  # two T-scores
    "promis-sleep-disturbance-8a",
    "paindetect",  # an item that can lower the total
    "icd11-cpsp-outcome",  # dates
)
"""What is tried when no instrument is named: the kinds of scoring there are, each by an instrument in wide use."""


def trial(definition: Definition) -> str:
    """Complete, the first item missing, all lowest, all highest, and one answer out of range: what comes of each."""
    instrument, scorer = definition.instrument, scorer_for(definition)
    lines = [f"{instrument.id} {instrument.version}  {instrument.title}"]
    if not instrument.scorable:
        return "\n".join([*lines, f"  {instrument.status}: {instrument.trust.remaining_doubts}", ""])
    if instrument.status == "prescored-only":
        lines.append("  takes scored item values, not answers as printed")
    for name, form in _forms(instrument, scorer):
        lines += textwrap.wrap(f"  {name}: {_answers(form)}", WIDTH, subsequent_indent="    ", break_on_hyphens=False)
        try:
            lines += _shown(scorer.score(form))
        except ResponsesRefused as refused:
            lines += [f"    refused {problem.pointer} {problem.code}: {problem.detail}" for problem in refused.problems]
            lines += _alerts(refused.alerts)
    return "\n".join([*lines, ""])


def _forms(instrument: Instrument, scorer: Scorer) -> Iterator[tuple[str, Form]]:
    forms = FormMaker(instrument)
    typical = forms.typical()
    first = instrument.items[0]
    yield "complete", typical
    yield f"{first.id} missing", without(typical, [first.id])
    yield "all lowest", min(_with_every_unordered_answer(forms, forms.lowest()), key=lambda form: _rank(form, scorer))
    yield "all highest", max(_with_every_unordered_answer(forms, forms.highest()), key=lambda form: _rank(form, scorer))
    wrong = {name: answer for name, answer, _ in wrong_answers(instrument.options[first.options])}
    beyond = ("above", "below", "unknown-word", "no-such-time", "no-such-day", "string")
    yield f"{first.id} out of range", typical | {first.id: next(wrong[name] for name in beyond if name in wrong)}


def _with_every_unordered_answer(forms: FormMaker, form: Form) -> Iterator[Form]:
    """The form with every amount and every answer in words: which of them count most does not show in the answer."""
    instrument = forms.instrument
    unordered = [item.id for item in instrument.items if item.id in form and _is_unordered(item, instrument)]
    for answers in itertools.product(*(forms.answers[item] for item in unordered)):
        yield form | dict(zip(unordered, answers, strict=True))


def _is_unordered(item: Item, instrument: Instrument) -> bool:
    options = instrument.options[item.options]
    if isinstance(options, Choice):
        return any(isinstance(option.value, str) for option in options.options)
    return isinstance(options, Quantity)


def _rank(form: Form, scorer: Scorer) -> float:
    """How high the scores are, all together; a category counts by its place."""
    values = {score.id: score.values or () for score in scorer.definition.instrument.scores}
    found = [(score["id"], score["value"]) for score in scorer.score(form)["scores"]]
    return sum(values[name].index(value) if isinstance(value, str) else value or 0 for name, value in found)


def _answers(form: Form) -> str:
    """The answers as sent; those of all items at once where they are the same."""
    if len({repr(answer) for answer in form.values()}) == 1:
        return f"every item {next(iter(form.values()))}"
    return ", ".join(f"{item}={answer}" for item, answer in form.items())


def _shown(result: InstrumentResult) -> Iterator[str]:
    yield from _columns([_row(score) for score in result["scores"]])
    yield from _alerts(result["alerts"])
    for warning in result["warnings"]:
        about = f" ({warning['score']})" if "score" in warning else ""
        yield f"    warning {warning['code']}{about}: {warning['detail']}"


def _row(score: ScoreResult) -> tuple[str, ...]:
    value = score["value"]
    shown = "-" if value is None else str(round(value, 4) if isinstance(value, float) else value)
    if score["standard_error"] is not None:
        shown += f" (SE {score['standard_error']})"
    label = score["band"] or score.get("criterion") or ""
    notes = [f"{score['reason']['code']}: {score['reason']['detail']}"] if score["reason"] else []
    if "taken_as_absent" in score:
        notes.append(f"taken as absent: {', '.join(score['taken_as_absent'])}")
    return score["id"], shown, label, score["status"], f"{score['answered']} of {score['of']}", "; ".join(notes)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _alerts(alerts: Sequence[Alert]) -> Iterator[str]:
    for alert in alerts:
        said = "product rule: " if alert["unverified"] else ""
        line = f"alert {alert['level']} {alert['id']}: {said}{alert['meaning']}"
        yield textwrap.indent(textwrap.shorten(line, WIDTH - 4, placeholder=" …"), "    ")
