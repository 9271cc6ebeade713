"""What every store of served cards and feedback must hold to, on both engines."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.assessments.identifiers import new_id
from shared.assessments.ports import AuditEvent, SubjectKey
from shared.cds.ports import Count, Feedback, ServedCard
from shared.storage.cards import DynamoCards
from shared.storage.items import unpack

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SUBJECT = SubjectKey("demo", "default", "p-1")
SERVICE = "pain-risk-patient-view"
MARK = "zx-private-zx"


@pytest.fixture
def cards(dynamodb, table):
    return DynamoCards(dynamodb, table)


def served(*, subject=SUBJECT, expires=NOW + timedelta(days=90), kind="profile"):
    suggestions = (str(uuid.uuid4()),)
    return ServedCard(str(uuid.uuid4()), subject, SERVICE, kind, (new_id(),), suggestions, NOW, expires)


def feedback(card, outcome="overridden", minutes=0, comment=MARK):
    return Feedback(card, outcome, NOW + timedelta(minutes=minutes), ("not-now", "s"), (), comment)


def audit():
    return AuditEvent(new_id(), "demo", NOW, "ehr", "card-feedback", "x", "success", "c-1")


def add(cards, *given, reason="not-now"):
    return cards.add_feedback("demo", given, [reason] * len(given), audit())


def items(dynamodb, table, kind):
    found = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    return [item for item in found if item.get("kind", {}).get("S") == kind]


def test_cards_of_one_answer_are_found_as_they_were_kept(cards):
    kept = [served(), served(kind="safety")]
    cards.keep(kept)

    assert cards.find("demo", {card.uuid for card in kept}, NOW) == {card.uuid: card for card in kept}


def test_a_persons_partition_names_every_card_that_was_served_about_them(cards, dynamodb, table):
    kept = [served(), served(kind="safety")]
    cards.keep(kept)

    traces = items(dynamodb, table, "card-trace")
    assert {(item["pk"]["S"], item["sk"]["S"]) for item in traces} == {
        ("TENANT#demo#SUBJECT#default#p-1", f"CARD#{card.uuid}") for card in kept
    }
    assert all("expires_at" in item for item in traces)


def test_an_unknown_card_and_another_tenants_are_not_found(cards):
    card = served()
    cards.keep([card])

    assert cards.find("other", {card.uuid}, NOW) == {}
    assert cards.find("demo", {str(uuid.uuid4())}, NOW) == {}


def test_an_expired_card_is_not_found_though_it_lies_there_still(cards, dynamodb, table):
    card = served(expires=NOW)
    cards.keep([card])

    assert cards.find("demo", {card.uuid}, NOW) == {}
    assert len(items(dynamodb, table, "card")) == 1


def test_a_card_carries_its_time_to_live(cards, dynamodb, table):
    card = served()
    cards.keep([card])

    [item] = items(dynamodb, table, "card")
    assert item["expires_at"]["N"] == str(int(card.expires.timestamp()))


def test_feedback_lies_with_the_person_and_is_counted(cards, dynamodb, table):
    card = served()
    cards.keep([card])

    assert len(add(cards, feedback(card))) == 1

    [item] = items(dynamodb, table, "feedback")
    assert item["pk"]["S"] == "TENANT#demo#SUBJECT#default#p-1"
    assert cards.counts("demo") == [Count(SERVICE, "profile", "overridden", "not-now", 1)]


def test_the_same_feedback_again_counts_once(cards, dynamodb, table):
    card = served()

    assert len(add(cards, feedback(card))) == 1
    assert add(cards, feedback(card)) == ()
    assert len(add(cards, feedback(card), feedback(card, minutes=1))) == 1

    assert len(items(dynamodb, table, "feedback")) == 2
    assert cards.counts("demo") == [Count(SERVICE, "profile", "overridden", "not-now", 2)]


def test_the_same_feedback_twice_in_one_call_counts_once(cards):
    card = served()

    assert len(add(cards, feedback(card), feedback(card))) == 1
    assert [count.number for count in cards.counts("demo")] == [1]


def test_another_outcome_of_the_same_card_counts_apart(cards):
    card = served()
    add(cards, feedback(card))
    add(cards, feedback(card, "accepted"), reason="")

    assert cards.counts("demo") == [
        Count(SERVICE, "profile", "accepted", "", 1),
        Count(SERVICE, "profile", "overridden", "not-now", 1),
    ]
    assert cards.counts("other") == []


def test_a_comment_stands_in_the_persons_partition_and_nowhere_else(cards, dynamodb, table):
    card = served()
    cards.keep([card])
    add(cards, feedback(card))

    for item in dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]:
        text = json.dumps(unpack(item["document"])) if "document" in item else str(item)
        assert (MARK in text) == (item["kind"]["S"] == "feedback")


def test_the_same_feedback_from_many_at_once_counts_once(cards, request):
    # The embedded engine is not safe under threads; its callers come one after the other.
    callers = 1 if "moto" in request.node.callspec.id else 8
    card = served()
    with ThreadPoolExecutor(callers) as pool:
        added = list(pool.map(lambda _: len(add(cards, feedback(card))), range(8)))

    assert sum(added) == 1
    assert [count.number for count in cards.counts("demo")] == [1]
