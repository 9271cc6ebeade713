"""A webhook as a receiver: one signed message, which it can verify with our published key and tell by its id."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.assessments.ports import Delivery
from shared.delivery.answer import DELIVERED, Outcome, refusal, unreachable
from shared.delivery.parcel import Parcel
from shared.tenants.connections import Destination
from shared.tokens.signing import Signer, detached_jws
from shared.web.outgoing import Unreachable, call

SIGNATURE = "Pain-Risk-Signature"
SECONDS = 15.0
MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Sends to webhooks on the deployer's list."""

    hosts: Collection[str]
    signer: Callable[[], Signer]
    clock: Callable[[], datetime]

    def send(
        self, destination: Destination, delivery: Delivery, assessment: Mapping[str, Any], parcel: Parcel
    ) -> Outcome:
        """Post the message: the assessment as clients of the JSON API see it, and the same as FHIR."""
        message = {
            "event": f"assessment.{delivery.event}",
            "id": delivery.id,
            "assessment": assessment,
            "bundle": parcel.collection,
        }
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        now = self.clock()
        # For whom and whose it is: one key signs the messages of all tenants, and who gets one could pass it on.
        header = {
            "iat": int(now.timestamp()),
            "jti": delivery.id,
            "aud": destination.url,
            "tenant": delivery.subject.tenant,
        }
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": delivery.id,
            SIGNATURE: detached_jws(body, self.signer(), header),
        }
        try:
            answer = call(
                "POST",
                destination.url,
                hosts=self.hosts,
                headers=headers,
                body=body,
                seconds=SECONDS,
                max_bytes=MAX_BYTES,
            )
        except Unreachable as reason:
            return unreachable(reason)
        return refusal(answer, now) or DELIVERED
