"""A stand-in for API Gateway: an HTTP request becomes the event that the real handlers take.

It authorizes with the real authorizer, keeps its answer as long as the template says, and answers for itself only
where the gateway would.
"""

from __future__ import annotations

import base64
import importlib
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, unquote

from infra.local.template import Route, Template

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
MAX_GATEWAY_BYTES = 10 * 1024 * 1024


class HttpRequest(NamedTuple):
    """``target`` is path and query as received; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class HttpResponse(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class LambdaContext(NamedTuple):
    """What handlers read of Lambda's context."""

    function_name: str
    aws_request_id: str
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:local:000000000000:function:local"


class Gateway:
    """The routes of a template over the functions of this checkout. One event at a time, as one Lambda sandbox."""

    def __init__(self, template: Template, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._routes = [(route, _pattern(route.path)) for route in template.routes()]
        self._exact = {(route.method, route.path): route for route, _ in self._routes}
        self._handlers: dict[str, Handler] = {
            name: importlib.import_module(template.module(name)).handler for name, _ in template.functions()
        }
        self._authorizer, self._kept_for = template.authorizer()
        self._authorized: dict[str, tuple[float, dict[str, str]]] = {}

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        request_id = secrets.token_hex(8)
        path, _, query = request.target.partition("?")
        # A REST API routes a path with a slash at its end as the one without, and hands on the path as it was sent.
        found = self._match(request.method, unquote(path).rstrip("/"))
        if found is None:
            return _own_answer(404, "not-found", "No such resource", "No such route.", request_id)
        if len(request.body) > MAX_GATEWAY_BYTES:
            return _own_answer(413, "too-large", "The request is too large", "The request is too large", request_id)
        route, parameters = found
        context: dict[str, Any] = {"requestId": request_id, "stage": "local", "identity": {}}
        if host := request.headers.get("host"):
            context["domainName"] = host
        if not route.public:
            verdict = self._authorize(request.headers.get("authorization"))
            if verdict is None:
                detail = "A valid token is needed"
                return _own_answer(401, "unauthorized", detail, detail, request_id, {"WWW-Authenticate": "Bearer"})
            context["authorizer"] = verdict
        event = _event(request, route, unquote(path), parameters, query, context)
        return _http(self._handlers[route.function](event, LambdaContext(route.function, request_id)))

    def _match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        exact = self._exact.get((method, path))
        if exact is not None and "{" not in exact.path:
            return exact, {}
        for route, pattern in self._routes:
            if route.method in (method, "ANY") and (found := pattern.fullmatch(path)):
                return route, found.groupdict()
        return None

    def _authorize(self, header: str | None) -> dict[str, str] | None:
        """The authorizer's context, or None for 401."""
        if not header:
            return None
        kept = self._authorized.get(header)
        if kept and kept[0] > self._clock():
            return kept[1]
        event = {"type": "TOKEN", "authorizationToken": header, "methodArn": "arn:aws:execute-api:local:0:api/local/X/"}
        try:
            verdict = self._handlers[self._authorizer](event, LambdaContext(self._authorizer, ""))
        except Exception as refused:
            if str(refused) != "Unauthorized":
                raise
            return None
        if len(self._authorized) > 10_000:
            self._authorized.clear()
        self._authorized[header] = (self._clock() + self._kept_for, verdict["context"])
        return dict(verdict["context"])


def _pattern(path: str) -> re.Pattern[str]:
    greedy = re.sub(r"\{(\w+)\+\}", r"(?P<\1>(?s:.+))", path)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", greedy))


def _event(
    request: HttpRequest, route: Route, path: str, parameters: dict[str, str], query: str, context: dict[str, Any]
) -> dict[str, Any]:
    try:
        body, encoded = request.body.decode(), False
    except UnicodeDecodeError:
        body, encoded = base64.b64encode(request.body).decode(), True
    return {
        "resource": route.path,
        "path": path,
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "multiValueHeaders": {},
        "queryStringParameters": dict(parse_qsl(query, keep_blank_values=True)) or None,
        "multiValueQueryStringParameters": _every_value(query) or None,
        "pathParameters": parameters or None,
        "requestContext": {**context, "resourcePath": route.path, "httpMethod": request.method, "path": path},
        "body": body or None,
        "isBase64Encoded": encoded,
    }


def _every_value(query: str) -> dict[str, list[str]]:
    return parse_qs(query, keep_blank_values=True)


def _http(answer: dict[str, Any]) -> HttpResponse:
    headers = {name: values[-1] for name, values in (answer.get("multiValueHeaders") or {}).items()}
    headers.update(answer.get("headers") or {})
    body = answer.get("body") or ""
    raw = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    return HttpResponse(answer["statusCode"], headers, raw)


def _own_answer(
    status: int, code: str, title: str, detail: str, request_id: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """What the template's gateway responses say."""
    problem = {
        "type": f"urn:pain-risk:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": [],
    }
    sent = {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        "X-Correlation-Id": request_id,
        **(headers or {}),
    }
    return HttpResponse(status, sent, json.dumps(problem).encode())
