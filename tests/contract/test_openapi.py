"""Generated requests against the published OpenAPI document: no fault of ours, and no answer that is not described."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from infra.local import process
from shared.web.openapi import document

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

# One worker starts one service for all of them.
pytestmark = pytest.mark.xdist_group("openapi")
schema = schemathesis.openapi.from_dict(document())
GENERATED = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with process.running(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="module")
def base_url(service):
    return f"http://127.0.0.1:{service.port}"


@schema.parametrize()
@GENERATED
def test_no_generated_request_meets_a_fault_or_an_undescribed_answer(case, service, base_url):
    headers = {"Authorization": f"Bearer {service.token}"}

    case.call_and_validate(base_url=base_url, headers=headers, checks=CHECKS)
