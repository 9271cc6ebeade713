"""Other people's scorers behind one question, run by the Python that has them.

Reads a list of ``{"peer", "instrument", "answers"}`` and writes, for each, ``{"total", "band"}`` as the peer says it
(and ``alert`` where it speaks of one), or ``{"refused": true}``. An answer of ``null`` is none. How a peer names its
inputs is all that is known here; nothing is scored.
"""

from __future__ import annotations

import json
import sys
from typing import Any

Answers = list[Any]


def hippocrates(instrument: str, answers: Answers) -> dict[str, Any]:
    from hippocrates.questionnaires.gad2.assessment import GAD2Assessment
    from hippocrates.questionnaires.gad7.assessment import GAD7Assessment
    from hippocrates.questionnaires.phq2.assessment import PHQ2Assessment
    from hippocrates.questionnaires.phq9.assessment import PHQ9Assessment

    kinds = {"gad-2": GAD2Assessment, "gad-7": GAD7Assessment, "phq-2": PHQ2Assessment, "phq-9": PHQ9Assessment}
    assessment = kinds[instrument]()
    for question, answer in zip(assessment.question_set, answers, strict=True):
        question.answer = next((option for option in question.answer_options if option.value == answer), None)
    return {"total": assessment.total_score(), "band": assessment.result().severity}


def clincalc(instrument: str, answers: Answers) -> dict[str, Any]:
    from clincalc import calculate

    names = {"audit-c": "auditc", "gad-7": "gad7", "phq-9": "phq9"}
    inputs: dict[str, Any] = {"responses": answers}
    if instrument == "audit-c":
        *inputs["responses"], inputs["sex"] = answers
    try:
        said = calculate(names[instrument], inputs)
    except ValueError:
        return {"refused": True}
    working = said["working"]
    band = working.get("severity", working.get("screen_positive"))
    return {"total": said["result"], "band": band, "alert": working.get("self_harm_item_flag")}


def open_medicine(instrument: str, answers: Answers) -> dict[str, Any]:
    from open_medicine.mcp.calculators import audit_c, gad7, phq9, stop_bang
    from pydantic import ValidationError

    kinds = {
        "audit-c": (audit_c.AUDITCParams, audit_c.calculate_audit_c),
        "gad-7": (gad7.GAD7Params, gad7.calculate_gad7),
        "phq-9": (phq9.PHQ9Params, phq9.calculate_phq9),
        "stop-bang": (stop_bang.STOPBangParams, stop_bang.calculate_stop_bang),
    }
    inputs, calculate = kinds[instrument]
    given = zip(inputs.model_fields, answers, strict=True)
    try:
        said = calculate(inputs(**{name: answer for name, answer in given if answer is not None}))
    except ValidationError:
        return {"refused": True}
    return {"total": said.value, "band": said.interpretation}


PEERS = {"hippocrates": hippocrates, "clincalc": clincalc, "open-medicine": open_medicine}

if __name__ == "__main__":
    questions = json.load(sys.stdin)
    json.dump([PEERS[asked["peer"]](asked["instrument"], asked["answers"]) for asked in questions], sys.stdout)
