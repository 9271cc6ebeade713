"""The keys of the table: every partition starts with its tenant, but for what is needed before the tenant is known.

=====================================  ==================================  =========================================
partition                              sort                                what it holds
=====================================  ==================================  =========================================
``TENANT#t#SUBJECT#source#subject``    ``ASSESSMENT#authored#id``          an assessment
same                                   ``ALERT#id``                        a safety alert
same                                   ``DELIVERY#assessment#id``          what is to be sent, and what came of it
``TENANT#t#ASSESSMENT#id``             ``POINTER``                         where the assessment lies
``TENANT#t#IDEMPOTENCY#hash``          ``KEY``                             a used key: pointer and fingerprint, expires
``TENANT#t#IDENTIFIER#hash``           ``ASSESSMENT#id``                   where an assessment that carries it lies
same                                   ``CLAIM``                           the assessment that claims it
``TENANT#t#AUDIT#day``                 ``time#id``                         an audit event
``TENANT#t#DELIVERIES``                ``id``                              where a delivery lies, and its status
``TENANT#t#REFUSED``                   ``ALERT#id``                        an alert whose subject could not be read
``TENANT#t#SETTINGS``                  ``VERSION#number``                  one version of the tenant's settings
same as an assessment                  ``FEEDBACK#card#time#outcome``      what became of a card shown for the person
same as an assessment                  ``CARD#uuid``                       a card that was served, expires
``TENANT#t#CARD#uuid``                 ``CARD``                            a card as it was served, expires
``TENANT#t#CDS_COUNTS``                ``service#kind#outcome#reason``     how often cards met an outcome
``CLIENT#hash``                        ``OWNER``                           which tenant a client belongs to
``ACCOUNT#hash``                       ``OWNER``                           which tenant a destination belongs to
``JTI#hash``                           ``USED``                            a used id of a client's token, expires
``SERVICE``                            ``CURSOR_KEY``                      the secret that signs page cursors
=====================================  ==================================  =========================================

All of a person's data lies in one partition, which is what reading, following and erasing it need.
No part of a key can hold ``#``: ids are checked before they come here, and what is free is hashed.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import NamedTuple

from shared.assessments.ports import Delivery, IdentifierKey, SubjectKey
from shared.tenants.connections import Account, ClientName


class Key(NamedTuple):
    pk: str
    sk: str

    @property
    def attributes(self) -> dict[str, dict[str, str]]:
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


CURSOR_SECRET = Key("SERVICE", "CURSOR_KEY")
ASSESSMENTS = "ASSESSMENT#"
CLAIM = "CLAIM"


def sortable(moment: datetime) -> str:
    """A UTC time of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def subject_partition(subject: SubjectKey) -> str:
    return f"TENANT#{subject.tenant}#SUBJECT#{subject.source}#{subject.subject}"


def assessment(subject: SubjectKey, authored: datetime, assessment_id: str) -> Key:
    return Key(subject_partition(subject), f"{ASSESSMENTS}{sortable(authored)}#{assessment_id}")


def pointer(tenant: str, assessment_id: str) -> Key:
    return Key(f"TENANT#{tenant}#ASSESSMENT#{assessment_id}", "POINTER")


def alert(tenant: str, subject: SubjectKey | None, alert_id: str) -> Key:
    return Key(subject_partition(subject) if subject else f"TENANT#{tenant}#REFUSED", f"ALERT#{alert_id}")


def deliveries(assessment_id: str) -> str:
    """What the sort keys of an assessment's deliveries start with."""
    return f"DELIVERY#{assessment_id}#"


def delivery(one: Delivery) -> Key:
    return Key(subject_partition(one.subject), f"{deliveries(one.assessment)}{one.id}")


def deliveries_partition(tenant: str) -> str:
    return f"TENANT#{tenant}#DELIVERIES"


def listed_delivery(tenant: str, delivery_id: str) -> Key:
    """Ids sort by the time they were made, so the list is in order."""
    return Key(deliveries_partition(tenant), delivery_id)


def idempotency(tenant: str, route: str, key: str) -> Key:
    return Key(f"TENANT#{tenant}#IDEMPOTENCY#{_digest(route, key)}", "KEY")


def identifier_partition(identifier: IdentifierKey) -> str:
    digest = _digest(identifier.source, f"{identifier.system}|{identifier.value}")
    return f"TENANT#{identifier.tenant}#IDENTIFIER#{digest}"


def identifier(identifier: IdentifierKey, assessment_id: str) -> Key:
    return Key(identifier_partition(identifier), f"{ASSESSMENTS}{assessment_id}")


def claim(identifier: IdentifierKey) -> Key:
    return Key(identifier_partition(identifier), CLAIM)


def settings_partition(tenant: str) -> str:
    return f"TENANT#{tenant}#SETTINGS"


def settings(tenant: str, version: int) -> Key:
    return Key(settings_partition(tenant), f"VERSION#{version:08d}")


def client(name: ClientName) -> Key:
    return Key(f"CLIENT#{_digest(name.id, name.tenant_claim or '')}", "OWNER")


def account(of: Account) -> Key:
    return Key(f"ACCOUNT#{_digest(of.server, of.client_id or '')}", "OWNER")


def used_token(name: ClientName, jti: str) -> Key:
    return Key(f"JTI#{_digest(name.id, name.tenant_claim or '', jti)}", "USED")


def audit_partition(tenant: str, day: date) -> str:
    return f"TENANT#{tenant}#AUDIT#{day.isoformat()}"


def audit(tenant: str, recorded: datetime, event_id: str) -> Key:
    return Key(audit_partition(tenant, recorded.astimezone(UTC).date()), f"{sortable(recorded)}#{event_id}")


def card(tenant: str, uuid: str) -> Key:
    return Key(f"TENANT#{tenant}#CARD#{uuid}", "CARD")


def card_of_subject(subject: SubjectKey, uuid: str) -> Key:
    return Key(subject_partition(subject), f"CARD#{uuid}")


def feedback(subject: SubjectKey, card_uuid: str, at: datetime, outcome: str) -> Key:
    return Key(subject_partition(subject), f"FEEDBACK#{card_uuid}#{sortable(at)}#{outcome}")


def cds_counts_partition(tenant: str) -> str:
    return f"TENANT#{tenant}#CDS_COUNTS"


def cds_count(tenant: str, service: str, kind: str, outcome: str, reason: str) -> Key:
    return Key(cds_counts_partition(tenant), "#".join((service, kind, outcome, reason)))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
