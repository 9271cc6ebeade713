"""Several submissions as one: all of them are kept, or none, and a refusal names what is wrong with each."""

from __future__ import annotations

import pytest

from shared.assessments.identifiers import new_id
from shared.assessments.request import Request
from shared.errors import Conflict, SubmissionRefused, TooCostly

ASKED = Request("demo", "clinician", "c-1")


@pytest.fixture
def assessments(embedded_table):
    from shared.wiring import assessments

    return assessments()


def bodies(intake, *changes):
    return {new_id(): intake | one for one in changes}


def kinds(table):
    return sorted(item["kind"]["S"] for item in table.scan(TableName="Table")["Items"])


def test_each_is_kept_under_the_id_it_was_given(assessments, intake):
    sent = bodies(intake, {}, {"timepoint": "follow-up"})

    submitted = assessments.submit_all(sent, ASKED)

    assert [one.view["id"] for one in submitted] == list(sent)
    assert [assessments.read(one, ASKED)["timepoint"] for one in sent] == ["preoperative", "follow-up"]


def test_every_problem_of_each_is_named_by_its_place_and_nothing_is_kept(assessments, intake, embedded_table):
    sent = bodies(intake, {"authored": "2199-01-01T00:00:00Z"}, {}, {"timepoint": "x", "surprise": 1})

    with pytest.raises(SubmissionRefused) as refused:
        assessments.submit_all(sent, ASKED)

    assert {problem.pointer for problem in refused.value.problems} == {"/0/authored", "/2", "/2/timepoint"}
    # Item 9 was answered in each of them: alerts are kept, and nothing else.
    assert set(kinds(embedded_table)) == {"alert"}
    assert len(refused.value.alerts) == 3


def test_when_the_last_one_fails_in_the_store_none_is_kept(assessments, intake, embedded_table):
    [old] = assessments.submit_all(bodies(intake, {}), ASKED)
    assessments.void(old.view["id"], {"reason": "test"}, ASKED)
    before = kinds(embedded_table)

    with pytest.raises(Conflict) as refused:
        assessments.submit_all(bodies(intake, {}, {}, {"supersedes": old.view["id"]}), ASKED)

    assert [kind for kind in kinds(embedded_table) if kind != "alert"] == [kind for kind in before if kind != "alert"]
    assert len(refused.value.alerts) == 3


def test_no_two_supersede_the_same_one(assessments, intake):
    [old] = assessments.submit_all(bodies(intake, {}), ASKED)
    twice = {"supersedes": old.view["id"]}

    with pytest.raises(SubmissionRefused) as refused:
        assessments.submit_all(bodies(intake, twice, twice), ASKED)

    assert [problem.pointer for problem in refused.value.problems] == ["/1/supersedes"]


def test_more_than_one_piece_holds_is_refused_and_still_heard(assessments, intake, embedded_table):
    with pytest.raises(TooCostly) as refused:
        assessments.submit_all(bodies(intake, *({} for _ in range(40))), ASKED)

    assert len(refused.value.alerts) == 40
    assert set(kinds(embedded_table)) == {"alert"}
