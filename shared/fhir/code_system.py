"""Our own codes as CodeSystems, so that every system named on the wire can be looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from shared.fhir.document_reference import DOCUMENT_TYPES
from shared.fhir.options import category_system, coded_options, title_of
from shared.fhir.questionnaire import copyright_of
from shared.fhir.systems import LOINC, Names, Resource, kept
from shared.instruments.definition import Instrument
from shared.scoring.result import REASON_CODES

if TYPE_CHECKING:
    from shared.risk_models import RiskModel

_PREFIX = "CodeSystem/"


def code_systems(instrument: Instrument, names: Names) -> list[Resource]:
    """The systems of one instrument: its items and scores, its options that have no LOINC answers, its categories."""
    parts = [_concept(item.id, item.text) for item in instrument.items]
    parts += [_concept(score.id, title_of(score)) for score in instrument.scores]
    made = [_system(names.code_system(instrument.id), f"{instrument.title}: items and scores", parts, instrument)]
    seen = {LOINC}
    for item in instrument.items:
        options = coded_options(instrument, item, names)
        if options and options[0].system not in seen:
            seen.add(options[0].system)
            concepts = [_concept(option.code, option.display) for option in options]
            made.append(_system(options[0].system, f"{instrument.title}: {item.options}", concepts, instrument))
    for score in instrument.scores:
        if score.values:
            labels = [_concept(value, value) for value in score.values]
            system = category_system(instrument, score, names)
            made.append(_system(system, f"{instrument.title}: {title_of(score)}", labels, instrument))
    return [one for one in made if "concept" in one]


def shared_code_systems(instruments: Iterable[Instrument], names: Names, version: str) -> list[Resource]:
    """The systems that all share: ids of instruments, bands, alerts, reasons for no score, and kinds of documents."""
    known = list(instruments)
    bands = {band.label for one in known for score in one.scores for band in (score.bands.rows if score.bands else ())}
    alerts = {rule.id: rule.meaning for one in known for rule in one.alerts}
    return [
        _system(names.code_system(name), title, concepts, version=version)
        for name, title, concepts in (
            ("instrument", "Instruments", [_concept(one.id, one.title) for one in known]),
            ("band", "Bands of scores", [_concept(band, band) for band in sorted(bands)]),
            ("alert", "Safety alerts", [_concept(id, id, meaning) for id, meaning in sorted(alerts.items())]),
            ("not-scored-reason", "Why there is no score", [_concept(code, code) for code in sorted(REASON_CODES)]),
            ("document-type", "Documents", [_concept(code, display) for code, display in DOCUMENT_TYPES.items()]),
        )
    ]


def code_system(names: Names, name: str, title: str, codes: Mapping[str, str], version: str) -> Resource:
    """A system of codes with their displays."""
    return _system(names.code_system(name), title, [_concept(*one) for one in codes.items()], version=version)


def risk_code_systems(models: Iterable[RiskModel], names: Names, version: str) -> list[Resource]:
    """The ids of the risk models, and the classes of each that has some."""
    known = list(models)
    ids = [_concept(model.id, model.title) for model in known]
    made = [_system(names.code_system("risk-model"), "Risk models", ids, version=version)]
    for model in known:
        if model.classes:
            labels = [_concept(one.label, one.label) for one in model.classes]
            url = names.code_system(f"risk-class-{model.id}")
            made.append(_system(url, f"{model.title}: classes", labels, version=model.version))
    return made


def _system(
    url: str, title: str, concepts: list[Resource], instrument: Instrument | None = None, version: str | None = None
) -> Resource:
    id = url.rsplit(_PREFIX, 1)[1]
    return kept(
        resourceType="CodeSystem",
        id=id,
        url=url,
        version=instrument.version if instrument else version,
        name="".join(part.capitalize() for part in id.replace("-", " ").split()),
        title=title,
        status="active",
        copyright=copyright_of(instrument) if instrument else None,
        caseSensitive=True,
        content="complete",
        count=len(concepts),
        concept=concepts,
    )


def _concept(code: str, display: str, definition: str | None = None) -> Resource:
    return kept(code=code, display=display, definition=definition)
