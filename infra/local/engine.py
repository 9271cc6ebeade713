"""The DynamoDB behind the local service: moto in this process, or the engine that the environment names."""

from __future__ import annotations

import os
from typing import Any

LOCAL_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"


def start(table: dict[str, Any]) -> str:
    """Start the engine, make the table where it is not there yet, and say what it is.

    Credentials are always made-up ones, so that nothing local can reach a real account.
    """
    os.environ.update(LOCAL_CREDENTIALS)
    for variable in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(variable, None)
    endpoint = os.environ.get(ENDPOINT)
    if not endpoint:
        from moto import mock_aws

        mock_aws().start()
    from shared.storage.client import dynamodb

    client = dynamodb()
    if table["TableName"] not in client.list_tables()["TableNames"]:
        client.create_table(**table)
        client.get_waiter("table_exists").wait(TableName=table["TableName"], WaiterConfig={"Delay": 1})
    return endpoint or "moto, in this process: gone when it stops"
