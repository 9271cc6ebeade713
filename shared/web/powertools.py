"""Powertools' REST resolver, without the other event sources that its package brings.

``aws_lambda_powertools.event_handler`` imports the resolvers of AppSync, Bedrock and others, and with them asyncio and
ssl: a fifth of this service's start-up for what it never uses. So the package is entered here without running its
``__init__``, and only the module that is wanted is run. ``tests/architecture`` notices if an upgrade changes that.
"""

from __future__ import annotations

import importlib.util
import sys

_PACKAGE = "aws_lambda_powertools.event_handler"

if _PACKAGE not in sys.modules:
    _spec = importlib.util.find_spec(_PACKAGE)
    if _spec is not None:
        sys.modules[_PACKAGE] = importlib.util.module_from_spec(_spec)

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayRestResolver, Response  # noqa: E402

__all__ = ["APIGatewayRestResolver", "Response"]
