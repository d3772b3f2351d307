"""Spans of requests: below the caller's trace, of each part that takes time, and with nothing of a patient's."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.testclient import TestClient

from cds_support import view
from fake_fhir import FakeFhir, fake_fhir
from oncocds_api.app import create_app
from oncocds_api.cds.services import TEMPLATES
from oncocds_api.fhir.example import EXAMPLE as BUNDLE
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.settings.settings import Settings, SettingsError
from patience import SECONDS

TRACE, OTHERS = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector:
    """Takes spans over HTTP as OpenTelemetry's collector does; ``raw`` is every byte of them."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.raw = b""
        self.paths: set[str] = set()
        self.address = ""

    def take(self, path: str, content: bytes) -> None:
        self.paths.add(path)
        self.raw += content
        request = ExportTraceServiceRequest.FromString(content)
        self.spans += [span for one in request.resource_spans for scope in one.scope_spans for span in scope.spans]


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers.get("Content-Encoding") is None
            collector.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    collector.address = f"http://127.0.0.1:{server.server_port}/v1/traces"
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Traced:
    """A server whose spans a collector of the test's takes, and a FHIR server that it reads from."""

    def __init__(self, client: TestClient, collector: Collector, fhir: FakeFhir) -> None:
        self.client, self.collector, self.fhir = client, collector, fhir

    def spans(self) -> list[Span]:
        """The spans since the last call."""
        assert self.client.app.state.telemetry.flush(SECONDS)  # type: ignore[attr-defined]
        found, self.collector.spans = self.collector.spans, []
        return found


@pytest.fixture(scope="module")
def traced() -> Iterator[Traced]:
    with collecting() as collector, fake_fhir() as fhir, pytest.MonkeyPatch.context() as around:
        # What the framework would send by itself holds addresses and the messages of exceptions.
        around.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
        around.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.removesuffix("/v1/traces"))
        around.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        chosen = Settings(
            development=True,
            telemetry=collector.address,
            fhir_servers=(fhir.base,),
            fetch_seconds=30,
            feedback_database="sqlite://",
        )
        with TestClient(create_app(workers=1, settings=chosen)) as client:
            yield Traced(client, collector, fhir)


def told(span: Span) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def parts(spans: list[Span]) -> dict[str, list[dict[str, Any]]]:
    """The attributes of the spans below a request's, by name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in spans:
        found.setdefault(one.name, []).append(told(one))
    return found


def test_a_request_is_a_span_below_the_callers_and_its_parts_are_below_it(traced: Traced) -> None:
    traced.spans()
    headers = {"X-Request-Id": "4711-abcdef", "traceparent": f"00-{TRACE}-{OTHERS}-01", "tracestate": "wang=secret"}
    answer = traced.client.post("/v1/fhir/evaluations", json=BUNDLE, headers=headers)
    assert answer.status_code == 200
    spans = traced.spans()
    (request,) = (one for one in spans if one.kind == Span.SpanKind.SPAN_KIND_SERVER)
    assert request.name == "POST /v1/fhir/evaluations"
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, OTHERS)
    assert answer.headers["traceparent"] == f"00-{TRACE}-{request.span_id.hex()}-01"
    assert told(request) == {
        "http.request.method": "POST",
        "http.route": "/v1/fhir/evaluations",
        "http.response.status_code": 200,
        "oncocds.request_id": "4711-abcdef",
    }
    below = [one for one in spans if one is not request]
    assert {one.parent_span_id for one in below} == {request.span_id}
    assert {one.trace_id.hex() for one in below} == {TRACE}
    found = parts(below)
    assert set(found) == {"wait", "work", "mapping", "evaluation"}
    assert found["work"] == [{"oncocds.kind": "fhir-evaluation", "oncocds.outcome": "done"}]
    for one in below:
        assert request.start_time_unix_nano <= one.start_time_unix_nano <= one.end_time_unix_nano
        assert one.end_time_unix_nano <= request.end_time_unix_nano


def test_a_request_without_a_trace_begins_one_and_a_caller_that_samples_not_is_heeded(traced: Traced) -> None:
    traced.spans()
    answer = traced.client.post("/v1/evaluations", json=EXAMPLE, headers={"traceparent": "00-wang-secret-01"})
    spans = traced.spans()
    (request,) = (one for one in spans if not one.parent_span_id)
    version, trace, span, flags = answer.headers["traceparent"].split("-")
    assert (version, trace, span) == ("00", request.trace_id.hex(), request.span_id.hex())
    assert int(flags, 16) & 1
    quiet = traced.client.post("/v1/evaluations", json=EXAMPLE, headers={"traceparent": f"00-{TRACE}-{OTHERS}-00"})
    assert quiet.headers["traceparent"].startswith(f"00-{TRACE}-")
    assert quiet.headers["traceparent"].endswith("-00")
    assert traced.spans() == []


def test_reads_from_a_fhir_server_are_spans_and_none_holds_anything_of_a_patients(traced: Traced) -> None:
    call = view()
    patient = call["prefetch"]["patient"]
    patient["name"] = [{"family": "Wangsecret"}]
    marks = [str(call["context"]["patientId"]), "Wangsecret", "Practitioner/example", "token-of-a-doctor"]
    queries = {one.key: one.query_for(call["context"]["patientId"]) for one in TEMPLATES}
    traced.fhir.serve_patient(call["prefetch"], queries)
    traced.fhir.answers[f"/fhir/{queries['observations']}"] = (500, {}, b"Wangsecret")
    authorized = {"access_token": "token-of-a-doctor", "token_type": "Bearer", "expires_in": 300, "scope": "x"}
    del call["prefetch"]
    traced.spans()
    traced.collector.raw = b""
    hook = {**call, "fhirServer": traced.fhir.base, "fhirAuthorization": {**authorized, "subject": "x"}}
    assert traced.client.post("/cds-services/oncocds-patient", json=hook).status_code in (200, 412)
    for path, body in (
        ("/v1/evaluations", {"patient": {"Wangsecret": "Wangsecret", "age": "Wangsecret"}}),
        ("/v1/evaluations?name=Wangsecret", EXAMPLE),
        ("/nowhere/Wangsecret", {}),
    ):
        traced.client.post(path, json=body)
    traced.client.request("WANGSECRET", "/v1/evaluations")
    spans = traced.spans()
    reads = parts(spans)["fhir.read"]
    assert {one["oncocds.key"] for one in reads} == set(queries)
    assert {one["server.address"] for one in reads} == {"127.0.0.1"}
    assert {one["oncocds.outcome"] for one in reads if one["oncocds.key"] == "observations"} == {"refused"}
    assert {one["oncocds.outcome"] for one in reads if one["oncocds.key"] != "observations"} == {"done"}
    assert {"POST (no route)", "_OTHER /v1/evaluations"} <= set(parts(spans))
    assert traced.collector.paths == {"/v1/traces"}
    for mark in marks:
        assert mark.encode() not in traced.collector.raw
    assert all(not one.events for one in spans)  # an exception's message could hold what was sent


def test_a_collector_that_is_gone_or_silent_holds_no_answer_and_no_end(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        where = f"http://127.0.0.1:{listening.getsockname()[1]}/v1/traces"
        app = create_app(workers=1, settings=Settings(telemetry=where, feedback_database="sqlite://"))
        client = TestClient(app)  # without its workers: a body that is no JSON needs none
        assert client.post("/v1/evaluations", content=b"").status_code == 415
        closing = threading.Thread(target=app.state.telemetry.close, daemon=True)
        closing.start()
        closing.join(SECONDS)
        assert not closing.is_alive()


def test_without_the_extra_a_start_that_asks_for_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError) as refused:
        create_app(workers=1, settings=Settings(telemetry="http://127.0.0.1:4318/v1/traces"))
    (problem,) = refused.value.problems
    assert problem.pointer == "/telemetry"
    assert "OpenTelemetry is not installed" in problem.reason
    assert "oncocds[telemetry]" in problem.expected


def test_off_it_imports_nothing_and_changes_no_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    app = create_app(workers=1, settings=Settings(feedback_database="sqlite://"))
    assert app.state.telemetry is None
    assert "traceparent" not in TestClient(app).post("/v1/evaluations", content=b"").headers
