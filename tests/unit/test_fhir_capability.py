"""What the server says of itself is what was handed in as wired, and its ETag changes with nothing else."""

from __future__ import annotations

import pytest

from shared.fhir.capability import etag, smart_configuration
from tests.judges.emitted import statement


def test_only_what_is_wired_is_stated():
    [rest] = statement()["rest"]
    response, observation = rest["resource"]

    assert [one["code"] for one in response["interaction"]] == ["create", "read", "search-type"]
    assert [one["name"] for one in response["operation"]] == ["extract", "score"]
    assert response["conditionalCreate"] is True
    assert response["versioning"] == "no-version"
    assert observation["versioning"] == "versioned"
    assert "operation" not in observation
    assert [one["code"] for one in rest["interaction"]] == ["transaction", "batch"]


def test_the_statement_is_of_an_instance_of_r4_and_names_smart():
    made = statement()

    assert (made["kind"], made["fhirVersion"], made["format"]) == ("instance", "4.0.1", ["application/fhir+json"])
    assert made["rest"][0]["security"]["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert "calculatedExpression" in made["rest"][0]["documentation"]


def test_an_operation_is_stated_by_its_own_canonical():
    extract, score = statement()["rest"][0]["resource"][0]["operation"]

    assert extract["definition"] == "http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract"
    assert score["definition"].startswith("https://scoring.example.org/")


def test_the_etag_changes_with_the_content_and_with_nothing_else():
    made = statement()
    turned = dict(reversed(made.items()))

    assert etag(made) == etag(turned)
    assert etag(made) != etag(made | {"version": "0.2.0"})
    assert etag(made).startswith('W/"')


def smart(**more):
    given = {"token_endpoint": "https://scoring.example.org/token", "scopes": ["system/Observation.rs"]}
    return smart_configuration(**(given | {"algorithms": ["RS384", "ES384"]} | more))


def test_smarts_discovery_is_of_backend_services_alone():
    made = smart()

    assert made["grant_types_supported"] == ["client_credentials"]
    assert made["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert made["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
    assert made["code_challenge_methods_supported"] == ["S256"]
    assert "client-confidential-asymmetric" in made["capabilities"]
    assert "authorization_endpoint" not in made
    assert "jwks_uri" not in made


@pytest.mark.parametrize("url", ["/token", "scoring.example.org/token"])
def test_every_url_of_the_discovery_is_absolute(url):
    with pytest.raises(ValueError, match="absolute"):
        smart(token_endpoint=url)
