"""One resolver for every JSON route: errors to problems, correlation ids, one log line and metrics a request."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from shared.errors import DomainError, NotFound
from shared.web.caller import Caller, Unauthorized, caller_of
from shared.web.faults import log_fault
from shared.web.powertools import APIGatewayRestResolver, Response
from shared.web.problems import MEDIA_TYPE, STATUS, internal_error, problem

Handler = Callable[..., Response[Any]]
KeepDenial = Callable[[Caller, str, str, str], None]
"""Takes the caller, the correlation id, the method and the route's template."""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}


_LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Api:
    """The routes of one function, and its Lambda handler.

    ``denied`` keeps that a verified caller was refused for want of a scope, where a function has a store to keep it in.

    Log lines and metrics carry route templates, instrument ids and counts; never an answer, a score, a subject,
    a token or a concrete path.
    """

    def __init__(self, *, denied: KeepDenial | None = None, clock: Callable[[], float] = time.time) -> None:
        self._denied = denied
        self._resolver = APIGatewayRestResolver()
        self._clock = clock
        self._logger = Logger()
        self._metrics = Metrics()
        self._measured = False
        self._inner: Mapping[str, Any] | None = None
        self._resolver.not_found(lambda _: self._no_route())
        self._resolver.exception_handler(Exception)(self._failed)

    def get(self, path: str) -> Callable[[Handler], Handler]:
        return self._resolver.get(path)

    def post(self, path: str) -> Callable[[Handler], Handler]:
        return self._resolver.post(path)

    def put(self, path: str) -> Callable[[Handler], Handler]:
        return self._resolver.put(path)

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answer one API Gateway event."""
        started = time.perf_counter()
        self._logger.set_correlation_id(_correlation_id(event))
        answer = self._resolver.resolve(dict(event), context)
        milliseconds = round((time.perf_counter() - started) * 1000, 2)
        route = f"{event.get('httpMethod')} {event.get('resource')}"
        self._logger.info("request", route=route, status=answer["statusCode"], milliseconds=milliseconds)
        if self._measured:
            self._metrics.flush_metrics()
            # Where metrics are off, a flush leaves them, and the hundredth would be printed all the same.
            self._metrics.clear_metrics()
            self._measured = False
        return answer

    @property
    def event(self) -> Mapping[str, Any]:
        """The API Gateway event under way."""
        return self._inner or self._resolver.current_event.raw_event

    @property
    def correlation_id(self) -> str:
        return _correlation_id(self.event)

    def caller(self, *any_of: str) -> Caller:
        """The verified caller.

        Raises:
            Unauthorized: nobody was verified.
            Forbidden: the token covers none of these scopes.
        """
        return caller_of(self.event, self._clock()).require(*any_of)

    def link(self, path: str) -> str:
        """A link to a route of this API, with whatever stage or base path the caller came in by."""
        context = self.event.get("requestContext") or {}
        base = str(context.get("path", "")).removesuffix(str(self.event.get("path", "")))
        return base + path

    def url(self, path: str) -> str:
        """The absolute URL of a route of this API, where the caller came in."""
        host = str((self.event.get("requestContext") or {}).get("domainName") or "localhost")
        scheme = "http" if host.partition(":")[0] in _LOCAL_HOSTS else "https"
        return f"{scheme}://{host}{self.link(path)}"

    def header(self, name: str) -> str | None:
        headers = self.event.get("headers") or {}
        return next((value for key, value in headers.items() if key.lower() == name.lower()), None)

    def query(self, name: str) -> str | None:
        return (self.event.get("queryStringParameters") or {}).get(name)

    def count(self, metric: str, number: int = 1) -> None:
        self._metrics.add_metric(name=metric, unit=MetricUnit.Count, value=number)
        self._measured = True

    def json(self, document: Any, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Response[Any]:
        """A JSON answer."""
        return self.raw(
            json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False), status, headers
        )

    def raw(self, text: str, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Response[Any]:
        """An answer whose JSON text is at hand already."""
        return self._respond(text, status, "application/json", headers)

    def _respond(self, text: str, status: int, media_type: str, headers: Mapping[str, str]) -> Response[Any]:
        every = {**SECURITY_HEADERS, "X-Correlation-Id": self.correlation_id, **headers}
        return Response(status_code=status, content_type=media_type, body=text, headers=every)

    def _problem(self, error: DomainError) -> Response[Any]:
        status = STATUS[type(error)]
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return self._respond(json.dumps(problem(error), ensure_ascii=False), status, MEDIA_TYPE, headers)

    def _failed(self, error: Exception) -> Response[Any]:
        if isinstance(error, DomainError) and type(error) in STATUS:
            if STATUS[type(error)] == 403:
                self._keep_denial()
            return self._problem(error)
        log_fault(self._logger, "internal_error", error)
        self.count("InternalError")
        return self._fault()

    def _keep_denial(self) -> None:
        """A denial is logged and audited."""
        self._logger.warning("access_denied", route=str(self.event.get("resource")))
        try:
            caller = caller_of(self.event, self._clock())
        except Unauthorized:
            return  # verified by the function itself: whose trail it is, only that function knows
        self.keep_denial_of(caller)

    def keep_denial_of(self, caller: Caller) -> None:
        """Audit that a caller was denied what is under way. That it could not be audited is our fault, and leaves the
        caller's answer.
        """
        if self._denied is None:
            return
        route = str(self.event.get("resource"))
        try:
            self._denied(caller, self.correlation_id, str(self.event.get("httpMethod")), route)
        except Exception as error:  # noqa: BLE001 whatever the store says
            log_fault(self._logger, "denial_not_kept", error)
            self.count("InternalError")

    def _no_route(self) -> Response[Any]:
        return self._problem(NotFound("No such route."))

    def _fault(self) -> Response[Any]:
        return self._respond(json.dumps(internal_error(self.correlation_id)), 500, MEDIA_TYPE, {})


def _correlation_id(event: Mapping[str, Any]) -> str:
    return str((event.get("requestContext") or {}).get("requestId", ""))
