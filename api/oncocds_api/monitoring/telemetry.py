"""Spans of requests for OpenTelemetry (the extra ``telemetry``): when what was done, for which route; nothing of a
patient's. Off unless ``telemetry`` names where they go.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from oncocds import __version__
from oncocds.errors import Problem
from oncocds_api.settings.settings import Settings, SettingsError
from oncocds_api.tracing.tracing import Spans, Traced

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import Tracer, TracerProvider
    from opentelemetry.trace import Span

_EXPORT_SECONDS = 5.0
_CLOSE_SECONDS = 2.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MISSING = "pip install 'oncocds[telemetry]', or no 'telemetry' in the settings"


class Telemetry:
    """Makes spans and sends them, in a thread of its own, which nobody waits for: what cannot be sent is dropped."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer: Tracer = provider.get_tracer("oncocds", __version__)  # type: ignore[assignment]

    def begin(self, traced: Traced) -> RequestSpans:
        """Begin the span of a request, below the caller's where it sent one."""
        return RequestSpans(self._tracer, traced)

    def flush(self, seconds: float) -> bool:
        """Send what waits; tell whether it was in time."""
        return self._provider.force_flush(int(1000 * seconds))

    def close(self) -> None:
        """Send what waits, as far as the collector takes it."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True, name="telemetry")
        ending.start()
        ending.join(_CLOSE_SECONDS)


class RequestSpans(Spans):
    """The span of a request, and those of its parts below it."""

    def __init__(self, tracer: Tracer, traced: Traced) -> None:
        from opentelemetry.trace import SpanKind, set_span_in_context

        self._tracer = tracer
        self._span = tracer.start_span("request", _context_of(traced), SpanKind.SERVER)
        self._below = set_span_in_context(self._span)
        ours = self._span.get_span_context()
        told = f"00-{ours.trace_id:032x}-{ours.span_id:016x}-{ours.trace_flags:02x}"
        self.traced = Traced(traced.request_id, told)

    def child(self, name: str, begun: int, ended: int, told: Mapping[str, str | int]) -> None:
        """Note a part that was done from a time to another (nanoseconds since 1970)."""
        self._tracer.start_span(name, self._below, attributes=told, start_time=begun).end(ended)

    def end(self, method: str, route: str, status: int) -> None:
        """End the span of the request: its route is the template of its path."""
        from opentelemetry.trace import Status, StatusCode

        shown = method if method in _METHODS else "_OTHER"
        self._span.update_name(f"{shown} {route}")
        self._span.set_attributes(
            {
                "http.request.method": shown,
                "http.route": route,
                "http.response.status_code": status,
                "oncocds.request_id": self.traced.request_id,
            }
        )
        if status >= 500 or not status:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def telemetry_of(settings: Settings) -> Telemetry | None:
    """Return what sends spans to the collector of the settings; None where they name none. Raises ``SettingsError``."""
    if settings.telemetry is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
    except ImportError as error:
        missing = f"OpenTelemetry is not installed ({error.name})"
        raise SettingsError([Problem("/telemetry", missing, _MISSING)]) from None
    told = Resource.create({"service.name": "oncocds", "service.version": __version__})
    provider = TracerProvider(ParentBased(ALWAYS_ON), told, shutdown_on_exit=False)  # an end waits for no collector
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings.telemetry, timeout=_EXPORT_SECONDS)))
    return Telemetry(provider)


def _context_of(traced: Traced) -> Context:
    """Return the caller's span as a parent; without one the request begins a trace."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    if traced.parent is None:
        return Context()
    trace, span, flags = (int(part, 16) for part in traced.parent)
    parent: Span = NonRecordingSpan(SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags)))
    return set_span_in_context(parent, Context())
