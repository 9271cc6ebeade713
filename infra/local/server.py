"""The gateway behind a real HTTP server on the loopback interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from infra.local.gateway import MAX_GATEWAY_BYTES, Gateway, HttpRequest

HOST = "127.0.0.1"


def asgi(gateway: Gateway) -> Callable[..., Awaitable[None]]:
    """An ASGI application over ``gateway``. Handlers run in the event loop: one at a time, and never starved."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, message = b"", {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            if len(body) <= MAX_GATEWAY_BYTES:
                body += message.get("body", b"")
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        answer = gateway.answer(HttpRequest(scope["method"], target, headers, body))
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        raw.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    return app


def server(gateway: Gateway, port: int) -> uvicorn.Server:
    """An HTTP server for ``gateway``; ``run()`` serves until it is told to stop."""
    config = uvicorn.Config(
        asgi(gateway), host=HOST, port=port, log_level="warning", access_log=False, lifespan="off", server_header=False
    )
    return uvicorn.Server(config)
