"""LOINC codes carry a check digit, so a misread digit shows."""

from __future__ import annotations

from collections.abc import Iterator

from shared.errors import Problem


def check_digit(number: str) -> int:
    """The Luhn (mod 10) check digit of a LOINC number without its last digit."""
    doubled = [int(digit) * (1 + (place % 2 == 0)) for place, digit in enumerate(reversed(number))]
    return -sum(value - 9 if value > 9 else value for value in doubled) % 10


def check_digit_problem(code: str | None, where: str) -> Iterator[Problem]:
    if code is None:
        return
    number, _, digit = code.partition("-")
    if digit != str(check_digit(number)):
        yield Problem(where, "loinc", f"{code} has a wrong check digit")
