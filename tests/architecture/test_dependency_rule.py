"""What imports what: the core stays pure, and start-up stays lean."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from infra.local.issuer import Issuer
from infra.local.template import ROOT, Template

AWS = {"boto3", "botocore", "aws_lambda_powertools", "jwt", "moto"}


def imported_by(statement: str, environment: dict[str, str] | None = None) -> set[str]:
    """Every module in a fresh interpreter after ``statement``."""
    code = f"import sys; {statement}; print(' '.join(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize(
    "package",
    [
        "shared.instruments",
        "shared.scoring",
        "shared.risk",
        "shared.assessments.service",
        "shared.procedures",
        "shared.profile.options",
        "shared.batteries",
        "shared.policy",
        "shared.fhir.response_scores",
        "shared.cds.hooks",
    ],
)
def test_the_core_imports_no_aws(package):
    assert not imported_by(f"import {package}") & AWS


def test_the_catalogue_function_never_imports_boto3():
    # Powertools touches the bare package name `botocore`; nothing of it is loaded.
    loaded = imported_by("import functions.catalogue.app")
    assert not loaded & {"boto3", "botocore.client", "botocore.session", "jwt"}
    assert "asyncio" not in loaded, "see shared/web/powertools.py"


def test_the_fhir_function_imports_no_boto3_until_something_is_kept():
    loaded = imported_by("import functions.fhir.app")
    assert not loaded & {"boto3", "botocore.client", "botocore.session", "jwt"}
    assert "asyncio" not in loaded, "see shared/web/powertools.py"


def test_the_cds_function_imports_neither_boto3_nor_tokens_until_it_is_called():
    loaded = imported_by("import functions.cds_hooks.app")
    assert not loaded & {"boto3", "botocore.client", "botocore.session", "jwt", "urllib3.poolmanager"}
    assert "asyncio" not in loaded, "see shared/web/powertools.py"


def test_risk_needs_no_scoring_and_no_tools_of_authors():
    imported = imported_by("import shared.risk")

    assert not {
        name for name in imported if name.startswith(("shared.scoring", "shared.instruments", "shared.authoring"))
    }


TEMPLATE = Template(Issuer().parameters)
WITHOUT_TOKENS = [name for name, one in TEMPLATE.functions() if {"Ref": "TokensLayer"} not in one["Layers"]]


@pytest.mark.parametrize("function", WITHOUT_TOKENS)
def test_a_function_without_the_tokens_layer_imports_no_token_library(function):
    assert "jwt" not in imported_by(f"import {TEMPLATE.module(function)}")


@pytest.mark.parametrize("function", ["AuthorizerFunction", "SmartFunction"])
def test_what_handles_tokens_scores_nothing_and_imports_no_boto3_at_its_start(function):
    loaded = imported_by(f"import {TEMPLATE.module(function)}")

    assert not loaded & {"boto3", "botocore.client", "botocore.session"}
    assert not [name for name in loaded if name.startswith(("shared.scoring", "shared.instruments", "shared.risk"))]


def test_the_token_of_the_configured_issuer_is_verified_without_boto3():
    environment = {**os.environ, **TEMPLATE.environment("AuthorizerFunction")}
    verify = (
        "import os; from infra.local.issuer import Issuer; issuer = Issuer(); os.environ['TOKEN_JWKS'] = issuer.jwks; "
        "from functions.authorizer import app; assert app.verified(issuer.token('demo')).tenant == 'demo'"
    )

    assert not imported_by(verify, environment) & {"boto3", "botocore.client", "botocore.session"}


def test_only_the_sender_draws_pages():
    for function in ("assessments", "fhir", "catalogue", "relay", "smart"):
        assert "reportlab" not in imported_by(f"import functions.{function}.app"), function


def test_the_relay_loads_no_core_and_no_token_library():
    loaded = imported_by("import functions.relay.app")

    assert "jwt" not in loaded
    assert not {name for name in loaded if name.startswith(("shared.scoring", "shared.instruments", "shared.fhir"))}


def test_function_folders_hold_one_module_each():
    for folder in (ROOT / "functions").iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert [path.name for path in folder.glob("*.py")] == ["app.py"]


def test_contracts_of_the_import_linter_hold():
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "0 broken" in ran.stdout, ran.stdout + ran.stderr
