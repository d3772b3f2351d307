"""Workers that die, hang or fail: only their own request fails, and never with a 200."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from oncocds.engine import Engine
from oncocds_api.app import create_app
from oncocds_api.requests.models import EXAMPLE
from patience import until

WORKER = """
import os, signal, time
from oncocds.engine import Engine
from oncocds.errors import AgendaFault, ReadingsDisagree
from oncocds_api import evaluation

class Faulty(Engine):
    def evaluate(self, profile, policy=None, as_of=None):
        age = profile.get("age")
        if age == 1: os.kill(os.getpid(), signal.SIGKILL)
        if age == 2: time.sleep(3600)
        if age == 3: raise AgendaFault("Wang Secret")
        if age == 4: raise ReadingsDisagree("Wang Secret")
        if age == 5: raise KeyError("Wang Secret")
        if age == 6: time.sleep(0.5)
        if age == 7: print("noise", flush=True); os.write(1, b"noise")
        return super().evaluate(profile, policy, as_of)

evaluation.run(Faulty.load)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[TestClient]:
    app = create_app(workers=2, worker_command=[sys.executable, "-c", WORKER])
    with TestClient(app) as client:
        yield client


@pytest.fixture
def client(server: TestClient) -> TestClient:
    """The server with both workers in their places, however long a busy machine takes to start them."""
    until(lambda: server.get("/health").json()["workers"]["able"] >= 2, "the workers are replaced")
    return server


def post(client: TestClient, age: int) -> Any:
    return client.post("/v1/evaluations", json={"patient": {"age": age}, "as_of": "2025-01-31"})


@pytest.mark.parametrize(
    ("age", "status", "kind"),
    [
        (1, 500, "worker-lost"),
        (2, 504, "worker-timeout"),
        (3, 500, "agenda-fault"),
        (4, 500, "readings-disagree"),
        (5, 500, "internal-error"),
    ],
)
def test_a_fault_is_a_problem_and_the_next_request_is_right(
    client: TestClient,
    engine: Engine,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    age: int,
    status: int,
    kind: str,
) -> None:
    if status == 504:  # only who is to be too late has little time
        monkeypatch.setattr(client.app.state.editions.current.pool, "_time_limit", 1.5)  # type: ignore[attr-defined]
    response = post(client, age)
    monkeypatch.undo()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"].endswith("/" + kind)
    assert "Secret" not in response.text + caplog.text
    assert "Traceback" not in response.text + caplog.text
    following = client.post("/v1/evaluations", json=EXAMPLE)
    assert following.status_code == 200
    assert following.json() == engine.evaluate(EXAMPLE["patient"], as_of=EXAMPLE["as_of"]).model_dump(mode="json")


def test_a_dying_worker_takes_no_other_request_with_it(client: TestClient) -> None:
    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(lambda age: post(client, age).status_code, [6, 1, 6, 1, 6]))
    assert statuses == [200, 500, 200, 500, 200]


def test_what_a_worker_prints_is_no_answer(client: TestClient) -> None:
    assert post(client, 7).status_code == 200


def test_not_ready_before_a_worker_answered() -> None:
    app = create_app(workers=1, worker_command=[sys.executable, "-c", "import time; time.sleep(3600)"])
    with TestClient(app) as client:  # its end waits for no worker: these would take an hour
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
