"""A stand-in for what moves events between functions: the table's stream, the queue, and Lambda's pollers of both.

It hands the real handlers what the template's event source mappings would. What this process writes to the table is
what the stream holds: moto 5.2 answers no call to its streams (404, "Not yet implemented"), and so the same pump goes
with any engine. What an earlier process wrote and did not get to send is not sent; a deployed stream forgets nothing.
"""

from __future__ import annotations

import base64
import importlib
import itertools
import threading
import time
from collections import deque
from typing import Any

from infra.local.gateway import Handler, LambdaContext
from infra.local.template import EventSource, Template

IDLE_SECONDS = 0.2
Record = dict[str, Any]


class Pump:
    """``step`` moves what is there now; ``run`` goes on moving from a thread of its own."""

    def __init__(self, template: Template) -> None:
        from shared.storage.client import dynamodb, sqs

        self._sqs = sqs()
        self._stream: deque[Record] = deque()
        self._numbers = itertools.count(1)
        queues = template.queues()
        self._table = template.table()["TableName"]
        self._from_queues = [one for one in template.event_sources() if one.source in queues]
        self._from_table = [one for one in template.event_sources() if one.source == self._table]
        self._handlers: dict[str, Handler] = {
            one.function: importlib.import_module(template.module(one.function)).handler
            for one in template.event_sources()
        }
        events = dynamodb().meta.events
        events.register("before-parameter-build.dynamodb.TransactWriteItems", _remember)
        events.register("after-call.dynamodb.TransactWriteItems", self._written)

    def run(self, stopped: threading.Event) -> None:
        """Move events until ``stopped`` is set."""
        while not stopped.is_set():
            if not self.step():
                stopped.wait(IDLE_SECONDS)

    def settle(self, seconds: float = 20.0) -> None:
        """Move events until none is left that can be moved now."""
        ends = time.monotonic() + seconds
        while self.step():
            if time.monotonic() > ends:
                raise TimeoutError("events are still moving")

    def step(self) -> bool:
        """Move what can be moved now. False when that was nothing."""
        records = [self._stream.popleft() for _ in range(len(self._stream))]
        relayed = [self._relay(source, records) for source in self._from_table if records]
        received = [self._poll(source) for source in self._from_queues]
        return any(relayed) or any(received)

    # -- the stream ----------------------------------------------------------------------------------------------------

    def _written(self, context: dict[str, Any], parsed: dict[str, Any], **_: Any) -> None:
        if parsed["ResponseMetadata"]["HTTPStatusCode"] != 200:
            return
        for put in context.pop("pain_risk_puts", []):
            if put["TableName"] == self._table:
                self._stream.append(_stream_record(put, next(self._numbers)))

    def _relay(self, source: EventSource, records: list[Record]) -> bool:
        wanted = [record for record in records if _matches(record, source.patterns)]
        for start in range(0, len(wanted), source.batch_size):
            batch = wanted[start : start + source.batch_size]
            answer = self._call(source, batch)
            failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
            places = [place for place, record in enumerate(batch) if record["dynamodb"]["SequenceNumber"] in failed]
            # From the first that failed on, all come again.
            self._stream.extend(batch[min(places) :] if places else [])
        return bool(wanted)

    # -- the queues ----------------------------------------------------------------------------------------------------

    def _poll(self, source: EventSource) -> bool:
        url = self._sqs.get_queue_url(QueueName=source.source)["QueueUrl"]
        most = min(source.batch_size, 10)
        messages = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, AttributeNames=["All"]).get(
            "Messages", []
        )
        if not messages:
            return False
        answer = self._call(source, [_queue_record(message) for message in messages])
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return True

    def _call(self, source: EventSource, records: list[Record]) -> dict[str, Any]:
        return self._handlers[source.function]({"Records": records}, LambdaContext(source.function, ""))


def _remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context["pain_risk_puts"] = [write["Put"] for write in params["TransactItems"] if "Put" in write]


def _stream_record(put: dict[str, Any], number: int) -> Record:
    item = put["Item"]
    is_new = put.get("ConditionExpression", "").startswith("attribute_not_exists(pk)")
    return {
        "eventID": str(number),
        "eventName": "INSERT" if is_new else "MODIFY",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": {name: item[name] for name in ("pk", "sk")},
            "NewImage": {name: _on_the_wire(value) for name, value in item.items()},
            "SequenceNumber": str(number),
            "StreamViewType": "NEW_IMAGE",
        },
    }


def _on_the_wire(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value


def _queue_record(message: dict[str, Any]) -> Record:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "eventSource": "aws:sqs",
    }


def _matches(record: Record, patterns: list[dict[str, Any]]) -> bool:
    return not patterns or any(_matches_one(record, pattern) for pattern in patterns)


def _matches_one(part: Any, pattern: dict[str, Any]) -> bool:
    """Lambda's filter, as far as the template uses it: one of the values at each place that is named."""
    return isinstance(part, dict) and all(
        part.get(name) in wanted if isinstance(wanted, list) else _matches_one(part.get(name), wanted)
        for name, wanted in pattern.items()
    )
