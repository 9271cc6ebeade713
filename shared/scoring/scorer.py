"""One instrument's definition, compiled once into the functions that score it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple, cast

from shared import ENGINE_VERSION
from shared.errors import Alert, NotScorable, Problem, ResponsesRefused
from shared.instruments.definition import AlertRule, Instrument
from shared.instruments.registry import Definition
from shared.scoring.answers import AnswerReader, Value
from shared.scoring.plan import Environment, ScorePlan, compile_scores
from shared.scoring.result import InstrumentResult, Notice, ScoreResult, TextPackUsed
from shared.scoring.steps import COMPARE


class Setting(NamedTuple):
    """Who answered and how. ``None`` is unknown and is never guessed.

    ``text_pack`` names the licensed wording that was shown; without one it was the wording held here.
    """

    respondent: str | None = None
    language: str | None = None
    age: int | None = None
    text_pack: TextPackUsed | None = None


SELF = Setting()
"""Nothing known that would set the published bands aside."""


class Scorer:
    """Scores one instrument.

    Example:
        >>> from shared.instruments import registry
        >>> peg = scorer_for(registry().get("peg"))
        >>> peg.score({"peg_1": 6, "peg_2": 7, "peg_3": 5})["scores"][0]["value"]
        6.0
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        instrument = definition.instrument
        self._reader = AnswerReader(instrument)
        self._plans: tuple[ScorePlan, ...] = compile_scores(instrument, self._reader.extremes)
        self._alert_rules = tuple(_CompiledAlert(instrument, rule) for rule in instrument.alerts)
        self.head = {
            "instrument": instrument.id,
            "instrument_version": instrument.version,
            "definition_sha256": definition.sha256,
            "engine_version": ENGINE_VERSION,
        }

    def score(self, responses: Mapping[str, object], setting: Setting = SELF) -> InstrumentResult:
        """Score one set of responses.

        An unanswered item is absent or ``None``. Too few answers is a result with a reason, never an error.

        Raises:
            ResponsesRefused: an unknown item or an answer outside its item's options; carries every problem, and the
                safety alerts of the items that were answered validly.
            NotScorable: the instrument stands in the catalogue without a score.
        """
        instrument = self.definition.instrument
        if not instrument.scorable:
            raise NotScorable(f"{instrument.id} cannot be scored here: {instrument.status}.")
        values, problems = self._reader.read(responses)
        if problems:
            alerts = [rule.alert() for rule in self._alert_rules if rule.fires_on_answer(values)]
            raise ResponsesRefused(problems=problems, alerts=alerts)
        warnings: list[Notice] = []
        environment = cast(Environment, values)
        results: dict[str, ScoreResult] = {}
        for plan in self._plans:
            results[plan.id] = plan.run(environment, results, warnings)
        scores = list(results.values())
        caveat = None if setting == SELF else _caveat(instrument, setting)
        if caveat is not None:
            warnings.append(caveat)
            for score in scores:
                score["band"] = None
                score["reason"] = score["reason"] or {
                    "code": "outside-validated-population",
                    "detail": caveat["detail"],
                }
        result: dict[str, Any] = {
            **self.head,
            "scores": scores,
            "alerts": [rule.alert() for rule in self._alert_rules if rule.fires(environment)],
            "warnings": warnings,
        }
        if setting.text_pack is not None:
            result["text_pack"] = setting.text_pack
        return cast(InstrumentResult, result)

    def read(self, responses: Mapping[str, object]) -> tuple[dict[str, Value], list[Problem]]:
        """The scored values of the answered items, and every problem, without a score."""
        return self._reader.read(responses)

    def scores_of(self, values: Mapping[str, Value]) -> dict[str, ScoreResult]:
        """The scores of item values that were read already: of ours, or of another reading of the same answers.

        A score that other values lead out of its table, or to a division by zero, is left out, with those that need it.
        """
        environment: Environment = dict(values)
        results: dict[str, ScoreResult] = {}
        for plan in self._plans:
            with suppress(KeyError, ZeroDivisionError):
                results[plan.id] = plan.run(environment, results, [])
        return results

    @cached_property
    def items(self) -> dict[str, tuple[str, ...]]:
        """Score → the items it rests on, through the scores it uses."""
        return {plan.id: plan.items for plan in self._plans}

    def alerts_in(self, responses: object) -> list[Alert]:
        """The alerts of whatever can be read in ``responses``, for a submission that is refused as a whole."""
        if not isinstance(responses, Mapping):
            return []
        try:
            return self.score(responses)["alerts"]
        except ResponsesRefused as refused:
            return list(refused.alerts)
        except NotScorable:
            return []


class _CompiledAlert:
    def __init__(self, instrument: Instrument, rule: AlertRule) -> None:
        self._rule = rule
        self._on_item = any(item.id == rule.on for item in instrument.items)
        self._compare = COMPARE.get(rule.op)
        product_rule = "product rule" if rule.unverified else None
        self._alert = Alert(
            id=rule.id,
            level=rule.level,
            instrument=instrument.id,
            item=rule.on if self._on_item else None,
            score=None if self._on_item else rule.on,
            meaning=rule.meaning,
            source="; ".join(part for part in (product_rule, rule.source) if part),
            unverified=rule.unverified,
        )

    def fires(self, environment: Environment) -> bool:
        value = environment.get(self._rule.on)
        if self._compare is None:
            return value is None
        return value is not None and self._compare(value, self._rule.value)

    def fires_on_answer(self, values: Mapping[str, Value]) -> bool:
        """Does the answer to a safety item alert by itself? For responses that are refused as a whole."""
        return self._on_item and self._compare is not None and self.fires(cast(Environment, values))

    def alert(self) -> Alert:
        return self._alert.copy()


def _caveat(instrument: Instrument, setting: Setting) -> Notice | None:
    """Why the published bands do not apply to this person or form, where that is known."""
    ages = instrument.validated_ages
    if setting.respondent == "proxy":
        return {"code": "answered-by-proxy", "detail": "Answered by a proxy; the bands are for self-report."}
    if ages is not None and setting.age is not None and not ages.low <= setting.age <= (ages.high or setting.age):
        return {"code": "outside-validated-ages", "detail": "The bands were not validated for this age."}
    if setting.language and _is_in_another_language(instrument, setting.language, setting.text_pack):
        shown = setting.text_pack["language"] if setting.text_pack else instrument.language
        detail = f"The wording shown is in {shown}; the answers were given in another language."
        return {"code": "other-language", "detail": detail}
    return None


def _is_in_another_language(instrument: Instrument, language: str, pack: TextPackUsed | None) -> bool:
    """A text pack holds for its own language tag and no other; wording held here for every region of its language."""
    if pack is not None:
        return language.lower() != pack["language"].lower()
    wording_ships = instrument.licence.may_ship_item_text and any(i.text_is == "official" for i in instrument.items)
    return wording_ships and language.split("-")[0].lower() != instrument.language.split("-")[0].lower()


_SCORERS: dict[str, Scorer] = {}


def scorer_for(definition: Definition) -> Scorer:
    """The compiled scorer of a definition, made on first use and kept by the definition's hash."""
    scorer = _SCORERS.get(definition.sha256)
    if scorer is None:
        scorer = _SCORERS[definition.sha256] = Scorer(definition)
    return scorer
