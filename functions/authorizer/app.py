"""Verifies the bearer token of every request, and passes on its tenant and scopes. Decides nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from shared.tokens import (
    Claims,
    TokenRefused,
    TokenSettings,
    TokenVerifier,
    bearer_token,
    claims_to_be_ours,
    settings_from_environment,
)

logger = Logger()


@cache
def settings() -> TokenSettings:
    return settings_from_environment()


@cache
def verifier() -> TokenVerifier:
    return TokenVerifier(settings())


def verified(token: str) -> Claims:
    """The claims of a token of the configured issuer, or of one that this service signed itself.

    Only the latter need the service's key, and boto3 with it: they alone are made to wait for its first use.
    """
    if not claims_to_be_ours(token):
        return verifier().verify(token)
    from shared.tokens.access import read_access_token
    from shared.wiring import signing_key

    return read_access_token(token, signing_key().public_jwk, settings().token_audience)


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer an API Gateway token authorizer: a policy for the whole stage, since its answer is cached by token.

    Raises:
        Exception: the word that makes the gateway answer 401.
    """
    try:
        claims = verified(bearer_token(str(event.get("authorizationToken", ""))))
    except TokenRefused as refused:
        logger.warning("token_refused", reason=refused.reason)
        raise Exception("Unauthorized") from None  # noqa: TRY002 the gateway knows this word and no class
    stage = "/".join(event["methodArn"].split("/")[:2])
    return {
        "principalId": claims.actor,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{stage}/*"}],
        },
        "context": {
            "tenant": claims.tenant,
            "actor": claims.actor,
            "scope": claims.scope,
            "expires": str(claims.expires),
            "source": claims.source,
        },
    }
