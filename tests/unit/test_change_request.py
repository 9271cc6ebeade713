"""What the change route takes: answers or results, and nothing that only looks like one."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from shared.change import change
from shared.change.request import ChangeRequest
from shared.change.sides import alerts_in, results_of
from shared.errors import ResponsesRefused
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


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), 10**400, [1], {}])
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


# -- both sides --------------------------------------------------------------------------------------------------------

WELL, UNWELL = ({f"phq9_{n}": value for n in range(1, 10)} for value in (0, 1))


def asked(before, after):
    return ChangeRequest.model_validate({"before": {"responses": before}, "after": {"responses": after}})


def phq9():
    return scorer_for(registry().get("phq-9"))


@pytest.mark.parametrize("both", [(WELL, UNWELL), (UNWELL, WELL), (UNWELL, UNWELL)])
def test_a_change_still_speaks_up_and_only_once(both):
    scorer = phq9()

    found = change(scorer.definition, *results_of(scorer, asked(*both)))

    assert [alert["id"] for alert in found["alerts"]] == ["phq9_9-ge-1"]


def test_the_problems_of_both_sides_are_named_at_once_with_the_alerts_of_what_is_valid():
    with pytest.raises(ResponsesRefused) as refused:
        results_of(phq9(), asked({**WELL, "phq9_1": 9}, {**UNWELL, "phq9_2": -1}))

    assert [problem.pointer for problem in refused.value.problems] == [
        "/before/responses/phq9_1",
        "/after/responses/phq9_2",
    ]
    assert [alert["id"] for alert in refused.value.alerts] == ["phq9_9-ge-1"]


@pytest.mark.parametrize("body", [{}, {"before": []}, {"before": {"responses": [1]}}, {"after": {"responses": UNWELL}}])
def test_a_request_that_is_refused_as_a_whole_is_heard(body):
    heard = alerts_in(phq9(), body)

    assert [alert["id"] for alert in heard] == (["phq9_9-ge-1"] if "after" in body else [])
