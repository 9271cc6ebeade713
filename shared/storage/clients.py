"""Which tenant a client belongs to, and the ids of tokens that were used: what is needed before a tenant is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shared.assessments.ports import StoredSettings
from shared.storage import keys
from shared.tenants.connections import Account, Client, ClientName, RegisteredClient

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

NOBODYS_OR_OURS = "attribute_not_exists(#tenant) OR #tenant = :tenant"


def claim(table: str, tenant: str, name: ClientName | Account) -> dict[str, Any]:
    """The write that makes a client or an account this tenant's, unless it is another's."""
    return _put_owner(table, tenant, name, {"tenant": {"S": tenant}})


def release(table: str, tenant: str, name: ClientName | Account) -> dict[str, Any]:
    """The write that makes one nobody's. The item stays without a tenant, so that nothing has to delete."""
    return _put_owner(table, tenant, name, {})


def _put_owner(table: str, tenant: str, name: ClientName | Account, owner: dict[str, Any]) -> dict[str, Any]:
    key, kind = (keys.account(name), "account") if isinstance(name, Account) else (keys.client(name), "client")
    return {
        "Put": {
            "TableName": table,
            "Item": {**key.attributes, "kind": {"S": kind}, **owner},
            "ConditionExpression": NOBODYS_OR_OURS,
            "ExpressionAttributeNames": {"#tenant": "tenant"},
            "ExpressionAttributeValues": {":tenant": {"S": tenant}},
        }
    }


class RegisteredClients:
    """The clients in all tenants' settings, found one by one."""

    def __init__(self, client: DynamoDBClient, table: str, settings_of: Callable[[str], StoredSettings | None]) -> None:
        self._client = client
        self._table = table
        self._settings_of = settings_of

    def find(self, iss: str, tenant_claim: str | None) -> RegisteredClient | None:
        """The client of exactly this issuer and this ``tenant`` claim, or of none, as its tenant's settings have it."""
        name = ClientName(iss, tenant_claim)
        answer = self._client.get_item(TableName=self._table, Key=keys.client(name).attributes, ConsistentRead=True)
        tenant = answer.get("Item", {}).get("tenant", {}).get("S")
        settings = self._settings_of(tenant) if tenant else None
        if tenant is None or settings is None:
            return None
        registered = (entry for entry in settings.document["clients"] if _name(entry) == name)
        return next((RegisteredClient(tenant, Client.model_validate(entry)) for entry in registered), None)

    def use_once(self, client: Client, jti: str, *, until: int, now: int) -> bool:
        """Remember a token's id until then (seconds since 1970). False: it was used before.

        Ids are kept apart by client, so that no tenant's client can use up those of another's.
        """
        name = ClientName(client.id, client.tenant_claim)
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    **keys.used_token(name, jti).attributes,
                    "kind": {"S": "used-token"},
                    "expires_at": {"N": str(until)},
                },
                # An expired item may lie for days before the table's time-to-live removes it.
                ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                ExpressionAttributeValues={":now": {"N": str(now)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _name(entry: dict[str, Any]) -> ClientName:
    return ClientName(entry["id"], entry["tenant_claim"])
