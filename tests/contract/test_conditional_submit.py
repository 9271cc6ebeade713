"""A submission on the condition that its identifier is new, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.assessments.request import Request
from shared.assessments.risk import RiskView
from shared.assessments.service import Assessments
from shared.errors import AlreadyIdentified
from shared.instruments import registry
from shared.risk_models import registry as risk_models

ASKED = Request("demo", "client-1", "c-1")


@pytest.fixture
def assessments(repository):
    risk = RiskView(risk_models())
    return Assessments(repository, registry(), timedelta(days=30), timedelta(days=7), lambda: risk)


def identified(intake, value="f-1"):
    return intake | {"references": {"identifier": {"system": "https://ehr.example.org/forms", "value": value}}}


def kinds(dynamodb, table):
    items = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    return sorted(item["kind"]["S"] for item in items if item.get("kind", {}).get("S") not in (None, "audit"))


def test_of_many_at_once_one_is_kept_and_the_others_are_told_which(assessments, dynamodb, table, intake, request):
    # The embedded engine is not safe under threads; its callers come one after the other.
    callers = 1 if "moto" in request.node.callspec.id else 8

    def submit(_):
        try:
            made = assessments.submit(identified(intake), ASKED, unless_identified=True)
        except AlreadyIdentified as there:
            [view] = there.views
            return "there", view["id"]
        return "made", made.view["id"]

    with ThreadPoolExecutor(callers) as pool:
        answers = list(pool.map(submit, range(16)))

    assert sorted(how for how, _ in answers) == ["made"] + ["there"] * 15
    assert len({assessment for _, assessment in answers}) == 1
    assert kinds(dynamodb, table) == ["alert", "assessment", "claim", "identifier", "pointer"]


def test_one_of_several_that_is_there_keeps_all_of_them_from_being_written(assessments, dynamodb, table, intake):
    assessments.submit(identified(intake), ASKED)
    before = kinds(dynamodb, table)
    bodies = {"01" + "A" * 24: identified(intake, "f-2"), "01" + "B" * 24: identified(intake)}

    with pytest.raises(AlreadyIdentified):
        assessments.submit_all(bodies, ASKED, unless_identified=bodies)

    assert kinds(dynamodb, table) == before


def test_several_of_different_identifiers_are_kept_together(assessments, dynamodb, table, intake):
    bodies = {"01" + letter * 24: identified(intake, f"f-{letter}") for letter in "AB"}

    assessments.submit_all(bodies, ASKED, unless_identified=bodies)

    assert kinds(dynamodb, table).count("claim") == 2
