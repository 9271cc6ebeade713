"""The one DynamoDB client of a process, made on first use so that tests can stand something in its place."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@cache
def dynamodb() -> DynamoDBClient:
    """A low-level client: half the start-up of a resource. Bounded waits, so that a caller hears in time."""
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 4},
        max_pool_connections=50,
    )
    return boto3.client("dynamodb", config=config)
