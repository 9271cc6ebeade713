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

OWN = ("score", "assessments:read", "assessments:write", "tenant:admin", "subjects:erase")
"""The scopes of the JSON API."""
SUPPORTED = (
    *OWN,
    "system/QuestionnaireResponse.crs",
    "system/Observation.rs",
    "system/RiskAssessment.rs",
)
"""Every scope that lets anything in; the system scopes are those of the CapabilityStatement."""


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


def granted(asked: Collection[str], registered: Collection[str]) -> list[str]:
    """The scopes of a token: those asked for, narrowed to those registered, SMART's as version 2.

    A scope of ours is granted by its name. A system scope is granted the letters that are registered for its resource;
    one for every resource also those that are registered for single ones. What cannot be granted is left out.
    """
    held = [scope for text in registered if (scope := system_scope(text))]
    own = [text for text in asked if text in OWN and text in registered]
    given: dict[str, set[str]] = {}
    for scope in filter(None, map(system_scope, asked)):
        named = [one.resource for one in held if one.resource not in NO_WILDCARD] if scope.resource == "*" else []
        for resource in (scope.resource, *named):
            letters = {letter for letter in scope.letters if any(one.covers(resource, letter) for one in held)}
            given.setdefault(resource, set()).update(letters)
    everywhere = given.get("*", set())
    kept = {
        resource: letters
        for resource, letters in given.items()
        if letters and (resource in ("*", *NO_WILDCARD) or not letters <= everywhere)
    }
    system = [str(SystemScope(resource, "".join(sorted(kept[resource], key="cruds".index)))) for resource in kept]
    return list(dict.fromkeys([*own, *system]))
