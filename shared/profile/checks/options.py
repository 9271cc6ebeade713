"""Every problem of a file of options, read against the factors, the instruments and the operations."""

from __future__ import annotations

from collections.abc import Iterator

from shared.errors import Problem, pointer
from shared.instruments import Registry
from shared.procedures import Catalogue
from shared.profile.checks.cutoffs import instrument_in, score_in
from shared.profile.checks.names import check_where, needs_link, no_instrument
from shared.profile.definition import Factors
from shared.profile.intake import INTAKES
from shared.profile.options import Actions, Applies, NotSuggested, Option


def check_actions(actions: Actions, factors: Factors, registry: Registry, catalogue: Catalogue) -> list[Problem]:
    """Every problem of a file of options."""
    problems: list[Problem] = []
    for name, finding in actions.findings.items():
        problems += needs_link(pointer("findings", name, "source"), finding.source)
    for place, option in enumerate(actions.options):
        at = pointer("options", place)
        problems += _entry(option, actions, factors, registry, catalogue, at)
        if any(option.id == avoided.id for avoided in actions.not_suggested):
            problems.append(Problem(f"{at}/id", "contradiction", "is also among those that are not suggested"))
    for place, avoided in enumerate(actions.not_suggested):
        problems += _entry(avoided, actions, factors, registry, catalogue, pointer("not_suggested", place))
    used = {name for option in actions.options for name in option.findings}
    used |= {name for avoided in actions.not_suggested for name in avoided.findings}
    for name in actions.findings:
        if name not in used:
            problems.append(Problem(pointer("findings", name), "unused", "belongs to no option"))
    return list(dict.fromkeys((*problems, *_unaddressed(actions, factors))))


def _unaddressed(actions: Actions, factors: Factors) -> Iterator[Problem]:
    addressed = {name for option in actions.options for name in option.applies.factors}
    for factor in factors.factors:
        if factor.modifiable and factor.id not in addressed:
            yield Problem("/options", "modifiable", f"no option addresses {factor.id}, which is called modifiable")
        if not factor.modifiable and factor.id in addressed:
            yield Problem("/options", "modifiable", f"an option addresses {factor.id}, which is not called modifiable")


def _entry(
    one: Option | NotSuggested,
    actions: Actions,
    factors: Factors,
    registry: Registry,
    catalogue: Catalogue,
    at: str,
) -> Iterator[Problem]:
    for place, name in enumerate(one.findings):
        if name not in actions.findings:
            yield Problem(f"{at}/findings/{place}", "unknown-finding", f"no finding is called {name}")
    yield from _applies(one.applies, factors, catalogue, f"{at}/applies")
    yield from _stratum(one.applies, registry, f"{at}/applies/stratum")


def _applies(applies: Applies, factors: Factors, catalogue: Catalogue, at: str) -> Iterator[Problem]:
    known = {factor.id: factor for factor in factors.factors}
    intakes = applies.intakes or INTAKES
    for place, name in enumerate(applies.factors):
        if name not in known:
            yield Problem(f"{at}/factors/{place}", "unknown-factor", f"no factor is called {name}")
        elif not set(known[name].intakes) & set(intakes):
            yield Problem(f"{at}/factors/{place}", "intake", f"{name} is not counted at {', '.join(intakes)}")
    yield from check_where(applies.where, {fact.id: fact for fact in factors.facts}, catalogue, f"{at}/where")


def _stratum(applies: Applies, registry: Registry, at: str) -> Iterator[Problem]:
    stratum = applies.stratum
    if stratum is None:
        return
    instrument = instrument_in(registry, stratum.instrument)
    if instrument is None:
        yield no_instrument(f"{at}/instrument", stratum.instrument)
        return
    score = score_in(instrument, stratum.score)
    if score is None:
        yield Problem(f"{at}/score", "unknown-score", f"{instrument.id} has no score {stratum.score}")
        return
    for place, value in enumerate(stratum.values):
        if value not in (score.values or ()):
            yield Problem(f"{at}/values/{place}", "value", f"{score.id} has no category {value}")
