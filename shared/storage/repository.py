"""Assessments in one DynamoDB table: one transaction a submission, strongly consistent reads."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

from botocore.exceptions import ClientError

from shared.assessments.ports import (
    AlertRecord,
    AlreadyClaimed,
    AlreadyStored,
    AuditEvent,
    AuditPage,
    Claim,
    Delivery,
    IdempotencyKey,
    Identified,
    IdentifierKey,
    NewAssessment,
    NotCurrent,
    Page,
    StoredAssessment,
    StoredSettings,
    SubjectKey,
    Taken,
    TooMuch,
)
from shared.storage import items, keys
from shared.storage.clients import claim, release
from shared.storage.table import ABSENT, Table
from shared.tenants.connections import Account, ClientName

CURRENT = "attribute_exists(pk) AND attribute_not_exists(voided) AND attribute_not_exists(superseded_by)"
MAX_WRITES = 100
MAX_TRANSACTION_BYTES = 4 * 1000 * 1000
"""What one transaction may hold: "up to 100 action requests", whose "aggregate size ... cannot exceed 4 MB".

So says the DynamoDB API reference of TransactWriteItems (docs.aws.amazon.com/amazondynamodb/latest/APIReference); this
is the smaller of the two readings of 4 MB.
"""
WRITE_OVERHEAD = 500
PAGE_BYTES = 512 * 1024
"""Compressed; a page stays well under the 6 MB that a function may answer."""


class DynamoRepository(Table):
    """The repository over one table. It never scans and never deletes."""

    # -- write ---------------------------------------------------------------------------------------------------------

    def add(self, *news: NewAssessment) -> None:
        written = [self._writes(new) for new in news]
        writes = list(chain.from_iterable(written))
        if len(writes) > MAX_WRITES or sum(map(_size, writes)) > MAX_TRANSACTION_BYTES:
            raise TooMuch
        failed = self._transact(writes)
        if not failed:
            return
        codes = iter(failed)
        for new, own in zip(news, written, strict=True):
            # The conditions on what others may have written come first, in this order.
            conditions = iter([code == "ConditionalCheckFailed" for code in islice(codes, len(own))])
            if new.idempotency and next(conditions):
                raise self._already_stored(new.subject.tenant, new.idempotency)
            if new.identifier and new.claim and next(conditions):
                raise AlreadyClaimed
        raise NotCurrent

    def _writes(self, new: NewAssessment) -> list[dict[str, Any]]:
        """Everything that keeps one assessment."""
        tenant = new.subject.tenant
        writes = [self._claim_key(new, new.idempotency)] if new.idempotency else []
        if new.identifier and new.claim:
            writes.append(self._claim_identifier(new.id, new.identifier, new.claim))
        writes += [self._put_new(items.assessment(new)), self._put_new(items.pointer(new))]
        if new.identifier:
            writes.append(self._put_new(items.identifier(new, new.identifier)))
        if new.supersedes:
            writes.append(self._mark_superseded(tenant, new.supersedes, new.id))
        writes += [
            self._put_new(items.alert(record, keys.alert(tenant, new.subject, record.id))) for record in new.alerts
        ]
        writes += self._outbox(new.deliveries)
        return [*writes, self._put_new(items.audit(new.audit))]

    def void(
        self,
        tenant: str,
        assessment_id: str,
        void: dict[str, Any],
        audit: AuditEvent,
        deliveries: tuple[Delivery, ...] = (),
    ) -> None:
        key = self._locate(tenant, assessment_id)
        mark = {
            "Update": {
                "TableName": self._table,
                "Key": (key or keys.pointer(tenant, assessment_id)).attributes,
                "UpdateExpression": "SET voided = :voided",
                "ConditionExpression": "attribute_exists(#document) AND attribute_not_exists(voided)",
                "ExpressionAttributeNames": {"#document": "document"},
                "ExpressionAttributeValues": {":voided": items.pack(void)},
            }
        }
        if self._transact([mark, *self._outbox(deliveries), self._put_new(items.audit(audit))]):
            raise NotCurrent

    def keep_refused(self, tenant: str, subject: SubjectKey | None, alerts: tuple[AlertRecord, ...]) -> None:
        for record in alerts:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=items.alert(record, keys.alert(tenant, subject, record.id)),
                    ConditionExpression=ABSENT,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise

    def put_settings(
        self,
        tenant: str,
        settings: StoredSettings,
        audit: AuditEvent,
        *,
        owned: Sequence[ClientName | Account] = (),
        dropped: Collection[ClientName | Account] = (),
    ) -> None:
        item = items.settings(settings, keys.settings(tenant, settings.version))
        writes = [self._put_new(item), self._put_new(items.audit(audit))]
        before = len(writes)
        writes += [claim(self._table, tenant, name) for name in owned]
        writes += [release(self._table, tenant, name) for name in dropped]
        failed = self._transact(writes)
        if not failed:
            return
        places = [place for place, code in enumerate(failed[before:]) if code == "ConditionalCheckFailed"]
        if failed[0] == "ConditionalCheckFailed" or not places:
            raise NotCurrent
        raise Taken(places)

    def audit(self, event: AuditEvent) -> None:
        self._client.put_item(TableName=self._table, Item=items.audit(event), ConditionExpression=ABSENT)

    # -- read ----------------------------------------------------------------------------------------------------------

    def get(self, tenant: str, assessment_id: str) -> StoredAssessment | None:
        key = self._locate(tenant, assessment_id)
        item = self._get(key) if key else None
        return items.stored_assessment(item) if item else None

    def identified(self, identifier: IdentifierKey, *, limit: int) -> Identified:
        holder: str | None = None
        found: list[StoredAssessment] = []
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.identifier_partition(identifier)}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": 25,
        }
        for answer in self._answers(query):
            for item in answer["Items"]:
                if item["sk"]["S"] == keys.CLAIM:
                    holder = item["assessment"]["S"]
                    continue
                stored = self._get(items.target(item))
                found += [items.stored_assessment(stored)] if stored else []
                if sum(one.current for one in found) == limit:
                    return Identified(found, holder)
        return Identified(found, holder)

    def settings(self, tenant: str) -> StoredSettings | None:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.settings_partition(tenant)}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=1,
        )
        return items.stored_settings(answer["Items"][0]) if answer["Items"] else None

    def of_subject(self, subject: SubjectKey, *, limit: int, cursor: str | None) -> Page:
        partition = keys.subject_partition(subject)
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :assessments)",
            "FilterExpression": "attribute_not_exists(voided)",
            "ExpressionAttributeValues": {":pk": {"S": partition}, ":assessments": {"S": keys.ASSESSMENTS}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit + 1,
            **self._start(cursor, partition),
        }
        found: list[dict[str, Any]] = []
        size = 0
        more = False
        for answer in self._answers(query):
            for item in answer["Items"]:
                size += len(item["document"]["B"])
                more = len(found) == limit or (bool(found) and size > PAGE_BYTES)
                if more:
                    break
                found.append(item)
            if more:
                break
        following = self._cursor(found[-1], partition) if more else None
        return Page([items.stored_assessment(item) for item in found], following)

    def audit_event(self, tenant: str, recorded: datetime, event_id: str) -> AuditEvent | None:
        item = self._get(keys.audit(tenant, recorded, event_id))
        return items.stored_audit(tenant, item) if item else None

    def audit_events(self, tenant: str, day: date, *, limit: int, cursor: str | None) -> AuditPage:
        partition = keys.audit_partition(tenant, day)
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit + 1,
            **self._start(cursor, partition),
        }
        found = self._client.query(**query)["Items"]
        page = [items.stored_audit(tenant, item) for item in found[:limit]]
        following = self._cursor(found[limit - 1], partition) if len(found) > limit else None
        return AuditPage(page, following)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _locate(self, tenant: str, assessment_id: str) -> keys.Key | None:
        pointer = self._get(keys.pointer(tenant, assessment_id))
        return items.target(pointer) if pointer else None

    def _outbox(self, deliveries: Sequence[Delivery]) -> list[dict[str, Any]]:
        """What is to be sent, and its places in the tenant's list."""
        writes = [items.delivery(one) for one in deliveries] + [items.listed_delivery(one) for one in deliveries]
        return [self._put_new(item) for item in writes]

    def _claim_key(self, new: NewAssessment, key: IdempotencyKey) -> dict[str, Any]:
        item = {
            **keys.idempotency(new.subject.tenant, key.route, key.key).attributes,
            "kind": {"S": "idempotency"},
            "assessment": {"S": new.id},
            "body_sha256": {"S": key.body_sha256},
            "expires_at": {"N": str(int(key.expires.timestamp()))},
        }
        # An expired record may lie for days before the table's time-to-live removes it.
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": f"{ABSENT} OR expires_at <= :now",
                "ExpressionAttributeValues": {":now": {"N": str(int(time.time()))}},
            }
        }

    def _claim_identifier(self, assessment_id: str, identifier: IdentifierKey, claim: Claim) -> dict[str, Any]:
        item = {**keys.claim(identifier).attributes, "kind": {"S": "claim"}, "assessment": {"S": assessment_id}}
        put = {"TableName": self._table, "Item": item, "ConditionExpression": ABSENT}
        if claim.over is not None:
            put["ConditionExpression"] = "assessment = :over"
            put["ExpressionAttributeValues"] = {":over": {"S": claim.over}}
        return {"Put": put}

    def _mark_superseded(self, tenant: str, old: str, new: str) -> dict[str, Any]:
        key = self._locate(tenant, old) or keys.pointer(tenant, old)
        return {
            "Update": {
                "TableName": self._table,
                "Key": key.attributes,
                "UpdateExpression": "SET superseded_by = :new",
                "ConditionExpression": CURRENT,
                "ExpressionAttributeValues": {":new": {"S": new}},
            }
        }

    def _already_stored(self, tenant: str, key: IdempotencyKey) -> AlreadyStored:
        used = self._get(keys.idempotency(tenant, key.route, key.key))
        stored = self.get(tenant, used["assessment"]["S"]) if used else None
        if used is None or stored is None:
            raise RuntimeError("an idempotency record without its assessment")
        return AlreadyStored(stored, used["body_sha256"]["S"])


def _size(write: dict[str, Any]) -> int:
    """The bytes of one write, as far as a limit has to know: what is kept, and a margin for names and numbers."""
    [action] = write.values()
    parts = {**action.get("Item", {}), **action.get("Key", {}), **action.get("ExpressionAttributeValues", {})}
    values = [value for attribute in parts.values() for value in attribute.values()]
    return WRITE_OVERHEAD + sum(len(value if isinstance(value, bytes) else str(value).encode()) for value in values)
