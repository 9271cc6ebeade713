"""One Markdown page for each instrument, written from its definition for the people who use it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from shared.authoring.markdown import bullets, linked, plain, sentence, source_of, table, target
from shared.authoring.question_pages import question_section
from shared.authoring.score_pages import score_section
from shared.authoring.words import COMPARISONS, code
from shared.authoring.worked_example import worked_example_section
from shared.instruments.definition import AlertRule, Citation, Coding, Instrument
from shared.instruments.registry import Definition

WRITTEN = "<!-- Written by `python -m shared.instruments pages`; change the definition, not this page. -->"

LICENCES = {
    "public-domain": "Public domain: anybody may use it.",
    "free-no-permission": "Free to use without asking.",
    "free-with-attribution": "Free to use when its source is named.",
    "free-non-commercial": "Free for non-commercial use; others ask the rights holder.",
    "permission-required": "Use needs the permission of the rights holder.",
    "proprietary": "Proprietary: use needs a licence from the rights holder.",
}
STATUSES = {
    "scorable": "scored here from the answers as printed",
    "prescored-only": "scored here from item values that were scored elsewhere: the printed answers were not read",
    "not-scorable-yet": "not scored here: part of its scoring basis was not read",
    "not-scorable-by-choice": "not scored here: its rights holder claims the scoring",
}
GRADES = {
    "A": "scoring seen in two independent sources or reproduced by another program; nothing open that changes a score",
    "B": "right as far as it was read; a band, an edge or a missing-answer rule rests on one secondary source or on us",
    "C": "only for values that were scored elsewhere",
    "D": "not enough was read to score it",
}


def instrument_page(definition: Definition) -> str:
    """The page of one instrument."""
    instrument = definition.instrument
    sections: list[Iterable[str]] = [
        [f"# {plain(instrument.title)}", ""],
        _summary(instrument),
        _licence(instrument),
        question_section(instrument) if instrument.items else [],
    ]
    if instrument.scorable:
        sections.append(["## Scores", ""])
        sections += [score_section(score, instrument) for score in instrument.scores]
        sections += [_alerts(instrument), worked_example_section(definition)]
    sections += [_trust(instrument), _traps(instrument), _codes(instrument), _sources(instrument), _version(definition)]
    sections.append(["", WRITTEN])
    return "\n".join(itertools.chain.from_iterable(sections)) + "\n"


def index_page(definitions: Iterable[Definition]) -> str:
    """The list of all instruments, by domain."""
    lines = ["# Instruments", ""]
    instruments = [definition.instrument for definition in definitions]
    scored = sum(instrument.scorable for instrument in instruments)
    lines += [f"{len(instruments)} instruments; {scored} are scored here. The others are listed with the reason.", ""]
    for domain in sorted({instrument.domain for instrument in instruments}):
        lines += [f"## {domain.replace('-', ' ').capitalize()}", ""]
        rows = [_index_row(instrument) for instrument in instruments if instrument.domain == domain]
        lines += [*table(["Instrument", "Scored", "Wording", "Trust", "Unanswered items: rule verified"], rows), ""]
    return "\n".join([*lines, WRITTEN]) + "\n"


def _index_row(instrument: Instrument) -> Sequence[str]:
    scored = {"scorable": "yes", "prescored-only": "item values only"}.get(instrument.status, "no")
    wording = "official" if ships_wording(instrument) else "our short labels" if instrument.items else "none"
    rule = plain(instrument.trust.missing_rule_verified)
    return f"[{plain(instrument.title)}]({instrument.id}.md)", scored, wording, instrument.trust.grade, rule


def ships_wording(instrument: Instrument) -> bool:
    return any(item.text_is == "official" for item in instrument.items)


def _summary(instrument: Instrument) -> Iterator[str]:
    grade = f"trust grade {instrument.trust.grade}"
    yield f"{code(instrument.id)} · version {instrument.version} · {instrument.domain} · {grade}"
    purpose = plain(instrument.purpose)
    yield from ("", sentence(purpose[:1].upper() + purpose[1:]), "")
    facts = [f"**Status:** {STATUSES[instrument.status]}."]
    recall = plain(instrument.recall.text) + (" *(not verified)*" if instrument.recall.unverified else "")
    note = f" ({linked(instrument.recall.note)})" if instrument.recall.note else ""
    facts.append(f"**The answers are about:** {recall}{note}")
    ages = instrument.validated_ages
    if ages:
        span = f"{ages.low} to {ages.high} years" if ages.high is not None else f"{ages.low} years and over"
        facts.append(f"**Validated for:** {span}. {source_of(ages)}")
    else:
        facts.append("**Validated ages:** not recorded, so no age sets a band aside.")
    if instrument.norms:
        facts.append(f"**Norms:** {linked(instrument.norms)}")
    yield from (*bullets(facts), "")


def _licence(instrument: Instrument) -> Iterator[str]:
    licence = instrument.licence
    yield from ("## Who may use it", "")
    yield from (f"**{LICENCES[licence.status]}** {linked(licence.note)}", "")
    wording = "may" if licence.may_ship_item_text else "may not"
    yield from (f"The official wording {wording} be shipped with this service. {source_of(licence)}", "")


# -- the rest ----------------------------------------------------------------------------------------------------------


def _alerts(instrument: Instrument) -> Iterator[str]:
    if not instrument.alerts:
        return
    yield from ("## Safety alerts", "", "An alert fires on its own answer or score, whatever happens to any total.", "")
    yield from (*bullets(_alert(rule) for rule in instrument.alerts), "")


def _alert(rule: AlertRule) -> str:
    when = "is unanswered" if rule.op == "is-missing" else f"is {COMPARISONS[rule.op]} {plain(rule.value)}"
    basis = "This product's own rule." if rule.unverified else ""
    source = sentence(f"Source: {linked(rule.source)}") if rule.source else ""
    meaning = sentence(f"**{rule.level}** when {code(rule.on)} {when} ({code(rule.id)}): {plain(rule.meaning)}")
    return " ".join(filter(None, [meaning, basis, source]))


def _trust(instrument: Instrument) -> Iterator[str]:
    trust = instrument.trust
    yield from ("## How far it can be trusted", "", f"Grade **{trust.grade}**: {GRADES[trust.grade]}.", "")
    facts = {
        "Scoring verified": trust.score_basis_verified,
        "Rule for unanswered items verified": trust.missing_rule_verified,
        "Bands verified": trust.bands_verified,
        "Important difference verified": trust.important_difference_verified,
    }
    yield from bullets(f"{name}: {plain(value)}" for name, value in facts.items())
    yield from ("", sentence(f"**Remaining doubts:** {linked(trust.remaining_doubts)}"), "")


def _traps(instrument: Instrument) -> Iterator[str]:
    if instrument.notes:
        heading = "Traps" if instrument.scorable else "Notes"
        yield from (f"## {heading}", "", linked(instrument.notes), "")


def _codes(instrument: Instrument) -> Iterator[str]:
    codes = [f"Panel: {_coding(instrument.panel)}"] if instrument.panel else []
    codes += [_coding(code) for code in instrument.codes]
    codes += [
        f"{code(item.id)}: LOINC {item.loinc}. {sentence('Source: ' + linked(item.loinc_source or 'not recorded'))}"
        for item in instrument.items
        if item.loinc
    ]
    codes += [f"{code(score.id)}: {_coding(score.loinc)}" for score in instrument.scores if score.loinc]
    codes += [f"{code(score.id)}: {linked(score.loinc_note)}" for score in instrument.scores if score.loinc_note]
    if codes or instrument.codes_note:
        yield from ("## Codes", "", *bullets(codes), *([""] if codes else []))
        yield from ([linked(instrument.codes_note), ""] if instrument.codes_note else [])


def _coding(coding: Coding) -> str:
    display = f" {sentence(plain(coding.display))}" if coding.display else ""
    return f"LOINC {coding.code}.{display} {source_of(coding)}"


def _sources(instrument: Instrument) -> Iterator[str]:
    yield from ("## Sources", "")
    yield from bullets(_citation(citation) for citation in instrument.citations)
    read = {
        "Questions": instrument.items_source,
        "Answers": instrument.options_source,
        "Scoring": instrument.scoring_source,
    }
    yield from bullets(sentence(f"{name} read in: {linked(source)}") for name, source in read.items() if source)
    yield ""


def _citation(citation: Citation) -> str:
    words = [sentence(plain(citation.text))]
    if citation.doi:
        doubt = " (DOI not verified)" if citation.doi_unverified else ""
        words.append(f"[doi:{plain(citation.doi)}]({target(f'https://doi.org/{citation.doi}')}){doubt}.")
    if citation.pmid:
        words.append(f"[PubMed {citation.pmid}](https://pubmed.ncbi.nlm.nih.gov/{citation.pmid}/).")
    return " ".join([*words, source_of(citation)])


def _version(definition: Definition) -> Iterator[str]:
    instrument = definition.instrument
    yield from ("## Version", "")
    yield f"Definition {code(instrument.id)} {instrument.version}, SHA-256 {code(definition.sha256)}."
    if instrument.scorable:
        yield f"Conformance vectors for other scorers: {code(f'conformance/{instrument.id}.json')}."
