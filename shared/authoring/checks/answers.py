"""Are the answers closed, turned and recoded as a form can be, and may the wording be shipped?"""

from __future__ import annotations

from collections.abc import Iterator

from shared.authoring.checks.loinc import check_digit_problem
from shared.errors import Problem, pointer
from shared.instruments.definition import Choice, Instrument, Item, Quantity


def check_answers(instrument: Instrument) -> Iterator[Problem]:
    for name, answers in instrument.options.items():
        where = pointer("options", name)
        if isinstance(answers, Choice):
            yield from _choice_is_sensible(answers, where)
        elif isinstance(answers, Quantity):
            yield from _quantity_is_sensible(answers, where)
    for place, item in enumerate(instrument.items):
        where = pointer("items", place)
        yield from _turning_is_sensible(instrument, item, where)
        yield from _wording_may_ship(instrument, item, where)
        yield from check_digit_problem(item.loinc, where + "/loinc")
        if item.loinc and not item.loinc_source:
            yield Problem(where + "/loinc", "source", "a LOINC code needs loinc_source")
        if not item.text.strip():
            yield Problem(where + "/text", "text", "is empty")
    if instrument.stem and not instrument.licence.may_ship_item_text:
        yield Problem("/stem", "licence", "a lead-in is wording, and the licence does not let wording ship")


def _choice_is_sensible(choice: Choice, where: str) -> Iterator[Problem]:
    options = choice.options
    coded = [option.code is not None for option in options]
    if any(coded) and not all(coded):
        yield Problem(where + "/options", "options", "some options have a code and some have none")
    if len({isinstance(option.value, str) for option in options}) > 1:
        yield Problem(where + "/options", "options", "some values are numbers and some are words")
    labels = [option.label.strip().casefold() for option in options]
    for place, option in enumerate(options):
        if not option.label.strip():
            yield Problem(f"{where}/options/{place}/label", "text", "is empty")
        elif labels.index(labels[place]) < place:
            yield Problem(f"{where}/options/{place}/label", "options", f'"{option.label}" labels two options')


def _quantity_is_sensible(quantity: Quantity, where: str) -> Iterator[Problem]:
    if quantity.min is not None and quantity.max is not None and quantity.min >= quantity.max:
        yield Problem(where, "options", "min is not below max")
    if not quantity.unit.strip():
        yield Problem(where + "/unit", "text", "is empty")


def _turning_is_sensible(instrument: Instrument, item: Item, where: str) -> Iterator[Problem]:
    if item.reverse and item.recode is not None:
        yield Problem(where, "options", "reverse and recode exclude each other")
    answers = instrument.options.get(item.options)
    key = "reverse" if item.reverse else "recode"
    if answers is None or not (item.reverse or item.recode is not None):
        return
    if not isinstance(answers, Choice) or any(isinstance(option.value, str) for option in answers.options):
        yield Problem(f"{where}/{key}", "options", f"{key} needs options with numbers as values")
        return
    values = [option.value for option in answers.options]
    if item.recode is not None and set(item.recode) != set(values):
        yield Problem(where + "/recode", "options", "recode must name every option value once and no other value")
    if item.recode is not None and all(key == value for key, value in item.recode.items()):
        yield Problem(where + "/recode", "options", "recode changes nothing")


def _wording_may_ship(instrument: Instrument, item: Item, where: str) -> Iterator[Problem]:
    if instrument.licence.may_ship_item_text:
        return
    if item.text_is == "official":
        yield Problem(where + "/text_is", "licence", "the licence does not let the official wording ship")
    if item.stem:
        yield Problem(where + "/stem", "licence", "a lead-in is wording, and the licence does not let wording ship")
