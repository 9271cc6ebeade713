"""What is to be sent to the systems of a tenant, and what came of it."""

from __future__ import annotations

from typing import Any

from shared.assessments.ports import AuditEvent, Delivery, DeliveryPage, DeliveryStatus, NotCurrent, SubjectKey
from shared.storage import items, keys
from shared.storage.table import Table

LOOKED_THROUGH = 2000
"""How many are looked through for a page of one status. Where few have it, the page is short or empty, and goes on."""

AS_READ = "#status = :status AND attempts = :attempts AND updated = :updated"


class DynamoDeliveries(Table):
    """The deliveries in one table. ``DynamoRepository`` writes new ones, with what they tell of."""

    def get(self, tenant: str, delivery_id: str) -> Delivery | None:
        listed = self._get(keys.listed_delivery(tenant, delivery_id))
        return self._target(listed) if listed else None

    def of_assessment(self, subject: SubjectKey, assessment_id: str) -> list[Delivery]:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :deliveries)",
            "ExpressionAttributeValues": {
                ":pk": {"S": keys.subject_partition(subject)},
                ":deliveries": {"S": keys.deliveries(assessment_id)},
            },
            "ConsistentRead": True,
        }
        return [items.stored_delivery(item) for answer in self._answers(query) for item in answer["Items"]]

    def of_tenant(self, tenant: str, *, status: DeliveryStatus | None, limit: int, cursor: str | None) -> DeliveryPage:
        partition = keys.deliveries_partition(tenant)
        scope = f"{partition}#{status or ''}"
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit + 1 if status is None else LOOKED_THROUGH,
            **self._start(cursor, partition, scope),
        }
        if status is not None:
            query["FilterExpression"] = "#status = :status"
            query["ExpressionAttributeNames"] = {"#status": "status"}
            query["ExpressionAttributeValues"][":status"] = {"S": status}
        answer = self._client.query(**query)
        listed = answer["Items"]
        reached = listed[limit - 1] if len(listed) > limit else answer.get("LastEvaluatedKey")
        following = self._cursor(reached, scope) if reached else None
        found = [one._replace(items=()) for item in listed[:limit] if (one := self._target(item))]
        return DeliveryPage(found, following)

    def record(self, delivery: Delivery, *, was: Delivery, audit: AuditEvent | None = None) -> None:
        # Whole items: a delivery has no part that another writer keeps up.
        record = {
            "Put": {
                "TableName": self._table,
                "Item": items.delivery(delivery),
                "ConditionExpression": AS_READ,
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {
                    ":status": {"S": was.status},
                    ":attempts": {"N": str(was.attempts)},
                    ":updated": {"S": was.updated},
                },
            }
        }
        writes = [record]
        if delivery.status != was.status:
            writes.append({"Put": {"TableName": self._table, "Item": items.listed_delivery(delivery)}})
        if audit is not None:
            writes.append(self._put_new(items.audit(audit)))
        if self._transact(writes):
            raise NotCurrent

    def _target(self, listed: dict[str, Any]) -> Delivery | None:
        item = self._get(items.target(listed))
        return items.stored_delivery(item) if item else None
