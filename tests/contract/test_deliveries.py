"""What every store of deliveries must hold to, on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.assessments.identifiers import new_id
from shared.assessments.ports import Delivery, NotCurrent
from shared.errors import InvalidCursor
from shared.storage.deliveries import DynamoDeliveries
from tests.contract.test_repository import SUBJECT, audit, count, new

WHEN = "2026-11-26T12:00:00.000+00:00"


def delivery(assessment="01JDA0X3V1Q2W3E4R5T6Y7U8I9", *, subject=SUBJECT, destination="ehr", event="stored"):
    return Delivery(new_id(), subject, assessment, destination, event, WHEN, WHEN)


def with_deliveries(added, *destinations, event="stored"):
    made = tuple(
        delivery(added.id, subject=added.subject, destination=name, event=event) for name in destinations or ("ehr",)
    )
    return replace(added, deliveries=made)


@pytest.fixture
def deliveries(dynamodb, table):
    return DynamoDeliveries(dynamodb, table)


def test_a_delivery_is_written_with_what_it_tells_of(repository, deliveries):
    added = with_deliveries(new(), "ehr", "hook")
    repository.add(added)

    assert set(deliveries.of_assessment(SUBJECT, added.id)) == set(added.deliveries)
    assert deliveries.get("demo", added.deliveries[1].id) == added.deliveries[1]


def test_an_assessment_without_destinations_writes_nothing_more(repository, dynamodb, table):
    repository.add(new())

    assert len(dynamodb.scan(TableName=table)["Items"]) == 3


def test_nothing_is_to_be_sent_of_what_was_not_stored(repository, dynamodb, table):
    old = new()
    repository.add(old)
    repository.void("demo", old.id, {"reason": "test"}, audit("void"))

    with pytest.raises(NotCurrent):
        repository.add(with_deliveries(new(supersedes=old.id)))
    with pytest.raises(NotCurrent):
        repository.void("demo", old.id, {"reason": "again"}, audit("void"), (delivery(old.id, event="voided"),))

    assert (count(dynamodb, table, "delivery"), count(dynamodb, table, "listed-delivery")) == (0, 0)


def test_a_repeated_key_sends_nothing_twice(repository, deliveries):
    first = with_deliveries(new(key="k"))
    repository.add(first)

    with pytest.raises(Exception, match="already used"):
        repository.add(with_deliveries(new(key="k")))

    assert [one.id for one in deliveries.of_tenant("demo", status=None, limit=9, cursor=None).items] == [
        first.deliveries[0].id
    ]


def test_a_void_is_written_with_its_delivery(repository, deliveries):
    added = new()
    repository.add(added)
    told = delivery(added.id, event="voided")

    repository.void("demo", added.id, {"reason": "test"}, audit("void"), (told,))

    assert deliveries.of_assessment(SUBJECT, added.id) == [told]


def test_what_came_of_it_is_kept_and_listed(repository, deliveries):
    added = with_deliveries(new())
    repository.add(added)
    [was] = added.deliveries
    items = ({"resource": "Observation", "identifier": "x/y", "status": 201, "location": "Observation/1"},)
    became = was._replace(status="delivered", attempts=2, updated="2026-11-26T12:00:01.000+00:00", items=items)

    deliveries.record(became, was=was, audit=audit("deliver"))

    assert deliveries.get("demo", was.id) == became
    assert deliveries.of_tenant("demo", status="pending", limit=9, cursor=None).items == []
    assert deliveries.of_tenant("demo", status="delivered", limit=9, cursor=None).items == [became._replace(items=())]


def test_two_who_read_the_same_delivery_do_not_overwrite_each_other(repository, deliveries, dynamodb, table):
    added = with_deliveries(new())
    repository.add(added)
    [was] = added.deliveries
    deliveries.record(was._replace(status="delivered", attempts=1), was=was, audit=audit("deliver"))

    with pytest.raises(NotCurrent):
        deliveries.record(was._replace(status="failed", attempts=1), was=was, audit=audit("deliver"))

    assert deliveries.get("demo", was.id).status == "delivered"
    assert count(dynamodb, table, "audit") == 2


@pytest.mark.parametrize("looked_through", [2, 2000])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_are_newest_first_and_of_one_status(repository, deliveries, limit, looked_through, monkeypatch):
    monkeypatch.setattr("shared.storage.deliveries.LOOKED_THROUGH", looked_through)
    added = [with_deliveries(new(day)) for day in range(6)]
    for one in added:
        repository.add(one)
    for one in added[::2]:
        [was] = one.deliveries
        deliveries.record(was._replace(status="failed", attempts=1), was=was)

    seen, cursor = [], None
    while True:
        page = deliveries.of_tenant("demo", status="failed", limit=limit, cursor=cursor)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == sorted((one.deliveries[0].id for one in added[::2]), reverse=True)


def test_another_tenant_sees_no_delivery_and_its_cursor_is_refused(repository, deliveries):
    added = [with_deliveries(new(day)) for day in range(2)]
    for one in added:
        repository.add(one)
    cursor = deliveries.of_tenant("demo", status=None, limit=1, cursor=None).next_cursor

    assert deliveries.get("other", added[0].deliveries[0].id) is None
    assert deliveries.of_tenant("other", status=None, limit=9, cursor=None).items == []
    for tenant, status in (("other", None), ("demo", "failed")):
        with pytest.raises(InvalidCursor):
            deliveries.of_tenant(tenant, status=status, limit=1, cursor=cursor)
