"""The declarative form of an instrument: what one definition file may say, and nothing else.

A definition holds every number the service scores with, each beside its ``source`` or marked ``unverified``.
Code holds methods, never thresholds. An unknown key is an error; nothing is coerced.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.documents import Part, Sourced
from shared.instruments.named_steps import Answer, AnyStep, Condition, Id, Number

InstrumentId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Loinc = Annotated[str, Field(pattern=r"^\d{3,7}-\d$")]


class Licence(Sourced):
    """Who may use the instrument, and whether its wording may be shipped with this service."""

    status: Literal[
        "public-domain",
        "free-no-permission",
        "free-with-attribution",
        "free-non-commercial",
        "permission-required",
        "proprietary",
    ]
    may_ship_item_text: bool
    note: str


class Citation(Sourced):
    text: str
    doi: str | None = None
    doi_unverified: bool = False
    pmid: str | None = None


class Trust(Part):
    """How far the evidence behind a definition was checked by a second reader.

    Grade A: scoring seen in two independent sources or reproduced by another program. B: right as far as it was read;
    a band, an edge or a missing rule rests on one secondary source or on our choice. C: only for scored values.
    D: not enough was read to score it.
    """

    grade: Literal["A", "B", "C", "D"]
    score_basis_verified: str
    missing_rule_verified: str
    bands_verified: str
    important_difference_verified: str
    remaining_doubts: str


class Ages(Sourced):
    """The ages, in completed years, for which the instrument was validated."""

    low: int
    high: int | None = None


class Recall(Part):
    text: str
    note: str | None = None
    unverified: bool = False


class Option(Part):
    """One allowed answer. With a ``code`` the answer is sent by its code and scored by its value."""

    value: Answer
    label: str
    code: int | str | None = None
    loinc_answer: str | None = None
    label_unverified: bool = False


class Choice(Part):
    type: Literal["choice"]
    options: Annotated[tuple[Option, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        answers = [option.value if option.code is None else option.code for option in self.options]
        if len(set(answers)) != len(answers):
            raise ValueError("two options are sent by the same answer")
        return self


class Quantity(Part):
    """A number as answer, within ``min`` and ``max``, both inclusive."""

    type: Literal["number"]
    unit: str
    min: Number | None = None
    max: Number | None = None
    integer: bool = False
    note: str | None = None


class ClockTime(Part):
    """A time of day as ``hh:mm``."""

    type: Literal["time"]
    unit: str = "hh:mm"


class CalendarDate(Part):
    """A date as ``yyyy-mm-dd``."""

    type: Literal["date"]
    unit: str = "ISO 8601 date"


AnswerSet = Annotated[Choice | Quantity | ClockTime | CalendarDate, Field(discriminator="type")]


class Item(Part):
    """One question. ``text`` is the official wording only where the licence lets it ship, else our own short label."""

    id: Id
    n: int | str
    text: str
    text_is: Literal["official", "paraphrase"]
    options: str
    reverse: bool = False
    recode: dict[int, Number] | None = None
    scored: bool = True
    stem: str | None = None
    subscale: str | None = None
    applies_to: str | None = None
    bank_item: str | None = None
    loinc: Loinc | None = None
    loinc_source: str | None = None
    text_unverified: bool = False
    text_source: str | None = None
    text_note: str | None = None


class Missing(Part):
    """What an unanswered item does to a score.

    ``unverified``: no rule of the developers was read, and the strict rule is this project's choice.
    """

    rule: str
    method: Literal[
        "require-all", "prorate-round", "mean-of-answered", "absent-is-zero", "bounds", "partial", "inherit"
    ]
    max_missing: int = 0
    of: Id | None = None
    rounding: Literal["half-up"] | None = None
    rounding_source: str | None = None
    rounding_unverified: bool = False
    formula: str | None = None
    zero_if_missing: tuple[Id, ...] = ()
    source: str | None = None
    unverified: bool = False

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.method == "inherit":
            if self.of is None:
                raise ValueError("inherit needs of: an earlier score")
        elif not self.source and not self.unverified:
            raise ValueError("needs a source, or unverified: true")
        if self.method == "prorate-round" and self.rounding is None:
            raise ValueError("prorate-round needs rounding: half-up")
        if self.method == "require-all" and self.max_missing:
            raise ValueError("require-all allows no missing item")
        return self


class Band(Part):
    """A named interval of a score; both ends inclusive."""

    label: str
    low: Number
    high: Number


class Bands(Sourced):
    """The named intervals of a score in ascending order, or none where none were read."""

    rows: tuple[Band, ...]
    note: str | None = None


class AlternativeBands(Sourced):
    name: str
    rows: Annotated[tuple[Band, ...], Field(min_length=1)]


class Cutoff(Sourced):
    value: Number
    op: Literal[">=", ">", "<=", "<"]
    meaning: str
    validated_for: str | None = None
    applies_to: str | None = None
    conflict: str | None = None


class Difference(Sourced):
    """A change that matters. ``value`` null: described in words, not a fixed number.

    ``value_high``: a range was read, no single number. ``read_for``: the source speaks of a change in that direction
    only. ``with_another_band``: the source asks for a move to another band as well.
    """

    value: Number | None
    kind: str
    value_high: Number | None = None
    read_for: Literal["improvement", "worsening"] | None = None
    with_another_band: bool = False


Positive = Annotated[Number, Field(gt=0)]


class Reliability(Sourced):
    """What tells one person's change from measurement error, on exactly one basis.

    ``sem``: the standard error of measurement. ``sd`` with ``coefficient``: standard deviation and test-retest
    reliability in a stable group; a coefficient of internal consistency is not one. ``smallest_change``: a published
    smallest reliable change, with the ``op`` it is meant with.
    """

    kind: str
    sem: Positive | None = None
    sd: Positive | None = None
    coefficient: Annotated[float, Field(gt=0, lt=1)] | None = None
    smallest_change: Positive | None = None
    op: Literal[">=", ">"] | None = None
    population: str | None = None
    n_retest: int | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _has_one_basis(self) -> Self:
        if [self.sem, self.sd, self.smallest_change].count(None) != 2:
            raise ValueError("needs exactly one of sem, sd and smallest_change")
        if self.sd is not None and self.coefficient is None:
            raise ValueError("sd needs coefficient: the test-retest reliability")
        if (self.smallest_change is None) != (self.op is None):
            raise ValueError("smallest_change needs op, and nothing else takes one")
        return self


class TableRow(Part):
    """One row of a T-score table: the raw value, the T-score, and its standard error where one was read."""

    raw: int
    t: Number
    standard_error: Number | None = None


class Table(Sourced):
    """A T-score table. ``derived``: recomputed from item parameters, the printed table was not read."""

    rows: Annotated[tuple[TableRow, ...], Field(min_length=1)]
    status: Literal["published", "derived"]
    standard_error_source: str | None = None
    standard_error_unverified: bool = False
    verification: str | None = None


class DataWarning(Part):
    """A doubt about the data that changes no number: said beside the score when ``when`` holds."""

    code: InstrumentId
    when: Condition
    detail: str
    source: str | None = None
    unverified: bool = False


class Finding(Sourced):
    """What was seen of the score after operations, for the reader; no number here computes anything."""

    finding: str


class Coding(Sourced):
    """A LOINC code and where it stands beside its name."""

    code: Loinc
    display: str | None = None


class Score(Part):
    """One number or category, computed by one named method from items and earlier scores."""

    id: Id
    title: str | None = None
    component: int | None = None
    method: Literal["sum", "mean", "t-score-table", "steps"]
    items: tuple[Id, ...] = ()
    scores: tuple[Id, ...] = ()
    from_score: Id | None = None
    table: Table | None = None
    steps: tuple[AnyStep, ...] = ()
    rule: str | None = None
    source: str | None = None
    unverified: bool = False
    criterion: bool = False
    range: tuple[Number, Number] | None = None
    values: tuple[str, ...] | None = None
    step: Number = 1
    direction: Literal["higher-is-worse", "higher-is-better", "neutral"]
    direction_note: str | None = None
    rounding_note: str | None = None
    rounding_source: str | None = None
    edge_unverified: bool = False
    edge_note: str | None = None
    boundary_conflict: str | None = None
    missing: Missing
    bands: Bands | None = None
    bands_alternative: tuple[AlternativeBands, ...] = ()
    cutoffs: tuple[Cutoff, ...] = ()
    important_difference: Difference | None = None
    important_difference_other: tuple[Difference, ...] = ()
    reliability: Reliability | None = None
    warnings: tuple[DataWarning, ...] = ()
    loinc: Coding | None = None
    loinc_note: str | None = None
    postsurgical: tuple[Finding, ...] = ()

    @model_validator(mode="after")
    def _says_what_its_method_needs(self) -> Self:
        if (self.range is None) == (self.values is None):
            raise ValueError("needs exactly one of range and values")
        if self.method == "t-score-table" and (self.table is None or self.from_score is None):
            raise ValueError("a T-score needs table and from_score")
        if self.method == "steps" and not (self.steps and self.rule and (self.source or self.unverified)):
            raise ValueError("a score by steps needs steps, rule in words, and a source or unverified: true")
        if self.method in ("sum", "mean") and bool(self.items) == bool(self.scores):
            raise ValueError("a sum or mean needs either items or scores")
        if self.criterion and self.range != (0, 1):
            raise ValueError("a criterion has range [0, 1]")
        if self.reliability is not None and (self.criterion or self.values is not None):
            raise ValueError("only a score with a range has a reliability")
        return self


class AlertRule(Sourced):
    """A safety alert on one item or score; it fires whatever happens to any total.

    ``op`` ``is-missing`` takes no value. Without a ``source`` it is this product's own rule.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+-[a-z0-9-]+$")]
    on: Id
    op: Literal[">=", ">", "<=", "<", "==", "is-missing"]
    value: Answer | None = None
    level: Literal["urgent", "warning", "advisory"]
    meaning: str

    @model_validator(mode="after")
    def _compares_with_something(self) -> Self:
        if (self.op == "is-missing") != (self.value is None):
            raise ValueError("a comparison needs a value, is-missing takes none")
        return self


class Expected(Part):
    """What a worked example must give. ``value`` null: no score."""

    value: Answer | None
    band: str | None = None


class WorkedExample(Part):
    answers: dict[Id, Answer | None]
    expect: dict[Id, Expected]
    alerts: tuple[str, ...] = ()
    source: str


class Instrument(Part):
    """A published questionnaire as this service knows it.

    ``status``: ``scorable`` takes answers as printed; ``prescored-only`` takes item values that were scored elsewhere;
    the two others stand in the catalogue without a score, with the reason in ``notes``.
    """

    id: InstrumentId
    version: Version
    title: str
    domain: Literal[
        "mood",
        "sleep",
        "pain",
        "psychosocial",
        "function",
        "opioid-risk",
        "neuropathic",
        "perioperative",
        "outcome",
    ]
    status: Literal["scorable", "prescored-only", "not-scorable-yet", "not-scorable-by-choice"]
    purpose: str
    recall: Recall
    stem: str | None = None
    language: str = "en"
    licence: Licence
    citations: tuple[Citation, ...]
    trust: Trust
    validated_ages: Ages | None = None
    options: dict[str, AnswerSet]
    options_source: str | None = None
    options_note: str | None = None
    items: tuple[Item, ...]
    items_source: str | None = None
    items_note: str | None = None
    derived: tuple[AnyStep, ...] = ()
    derived_sources: dict[str, str] = Field(default_factory=dict)
    scores: tuple[Score, ...]
    scoring_source: str | None = None
    scoring_unverified: bool = False
    alerts: tuple[AlertRule, ...] = ()
    worked_examples: tuple[WorkedExample, ...] = ()
    outcome_definition: dict[str, tuple[str, ...] | str] | None = None
    norms: str | None = None
    panel: Coding | None = None
    codes: tuple[Coding, ...] = ()
    codes_note: str | None = None
    notes: str

    @property
    def scorable(self) -> bool:
        return self.status in ("scorable", "prescored-only")
