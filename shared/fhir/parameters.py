"""Parameters that carry the plain values of an operation, as a posted operation sends what a URL could hold as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.fhir.operation_outcome import Issue, malformed
from shared.fhir.resources import Parameters, shape_issues


def values_in(document: dict[str, Any], known: Mapping[str, str]) -> tuple[dict[str, str], list[Issue]]:
    """The values as a URL would hold them, by name, and every issue. ``known`` says how each is carried.

    One that is sent several times is joined by commas, which only a list may be: the operation refuses others.
    """
    issues = shape_issues(Parameters, document)
    found: dict[str, list[str]] = {}
    sent = document.get("parameter")
    for place, parameter in enumerate(sent if isinstance(sent, list) else ()):
        name = parameter.get("name") if isinstance(parameter, dict) else None
        at = f"Parameters.parameter[{place}]"
        if not isinstance(name, str):
            continue
        if name not in known:
            issues.append(malformed("not-supported", f"{at}.name", "The operation has no such parameter."))
        elif known[name] not in parameter:
            issues.append(malformed("value", at, f"Should be a {known[name]}."))
        else:
            found.setdefault(name, []).append(str(parameter[known[name]]))
    return {name: ",".join(values) for name, values in found.items()}, issues
