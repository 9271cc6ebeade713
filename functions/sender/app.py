"""From the queue to a tenant's own systems: each delivery sent, and what came of it written down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from shared.storage.delivery_queue import read_message
from shared.web.faults import log_fault
from shared.wiring import delivery_queue, sender

logger = Logger()
metrics = Metrics()


def handler(event: Mapping[str, Any], _: Any) -> dict[str, Any]:
    """Send each message's delivery. What is to be tried again stays on the queue, for as long as it should wait."""
    failed = [record["messageId"] for record in event["Records"] if not _done(record)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _done(record: Mapping[str, Any]) -> bool:
    due = read_message(record["body"])
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        wait = sender().send(due.tenant, due.delivery, attempt)
    except Exception as error:  # noqa: BLE001 a fault of ours is tried again like any other, and told by its kind
        log_fault(logger, "internal_error", error)
        _count("InternalError")
        wait = sender().wait(attempt)
    if wait is None:
        return True
    logger.info("delivery_postponed", delivery=due.delivery, attempt=attempt)
    _count("DeliveryPostponed")
    delivery_queue().postpone(record["receiptHandle"], wait)
    return False


def _count(metric: str) -> None:
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
    metrics.flush_metrics()


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    sender()
