"""The queue between the table's stream and the sender. Its messages are ids: a tenant's, and a delivery's."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


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

    def put(self, due: Due) -> None:
        """Put one on the queue."""
        self._client.send_message(QueueUrl=self._url, MessageBody=message(due))

    def postpone(self, receipt: str, seconds: float) -> None:
        """Have the queue hand out a message again only after so many seconds."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=round(seconds)
        )
