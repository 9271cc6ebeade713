"""The model card: the 31 source attributes of 45 CFR 170.315(b)(11)(iv)(B) in order, and two checklists.

What follows from the definition is said from it; what does not stands in its ``card``; what is true of this service
whatever the model stands here. "not available" is an allowed value, a blank is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from shared.risk_models.definition import FactLimit, Population, RiskModel
from shared.risk_models.equation import LogitEquation, OrderedProbitEquation
from shared.risk_models.evidence import Measure, Statement
from shared.risk_models.parts import NOT_AVAILABLE
from shared.risk_models.registry import Definition

TRIPOD_AI = "10.1136/bmj-2023-078378"
PROBAST_AI = "10.1136/bmj-2024-082505"

USERS = "Health professionals. Patients are shown no result of a model."
DECISION_ROLE = (
    "Informs: the professional sees every input, what is missing and the basis, and decides. It replaces no decision."
)
UPDATES = (
    "Any change of a number is a new version of the definition with a hash of its own; a version that was used is "
    "never edited. There is no fixed frequency."
)
KINDS = {
    "probability": "probability",
    "class": "class (a label, no probability)",
    "flag": "flag (a label, no probability)",
}
LINKS = {
    "logit": "logistic regression",
    "ordered-probit": "ordered probit regression",
    "count": "count of conditions with thresholds",
    "strata": "strata of one score",
    "rule": "decision rule",
}
SENSITIVE = (
    "race",
    "ethnicity",
    "language",
    "sexual-orientation",
    "gender-identity",
    "sex",
    "age",
    "social-determinant",
    "health-status",
)
WHERE = {
    "title": "/title",
    "participants": "/population",
    "outcome": "/outcome",
    "predictors": "/predictors",
    "sample size": "/population/n_development",
    "model specification": "/equation",
    "performance": "/performance",
    "fairness": "/card/fairness_approach",
    "limitations": "/limitations",
    "funding": "/card/funding",
    "usability: display and missing inputs": "/display",
}
"""What a reporting checklist asks for → where the definition says it. By subject: its item numbers were not read."""


class Attribute(TypedDict):
    """One of the 31; ``source`` is null where the sentence is ours or follows from the definition."""

    n: int
    group: str
    id: str
    title: str
    text: str
    source: str | None


class DomainJudgement(TypedDict):
    domain: str
    judgement: str
    why: str


class TripodAi(TypedDict):
    doi: str
    statement: str
    source: str | None
    where: dict[str, str]


class ProbastAi(TypedDict):
    doi: str
    domains: list[DomainJudgement]


class Card(TypedDict):
    model: str
    model_version: str
    definition_sha256: str
    title: str
    attributes: list[Attribute]
    tripod_ai: TripodAi
    probast_ai: ProbastAi


Entry = tuple[str, str, str | Statement]
"""Id, title, and the sentence."""


def card(definition: Definition) -> Card:
    """The whole card of one model."""
    model = definition.model
    report = model.reporting
    domains = ("participants", "predictors", "outcome", "analysis")
    return Card(
        model=model.id,
        model_version=model.version,
        definition_sha256=definition.sha256,
        title=model.title,
        attributes=attributes(model),
        tripod_ai=TripodAi(
            doi=TRIPOD_AI, statement=report.tripod_ai.text, source=report.tripod_ai.source, where=dict(WHERE)
        ),
        probast_ai=ProbastAi(
            doi=PROBAST_AI,
            domains=[
                DomainJudgement(domain=name, judgement=getattr(report, name).judgement, why=getattr(report, name).why)
                for name in domains
            ],
        ),
    )


def attributes(model: RiskModel) -> list[Attribute]:
    """The 31 source attributes, in order."""
    found: list[Attribute] = []
    for group, entries in _groups(model):
        for name, title, said in entries:
            statement = said if isinstance(said, Statement) else Statement(text=said or NOT_AVAILABLE, ours=True)
            found.append(
                Attribute(
                    n=len(found) + 1, group=group, id=name, title=title, text=statement.text, source=statement.source
                )
            )
    return found


def _groups(model: RiskModel) -> Iterable[tuple[str, Sequence[Entry]]]:
    facts, population = model.card, model.population
    yield (
        "Output",
        (
            ("developer", "Developer and contact", facts.developer),
            ("funding", "Funding", facts.funding),
            ("output_value", "What the output value is", _output(model)),
            ("output_type", "Type of output", f"{KINDS[model.kind]}, by {LINKS[model.equation.link]}"),
        ),
    )
    yield (
        "Purpose",
        (
            ("intended_use", "Intended use", facts.intended_use),
            ("population", "Intended population", in_words(population)),
            ("users", "Intended users", USERS),
            ("decision_role", "Role in the decision", DECISION_ROLE),
        ),
    )
    yield (
        "Out of scope",
        (
            ("cautioned_use", "Cautioned tasks, situations and populations", facts.cautioned_use),
            ("known_risks", "Known risks, unsuitable settings and uses, limits", " ".join(model.limitations)),
        ),
    )
    yield (
        "Development",
        (
            ("training_data_criteria", "Who was included and excluded", facts.training_data_criteria),
            ("sensitive_inputs", "Which sensitive characteristics are inputs", _sensitive(model)),
            ("representativeness", "Demographic representativeness", facts.representativeness),
            ("relevance", "Relevance to the setting it is used in", _relevance(population)),
        ),
    )
    yield (
        "Fairness",
        (
            ("fairness_approach", "Approach to fairness in development", facts.fairness_approach),
            ("bias_management", "Management of bias", facts.bias_management),
        ),
    )
    yield (
        "External validation",
        (
            ("external_validation_setting", "Data and setting", facts.external_validation_setting),
            ("external_validation_by", "Who tested", facts.external_validation_by),
            (
                "external_validation_representativeness",
                "Representativeness of those tested",
                facts.external_validation_representativeness,
            ),
            ("external_validation_process", "Process", facts.external_validation_process),
        ),
    )
    yield (
        "Performance",
        (
            (
                "internal_validity",
                "Validity in development data",
                _measured(model, "development", "internal-validation"),
            ),
            ("internal_fairness", "Fairness in development data", facts.internal_fairness),
            ("external_validity", "Validity in other data", _measured(model, "external-validation")),
            ("external_fairness", "Fairness in other data", facts.external_fairness),
            ("outcome_evaluations", "Evaluations of its use", facts.outcome_evaluations),
        ),
    )
    yield (
        "Maintenance",
        (
            ("validity_monitoring", "Monitoring of validity over time", NOT_AVAILABLE),
            ("local_validity", "Validity in local data", NOT_AVAILABLE),
            ("fairness_monitoring", "Monitoring of fairness over time", NOT_AVAILABLE),
            ("local_fairness", "Fairness in local data", NOT_AVAILABLE),
        ),
    )
    yield (
        "Updates",
        (
            ("updates", "Process and frequency of updates", UPDATES),
            ("corrections", "How often performance is corrected when risks appear", NOT_AVAILABLE),
        ),
    )


# -- sentences that follow from the definition -------------------------------------------------------------------------


def in_words(population: Population) -> str:
    """Whom the model is for, with every limit that withholds a result."""
    limits = []
    if population.age is not None:
        low, high = population.age.low, population.age.high
        limits.append(f"age {low or 0} and over" if high is None else f"age {low or 0} to {high}")
    limits.append(f"answers given {population.timing.words}")
    limits += [_limit(fact) for fact in population.facts]
    return f"{population.words} Checked before a result is given: {'; '.join(limits)}."


def _limit(fact: FactLimit) -> str:
    return fact.words if fact.must_be_stated else f"{fact.words}, where stated"


def _output(model: RiskModel) -> str:
    outcome = model.outcome
    about = f"{outcome.definition}. Over: {outcome.horizon}."
    if isinstance(model.equation, LogitEquation | OrderedProbitEquation):
        side = {"wanted": ", the good outcome", "unwanted": "", "neutral": ""}[model.event_is]
        return f"The probability, from 0 to 1, of the event “{model.event}”{side}. Outcome: {about}"
    labels = ", ".join(output.label for output in model.classes)
    return f"One of the labels {labels}. Outcome of the study: {about}"


def _sensitive(model: RiskModel) -> str:
    """Each kind of characteristic with the predictors of that kind, then those of which there is none."""
    by_kind: dict[str, list[str]] = {}
    for predictor in model.predictors:
        if predictor.attribute is not None:
            by_kind.setdefault(predictor.attribute, []).append(predictor.title)
    used = [f"{kind.replace('-', ' ')}: {', '.join(by_kind[kind])}" for kind in SENSITIVE if kind in by_kind]
    unused = [kind.replace("-", " ") for kind in SENSITIVE if kind not in by_kind]
    sentences = [f"Inputs — {'; '.join(used)}."] if used else []
    sentences += [f"Not inputs — {', '.join(unused)}."] if unused else []
    return " ".join(sentences)


def _relevance(population: Population) -> str:
    return (
        f"Developed in: {population.setting}. How like them the people of another clinic are is not known until that "
        "clinic's outcomes are compared."
    )


def _measured(model: RiskModel, *stages: str) -> str:
    found = [measure_in_words(measure) for measure in model.performance.measures if measure.stage in stages]
    return "; ".join(found) or NOT_AVAILABLE


def measure_in_words(measure: Measure) -> str:
    """A measure with its interval or range, without its source."""
    parts = []
    if measure.value is not None:
        ci = f" (95 % CI {measure.ci95[0]} to {measure.ci95[1]})" if measure.ci95 else ""
        parts.append(f"{measure.value}{ci}")
    if measure.range is not None:
        parts.append(f"{measure.range[0]} to {measure.range[1]}")
    if measure.text is not None:
        parts.append(measure.text.rstrip("."))
    return f"{measure.name}: {'. '.join(parts)}"
