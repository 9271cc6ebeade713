"""Which scopes let a request in: our own, and SMART's ``system/`` scopes in both of their versions.

An interaction is allowed by any one of the scopes that cover it. SMART's letters are c, r, u, d, s, in this order;
version 1's ``read`` is ``rs`` and its ``write`` is ``cud``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_SYSTEM = re.compile(r"system/([A-Z][A-Za-z]*|\*)\.(read|write|\*|c?r?u?d?s?)")
NO_WILDCARD = frozenset({"AuditEvent"})
"""Resources that a scope must name: ``system/*.rs`` does not cover them."""


class SystemScope(NamedTuple):
    """``system/resource.letters``; ``resource`` may be ``*``."""

    resource: str
    letters: str

    def __str__(self) -> str:
        return f"system/{self.resource}.{self.letters}"

    def covers(self, resource: str, letter: str) -> bool:
        named = self.resource == resource or (self.resource == "*" and resource not in NO_WILDCARD)
        return named and letter in self.letters


def system_scope(text: str) -> SystemScope | None:
    """A SMART system scope of either version, as version 2; ``None`` for anything else.

    Letters out of order, a launch context other than ``system`` and search parameters in a scope are not understood,
    and so grant nothing.
    """
    found = _SYSTEM.fullmatch(text)
    if found is None or not found[2]:
        return None
    return SystemScope(found[1], _V1.get(found[2], found[2]))


def covers(granted: Iterable[str], wanted: str) -> bool:
    """Do these scopes cover one wanted scope? A SMART scope by all of its letters, any other by being the same."""
    asked = system_scope(wanted)
    if asked is None:
        return wanted in granted
    have = [scope for text in granted if (scope := system_scope(text))]
    return all(any(scope.covers(asked.resource, letter) for scope in have) for letter in asked.letters)


def allows(granted: Collection[str], any_of: Iterable[str]) -> bool:
    """Is one of ``any_of`` covered?"""
    return any(covers(granted, wanted) for wanted in any_of)
