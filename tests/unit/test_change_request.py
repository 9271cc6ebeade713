"""What the change route takes: answers or results, and nothing that only looks like one."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from shared.change import change
from shared.change.request import ChangeRequest
from shared.instruments import registry
from shared.scoring import scorer_for

LOW, HIGH = ({f"gad7_{n}": value for n in range(1, 8)} for value in (0, 3))


def test_a_result_that_comes_back_is_compared_like_the_answers_it_came_from():
    definition = registry().get("gad-7")
    results = [scorer_for(definition).score(answers) for answers in (HIGH, LOW)]
    sent = json.loads(json.dumps({"before": {"result": results[0]}, "after": {"result": results[1]}}))

    asked = ChangeRequest.model_validate(sent)

    returned = change(definition, asked.before.as_result(), asked.after.as_result())
    assert returned == change(definition, *results)


def test_answers_are_taken_as_they_are():
    asked = ChangeRequest.model_validate({"before": {"responses": HIGH}, "after": {"responses": LOW}})

    assert asked.before.responses == HIGH
    assert asked.after.as_result() is None


@pytest.mark.parametrize(
    "side",
    [
        {},
        {"responses": {}, "result": {"instrument": "gad-7", "instrument_version": "1.0.0", "scores": []}},
        {"responses": {}, "more": 1},
        {"result": {"instrument": "gad-7", "instrument_version": "1.0.0", "scores": [{"id": "total"}]}},
        {"result": {"instrument": "gad-7", "instrument_version": 1, "scores": []}},
    ],
)
def test_neither_both_or_another_shape_is_refused(side):
    with pytest.raises(ValidationError):
        ChangeRequest.model_validate({"before": side, "after": {"responses": LOW}})


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), [1], {}])
def test_a_value_that_is_no_number_or_word_is_refused(value):
    score = {"id": "total", "status": "scored", "value": value}
    result = {"instrument": "gad-7", "instrument_version": "1.0.0", "scores": [score]}

    with pytest.raises(ValidationError):
        ChangeRequest.model_validate({"before": {"result": result}, "after": {"responses": LOW}})


def test_a_word_where_a_number_belongs_gives_no_difference():
    definition = registry().get("gad-7")
    result = scorer_for(definition).score(LOW)
    odd = {**result, "scores": [{**result["scores"][0], "value": "high"}]}

    row = change(definition, odd, result)["changes"][0]

    assert (row["difference"], row["because"][0]["rule"]) == (None, "not-a-number")


def test_a_result_without_the_score_gives_no_difference():
    definition = registry().get("gad-7")
    result = scorer_for(definition).score(LOW)

    row = change(definition, {**result, "scores": []}, result)["changes"][0]

    assert (row["difference"], row["because"][0]["rule"]) == (None, "not-scored")
