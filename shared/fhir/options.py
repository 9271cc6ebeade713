"""What may be answered, as FHIR carries it: each option's coding, what is sent for it, and what it counts."""

from __future__ import annotations

from typing import NamedTuple

from shared.fhir.systems import LOINC, Names
from shared.instruments.definition import Choice, Instrument, Item, Option, Quantity, Score
from shared.instruments.named_steps import Answer
from shared.scoring.answers import Value, scored_values


class CodedOption(NamedTuple):
    """``answer`` is what the scorer takes, ``weight`` what it counts; a label such as a sex counts nothing."""

    system: str
    code: str
    display: str
    answer: Answer
    weight: int | float | None


def coded_options(instrument: Instrument, item: Item, names: Names) -> list[CodedOption]:
    """The options of a choice item: by LOINC where its whole set has answer codes, else by our own system."""
    choice = instrument.options[item.options]
    if not isinstance(choice, Choice):
        return []
    counts = scored_values(item, choice)
    by_loinc = all(option.loinc_answer for option in choice.options)
    system = LOINC if by_loinc else names.code_system(f"{instrument.id}-{item.options}".replace("_", "-"))
    return [
        CodedOption(
            system,
            (option.loinc_answer or "") if by_loinc else str(sent(option)),
            option.label,
            sent(option),
            _weight(counts[sent(option)]),
        )
        for option in choice.options
    ]


def sent(option: Option) -> Answer:
    """What stands for the option in a set of responses: its code where it has one, else its value."""
    return option.value if option.code is None else option.code


def _weight(value: Value) -> int | float | None:
    return value if isinstance(value, int | float) else None


def item_type(instrument: Instrument, item: Item) -> str:
    """The R4 item type of a question."""
    answers = instrument.options[item.options]
    if isinstance(answers, Choice):
        return "choice"
    if isinstance(answers, Quantity):
        return "integer" if answers.integer else "decimal"
    return answers.type


def score_type(score: Score) -> str:
    """The R4 item type of a score: a number, a yes or no, or one of its labels."""
    return "choice" if score.values else "boolean" if score.criterion else "decimal"


def category_system(instrument: Instrument, score: Score, names: Names) -> str:
    """The code system of a score whose values are labels."""
    return names.code_system(f"{instrument.id}-{score.id}".replace("_", "-"))


def unit_of_score(instrument: Instrument, score: Score) -> str | None:
    """The unit of a plain sum or mean of quantities that share one; ``None``: points of a scale."""
    if score.method not in ("sum", "mean") or not score.items:
        return None
    answers = [instrument.options[item.options] for item in instrument.items if item.id in score.items]
    units = {part.unit if isinstance(part, Quantity) else None for part in answers}
    return units.pop() if len(units) == 1 else None


def ships_official_wording(instrument: Instrument) -> bool:
    """May the form be shown to a patient? Else its texts are labels of ours, for transcription."""
    official = all(item.text_is == "official" for item in instrument.items)
    return instrument.licence.may_ship_item_text and official and bool(instrument.items)


def title_of(score: Score) -> str:
    """The score's title, or its id as words."""
    return score.title or score.id.replace("_", " ").capitalize()
