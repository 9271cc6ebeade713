"""What every store over the one table does alike: read keys and partitions, put what is new, write all or nothing."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.storage import cursor as cursors
from shared.storage import keys

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ABSENT = "attribute_not_exists(pk)"
CONFLICT_RETRIES = 5
MAX_PARTITION_BYTES, MAX_SORT_BYTES = 2048, 1024
"""What a key may hold ("Constraints in Amazon DynamoDB" in its developer guide)."""


class Table:
    """One table and its client."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._cursor_secret: bytes | None = None

    def _get(self, key: keys.Key) -> dict[str, Any] | None:
        if len(key.pk.encode()) > MAX_PARTITION_BYTES or len(key.sk.encode()) > MAX_SORT_BYTES:
            return None  # made of an id that somebody sent: nothing can lie there, and to ask for it is an error
        answer = self._client.get_item(TableName=self._table, Key=key.attributes, ConsistentRead=True)
        return answer.get("Item")

    def _answers(self, query: Mapping[str, Any]) -> Iterator[Any]:
        """The answers to a query, one after the other, until its partition ends or no more are taken."""
        more: dict[str, Any] = {}
        while True:
            answer = self._client.query(**{**query, **more})
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _start(self, cursor: str | None, partition: str, scope: str | None = None) -> dict[str, Any]:
        """Where a query of a partition goes on. ``scope`` is what the cursor is bound to, if more than the partition.

        Raises:
            InvalidCursor: it is not a cursor of this list.
        """
        if cursor is None:
            return {}
        start = cursors.verify(cursor, scope or partition, self._secret())
        return {"ExclusiveStartKey": keys.Key(partition, start).attributes}

    def _cursor(self, last: Mapping[str, Any], scope: str) -> str:
        """The cursor of what comes after the item ``last``."""
        return cursors.sign(last["sk"]["S"], scope, self._secret())

    def _put_new(self, item: dict[str, Any]) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": ABSENT}}

    def _transact(self, writes: list[dict[str, Any]]) -> Sequence[str]:
        """Write all or nothing. Empty when written, else the cancellation code of each write."""
        for attempt in range(CONFLICT_RETRIES + 1):
            try:
                self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
            except self._client.exceptions.TransactionCanceledException as error:
                codes = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
                if "ConditionalCheckFailed" in codes:
                    return codes
                if attempt == CONFLICT_RETRIES or not set(codes) & {"TransactionConflict", "ThrottlingError"}:
                    raise
                # Two of the same submission at once: let the other finish, then see what it left.
                time.sleep(0.02 * 2**attempt * (0.5 + secrets.randbelow(1000) / 1000))
            else:
                return ()
        return ()

    def _secret(self) -> bytes:
        """The key that signs cursors, made once for the table and kept in it."""
        if self._cursor_secret is None:
            item = self._get(keys.CURSOR_SECRET)
            if item is None:
                item = {**keys.CURSOR_SECRET.attributes, "secret": {"B": secrets.token_bytes(32)}}
                try:
                    self._client.put_item(TableName=self._table, Item=item, ConditionExpression=ABSENT)
                except self._client.exceptions.ConditionalCheckFailedException:
                    item = self._get(keys.CURSOR_SECRET) or item
            self._cursor_secret = bytes(item["secret"]["B"])
        return self._cursor_secret
