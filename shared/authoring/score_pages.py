"""The part of an instrument's page that is about one score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.authoring.markdown import bullets, linked, plain, sentence, source_of, table
from shared.authoring.words import COMPARISONS, DIRECTIONS, code, method_in_words, missing_in_words, step_in_words
from shared.instruments.definition import Band, Cutoff, Difference, Instrument, Score


def score_section(score: Score, instrument: Instrument) -> Iterator[str]:
    """Method, range, unanswered items, bands, cut-offs and change of one score, each beside its source."""
    title = f": {plain(score.title)}" if score.title else ""
    yield from (f"### {code(score.id)}{title}", "")
    yield from (f"{method_in_words(score, instrument)} {_range(score)} {DIRECTIONS[score.direction]}", "")
    yield from _rule(score, instrument)
    yield from _unanswered(score)
    yield from _bands(score)
    yield from _cutoffs(score)
    yield from _differences(score)
    yield from _table(score)
    yield from _remarks(score)


def _range(score: Score) -> str:
    if score.criterion:
        return "Met is 1, not met is 0."
    if score.range is None:
        return f"One of: {', '.join(plain(value) for value in score.values or ())}."
    steps = f" in steps of {score.step}" if score.step != 1 else ""
    return f"Range {score.range[0]} to {score.range[1]}{steps}."


def _rule(score: Score, instrument: Instrument) -> Iterator[str]:
    if score.rule:
        yield from (f"**The rule:** {sentence(plain(score.rule))} {source_of(score)}", "")
    if score.method == "steps":
        derived = instrument.derived if _uses_derived(score, instrument) else ()
        sources = [sentence(f" Source: {linked(instrument.derived_sources.get(step.id, 'none'))}") for step in derived]
        lines = [f"{code(step.id)}: {step_in_words(step)}." for step in (*derived, *score.steps)]
        told = [f"{line} {source}" for line, source in zip(lines, sources, strict=False)] + lines[len(sources) :]
        yield from (*(f"{number}. {line}" for number, line in enumerate(told, 1)), "")


def _uses_derived(score: Score, instrument: Instrument) -> bool:
    named = repr(score.steps)
    return any(repr(step.id) in named for step in instrument.derived)


def _unanswered(score: Score) -> Iterator[str]:
    rule = score.missing
    yield f"**Unanswered items.** {missing_in_words(score)}"
    if rule.method != "inherit":
        yield sentence(f"The rule in words: {linked(rule.rule)}")
    if rule.unverified:
        yield "*No rule of the developers was read; this one is our choice.*"
    if rule.source:
        yield sentence(f"Source: {linked(rule.source)}")
    if rule.rounding_source or rule.rounding_unverified:
        doubt = " *(not verified)*" if rule.rounding_unverified else ""
        yield sentence(f"Rounding{doubt}: {linked(rule.rounding_source or 'half up')}")
    yield ""


def _bands(score: Score) -> Iterator[str]:
    if score.bands is None or not score.bands.rows:
        return
    doubt = " They label no score here." if score.bands.unverified else ""
    yield from (f"**Bands.** {source_of(score.bands)}{doubt}", "", *_band_table(score.bands.rows), "")
    if score.bands.note:
        yield from (linked(score.bands.note), "")
    for other in score.bands_alternative:
        yield f"**Other bands in use, not applied here: {plain(other.name)}.** {source_of(other)}"
        yield from ("", *_band_table(other.rows), "")


def _band_table(rows: Sequence[Band]) -> list[str]:
    return table(["Band", "From", "To"], [(plain(band.label), band.low, band.high) for band in rows])


def _cutoffs(score: Score) -> Iterator[str]:
    if score.cutoffs:
        yield from ("**Cut-offs.**", "", *bullets(_cutoff(cutoff) for cutoff in score.cutoffs), "")


def _cutoff(cutoff: Cutoff) -> str:
    words = [sentence(f"{COMPARISONS[cutoff.op].capitalize()} **{cutoff.value}**: {plain(cutoff.meaning)}")]
    notes = {"Validated for": cutoff.validated_for, "Applies to": cutoff.applies_to, "Conflict:": cutoff.conflict}
    words += [sentence(f"{name} {linked(note)}") for name, note in notes.items() if note]
    return " ".join([*words, source_of(cutoff)])


def _differences(score: Score) -> Iterator[str]:
    found = [*([score.important_difference] if score.important_difference else []), *score.important_difference_other]
    if found:
        yield from ("**Change that matters.**", "", *bullets(map(_difference, found)), "")


def _difference(difference: Difference) -> str:
    high = f" to {difference.value_high}" if difference.value_high is not None else ""
    amount = "No fixed number" if difference.value is None else f"**{difference.value}{high}**"
    return f"{sentence(f'{amount}: {plain(difference.kind)}')} {source_of(difference)}"


def _table(score: Score) -> Iterator[str]:
    if score.table is None:
        return
    status = {"published": "as published", "derived": "derived from item parameters, not read in print"}
    yield f"**T-score table**, {status[score.table.status]}. {source_of(score.table)}"
    if score.table.verification:
        yield sentence(linked(score.table.verification))
    if score.table.standard_error_source or score.table.standard_error_unverified:
        doubt = " *(not verified)*" if score.table.standard_error_unverified else ""
        yield sentence(f"Standard errors{doubt}: {linked(score.table.standard_error_source or 'no source')}")
    rows = [(row.raw, row.t, "–" if row.standard_error is None else row.standard_error) for row in score.table.rows]
    yield from ("", *table([f"{code(score.from_score)}", "T-score", "Standard error"], rows), "")


def _remarks(score: Score) -> Iterator[str]:
    remarks = {
        "Direction": score.direction_note,
        "Rounding": score.rounding_note,
        "Edge": score.edge_note,
        "Sources disagree": score.boundary_conflict,
    }
    lines = [sentence(f"{name}: {linked(note)}") for name, note in remarks.items() if note]
    lines += [
        f"Warning {code(w.code)} when {code(w.when.of)} is {COMPARISONS[w.when.op]} {w.when.value}: {plain(w.detail)}"
        for w in score.warnings
    ]
    lines += [
        f"After operations: {plain(f.finding)}. Source: {linked(f.source or 'not recorded')}."
        for f in score.postsurgical
    ]
    if lines:
        yield from (*bullets(lines), "")
