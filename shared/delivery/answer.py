"""What a receiver's answer means for a delivery. Of its body only statuses and locations are read, and nothing is kept
as the receiver worded it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple

from shared.delivery.parcel import Sent
from shared.strict_json import NotStrictJson, parse
from shared.web.outgoing import Answer, Unreachable

TRY_AGAIN = frozenset({408, 409, 412, 425, 429})
NOT_UNDERSTOOD = "answer-not-understood"
_LOCATION = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?/?$")


class Outcome(NamedTuple):
    """``stopped``: there is nobody to send it to any more, or nothing to send. ``again``: it may go better later.

    ``after`` is for how many seconds the receiver asks to be left alone.
    """

    status: Literal["delivered", "failed", "stopped", "again"]
    error: str | None = None
    after: float | None = None
    items: tuple[dict[str, Any], ...] = ()


DELIVERED = Outcome("delivered")


def unreachable(reason: Unreachable, prefix: str = "") -> Outcome:
    """What no answer means. A host off the deployer's list stays off it until the deployer says otherwise."""
    status: Literal["failed", "again"] = "failed" if reason.reason == "host-not-allowed" else "again"
    return Outcome(status, f"{prefix}{reason.reason}")


def refusal(answer: Answer, now: datetime, prefix: str = "") -> Outcome | None:
    """What an answer without success means; ``None`` for a success.

    A receiver that says no is not asked again, a redirect is not followed, and what may pass is tried later.
    """
    if 200 <= answer.status < 300:
        return None
    error = f"{prefix}http-{answer.status}"
    if _may_pass(answer.status):
        return Outcome("again", error, _retry_after(answer.headers.get("retry-after", ""), now))
    return Outcome("failed", error)


def _may_pass(status: int) -> bool:
    return status >= 500 or status in TRY_AGAIN


def of_transaction(answer: Answer, sent: Sequence[Sent], now: datetime) -> Outcome:
    """What a FHIR server's answer to a transaction means. A success with a failed entry in it is none."""
    refused = refusal(answer, now)
    if refused is not None:
        return refused
    responses = _responses(answer.body)
    if responses is None or len(responses) != len(sent):
        return Outcome("failed", NOT_UNDERSTOOD)
    items = tuple(_item(one, response) for one, response in zip(sent, responses, strict=True))
    wrong = [item["status"] for item in items if not 200 <= item["status"] < 300]
    if not wrong:
        return Outcome("delivered", items=items)
    return Outcome("again" if all(map(_may_pass, wrong)) else "failed", f"entry-http-{max(wrong)}", items=items)


def _responses(body: bytes) -> list[dict[str, Any]] | None:
    try:
        document = parse(body)
    except NotStrictJson:
        return None
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        return None
    entries = document.get("entry")
    if not isinstance(entries, list):
        return None
    responses = [entry.get("response") for entry in entries if isinstance(entry, dict)]
    return [response for response in responses if isinstance(response, dict)]


def _item(sent: Sent, response: dict[str, Any]) -> dict[str, Any]:
    status = str(response.get("status", ""))[:3]
    location = _LOCATION.search(str(response.get("location", ""))[-200:])
    return {
        **sent._asdict(),
        "status": int(status) if status.isascii() and status.isdigit() else 0,
        "location": location[1] if location else None,
    }


def _retry_after(text: str, now: datetime) -> float | None:
    """Seconds, from a number of them or a date."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
