"""What a report says of one assessment, in the order it is read: safety, scores, factors, estimates, options, basis.

Pure: words and numbers of the stored assessment and its definitions. ``page`` draws it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from shared.errors import UnknownInstrument, UnknownRiskModel
from shared.fhir.options import title_of
from shared.fhir.stored import View
from shared.instruments import Registry
from shared.instruments.definition import Instrument
from shared.risk import Estimate, shown
from shared.risk_models import Registry as RiskModels

NO_ALERT = "Safety alerts: none of the answered items raised one. That is no finding about the person."
VOIDED = "ENTERED IN ERROR: do not act on what is said here. A safety alert stays open in the service all the same."
CORRECTION = "A correction of an earlier report."
LIMITS = (
    "Not a diagnosis, and no verdict about the person: an aid for a health professional, who reviews the answers "
    "before acting. A score is right by its cited source, or absent with a reason; an unanswered question is not a no. "
    "No estimate is given where a model does not apply."
)
NOT_SCORED = "not scored"
MAX_TITLE = 44


class ScoreRow(NamedTuple):
    """``headline``: the first score of its questionnaire."""

    instrument: str
    questionnaire: str
    score: str
    value: str
    range: str
    band: str
    answered: str
    note: str
    headline: bool


class Line(NamedTuple):
    """A line with what is said of it below."""

    head: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """``notice`` stands above all where the report was withdrawn or corrects another."""

    about: tuple[tuple[str, str], ...]
    notice: str | None
    withdrawn: bool
    alerts: tuple[Line, ...]
    scores: tuple[ScoreRow, ...]
    profile: str | None
    factors: tuple[Line, ...]
    estimates: tuple[Line, ...]
    not_applicable: int
    options: tuple[Line, ...]
    definitions: tuple[str, ...]
    engine: str


def report(view: View, instruments: Registry, models: RiskModels) -> Report:
    """The report of an assessment as clients see it."""
    risk = view["risk"]
    applicable = [one for one in risk["estimates"] if one["applicable"]]
    profile = risk["profile"]
    withdrawn = view["status"] != "final"
    return Report(
        about=tuple(_about(view)),
        notice=VOIDED if withdrawn else CORRECTION if view.get("supersedes") else None,
        withdrawn=withdrawn,
        alerts=tuple(_alert(one) for one in view["alerts"]),
        scores=tuple(row for result in view["results"] for row in _rows(result, instruments)),
        profile=_counts(profile) if profile else None,
        factors=tuple(_factors(profile)) if profile else (),
        estimates=tuple(_estimate(one, models) for one in applicable),
        not_applicable=len(risk["estimates"]) - len(applicable),
        options=tuple(Line(one["title"], f"{one['strength']}. {' '.join(one['limits'])}") for one in risk["actions"]),
        definitions=tuple(_definitions(view)),
        engine=view["provenance"]["engine_version"],
    )


def _about(view: View) -> Iterator[tuple[str, str]]:
    yield "Patient", view["subject"]
    yield "Answered", _moment(view["authored"])
    yield "Timepoint", view["timepoint"].replace("-", " ")
    if view["source"] != "default":
        yield "Source", view["source"]
    capture = view.get("capture") or {}
    said = [str(capture[name]) for name in ("mode", "respondent", "language") if capture.get(name)]
    if said:
        yield "Captured", ", ".join(said)
    yield "Recorded", _moment(view["recorded"])
    yield "Assessment", view["id"]


def _moment(time: str) -> str:
    """A time with its own offset, to the minute."""
    day, _, clock = time.partition("T")
    offset = "UTC" if clock.endswith(("Z", "+00:00")) else clock[-6:]
    return f"{day} {clock[:5]} {offset}" if clock else day


def _alert(alert: Mapping[str, Any]) -> Line:
    kind = "" if alert["raised"] else " (recorded, not raised)"
    basis = f"{alert['source']}{', unverified' if alert['unverified'] else ''}"
    what = f"{alert['instrument']} {alert['item'] or alert['score']}"
    return Line(f"{alert['level'].upper()}: {what}{kind}", f"{alert['meaning']} [{basis}]")


def _rows(result: Mapping[str, Any], instruments: Registry) -> Iterator[ScoreRow]:
    instrument = _instrument(result["instrument"], instruments)
    titles = {score.id: title_of(score) for score in instrument.scores} if instrument else {}
    for place, score in enumerate(result["scores"]):
        yield ScoreRow(
            result["instrument"],
            _title(instrument) if instrument else result["instrument"],
            titles.get(score["id"], score["id"]),
            _value(score),
            f"{score['range'][0]:g} to {score['range'][1]:g}" if score["range"] and "criterion" not in score else "",
            (score["band"] or "").replace("-", " "),
            f"{score['answered']} of {score['of']}",
            _note(score),
            place == 0,
        )


def _title(instrument: Instrument) -> str:
    """A long title without what stands in parentheses at its end."""
    return instrument.title if len(instrument.title) <= MAX_TITLE else instrument.title.partition(" (")[0]


def _value(score: Mapping[str, Any]) -> str:
    if "criterion" in score:
        return str(score["criterion"]).replace("-", " ")
    value = score["value"]
    if value is None:
        return NOT_SCORED
    said = f"{round(value, 2):g}" if isinstance(value, float) else str(value)
    return f"{said} ± {score['standard_error']:g}" if score["standard_error"] else said


def _note(score: Mapping[str, Any]) -> str:
    said = ["Prorated by its own rule."] if score["status"] == "prorated" else []
    if score["reason"]:
        said.append(score["reason"]["detail"])
    return " ".join(said)


def _counts(profile: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{profile[status]} {status}" for status in ("present", "absent", "unknown"))
    return f"{counts}. {profile['statement']}"


def _factors(profile: Mapping[str, Any]) -> Iterator[Line]:
    for status in ("present", "unknown"):
        titles = [factor["title"] for factor in profile["factors"] if factor["status"] == status]
        if titles:
            yield Line(status.capitalize(), "; ".join(titles))


def _estimate(estimate: Mapping[str, Any], models: RiskModels) -> Line:
    said = [f"{estimate['outcome']}; {estimate['horizon']}; evidence {estimate['evidence_grade']}."]
    if estimate["missing"]:
        said.append(f"Unanswered: {', '.join(estimate['missing'])}.")
    observed = estimate.get("observed")
    if observed:
        said.append(f"Observed among such people in the study: {observed['rate']:.0%} ({observed['of']}).")
    return Line(f"{estimate['event']}: {_estimated(estimate, models)} [{estimate['model']}]", " ".join(said))


def _estimated(estimate: Mapping[str, Any], models: RiskModels) -> str:
    try:
        value = shown(models.get(estimate["model"]).model, cast(Estimate, estimate))
    except UnknownRiskModel:
        value = None
    if value is not None:
        return value
    interval = estimate["interval"]
    if interval is None:
        return "no value"
    low, high = (f"{end:.0%}" if isinstance(end, float) else str(end) for end in (interval["low"], interval["high"]))
    return f"{low} to {high} over every answer to what is unanswered, no confidence interval"


def _definitions(view: View) -> Iterator[str]:
    for result in view["results"]:
        yield f"{result['instrument']} {result['instrument_version']} ({result['definition_sha256'][:12]})"
    for estimate in view["risk"]["estimates"]:
        if estimate["applicable"]:
            yield f"{estimate['model']} {estimate['model_version']} ({estimate['definition_sha256'][:12]})"
    profile = view["risk"]["profile"]
    if profile:
        yield f"factors {profile['definition']['version']} ({profile['definition']['sha256'][:12]})"


def _instrument(instrument_id: str, instruments: Registry) -> Instrument | None:
    try:
        return instruments.get(instrument_id).instrument
    except UnknownInstrument:
        return None
