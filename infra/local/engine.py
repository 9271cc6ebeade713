"""The AWS behind the local service: moto in this process, and for DynamoDB the engine that the environment names."""

from __future__ import annotations

import base64
import json
import os
import threading
from typing import Any

from botocore.client import BaseClient
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto import mock_aws
from moto.kms.responses import KmsResponse

from infra.local.template import Template

LOCAL_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"


def start(template: Template) -> str:
    """Start the engine, make the table and the signing key where they are not there yet, and say what it is.

    Credentials are always made-up ones, so that nothing local can reach a real account.
    """
    os.environ.update(LOCAL_CREDENTIALS)
    for variable in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(variable, None)
    embedded().start()
    from shared.storage.client import dynamodb

    client, table = dynamodb(), template.table()
    if table["TableName"] not in client.list_tables()["TableNames"]:
        client.create_table(**table)
        client.get_waiter("table_exists").wait(TableName=table["TableName"], WaiterConfig={"Delay": 1})
    make_signing_key(template)
    make_queues(template)
    return os.environ.get(ENDPOINT) or "moto, in this process: gone when it stops"


def embedded() -> Any:
    """Moto, for whatever no endpoint is named for: a client of a named endpoint goes there."""
    AnyClient._make_api_call = _one_at_a_time
    KmsResponse.sign = _sign  # type: ignore[method-assign,assignment]
    return mock_aws(config={"core": {"mock_credentials": False}})


def make_signing_key(template: Template) -> None:
    """The key that the template describes, under its alias."""
    from shared.storage.client import kms

    alias, described = template.signing_key()
    key = kms().create_key(**described)["KeyMetadata"]["KeyId"]
    kms().create_alias(AliasName=alias, TargetKeyId=key)


def make_queues(template: Template) -> None:
    """The queues that the template describes, under their logical ids; those that others lead to come first."""
    from shared.storage.client import sqs

    arns: dict[str, str] = {}
    for name, properties in sorted(template.queues().items(), key=lambda named: "RedrivePolicy" in named[1]):
        attributes = {}
        if "VisibilityTimeout" in properties:
            attributes["VisibilityTimeout"] = str(properties["VisibilityTimeout"])
        if redrive := properties.get("RedrivePolicy"):
            target = arns[redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]]
            policy = {"deadLetterTargetArn": target, "maxReceiveCount": redrive["maxReceiveCount"]}
            attributes["RedrivePolicy"] = json.dumps(policy)
        url = sqs().create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arns[name] = sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


AnyClient: Any = BaseClient
_call = AnyClient._make_api_call
_calling = threading.RLock()


def _one_at_a_time(*call: Any) -> Any:
    """Moto is not made for threads, and handlers run in two: those of the API, and those that events are pumped to."""
    with _calling:
        return _call(*call)


_sign_messages = KmsResponse.sign


def _sign(response: KmsResponse) -> str:
    """AWS signs a digest as it is; moto 5.2 would hash it again."""
    if response._get_param("MessageType") != "DIGEST":
        return _sign_messages(response)
    identifier = response._get_param("KeyId")
    response._validate_key_id(identifier)
    key: Any = response.kms_backend.describe_key(identifier)
    digest = response._get_param("Message")
    signature = key.private_key.private_key.sign(digest, ECDSA(Prehashed(hashes.SHA384())))
    return json.dumps({"KeyId": key.arn, "Signature": base64.b64encode(signature).decode()})
