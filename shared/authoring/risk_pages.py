"""One Markdown page for each risk model, its card included, and a list of all, those not computable among them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator

from shared.authoring.markdown import bullets, linked, plain, sentence, source_of, table, target
from shared.authoring.risk_tables import classes_section, equation_section, predictor_section
from shared.authoring.risk_words import code, figure
from shared.risk.display import shown
from shared.risk.estimator import Estimator
from shared.risk_models.card import PROBAST_AI, TRIPOD_AI, card, in_words, measure_in_words
from shared.risk_models.definition import RiskModel
from shared.risk_models.parts import Citation
from shared.risk_models.registry import Definition, Registry

WRITTEN = "<!-- Written by `python -m shared.risk_models pages`; change the definition, not this page. -->"
OWNED = ("docs/models/*.md",)

GRADES = {
    "A": "a tool that a trial stands behind",
    "B": "its numbers were read in the paper or in the authors' own output",
    "C": "its numbers were read second hand only",
}
STAGES = {
    "development": "development",
    "internal-validation": "internal validation",
    "external-validation": "external validation",
    "use": "use",
}


def schema_file() -> dict[str, str]:
    """The JSON Schema (2020-12) of a definition file, from the model that reads it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **RiskModel.model_json_schema(by_alias=True)}
    return {"docs/schema/risk-model.schema.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"}


def page_files(registry: Registry) -> dict[str, str]:
    """Path below the root → content."""
    definitions = registry.load_all()
    pages = {f"docs/models/{name}.md": model_page(definition) for name, definition in definitions.items()}
    return pages | {"docs/models/index.md": index_page(registry)}


def model_page(definition: Definition) -> str:
    """The page of one model."""
    model = definition.model
    sections: list[Iterable[str]] = [
        [f"# {plain(model.title)}", ""],
        _summary(model),
        predictor_section(model),
        equation_section(model),
        classes_section(model),
        _display(model),
        _performance(model),
        ["## Limits", "", *bullets(map(linked, model.limitations)), ""],
        _examples(definition),
        _licence(model),
        _card(definition),
        _checklists(definition),
        ["## Sources", "", *bullets(map(_citation, model.citations)), ""],
        ["## Version", "", f"Definition {code(model.id)} {model.version}, SHA-256 {code(definition.sha256)}."],
        ["", WRITTEN],
    ]
    return "\n".join(itertools.chain.from_iterable(sections)) + "\n"


def index_page(registry: Registry) -> str:
    """The list of all models: those that can be computed, and those that cannot with what is missing."""
    definitions = registry.load_all().values()
    missing = registry.not_computable
    counts = f"{len(definitions)} published models are computed here; {len(missing)} are listed with what is missing."
    lines = [
        "# Risk models",
        "",
        f"{counts} None predicts chronic pain after surgery in general: no readable equation for that was found.",
        "",
        "## Computed",
        "",
        *table(["Model", "Gives", "Predicts", "Answers given", "Evidence"], map(_index_row, definitions)),
        "",
        *bullets(f"Evidence {grade}: {words}." for grade, words in GRADES.items()),
        "",
        "## Not computable",
        "",
        "Whoever holds one of these papers can add the model by a file: see",
        "[how to add a risk model](../how-to/add-a-risk-model.md).",
        "",
    ]
    for model in missing:
        facts = [f"**Missing:** {sentence(linked(model.missing))}"]
        facts += [f"{name}: {linked(text)}" for name, text in _said(model.outcome, model.population, model.timing)]
        facts += [f"Predictors: {plain('; '.join(model.predictors))}"] if model.predictors else []
        facts += [f"Performance: {plain('; '.join(model.performance))}"] if model.performance else []
        facts += [linked(model.note)] if model.note else []
        facts += [f"[doi:{plain(model.doi)}]({target('https://doi.org/' + model.doi)})"] if model.doi else []
        facts += [f"Source: {linked('; '.join(model.sources))}"]
        lines += [f"### {plain(model.title)}", "", code(model.id), "", *bullets(map(sentence, facts)), ""]
    return "\n".join([*lines, WRITTEN]) + "\n"


def _said(outcome: str | None, population: str | None, timing: str | None) -> Iterator[tuple[str, str]]:
    for name, text in (("Outcome", outcome), ("Population", population), ("Answers given", timing)):
        if text:
            yield name, text


def _index_row(definition: Definition) -> list[str]:
    model = definition.model
    name = f"[{plain(model.title)}]({model.id}.md)"
    good = " (the good outcome)" if model.event_is == "wanted" else ""
    predicts = f"{plain(model.event)}{good}, {plain(model.outcome.horizon)}"
    return [name, model.kind, predicts, plain(model.population.timing.words), model.evidence_grade]


def _summary(model: RiskModel) -> Iterator[str]:
    yield f"{code(model.id)} · version {model.version} · {model.kind} · evidence grade {model.evidence_grade}"
    yield ""
    outcome, population = model.outcome, model.population
    side = {"wanted": " This is the good outcome.", "unwanted": "", "neutral": ""}[model.event_is]
    facts = [
        f"**Event:** {sentence(plain(model.event))}{side}",
        f"**Outcome of the study:** {sentence(plain(outcome.definition))} {source_of(outcome)}",
        f"**Over:** {sentence(plain(outcome.horizon))}",
        f"**For:** {sentence(linked(in_words(population)))} {source_of(population)}",
        f"**Studied in:** {sentence(plain(population.setting))} {_numbers(model)}",
        f"**Evidence {model.evidence_grade}**, {GRADES[model.evidence_grade]}: {sentence(linked(model.evidence_note))}",
    ]
    facts += [linked(note) for note in (outcome.note, population.note) if note]
    age = population.age
    facts += [f"{linked(age.note)} {source_of(age)}"] if age and age.note else []
    yield from (*bullets(fact.strip() for fact in facts), "")


def _numbers(model: RiskModel) -> str:
    population = model.population
    counts = {"developed in": population.n_development, "validated in": population.n_validation}
    said = [f"{name} {count} people" for name, count in counts.items() if count is not None]
    if population.events is not None:
        said.append(f"{population.events} with the outcome")
    return sentence(", ".join(said)[:1].upper() + ", ".join(said)[1:]) if said else ""


def _display(model: RiskModel) -> Iterator[str]:
    display = model.display
    yield from ("## How it is shown", "", f"{sentence(linked(display.note))} {source_of(display)}".strip(), "")


def _performance(model: RiskModel) -> Iterator[str]:
    yield from ("## How good it is", "")
    rows = [
        [linked(measure_in_words(measure)), STAGES[measure.stage], linked(measure.source or "")]
        for measure in model.performance.measures
    ]
    yield from (*table(["Measure", "In", "Source"], rows), "")
    points = model.performance.operating_points
    if points is not None:
        yield from (f"{sentence(linked(points.note))} {source_of(points)}", "")
        head = ["Threshold", "Sensitivity", "Specificity", "Predictive value +", "Predictive value −"]
        yield from table(head, [list(row.model_dump().values()) for row in points.rows])
        yield ""
    if model.thresholds:
        said = [f"{t.op} {t.value}: {sentence(plain(t.meaning))} {source_of(t)}" for t in model.thresholds]
        yield from ("Published thresholds:", "", *bullets(said), "")
    elif model.kind == "probability":
        yield from ("The authors publish no threshold.", "")


def _examples(definition: Definition) -> Iterator[str]:
    """Each example with what the engine gives and what is shown of it."""
    model = definition.model
    estimator = Estimator(definition)
    yield from ("## Worked examples", "")
    rows = []
    for example in model.worked_examples:
        estimate = estimator.estimate(example.predictors, example.population)
        given = ", ".join(f"{code(name)} {figure(value)}" for name, value in example.predictors.items())
        result = estimate["value"]
        exact = f"{result:.4f}" if isinstance(result, float) else str(result)
        rows.append([linked(example.note), given, exact, shown(model, estimate) or "", linked(example.source)])
    yield from (*table(["Person", "Answers", "Result", "Shown as", "Source"], rows), "")


def _licence(model: RiskModel) -> Iterator[str]:
    yield from ("## Who may use it", "", f"{sentence(linked(model.licence.note))} {source_of(model.licence)}", "")


def _card(definition: Definition) -> Iterator[str]:
    yield from ("## Model card", "", "The 31 source attributes of 45 CFR 170.315(b)(11)(iv)(B), in order.", "")
    rows = [
        [entry["n"], plain(entry["group"]), plain(entry["title"]), linked(entry["text"]), linked(entry["source"] or "")]
        for entry in card(definition)["attributes"]
    ]
    yield from (*table(["", "Group", "Attribute", "", "Source"], rows), "")


def _checklists(definition: Definition) -> Iterator[str]:
    whole = card(definition)
    tripod, probast = whole["tripod_ai"], whole["probast_ai"]
    yield from ("## Reporting and risk of bias", "")
    yield f"TRIPOD+AI ([doi:{TRIPOD_AI}](https://doi.org/{TRIPOD_AI})): {sentence(linked(tripod['statement']))}"
    yield from ("", "Where the definition says what the checklist asks for:", "")
    yield from bullets(f"{plain(subject)}: {code(where)}" for subject, where in tripod["where"].items())
    yield from ("", f"PROBAST+AI ([doi:{PROBAST_AI}](https://doi.org/{PROBAST_AI})), by domain:", "")
    yield from bullets(
        f"{plain(domain['domain'])}: {domain['judgement'].replace('-', ' ')}. {sentence(linked(domain['why']))}"
        for domain in probast["domains"]
    )
    yield ""


def _citation(citation: Citation) -> str:
    words = [sentence(plain(citation.text))]
    if citation.doi:
        words.append(f"[doi:{plain(citation.doi)}]({target(f'https://doi.org/{citation.doi}')}).")
    if citation.pmid:
        words.append(f"[PubMed {citation.pmid}](https://pubmed.ncbi.nlm.nih.gov/{citation.pmid}/).")
    return " ".join([*words, source_of(citation)])
