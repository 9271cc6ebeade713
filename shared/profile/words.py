"""A profile, its options and the observed rates as plain text. Every sentence is the files' own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.profile.base_rates import BaseRateView
from shared.profile.options import FindingView, Options
from shared.profile.result import Because, EvidenceView, FactorResult, Profile

_HEADS = {
    "preoperative": "Before an operation",
    "postoperative": "After an operation",
    "injury": "After an injury, or with new pain",
    "follow-up": "Follow-up",
}
_SIGNS = {"positive": "+", "null": "0", "mixed": "~", "guidance": "§", "association": "~"}


def in_words(profile: Profile, options: Options | None = None, rates: Sequence[BaseRateView] = ()) -> str:
    """The whole of it, one thing a line."""
    lines = list(_profile(profile))
    if options is not None:
        lines += _options(options)
    if rates:
        lines += _rates(rates)
    return "\n".join(lines) + "\n"


def _profile(profile: Profile) -> Iterator[str]:
    counts = ", ".join(f"{profile[status]} {status}" for status in ("present", "absent", "unknown"))
    yield f"{_HEADS[profile['intake']]}: {counts}"
    yield profile["statement"]
    for source in profile["statement_sources"]:
        yield f"  {source}"
    for warning in profile["warnings"]:
        yield f"Warning at {warning['pointer']}: {warning['detail']}."
    for status in ("present", "absent", "unknown"):
        factors = [factor for factor in profile["factors"] if factor["status"] == status]
        if factors:
            yield ""
            yield status.upper()
            for factor in factors:
                yield from _factor(factor)
    if profile["not_counted"]:
        yield ""
        yield "NOT COUNTED HERE"
        for one in profile["not_counted"]:
            yield f"{one['title']}: {one['why']}"


def _factor(factor: FactorResult) -> Iterator[str]:
    why = factor["why_unknown"]
    yield factor["title"] + (f": {why['detail']}" if why else "")
    for entry in factor["because"]:
        yield f"  {_because(entry)}"
    for detail in factor.get("details", []):
        if detail["status"] != "unknown":
            yield f"  {detail['title']}: {detail['status']}. {detail['note']}"
    if factor["would_decide"]:
        yield f"  would decide: {', '.join(' '.join(name.values()) for name in factor['would_decide'])}"
    if factor["status"] != "present":
        return
    if factor["note"]:
        yield f"  {factor['note']}"
    yield f"  Cut-offs: {factor['cutoffs']}"
    yield f"  Certainty: {factor['certainty']}"
    for one in factor["evidence"]:
        yield f"  for: {_evidence(one)}"
    for one in factor["contrary"]:
        yield f"  against: {_evidence(one)}"


def _because(entry: Because) -> str:
    name = entry.get("fact") or f"{entry.get('instrument')} {entry.get('score')}"
    threshold = entry["threshold"]
    limit = ", ".join(map(str, threshold)) if isinstance(threshold, list) else str(threshold)
    parts = [f"{name} = {entry['value']}: {entry['says']} (cut-off: {entry['op']} {limit})"]
    if entry.get("prorated"):
        parts.append("prorated")
    parts += [part for part in (entry["meaning"], entry.get("note")) if part]
    return f"{'; '.join(parts)} [{entry['source']}]"


def _evidence(one: EvidenceView) -> str:
    parts = [part for part in (one["effect"], f"certainty {one['certainty']}") if part]
    return f"{one['sentence']} Outcome: {one['outcome']}; {'; '.join(parts)} [{one['source']}]"


def _options(options: Options) -> Iterator[str]:
    yield ""
    yield "OPTIONS"
    yield options["frame"]
    for option in options["options"]:
        because = ", ".join(str(value) for part in option["because"] for value in list(part.values())[-1:])
        yield f"{option['title']} ({option['strength']}; because of {because})"
        yield f"  {option['text']}"
        for limit in option["limits"]:
            yield f"  but: {limit}"
        yield from _findings(option["findings"])
    if not options["options"]:
        yield "None that the evidence supports."
    if options["not_suggested"]:
        yield ""
        yield "NOT SUGGESTED"
        for one in options["not_suggested"]:
            yield f"{one['title']}: {one['why']}"
            yield from _findings(one["findings"])


def _findings(findings: Sequence[FindingView]) -> Iterator[str]:
    for finding in findings:
        yield f"  {_SIGNS[finding['direction']]} {finding['sentence']} [{finding['source']}]"


def _rates(rates: Sequence[BaseRateView]) -> Iterator[str]:
    yield ""
    yield "OBSERVED RATES"
    yield rates[0]["statement"]
    for row in rates:
        if row["rate"] is not None:
            share = _percent(row["rate"])
        else:
            share = " to ".join(_percent(end) for end in row["rate_range"] or ())
        interval = f" (95 % CI {' to '.join(_percent(end) for end in row['ci95'])})" if row["ci95"] else ""
        said = f" {row['stated_as']}" if row["stated_as"] else ""
        people = f"{row['n']} people" if row["n"] is not None else "number not read"
        horizon = row["horizon"] or "time not read"
        yield f"{share}{interval}: {row['outcome']}, {horizon}; {row['population']}; {people}.{said} [{row['source']}]"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
