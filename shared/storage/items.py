"""Records as DynamoDB items and back. Documents are kept as compressed JSON: exact, and a tenth of the write units."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from typing import Any, cast

from shared.assessments.ports import (
    AlertRecord,
    AuditEvent,
    Delivery,
    DeliveryEvent,
    DeliveryStatus,
    IdentifierKey,
    NewAssessment,
    StoredAssessment,
    StoredSettings,
    SubjectKey,
)
from shared.storage import keys

Item = dict[str, Any]


def pack(document: Any) -> dict[str, bytes]:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return {"B": zlib.compress(text.encode(), level=6)}


def unpack(attribute: dict[str, bytes]) -> Any:
    return json.loads(zlib.decompress(attribute["B"]))


def assessment(new: NewAssessment) -> Item:
    key = keys.assessment(new.subject, new.authored, new.id)
    return {**key.attributes, "kind": {"S": "assessment"}, "document": pack(new.document)}


def stored_assessment(item: Item) -> StoredAssessment:
    return StoredAssessment(
        document=unpack(item["document"]),
        superseded_by=item["superseded_by"]["S"] if "superseded_by" in item else None,
        void=unpack(item["voided"]) if "voided" in item else None,
    )


def pointer(new: NewAssessment) -> Item:
    return _leads_to(new, keys.pointer(new.subject.tenant, new.id), "pointer")


def identifier(new: NewAssessment, identifier: IdentifierKey) -> Item:
    return _leads_to(new, keys.identifier(identifier, new.id), "identifier")


def _leads_to(new: NewAssessment, key: keys.Key, kind: str) -> Item:
    target = keys.assessment(new.subject, new.authored, new.id)
    return {**key.attributes, "kind": {"S": kind}, "target_pk": {"S": target.pk}, "target_sk": {"S": target.sk}}


def target(item: Item) -> keys.Key:
    """The key of the assessment that a pointer or an identifier leads to."""
    return keys.Key(item["target_pk"]["S"], item["target_sk"]["S"])


def alert(record: AlertRecord, key: keys.Key) -> Item:
    return {
        **key.attributes,
        "kind": {"S": "alert"},
        "raised": {"BOOL": record.raised},
        "document": pack(
            {
                "id": record.id,
                "assessment": record.assessment,
                "authored": record.authored,
                "recorded": keys.sortable(record.recorded),
                "alert": record.alert,
            }
        ),
    }


def delivery(one: Delivery) -> Item:
    """The record. The stream's filter in the template reads ``kind``, ``status`` and ``attempts``."""
    return {
        **keys.delivery(one).attributes,
        "kind": {"S": "delivery"},
        "id": {"S": one.id},
        "tenant": {"S": one.subject.tenant},
        "source": {"S": one.subject.source},
        "subject": {"S": one.subject.subject},
        "assessment": {"S": one.assessment},
        "destination": {"S": one.destination},
        "event": {"S": one.event},
        "recorded": {"S": one.recorded},
        "updated": {"S": one.updated},
        "status": {"S": one.status},
        "attempts": {"N": str(one.attempts)},
        **({"error": {"S": one.error}} if one.error else {}),
        **({"items": pack(one.items)} if one.items else {}),
    }


def stored_delivery(item: Item) -> Delivery:
    return Delivery(
        id=item["id"]["S"],
        subject=SubjectKey(item["tenant"]["S"], item["source"]["S"], item["subject"]["S"]),
        assessment=item["assessment"]["S"],
        destination=item["destination"]["S"],
        event=cast(DeliveryEvent, item["event"]["S"]),
        recorded=item["recorded"]["S"],
        updated=item["updated"]["S"],
        status=cast(DeliveryStatus, item["status"]["S"]),
        attempts=int(item["attempts"]["N"]),
        error=item["error"]["S"] if "error" in item else None,
        items=tuple(unpack(item["items"])) if "items" in item else (),
    )


def listed_delivery(one: Delivery) -> Item:
    target = keys.delivery(one)
    return {
        **keys.listed_delivery(one.subject.tenant, one.id).attributes,
        "kind": {"S": "listed-delivery"},
        "target_pk": {"S": target.pk},
        "target_sk": {"S": target.sk},
        "status": {"S": one.status},
    }


def settings(stored: StoredSettings, key: keys.Key) -> Item:
    fields = {"version": stored.version, "recorded": stored.recorded, "settings": stored.document}
    return {**key.attributes, "kind": {"S": "settings"}, "document": pack(fields)}


def stored_settings(item: Item) -> StoredSettings:
    fields = unpack(item["document"])
    return StoredSettings(fields["version"], fields["recorded"], fields["settings"])


def audit(event: AuditEvent) -> Item:
    fields = {
        "actor": event.actor,
        "action": event.action,
        "entity": event.entity,
        "outcome": event.outcome,
        "correlation_id": event.correlation_id,
    }
    return {
        **keys.audit(event.tenant, event.recorded, event.id).attributes,
        "kind": {"S": "audit"},
        **{name: {"S": value} for name, value in fields.items()},
    }


def stored_audit(tenant: str, item: Item) -> AuditEvent:
    recorded, _, event_id = item["sk"]["S"].partition("#")
    said = {name: item[name]["S"] for name in ("actor", "action", "entity", "outcome", "correlation_id")}
    return AuditEvent(event_id, tenant, datetime.fromisoformat(recorded), **said)
