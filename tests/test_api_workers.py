"""Workers that die while nobody asks, that cannot be started, or that would answer from something else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

import serving_support
from oncocds.engine import directories
from oncocds_api.app import create_app
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.workers.failures import WorkerTimeout
from oncocds_api.workers.frames import packed
from oncocds_api.workers.workers import Workers
from patience import SECONDS, until
from serving_support import process_serving

READY = "import sys; o = sys.stdout.buffer\nwhile True: o.write({}); o.flush(); sys.stdin.buffer.read1()"
"""A worker that gives the same answer to everything."""


def workers() -> set[int]:
    """The worker processes of this process."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found.update(map(int, (task / "children").read_text().split()))
    return {pid for pid in found if b"oncocds_api.evaluation" in command_line(pid)}


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def is_ready(client: TestClient) -> bool:
    return client.get("/health/ready").status_code == 200


@contextlib.contextmanager
def serving(knowledge: Path | None = None) -> Iterator[TestClient]:
    app = create_app(knowledge, workers=2)
    with TestClient(app) as client:
        until(lambda: is_ready(client) and len(workers()) == 2, "two workers")
        # both must be idle, not about to start: each of two requests at once needs its own
        with ThreadPoolExecutor(2) as threads:
            assert list(threads.map(lambda _: evaluated(client)["as_of"], range(2))) == ["2025-01-31"] * 2
        until(lambda: len(app.state.editions._tasks) == 1, "no example is at work any more, it listens alone")
        yield client


def evaluated(client: TestClient) -> Any:
    response = client.post("/v1/evaluations", json=EXAMPLE)
    assert response.status_code == 200
    return response.json()


def test_idle_workers_that_were_killed_come_back_though_nobody_asks_for_advice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving() as client:
        before = workers()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: all(f"worker {pid} died" in caplog.text for pid in before), "the deaths are noticed")
        until(lambda: is_ready(client), "a worker is back")
        until(lambda: len(workers() - before) == 2, "both are back")
        assert evaluated(client)["advice"]
    for pid in before:
        assert sum(f"worker {pid} died" in record.getMessage() for record in caplog.records) == 1


def test_workers_that_are_frozen_are_found_by_asking_them(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as client:
        before = workers()
        monkeypatch.setattr(client.app.state.editions.current.pool, "_time_limit", 2.0)  # type: ignore[attr-defined]
        for pid in before:
            os.kill(pid, signal.SIGSTOP)
        until(lambda: is_ready(client), "others are there: neither frozen one was taken for one that answers")
        monkeypatch.undo()
        until(lambda: not before & workers(), "they have ended")
        until(lambda: is_ready(client), "one that is no longer asked in haste answers")
        assert evaluated(client)["advice"]
    assert [caplog.text.count(f"worker {pid} hung and was ended") for pid in before] == [1, 1]


def test_a_server_whose_connections_are_used_up_says_it_shortly_and_recovers(tmp_path: Path) -> None:
    log = tmp_path / "log"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))"
    with process_serving(tmp_path, before=limit) as (server, address):
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        with contextlib.ExitStack() as connections:
            for _ in range(60):
                connections.enter_context(socket.create_connection(("127.0.0.1", urlsplit(address).port)))
            until(lambda: "no room for another connection (EMFILE)" in log.read_text(), "it says so")
            until(children.read_text, "it has workers")
            os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
            until(lambda: "died" in log.read_text(), "the death is noticed")
        until(lambda: serving_support.is_ready(address), "it is ready again")
    assert "Traceback" not in log.read_text()
    assert sum("GET" not in line for line in log.read_text().splitlines()) < 100  # beside its line for each request


def test_a_server_without_descriptors_says_it_once_a_try_and_recovers(caplog: pytest.LogCaptureFixture) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with serving() as client:
        alive = workers()
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            until(lambda: caplog.text.count("could not be started (EMFILE)") >= 4, "starts fail, again and again")
            assert not is_ready(client)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        until(lambda: is_ready(client), "a worker is back")
        assert evaluated(client)["advice"]
    pauses = [record.args for record in caplog.records if "could not be started (EMFILE)" in record.getMessage()]
    assert {(why, pause) for why, pause in pauses} <= {("EMFILE", 0.5 * 2**n) for n in range(7)}  # type: ignore[misc]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("fault", [OSError(12, "no memory"), RuntimeError("can't start new thread")])
def test_a_start_that_fails_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    begin, left = asyncio.create_subprocess_exec, [fault, fault]

    async def failing(*arguments: Any, **more: Any) -> Any:
        if left:
            raise left.pop()
        return await begin(*arguments, **more)

    async def run() -> None:
        ready = packed({"outcome": "ready", "identity": "same"}, b"")
        pool = Workers([sys.executable, "-c", READY.format(ready)], 1, SECONDS, "same")
        monkeypatch.setattr(asyncio, "create_subprocess_exec", failing)
        pool.start()
        try:
            async with asyncio.timeout(SECONDS):
                while not await pool.can_answer():
                    await asyncio.sleep(0.02)
        finally:
            await pool.stop()

    asyncio.run(run())
    told = "ENOMEM" if isinstance(fault, OSError) else "RuntimeError"
    assert [one.args for one in caplog.records if "not be started" in one.msg] == [(told, 0.5), (told, 1.0)]


def test_a_worker_that_is_ended_amid_a_long_answer_is_replaced() -> None:
    ready = packed({"outcome": "ready", "identity": "same"}, b"")
    half = (1 << 20).to_bytes(4, "big") + bytes(1 << 19)  # more than is read ahead
    script = (
        f"import sys, time; o = sys.stdout.buffer\no.write({ready!r}); o.flush(); sys.stdin.buffer.read1()\n"
        f"o.write({half[:4]!r} + bytes({len(half) - 4})); o.flush(); time.sleep(3600)"
    )

    async def run() -> None:
        pool = Workers([sys.executable, "-c", script], 1, 1.0, "same")
        pool.start()
        try:
            async with asyncio.timeout(SECONDS):
                for _ in range(2):
                    with pytest.raises(WorkerTimeout):
                        await pool.work("evaluation", b"{}")
        finally:
            async with asyncio.timeout(SECONDS):
                await pool.stop()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"outcome": "ready", "identity": "other"}, "is refused: it would answer from other, this server from same"),
        ({"outcome": "not-started", "why": "rules/x.yaml:1:1: wrong"}, "rules/x.yaml:1:1: wrong"),
    ],
)
def test_a_worker_that_is_not_the_servers_own_never_answers(
    caplog: pytest.LogCaptureFixture, header: dict[str, str], why: str
) -> None:
    async def run() -> None:
        pool = Workers([sys.executable, "-c", READY.format(packed(header, b""))], 1, SECONDS, "same")
        pool.start()
        try:
            async with asyncio.timeout(SECONDS):
                while caplog.text.count(why) < 2:
                    assert not await pool.can_answer()
                    await asyncio.sleep(0.02)
        finally:
            await pool.stop()

    asyncio.run(run())


@pytest.mark.parametrize("given", ["same", "other"])
def test_a_worker_that_is_given_what_the_server_holds_must_be_its_own_too(given: str) -> None:
    told = {name: packed({"outcome": "ready", "identity": name}, b"") for name in ("same", "other")}

    async def run() -> None:
        pool = Workers([sys.executable, "-c", READY.format(told["other"])], 1, SECONDS, "same")
        script = f"import sys; sys.stdin.buffer.read1(); {READY.format(told[given])}"
        pool.replace_from([sys.executable, "-c", script], lambda: b"held")
        pool.start()
        try:
            async with asyncio.timeout(SECONDS):
                while not (pool.able or pool.differ):
                    await asyncio.sleep(0.02)
            assert (pool.able, pool.differ) == ((1, False) if given == "same" else (0, True))
        finally:
            await pool.stop()

    asyncio.run(run())


def test_a_worker_that_dies_is_replaced_from_what_the_server_holds_though_the_files_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for folder in directories(None):
        shutil.copytree(folder, tmp_path / folder.name)
    changed = tmp_path / "rules" / "policy.yaml"
    shipped = changed.read_text("utf-8")
    with serving(tmp_path) as client:
        known = evaluated(client)["policy"]["digest"]
        changed.write_text(shipped.replace("elderly_age: null", "elderly_age: 65"), "utf-8")
        pool = client.app.state.editions.current.pool  # type: ignore[attr-defined]
        until(lambda: pool.able == 2, "both answer: one that has not begun yet would be another case")
        os.kill(min(workers()), signal.SIGKILL)
        until(lambda: "is refused" in caplog.text, "the worker with the changed file is refused")
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: evaluated(client), range(8)))
        assert {answer["policy"]["digest"] for answer in answers} == {known}
        until(lambda: pool.able == 2, "it is replaced from what the server holds")
        changed.write_text("elderly_age: [", "utf-8")
        until(workers, "another one to be killed")
        os.kill(min(workers()), signal.SIGKILL)  # whichever stand there now: a busy machine may have ended one
        until(lambda: "policy.yaml:1" in caplog.text, "the log says which file does not load")
        assert evaluated(client)["policy"]["digest"] == known
        (rule,) = (tmp_path / "rules").glob("*/BCBM-07.yaml")
        lines = rule.read_text("utf-8").splitlines()
        place = next(number for number, line in enumerate(lines, 1) if line.startswith("urgency:"))
        rule.write_text("\n".join(["urgency: urgent" if one.startswith("urgency:") else one for one in lines]), "utf-8")
        client.portal.call(client.app.state.editions.ask)  # type: ignore[union-attr, attr-defined]
        last = reloaded(client)
        assert last["state"] == "refused"
        assert re.search(rf"BCBM-07\.yaml:{place}:\d+: ", last["why"][0])
        assert last["why"][0] in caplog.text
        before = workers()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(workers() - before) == 2 and pool.able == 2, "all are replaced after the refused reload")
        assert is_ready(client)
        again = evaluated(client)
        assert (again["policy"]["digest"], again["knowledge"]) == (known, answers[0]["knowledge"])
    assert "Traceback" not in caplog.text


def reloaded(client: TestClient) -> Any:
    until(
        lambda: (client.get("/health").json()["last_reload"] or {"state": "running"})["state"] != "running", "it ends"
    )
    return client.get("/health").json()["last_reload"]


def test_the_sites_policy_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"elderly_age": 70, "cross_tumour_safety": False}), "utf-8")
    with TestClient(create_app(policy=policy, workers=1)) as client:
        until(lambda: is_ready(client), "a worker")
        known = evaluated(client)["policy"]
        policy.write_text(json.dumps({"elderly_age": 65}), "utf-8")
        for pid in workers():
            os.kill(pid, signal.SIGKILL)
        until(lambda: "is refused" in caplog.text, "the worker with another policy is refused")
        until(lambda: is_ready(client), "one with the server's own answers")
        assert evaluated(client)["policy"] == known
        locked = {**EXAMPLE, "policy": {"cross_tumour_safety": True}}
        assert client.post("/v1/evaluations", json=locked).status_code == 422  # it is the site's alone, as before
