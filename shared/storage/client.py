"""The AWS clients of a process, one a service, made on first use so that tests can stand something in their place."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


# Bounded waits, so that a caller hears in time.
_BOUNDED = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=50,
)


@cache
def dynamodb() -> DynamoDBClient:
    """A low-level client: half the start-up of a resource."""
    return boto3.client("dynamodb", config=_BOUNDED)


@cache
def sqs() -> Any:
    return boto3.client("sqs", config=_BOUNDED)


@cache
def kms() -> Any:
    return boto3.client("kms", config=_BOUNDED)
