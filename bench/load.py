"""A bounded HTTP load on the loopback interface: so many requests over so many kept-open connections, then it stops."""

from __future__ import annotations

import asyncio
import re
import time
from typing import NamedTuple

import uvloop

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Load(NamedTuple):
    """``statuses`` counts answers by status; ``finished`` holds each answer's second since the start, in order."""

    seconds: float
    statuses: dict[int, int]
    finished: list[float]

    @property
    def rate(self) -> float:
        return sum(self.statuses.values()) / self.seconds


def run(port: int, requests: list[bytes], *, connections: int, limit: float = 300.0) -> Load:
    """Send every request once.

    Raises:
        TimeoutError: not all were answered within ``limit`` seconds.
    """
    return uvloop.run(asyncio.wait_for(_run(port, requests, connections), limit))


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _run(port: int, requests: list[bytes], connections: int) -> Load:
    waiting = iter(requests)
    statuses: dict[int, int] = {}
    finished: list[float] = []
    started = time.perf_counter()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for sent in waiting:
            writer.write(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            found = _LENGTH.search(head)
            await reader.readexactly(int(found[1]) if found else 0)
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            finished.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return Load(time.perf_counter() - started, statuses, finished)
