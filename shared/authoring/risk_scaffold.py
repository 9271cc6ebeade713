"""A new risk model with every blank marked, for an author who holds the paper in hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from shared.authoring.scaffold import CannotScaffold, blank
from shared.risk_models.evidence import CardFacts
from shared.risk_models.parts import NOT_AVAILABLE

LINKS = ("logit", "count", "strata", "rule")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SOURCE = blank("where it was read: a DOI, PMID or URL")


def scaffold(model_id: str, folder: Path, link: str) -> Path:
    """Write ``<id>.json`` in ``folder`` and return its path; an existing file is never touched.

    Raises:
        CannotScaffold: with the reason.
    """
    if not _ID.fullmatch(model_id):
        raise CannotScaffold("an id is lower-case words and numbers joined by hyphens, such as montes-2020-cpsp")
    path = folder / f"{model_id}.json"
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(blank_model(model_id, link), ensure_ascii=False, indent=2) + "\n")
    except FileExistsError:
        raise CannotScaffold(f"{path.name} is there already and was not touched") from None
    except OSError as error:
        raise CannotScaffold(f"{path.name} could not be written: {error.strerror}") from error
    return path


def blank_model(model_id: str, link: str) -> dict[str, Any]:
    """The parts that every model needs, in the order an author meets them in the paper."""
    probability = link == "logit"
    return {
        "id": model_id,
        "version": "1.0.0",
        "title": blank("what it predicts, after what, and author and year"),
        "kind": "probability" if probability else "class",
        "event": blank("what the probability is of, such as chronic post-surgical pain"),
        "event_is": blank("wanted (a good outcome), unwanted or neutral"),
        "outcome": {
            "definition": blank("the outcome as the paper defines it"),
            "horizon": blank("over what time, as the paper says it"),
            "when": {"low": 6, "high": 6, "unit": "mo"},
            "source": SOURCE,
        },
        "population": {
            "words": blank("whom it was developed in, in a sentence"),
            "procedures": [blank("procedure ids, or remove this line and write conditions")],
            "age": {"low": 18, "source": SOURCE},
            "timing": {
                "words": blank("when the answers are given, to follow: answers given …"),
                "timepoints": ["preoperative"],
                "source": SOURCE,
            },
            "setting": blank("where and when"),
            "n_development": None,
            "events": None,
            "n_validation": None,
            "source": SOURCE,
        },
        "predictors": _predictors(link),
        "equation": _equation(link),
        **({} if probability else {"classes": [_class("lower"), _class("higher")]}),
        "performance": {
            "measures": [{"name": "c-statistic", "stage": "development", "value": 0.5, "source": SOURCE}],
        },
        "evidence_grade": blank("A trial-backed, B read in the paper, C second hand"),
        "evidence_note": blank("what the grade rests on"),
        "display": {
            "form": "percent" if probability else "label",
            **({"step": 1} if probability else {}),
            "note": blank("how a value is shown, and why"),
            "source": SOURCE,
        },
        "licence": {"note": blank("who may use it, in one line"), "source": SOURCE},
        "citations": [{"text": blank("the paper"), "doi": None, "source": SOURCE}],
        "limitations": [blank("what a user should know before believing it")],
        "worked_examples": [_example(link, number) for number in (1, 2, 3)],
        "card": _card(),
        "reporting": {
            "tripod_ai": {"text": NOT_AVAILABLE},
            **{
                domain: {"judgement": "not-assessed", "why": blank("what was noted in this PROBAST+AI domain")}
                for domain in ("participants", "predictors", "outcome", "analysis")
            },
        },
    }


def _predictors(link: str) -> list[dict[str, Any]]:
    number = {
        "type": "number",
        "id": "score_total",
        "title": blank("a short name"),
        "coding": blank("exactly as in the paper: scale, unit, per what"),
        "unit": blank("points, years, per cent"),
        "integer": True,
        "range": {"low": 0, "high": 10, "source": SOURCE},
        "from": [{"type": "fact", "fact": "score_total"}],
        "source": SOURCE,
    }
    binary = {
        "type": "binary",
        "id": "yes_or_no",
        "title": blank("a short name"),
        "coding": blank("what 0 and 1 stand for"),
        "zero": blank("what 0 means"),
        "one": blank("what 1 means"),
        "from": [{"type": "fact", "fact": "yes_or_no"}],
        "source": SOURCE,
    }
    return [number] if link == "strata" else [number, binary]


def _equation(link: str) -> dict[str, Any]:
    strata = [{"label": "lower", "low": 0, "high": 0}, {"label": "higher", "low": 1, "high": 2}]
    above = {"predictor": "score_total", "op": ">=", "value": 5}
    present = {"predictor": "yes_or_no", "op": "==", "value": 1}
    if link == "logit":
        terms = [
            {"term": "linear", "predictor": name, "coefficient": 0.0, "source": SOURCE}
            for name in ("score_total", "yes_or_no")
        ]
        return {"link": "logit", "intercept": {"value": 0.0, "source": SOURCE}, "terms": terms}
    if link == "count":
        counted = [{**condition, "points": 1, "source": SOURCE} for condition in (above, present)]
        return {"link": "count", "counted": counted, "strata": strata, "source": SOURCE}
    if link == "strata":
        strata = [{"label": "lower", "low": 0, "high": 4}, {"label": "higher", "low": 5, "high": 10}]
        return {"link": "strata", "predictor": "score_total", "strata": strata, "source": SOURCE}
    cases = [{"label": "higher", "needs": "all", "conditions": [above, present]}]
    return {"link": "rule", "cases": cases, "otherwise": "lower", "source": SOURCE}


def _class(label: str) -> dict[str, Any]:
    return {"label": label, "meaning": blank(f"what {label} means, in the paper's words"), "source": SOURCE}


def _example(link: str, number: int) -> dict[str, Any]:
    predictors = {"score_total": number} if link == "strata" else {"score_total": number, "yes_or_no": 0}
    return {
        "note": blank("which person this is"),
        "predictors": predictors,
        "population": {"procedure": "other", "age": 50, "timepoint": "preoperative"},
        "expect": {"value": 0.5 if link == "logit" else "lower", "decimals": 3},
        "source": blank("where input and result were read, or arithmetic"),
    }


def _card() -> dict[str, Any]:
    card: dict[str, Any] = {name: {"text": NOT_AVAILABLE} for name in CardFacts.model_fields}
    card["developer"] = {"text": blank("who made it, and how to reach them"), "source": SOURCE}
    card["intended_use"] = {"text": blank("what a professional may use it for"), "ours": True}
    card["cautioned_use"] = {"text": blank("what it must not be used for"), "ours": True}
    return card
