"""The two engines that the storage contract runs against: moto in this process, ministack as a server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra import ministack
from infra.local.template import ROOT, Template
from shared.storage.repository import DynamoRepository

MINISTACK_PYTHON = ROOT / ".venv-ministack" / "bin" / "python"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def ministack_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ministack.running(MINISTACK_PYTHON, Path(tmp_path_factory.mktemp("ministack"))) as endpoint:
        yield endpoint


@pytest.fixture(params=["moto", "ministack"])
def dynamodb(request: pytest.FixtureRequest, fresh_clients: None) -> Iterator[Any]:
    """A DynamoDB client of each engine."""
    if request.param == "moto":
        from shared.storage.client import dynamodb as embedded

        with mock_aws():
            yield embedded()
    else:
        yield ministack.client("dynamodb", request.getfixturevalue("ministack_endpoint"))


@pytest.fixture
def table(dynamodb: Any, template: Template) -> str:
    """The template's table under a name of its own."""
    name = f"contract-{next(_numbers)}"
    dynamodb.create_table(**{**template.table(), "TableName": name})
    return name


@pytest.fixture
def repository(dynamodb: Any, table: str) -> DynamoRepository:
    return DynamoRepository(dynamodb, table)
