"""From the table's stream to the queue: what is to be sent, by its ids and nothing else of it."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from shared.storage.delivery_queue import Due
from shared.web.faults import log_fault
from shared.wiring import delivery_queue

logger = Logger()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Put each delivery of a batch on the queue, in order. From the first that it did not take on, all come again.

    Which records come here the template's filter says: deliveries that are pending and were not tried.
    """
    records = event["Records"]
    for relayed, record in enumerate(records):
        image = record["dynamodb"]["NewImage"]
        try:
            delivery_queue().put(Due(image["tenant"]["S"], image["id"]["S"]))
        except (BotoCoreError, ClientError) as error:
            log_fault(logger, "not_relayed", error, relayed=relayed)
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    logger.info("relayed", deliveries=len(records))
    return {"batchItemFailures": []}
