"""The queue between the table's stream and the sender. Its messages are ids: a tenant's, and a delivery's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

BATCH = 10
"""What SQS takes in one request."""


class Due(NamedTuple):
    """A delivery that is to be sent."""

    tenant: str
    delivery: str


def message(due: Due) -> str:
    return json.dumps(due._asdict())


def read_message(body: str) -> Due:
    return Due(**json.loads(body))


class DeliveryQueue:
    """One queue by its URL."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, due: Sequence[Due]) -> list[int]:
        """Put them on the queue. The places of those that it did not take."""
        refused: list[int] = []
        for start in range(0, len(due), BATCH):
            entries = [
                {"Id": str(place), "MessageBody": message(one)}
                for place, one in enumerate(due[start : start + BATCH], start)
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            refused += [int(failed["Id"]) for failed in answer.get("Failed", [])]
        return sorted(refused)

    def postpone(self, receipt: str, seconds: float) -> None:
        """Have the queue hand out a message again only after so many seconds."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=round(seconds)
        )
