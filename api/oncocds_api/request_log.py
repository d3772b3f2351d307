"""Logs each request by its route, never what it holds, and answers what nobody foresaw with a problem."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oncocds_api.problems import problem

DIGEST = "oncocds.digest"
"""The key of the scope under which a route leaves the digest of what it evaluated."""
_AT_END = "oncocds.at-end"
_LOG = logging.getLogger("oncocds_api")


def at_end(scope: Scope, action: Callable[[], None]) -> None:
    """Have something done when a request has ended, however it did."""
    scope.setdefault(_AT_END, []).append(action)


class RequestLog:
    """ASGI middleware: one line a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; note its status and how long it took."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            _LOG.error("unforeseen: %s", type(error).__name__)
            if status == 0:
                await problem("internal-error")(scope, receive, noted)
        finally:
            for action in scope.get(_AT_END, ()):
                action()
            route = getattr(scope.get("route"), "path", "(no route)")
            took = 1000 * (time.perf_counter() - start)
            _LOG.info("%s %s %d %.1fms %s", scope["method"], route, status, took, scope.get(DIGEST, "-"))
