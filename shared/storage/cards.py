"""Served cards, and what became of them, in the one table.

A card expires; feedback lies with the person it is about, so that reading, following and erasing a person finds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.assessments.ports import AuditEvent, SubjectKey
from shared.cds.ports import Count, Feedback, ServedCard
from shared.storage import items, keys
from shared.storage.table import Table

ATTEMPTS = 5


class DynamoCards(Table):
    """The card store over one table. It never scans and never deletes."""

    def keep(self, cards: Sequence[ServedCard]) -> None:
        self._transact([self._put_new(item) for card in cards for item in (_card_item(card), _trace(card))])

    def find(self, tenant: str, uuids: Collection[str], now: datetime) -> Mapping[str, ServedCard]:
        found = self._get_all([keys.card(tenant, uuid) for uuid in sorted(uuids)])
        cards = [_served(tenant, item) for item in found]
        # Time-to-live removes late: an expired card may lie there for days.
        return {card.uuid: card for card in cards if card.expires > now}

    def add_feedback(
        self, tenant: str, feedback: Sequence[Feedback], reasons: Sequence[str], audit: AuditEvent
    ) -> Sequence[Feedback]:
        sent = {_feedback_key(one): (one, reason) for one, reason in zip(feedback, reasons, strict=True)}
        for _ in range(ATTEMPTS):
            known = {keys.Key(item["pk"]["S"], item["sk"]["S"]) for item in self._get_all(list(sent))}
            new = {key: value for key, value in sent.items() if key not in known}
            if not new:
                return ()
            writes = [self._put_new(_feedback_item(key, one)) for key, (one, _) in new.items()]
            counted = Counter(
                keys.cds_count(tenant, one.card.service, one.card.kind, one.outcome, reason)
                for one, reason in new.values()
            )
            writes += [self._add(key, number) for key, number in counted.items()]
            # Another of the same may have been kept meanwhile: then look again.
            if not self._transact([*writes, self._put_new(items.audit(audit))]):
                return [one for one, _ in new.values()]
        raise RuntimeError("feedback was kept by others at every attempt")

    def counts(self, tenant: str) -> Sequence[Count]:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.cds_counts_partition(tenant)}},
        }
        found: list[Count] = []
        for answer in self._answers(query):
            for item in answer["Items"]:
                service, kind, outcome, reason = item["sk"]["S"].split("#")
                found.append(Count(service, kind, outcome, reason, int(item["number"]["N"])))
        return found

    def _get_all(self, wanted: list[keys.Key]) -> list[dict[str, Any]]:
        gets: Any = [{"Get": {"TableName": self._table, "Key": key.attributes}} for key in wanted]
        answer = self._client.transact_get_items(TransactItems=gets)
        return [response["Item"] for response in answer["Responses"] if response.get("Item")]

    def _add(self, key: keys.Key, number: int) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": key.attributes,
                "UpdateExpression": "SET #kind = :kind ADD #number :number",
                "ExpressionAttributeNames": {"#kind": "kind", "#number": "number"},
                "ExpressionAttributeValues": {":kind": {"S": "cds-count"}, ":number": {"N": str(number)}},
            }
        }


def _card_item(card: ServedCard) -> dict[str, Any]:
    fields = {
        "source": card.subject.source,
        "subject": card.subject.subject,
        "service": card.service,
        "kind": card.kind,
        "assessments": card.assessments,
        "suggestions": card.suggestions,
        "served": keys.sortable(card.served),
    }
    return {
        **keys.card(card.subject.tenant, card.uuid).attributes,
        "kind": {"S": "card"},
        "uuid": {"S": card.uuid},
        "document": items.pack(fields),
        "expires_at": {"N": str(int(card.expires.timestamp()))},
    }


def _trace(card: ServedCard) -> dict[str, Any]:
    """What is found in the person's partition when the person is erased."""
    return {
        **keys.card_of_subject(card.subject, card.uuid).attributes,
        "kind": {"S": "card-trace"},
        "expires_at": {"N": str(int(card.expires.timestamp()))},
    }


def _served(tenant: str, item: dict[str, Any]) -> ServedCard:
    fields = items.unpack(item["document"])
    return ServedCard(
        uuid=item["uuid"]["S"],
        subject=SubjectKey(tenant, fields["source"], fields["subject"]),
        service=fields["service"],
        kind=fields["kind"],
        assessments=tuple(fields["assessments"]),
        suggestions=tuple(fields["suggestions"]),
        served=datetime.fromisoformat(fields["served"]),
        expires=datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC),
    )


def _feedback_key(one: Feedback) -> keys.Key:
    return keys.feedback(one.card.subject, one.card.uuid, one.at, one.outcome)


def _feedback_item(key: keys.Key, one: Feedback) -> dict[str, Any]:
    fields = {
        "card": one.card.uuid,
        "service": one.card.service,
        "kind": one.card.kind,
        "assessments": one.card.assessments,
        "outcome": one.outcome,
        "at": keys.sortable(one.at),
        "reason": one.reason,
        "accepted": one.accepted,
        "comment": one.comment,
    }
    return {**key.attributes, "kind": {"S": "feedback"}, "document": items.pack(fields)}
