"""The part of an instrument's page that shows its questions and their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.authoring.markdown import linked, plain, table
from shared.authoring.words import code
from shared.instruments.definition import AnswerSet, Choice, Instrument, Item, Option, Quantity

_RUN_OF_NUMBERS = 5
"""So many options without a word of their own are shown by their ends."""

_PLAINLY = "as it stands"


def question_section(instrument: Instrument) -> Iterator[str]:
    """The items, official where their wording ships, and what may be answered."""
    yield from ("## Questions", "")
    official = [item.text_is == "official" for item in instrument.items]
    if all(official):
        yield "The official wording, in English."
    elif any(official):
        yield "The official wording, in English; a question marked † carries our short label instead."
    else:
        yield "**Our short labels, for transcription from the printed form. They are not the questions' wording.**"
    yield ""
    if instrument.stem:
        yield from (f"> {plain(instrument.stem)}", "")
    rows = [_question_row(instrument, item, mark=any(official)) for item in instrument.items]
    columns = len(rows[0]) - all(row[-1] == _PLAINLY for row in rows)
    head = ["No.", "Id", "Question", "Answers", "Counts"]
    yield from (*table(head[:columns], [row[:columns] for row in rows]), "")
    for name, answers in instrument.options.items():
        yield f"- **{plain(name)}:** {answers_in_words(answers)}"
    yield ""
    notes = [instrument.options_note, instrument.items_note]
    for note in filter(None, notes):
        yield from (linked(note), "")


def _question_row(instrument: Instrument, item: Item, *, mark: bool) -> Sequence[object]:
    text = plain(f"{item.stem} {item.text}" if item.stem else item.text)
    if mark and item.text_is == "paraphrase":
        text += " †"
    if item.text_unverified:
        text += " *(wording not verified)*"
    if item.applies_to:
        text += f" *({plain(item.applies_to)})*"
    return item.n, code(item.id), text, plain(item.options), _counts(instrument, item)


def _counts(instrument: Instrument, item: Item) -> str:
    used = any(item.id in score.items for score in instrument.scores)
    if instrument.scorable and not (item.scored or used):
        return "in no score"
    if item.reverse:
        return "turned round"
    if item.recode:
        return "recoded: " + ", ".join(f"{answer} → {value}" for answer, value in item.recode.items())
    return _PLAINLY


def answers_in_words(answers: AnswerSet) -> str:
    """A set of answers in one line."""
    if isinstance(answers, Choice):
        return _choice_in_words(answers)
    if isinstance(answers, Quantity):
        kind = "a whole number" if answers.integer else "a number"
        low = "" if answers.min is None else f", at least {answers.min}"
        high = "" if answers.max is None else f", at most {answers.max}"
        note = f" ({linked(answers.note)})" if answers.note else ""
        return f"{kind} ({plain(answers.unit)}){low}{high}{note}"
    return 'a time of day, "hh:mm"' if answers.type == "time" else 'a date, "yyyy-mm-dd"'


def _choice_in_words(choice: Choice) -> str:
    first, *middle, last = choice.options if len(choice.options) > 1 else (*choice.options, *choice.options)
    bare = all(option.label == str(option.value) and option.code is None for option in middle)
    if bare and len(middle) >= _RUN_OF_NUMBERS:
        return f"{_option(first)} to {_option(last)}, every whole number"
    return " · ".join(_option(option) for option in choice.options)


def _option(option: Option) -> str:
    doubt = " *(label not verified)*" if option.label_unverified else ""
    label = "" if option.label == str(option.value) else f" {plain(option.label)}"
    if option.code is not None:
        return f"{code(option.code)}{label} (counts {option.value}){doubt}"
    return f"**{plain(option.value)}**{label}{doubt}"
