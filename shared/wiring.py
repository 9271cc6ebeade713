"""Where a function that keeps something meets its parts: the use cases over its table, by its environment.

Nothing here is imported before it is needed, so that a function pays at start for what its first request uses.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from shared.web.settings import Settings, read_settings

if TYPE_CHECKING:
    from shared.assessments.audit_trail import AuditTrail
    from shared.assessments.deliveries import Deliveries
    from shared.assessments.risk import RiskView
    from shared.assessments.service import Assessments
    from shared.assessments.tenant import Tenants
    from shared.delivery.sender import Sender
    from shared.risk_models import Registry
    from shared.storage.cards import DynamoCards
    from shared.storage.deliveries import DynamoDeliveries
    from shared.storage.delivery_queue import DeliveryQueue
    from shared.storage.repository import DynamoRepository
    from shared.storage.signing_key import SigningKey
    from shared.text_packs import TextPacks
    from shared.tokens.client_jwt import ClientVerifier
    from shared.web.caller import Caller


class TableSettings(Settings):
    table_name: str


class SigningSettings(Settings):
    """``signing_key_id``: id, ARN or alias of the key in KMS."""

    signing_key_id: str


class QueueSettings(Settings):
    delivery_queue_url: str


class SenderSettings(Settings):
    """``ehr_hosts``: what may be called. ``sender_fhir_base``: the FHIR base URL that what is sent is named by.

    ``max_attempts`` is the queue's own; ``first_wait_seconds`` lie between the first attempt and the second.
    """

    ehr_hosts: str = ""
    sender_fhir_base: str
    max_attempts: int
    first_wait_seconds: float


class RiskModelSettings(Settings):
    risk_model_folders: str = ""


class StoreSettings(TableSettings):
    """``alert_max_age_days``: older answers record their alerts without raising them."""

    alert_max_age_days: int
    idempotency_days: int
    text_pack_folders: str = ""


@cache
def settings() -> StoreSettings:
    return read_settings(StoreSettings)


@cache
def repository() -> DynamoRepository:
    """The store over this function's table."""
    from shared.storage.client import dynamodb
    from shared.storage.repository import DynamoRepository

    return DynamoRepository(dynamodb(), table_name())


@cache
def table_name() -> str:
    return read_settings(TableSettings).table_name


@cache
def client_verifier() -> ClientVerifier:
    """What verifies the JWTs of the clients in this function's table. Its callers carry the tokens layer."""
    from shared.storage.client import dynamodb
    from shared.storage.clients import RegisteredClients
    from shared.tokens.client_jwt import ClientSettings, ClientVerifier

    clients = RegisteredClients(dynamodb(), table_name(), repository().settings)
    return ClientVerifier(clients, read_settings(ClientSettings))


@cache
def cards() -> DynamoCards:
    """The cards that were served from this function's table, and what became of them."""
    from shared.storage.cards import DynamoCards
    from shared.storage.client import dynamodb

    return DynamoCards(dynamodb(), table_name())


@cache
def signing_key() -> SigningKey:
    """The service's own key. What asks for its public half carries the tokens layer."""
    from shared.storage.client import kms
    from shared.storage.signing_key import SigningKey

    return SigningKey(kms(), read_settings(SigningSettings).signing_key_id)


@cache
def delivery_store() -> DynamoDeliveries:
    """The deliveries in this function's table."""
    from shared.storage.client import dynamodb
    from shared.storage.deliveries import DynamoDeliveries

    return DynamoDeliveries(dynamodb(), table_name())


@cache
def delivery_queue() -> DeliveryQueue:
    """The queue that the relay fills and the sender empties."""
    from shared.storage.client import sqs
    from shared.storage.delivery_queue import DeliveryQueue

    return DeliveryQueue(sqs(), read_settings(QueueSettings).delivery_queue_url)


@cache
def sender() -> Sender:
    """What sends deliveries. Its function carries the layers of tokens and of reports."""
    from datetime import UTC, datetime

    from shared.assessments.identifiers import new_id
    from shared.delivery.fhir_server import FhirServers
    from shared.delivery.page import draw
    from shared.delivery.report import report
    from shared.delivery.sender import Sender
    from shared.delivery.webhook import Webhooks
    from shared.fhir.stored import StoredResources
    from shared.fhir.systems import Names
    from shared.fhir_server.server import SOFTWARE
    from shared.instruments import registry
    from shared.web.outgoing import hosts_of

    def clock() -> datetime:
        return datetime.now(UTC)

    decided = read_settings(SenderSettings)
    hosts = hosts_of(decided.ehr_hosts)
    return Sender(
        assessments=repository(),
        deliveries=delivery_store(),
        fhir_servers=FhirServers(hosts, signing_key, clock, new_id),
        webhooks=Webhooks(hosts, signing_key, clock),
        resources=StoredResources(Names(decided.sender_fhir_base), registry(), SOFTWARE, risk_models),
        draw=lambda view: draw(report(view, registry(), risk_models())),
        clock=clock,
        new_id=new_id,
        max_attempts=decided.max_attempts,
        first_wait=decided.first_wait_seconds,
    )


@cache
def deliveries() -> Deliveries:
    """The use cases of those who watch over deliveries."""
    from shared.assessments.deliveries import Deliveries

    return Deliveries(repository(), delivery_store())


@cache
def assessments() -> Assessments:
    """The use cases over this function's table."""
    from shared.assessments.service import Assessments
    from shared.instruments import registry

    return Assessments(
        repository=repository(),
        registry=registry(),
        alert_max_age=timedelta(days=settings().alert_max_age_days),
        idempotency_lifetime=timedelta(days=settings().idempotency_days),
        risk=risk,
        text_packs=text_packs(),
    )


@cache
def text_packs() -> TextPacks | None:
    """The deployer's licensed wordings, or None where there are none."""
    if not settings().text_pack_folders:
        return None
    from shared.instruments import registry
    from shared.text_packs import packs_of

    return packs_of(settings().text_pack_folders, registry())


@cache
def risk() -> RiskView:
    """What is said of risk; reading needs none of it."""
    from shared.assessments.risk import RiskView

    return RiskView(risk_models())


@cache
def risk_models() -> Registry:
    from shared.risk_models import folders_of, registry

    return registry(folders_of(read_settings(RiskModelSettings).risk_model_folders))


@cache
def audit_trail() -> AuditTrail:
    """The use cases of the audit trail."""
    from shared.assessments.audit_trail import AuditTrail

    return AuditTrail(repository())


def keep_denial(caller: Caller, correlation_id: str, method: str, route: str) -> None:
    """Audit that a verified caller was denied something."""
    from shared.assessments.request import Request

    audit_trail().denied(Request(caller.tenant, caller.actor, correlation_id), method, route)


@cache
def tenants() -> Tenants:
    """The use cases of tenants' settings."""
    from shared.assessments.tenant import Tenants

    return Tenants(repository(), risk_models().ids)


def forget() -> None:
    """Take everything anew at its next use: for tests, which change the environment and the AWS behind it."""
    from shared.storage import client

    for made in (*globals().values(), client.dynamodb, client.kms, client.sqs):
        if hasattr(made, "cache_clear"):
            made.cache_clear()
