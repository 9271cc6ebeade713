"""What changed between two versions of a definition, and which stored results could differ because of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from shared.authoring.changes import Change, in_both, only_in, wording
from shared.authoring.score_difference import score_changes
from shared.instruments.definition import AlertRule, Choice, Instrument, Item
from shared.scoring.answers import scored_values

_WORDING = (
    "title",
    "domain",
    "purpose",
    "recall",
    "stem",
    "licence",
    "citations",
    "trust",
    "options_source",
    "options_note",
    "items_source",
    "items_note",
    "scoring_source",
    "scoring_unverified",
    "derived_sources",
    "worked_examples",
    "outcome_definition",
    "norms",
    "panel",
    "codes",
    "codes_note",
    "notes",
)
NOTHING = "none: only sources or wording changed"


class Difference(NamedTuple):
    """``complaints`` say what must be put right before the new version ships."""

    changes: tuple[Change, ...]
    complaints: tuple[str, ...]

    @property
    def affected(self) -> tuple[str, ...]:
        """Which stored results could differ; empty when none could."""
        return tuple(dict.fromkeys(change.affects for change in self.changes if change.affects))


def compare(old: Instrument, new: Instrument) -> Difference:
    """Every change from ``old`` to ``new``, and whether the version says so."""
    changes = (*_top_changes(old, new), *_item_changes(old, new), *score_changes(old, new), *_alert_changes(old, new))
    complaints = []
    if old.id != new.id:
        complaints.append(f"these are two instruments, {old.id} and {new.id}")
    if _number(new) < _number(old):
        complaints.append(f"the version fell from {old.version} to {new.version}")
    elif any(change.counts for change in changes) and _number(new) == _number(old):
        complaints.append(f"numbers changed, but the version is still {new.version}")
    return Difference(changes, tuple(complaints))


def in_words(old: Instrument, new: Instrument, difference: Difference) -> str:
    """The difference as an author reads it."""
    lines = [f"{new.id} {old.version} to {new.version}"]
    lines += [f"- {change.where}: {change.what}" for change in difference.changes] or ["- no difference"]
    lines.append("Stored results that could differ:")
    none = NOTHING if difference.changes else "none: nothing changed"
    lines += [f"- {affected}" for affected in difference.affected or (none,)]
    lines += [f"Complaint: {complaint}." for complaint in difference.complaints]
    return "\n".join(lines) + "\n"


def _number(instrument: Instrument) -> tuple[int, ...]:
    return tuple(int(part) for part in instrument.version.split("."))


def _top_changes(old: Instrument, new: Instrument) -> Iterator[Change]:
    yield from wording("instrument", old, new, _WORDING)
    if old.status != new.status:
        yield Change("status", f"{old.status} becomes {new.status}", "every result", counts=True)
    if old.language != new.language:
        affects = "results answered in another language than the wording's: they lose or gain their band"
        yield Change("language", f"{old.language} becomes {new.language}", affects, counts=True)
    if _ages(old) != _ages(new):
        affects = "results of people near the validated ages: they lose or gain their band"
        yield Change("validated ages", f"{_ages(old)} becomes {_ages(new)}", affects, counts=True)


def _ages(instrument: Instrument) -> str:
    ages = instrument.validated_ages
    return "none recorded" if ages is None else f"{ages.low} to {'any age' if ages.high is None else ages.high}"


# -- items -------------------------------------------------------------------------------------------------------------


def _item_changes(old: Instrument, new: Instrument) -> Iterator[Change]:
    before = {item.id: item for item in old.items}
    after = {item.id: item for item in new.items}
    for name in only_in(before, after):
        affects = f"results that answer {name}: they could no longer be read"
        yield Change(f"item {name}", "is gone", affects, counts=True)
    for name in only_in(after, before):
        yield Change(f"item {name}", "is new", None, counts=True)
    for name in in_both(before, after):
        yield from _answer_changes(name, _answers(old, before[name]), _answers(new, after[name]))
        yield from wording(f"item {name}", before[name], after[name], _ITEM_WORDING)
        if _labels(old, before[name]) != _labels(new, after[name]):
            yield Change(f"item {name}", "labels of its answers changed", None)
    if in_both(before, after) != in_both(after, before):
        yield Change("items", "stand in another order", None)


_ITEM_WORDING = tuple(name for name in Item.model_fields if name not in ("id", "options", "reverse", "recode"))


def _answers(instrument: Instrument, item: Item) -> dict[Any, Any]:
    """Answer as sent → what it counts; the rule itself for an open answer."""
    answers = instrument.options[item.options]
    if isinstance(answers, Choice):
        return dict(scored_values(item, answers))
    return {"any": (answers.type, getattr(answers, "min", None), getattr(answers, "max", None))} | {
        "integer": getattr(answers, "integer", None)
    }


def _labels(instrument: Instrument, item: Item) -> tuple[str, ...]:
    answers = instrument.options[item.options]
    return tuple(option.label for option in answers.options) if isinstance(answers, Choice) else ()


def _answer_changes(name: str, before: dict[Any, Any], after: dict[Any, Any]) -> Iterator[Change]:
    where = f"item {name}"
    if "any" in before or "any" in after:
        if before != after:
            yield Change(where, "takes other answers", f"results that answer {name}", counts=True)
        return
    for answer in only_in(before, after):
        affects = f"results that answer {name} with {answer}: they could no longer be read"
        yield Change(where, f"the answer {answer} is gone", affects, counts=True)
    for answer in only_in(after, before):
        yield Change(where, f"the answer {answer} is new", None, counts=True)
    for answer in in_both(before, after):
        if before[answer] != after[answer]:
            what = f"the answer {answer} counted {before[answer]} and counts {after[answer]}"
            yield Change(where, what, f"results that answer {name} with {answer}", counts=True)


# -- alerts ------------------------------------------------------------------------------------------------------------


def _alert_changes(old: Instrument, new: Instrument) -> Iterator[Change]:
    before = {rule.id: rule for rule in old.alerts}
    after = {rule.id: rule for rule in new.alerts}
    for name in only_in(before, after):
        yield Change(f"alert {name}", "is gone", f"results with {_when(before[name])} lose an alert", counts=True)
    for name in only_in(after, before):
        yield Change(f"alert {name}", "is new", f"results with {_when(after[name])} gain an alert", counts=True)
    for name in in_both(before, after):
        if before[name].level != after[name].level:
            what = f"{before[name].level} becomes {after[name].level}"
            affects = f"results with {_when(after[name])} change the level of an alert"
            yield Change(f"alert {name}", what, affects, counts=True)
        yield from wording(f"alert {name}", before[name], after[name], ("meaning", "source", "unverified"))


def _when(rule: AlertRule) -> str:
    return f"{rule.on} unanswered" if rule.op == "is-missing" else f"{rule.on} {rule.op} {rule.value}"
