"""Logs each request by its route, never what it holds, and answers what nobody foresaw with a problem."""

from __future__ import annotations

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oncocds_api.monitoring.metrics import Metrics
from oncocds_api.monitoring.telemetry import Telemetry
from oncocds_api.tracing.logs import FIELDS
from oncocds_api.tracing.tracing import CURRENT, REQUEST_ID, SPANS, TRACEPARENT, Traced
from oncocds_api.web.ending import end
from oncocds_api.web.problems import problem

DIGEST = "oncocds.digest"
"""The key of the scope under which a route leaves the digest of what it evaluated."""
_LOG = logging.getLogger("oncocds_api")


class RequestLog:
    """ASGI middleware: one line a request. The answer names the request, by the caller's id for it if there is one."""

    def __init__(self, app: ASGIApp, metrics: Metrics, telemetry: Telemetry | None) -> None:
        self._app = app
        self._metrics = metrics
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; note its status and how long it took."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        traced = Traced.of(headers.get(REQUEST_ID), headers.get(TRACEPARENT))
        spans = None if self._telemetry is None else self._telemetry.begin(traced)
        traced = traced if spans is None else spans.traced
        CURRENT.set(traced)
        SPANS.set(spans)
        start = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                told = MutableHeaders(scope=message)
                told[REQUEST_ID] = traced.request_id
                if traced.traceparent is not None:
                    told[TRACEPARENT] = traced.traceparent
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            _LOG.error("unforeseen: %s", type(error).__name__)
            if status == 0:
                await problem("internal-error")(scope, receive, noted)
        finally:
            end(scope)
            route = getattr(scope.get("route"), "path", "(no route)")
            took, digest = time.perf_counter() - start, scope.get(DIGEST, "-")
            self._metrics.request(route, status, took)
            if spans is not None:
                spans.end(scope["method"], route, status)
            fields = {"method": scope["method"], "route": route, "status": status, "ms": round(1000 * took, 1)}
            line = (scope["method"], route, status, 1000 * took, digest)
            _LOG.info("%s %s %d %.1fms %s", *line, extra={FIELDS: {**fields, "digest": digest}})
