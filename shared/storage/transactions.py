"""Writes that happen together or not at all."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ABSENT = "attribute_not_exists(pk)"
CONFLICT_RETRIES = 5


def transact(client: DynamoDBClient, writes: list[dict[str, Any]]) -> Sequence[str]:
    """Write all or nothing. Empty when written, else the cancellation code of each write."""
    for attempt in range(CONFLICT_RETRIES + 1):
        try:
            client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except client.exceptions.TransactionCanceledException as error:
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
