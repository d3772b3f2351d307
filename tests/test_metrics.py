"""What the server counts, and how a request is named in its answer, its problem and the log."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from cds_support import view
from oncocds_api.app import create_app
from oncocds_api.fhir.example import EXAMPLE as BUNDLE
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.settings.settings import Settings
from oncocds_api.tracing.logs import LogFormat, set_up_logging
from patience import until

KEY = "0123456789abcdef"
TRACE, OTHERS = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    recorded = {"audit": "best-effort", "audit_key": KEY, "audit_database": "sqlite://"}
    settings = Settings.model_validate(
        {
            "development": True,
            "metrics": "open",
            "feedback_database": "sqlite://",
            "language": "en",
            "audit_log": tmp_path_factory.mktemp("log") / "audit",
            **recorded,
        }
    )
    with TestClient(create_app(workers=1, settings=settings)) as client:
        yield client


def counted(client: TestClient) -> dict[tuple[str, ...], float]:
    """All figures, each by its name and its labels' values."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def evaluated(client: TestClient) -> Any:
    response = client.post("/v1/evaluations", json=EXAMPLE)
    assert response.status_code == 200
    return response.json()


def test_requests_are_counted_by_route_and_status(client: TestClient) -> None:
    before = counted(client)
    evaluation = evaluated(client)
    client.post("/v1/evaluations", json={"patient": {"age": "x"}})
    for unknown in ("/nowhere/4711", "/nowhere/4712"):
        client.get(unknown)
    client.get("/v1/rules/BCBM-62")
    after = counted(client)

    def more(*key: str) -> float:
        return after[key] - before.get(key, 0)

    assert more("oncocds_requests_total", "/v1/evaluations", "200") == 1
    assert more("oncocds_requests_total", "/v1/evaluations", "422") == 1
    assert more("oncocds_requests_total", "(no route)", "404") == 2
    assert more("oncocds_requests_total", "/v1/rules/{identity}", "200") == 1
    assert more("oncocds_request_seconds_count", "/v1/evaluations") == 2
    assert more("oncocds_answers_total", "evaluation", "done") >= 1  # the server begins with some of its own
    assert more("oncocds_answers_total", "evaluation", "refused") == 1
    assert after["oncocds_workers",] == 1
    assert after["oncocds_queue", "hook"] == 0
    (told,) = (key for key in after if key[0] == "oncocds_knowledge_info")
    assert evaluation["knowledge"]["digest"] in told


def test_what_was_missing_left_out_and_shown_is_counted(client: TestClient) -> None:
    call = view()
    call["prefetch"]["medicationRequests"]["entry"].append({"resource": {"resourceType": "MedicationRequest"}})
    cards = client.post("/cds-services/oncocds-patient", json=call).json()["cards"]
    shown = counted(client)
    for indicator in ("info", "warning", "critical"):
        number = sum(card["indicator"] == indicator for card in cards)
        assert shown.get(("oncocds_cards_total", "patient-view", indicator), 0) == number
    assert any(key[0] == "oncocds_records_left_out_total" and value for key, value in shown.items())
    assert shown["oncocds_lists_open_total", "medications"] == 1
    del call["prefetch"]["conditions"]
    assert client.post("/cds-services/oncocds-patient", json=call).status_code == 412
    assert counted(client)["oncocds_data_unavailable_total", "conditions", "absent"] == 1
    assert client.post("/v1/fhir/evaluations", json=BUNDLE).status_code == 200
    assert counted(client)["oncocds_lists_open_total", "lesions"] >= 2

    overridden = [{"card": cards[0]["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-01-01T00:00:00Z"}]
    taken = client.post("/cds-services/oncocds-patient/feedback", json={"feedback": overridden})
    assert taken.status_code == 200
    (rules,) = [one["rules"] for one in cards[0]["extension"].values()]
    assert rules
    until(
        lambda: all(counted(client).get(("oncocds_overrides_total", rule)) == 1 for rule in rules),
        "it is counted as soon as it is kept",
    )


def test_every_metric_is_described(client: TestClient) -> None:
    described = (Path(__file__).parent.parent / "docs" / "metrics.md").read_text("utf-8")
    families = text_string_to_metric_families(client.get("/metrics").text)
    ours = {one.name for one in families if one.name.startswith("oncocds_")}
    named = set(re.findall(r"^\| `(oncocds_\w+)`", described, re.MULTILINE))
    assert {name.removesuffix("_total") for name in named} == ours


def test_no_label_holds_what_a_caller_chose(client: TestClient) -> None:
    marked = "zz4711zz"
    client.request("GET", f"/{marked}", headers={"X-Request-Id": marked})
    client.get(f"/v1/rules/{marked}")
    client.post(f"/cds-services/{marked}", json={})
    client.request(marked, "/v1/evaluations")
    client.post("/v1/evaluations", json={"patient": {"incomplete": [marked], marked: 1}})
    assert marked not in client.get("/metrics").text


def test_a_worker_that_died_is_counted(client: TestClient) -> None:
    evaluated(client)
    before = counted(client)["oncocds_workers_lost_total", "died"]
    app: Any = client.app
    for pool in app.state.metrics._pools:
        for worker in list(pool._able):
            os.kill(worker.pid, signal.SIGKILL)
    until(lambda: counted(client)["oncocds_workers_lost_total", "died"] > before, "the loss is counted")
    evaluated(client)


def test_metrics_are_off_unless_they_are_asked_for_and_may_need_a_key() -> None:
    assert TestClient(create_app()).get("/metrics").status_code == 404
    keyed = TestClient(create_app(settings=Settings(metrics="key", api_keys={"prometheus": KEY})))  # type: ignore[dict-item]
    assert keyed.get("/metrics").status_code == 401
    told = keyed.get("/metrics", headers={"X-API-Key": KEY})
    assert told.status_code == 200
    assert "oncocds_requests_total" in told.text


@pytest.mark.parametrize("sent", ["4711-abcdef", "A.b_c-12345678"])
def test_the_callers_id_of_a_request_comes_back(client: TestClient, sent: str) -> None:
    for path in ("/health/live", "/nowhere"):
        told = client.get(path, headers={"X-Request-Id": sent})
        assert told.headers["X-Request-Id"] == sent
    assert told.json()["request_id"] == sent


@pytest.mark.parametrize("sent", [None, "short", "has space in it", "x" * 65, "line\\nbreak", "<script>alert"])
def test_any_other_id_is_replaced_by_one_of_ours(client: TestClient, sent: str | None) -> None:
    told = client.get("/nowhere", headers={} if sent is None else {"X-Request-Id": sent})
    ours = told.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", ours)
    assert told.json()["request_id"] == ours


def test_a_hooks_problem_and_a_refusal_name_the_request_too(client: TestClient) -> None:
    for path in ("/cds-services/oncocds-patient", "/v1/evaluations"):
        told = client.post(path, json={}, headers={"X-Request-Id": "4711-abcdef"})
        assert told.status_code == 422
        assert told.json()["request_id"] == "4711-abcdef"


def test_a_trace_goes_on_with_a_step_of_ours(client: TestClient) -> None:
    told = client.get("/nowhere", headers={"traceparent": f"00-{TRACE}-{OTHERS}-01"})
    ours = told.headers["traceparent"]
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-01", ours)
    assert OTHERS not in ours
    assert told.json()["traceparent"] == ours


@pytest.mark.parametrize(
    "sent", ["", "x", f"00-{'0' * 32}-{OTHERS}-01", f"00-{TRACE}-{'0' * 16}-01", f"ff-{TRACE}-{OTHERS}-01", TRACE]
)
def test_what_is_no_trace_is_passed_over(client: TestClient, sent: str) -> None:
    told = client.get("/nowhere", headers={"traceparent": sent})
    assert "traceparent" not in told.headers
    assert "traceparent" not in told.json()


@contextlib.contextmanager
def logging_as(form: LogFormat) -> Iterator[io.StringIO]:
    """Yield the standard error of a server whose log is set up now."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    try:
        with contextlib.redirect_stderr(written):
            set_up_logging(form)
            yield written
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def test_a_log_of_json_is_an_object_a_line_and_names_the_request(client: TestClient) -> None:
    headers = {"X-Request-Id": "4711-abcdef", "traceparent": f"00-{TRACE}-{OTHERS}-01"}
    with logging_as("json") as log:
        told = client.post("/v1/evaluations", json=EXAMPLE, headers=headers)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (line,) = (one for one in lines if one.get("route") == "/v1/evaluations")
    assert line["request_id"] == "4711-abcdef"
    assert line["traceparent"] == told.headers["traceparent"]
    assert (line["method"], line["status"], line["level"]) == ("POST", 200, "INFO")
    assert line["digest"] == told.json()["input_digest"]
    assert line["time"].endswith("+00:00")


def test_a_log_for_people_names_the_request(client: TestClient) -> None:
    with logging_as("text") as log:
        client.post("/cds-services/oncocds-patient", json={}, headers={"X-Request-Id": "4711-abcdef"})
    (line,) = (one for one in log.getvalue().splitlines() if "POST" in one)
    assert line.endswith(" request_id=4711-abcdef")


def test_a_log_of_json_tells_of_an_exception_its_place_alone() -> None:
    with logging_as("json") as log:
        try:
            raise KeyError("Wang Secret")
        except KeyError:
            logging.getLogger("oncocds_api").exception("it failed")
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert line["exception"].startswith("KeyError at test_metrics.py:")
    assert "Secret" not in log.getvalue()
