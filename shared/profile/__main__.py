"""``python -m shared.profile check``: every problem of the files of factors, options and observed rates."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.documents import load_document
from shared.errors import DefinitionRefused, Problem
from shared.instruments import Registry, registry
from shared.procedures import Catalogue
from shared.procedures.catalogue import PROCEDURES
from shared.profile.base_rates import BASE_RATES, BaseRates
from shared.profile.checks import check_actions, check_base_rates, check_factors
from shared.profile.definition import FACTORS, Factors
from shared.profile.options import ACTIONS, Actions


def main(argv: Sequence[str] | None = None) -> int:
    """0: all is well. 1: problems, each printed with its file, its place and a sentence."""
    arguments = _parser().parse_args(argv)
    instruments = Registry(arguments.instruments) if arguments.instruments else registry()
    try:
        catalogue = load_document(Catalogue, arguments.procedures).content
        factors = load_document(Factors, arguments.factors).content
        actions = load_document(Actions, arguments.actions).content
        rates = load_document(BaseRates, arguments.base_rates).content
    except DefinitionRefused as refused:
        print(refused.detail)
        _print("", refused.problems)
        return 1
    found = {
        arguments.factors.name: check_factors(factors, instruments, catalogue),
        arguments.actions.name: check_actions(actions, factors, instruments, catalogue),
        arguments.base_rates.name: check_base_rates(rates, factors, catalogue),
    }
    for name, problems in found.items():
        _print(name, problems)
    return int(any(found.values()))


def _print(name: str, problems: Sequence[Problem]) -> None:
    for problem in problems:
        print(f"{name}: {problem.pointer or '/'}: {problem.detail}".removeprefix(": "))
    if not problems:
        print(f"{name}: ok")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.profile", description="For authors of factors and options.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="name every problem of the files")
    check.add_argument("--instruments", type=Path, metavar="FOLDER", help="default: the instruments shipped here")
    for name, path in (
        ("procedures", PROCEDURES),
        ("factors", FACTORS),
        ("actions", ACTIONS),
        ("base-rates", BASE_RATES),
    ):
        check.add_argument(f"--{name}", type=Path, default=path, metavar="FILE", help=f"default: {path.name}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
