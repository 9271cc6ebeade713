"""The resolver of CDS Hooks routes: JSON and problems, and browsers of listed origins let in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from shared.errors import HookRefused, SubmissionRefused
from shared.web.api import Api, Handler, KeepDenial
from shared.web.body import read_object
from shared.web.powertools import Response

ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


class CdsApi(Api):
    """``origins`` gives those of registered browser clients, each exactly as a browser sends it."""

    def __init__(self, origins: Callable[[], Collection[str]], *, denied: KeepDenial | None = None) -> None:
        super().__init__(denied=denied)
        self._origins = origins

    def options(self, path: str) -> Callable[[Handler], Handler]:
        return self._resolver.route(path, method=["OPTIONS"])

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent.

        Raises:
            HookRefused: JSON, but not an object.
        """
        try:
            return read_object(self.event)
        except SubmissionRefused as refused:
            raise HookRefused(problems=refused.problems) from None

    def preflight(self) -> Response[Any]:
        """The answer to a browser that asks whether it may call."""
        return self._respond("", 204, "text/plain", ALLOWED if self._is_listed() else {})

    def _is_listed(self) -> bool:
        return self.header("Origin") in self._origins()

    def _respond(self, text: str, status: int, media_type: str, headers: Mapping[str, str]) -> Response[Any]:
        # No credentials are allowed along: a client signs its calls, and no cookie is known here.
        let_in = {"Access-Control-Allow-Origin": str(self.header("Origin"))} if self._is_listed() else {}
        return super()._respond(text, status, media_type, {"Vary": "Origin", **let_in, **headers})
