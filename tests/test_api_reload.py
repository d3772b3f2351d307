"""New knowledge comes into service as a whole, or not at all; no request fails for it, and no worker is taken at its
word: it must conclude what the knowledge's own examples say, within its limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from audit_support import AUDIT_KEY, records
from audit_support import settings as audit_settings
from oncocds.advice.result import Evaluation
from oncocds.cli.main import main
from oncocds.engine import Engine
from oncocds_api.app import create_app
from oncocds_api.editions.loading import Files
from oncocds_api.editions.self_test import failed_self_test
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.workers.failures import NotStarted, WorkerLost
from oncocds_api.workers.frames import packed
from oncocds_api.workers.workers import Workers
from patience import SECONDS, until

MEMORY = 1 << 30
WORKER = """
import sys, time
from pathlib import Path
from oncocds.engine import Engine
from oncocds_api import evaluation

held = []

class Slow(Engine):
    def evaluate(self, profile, policy=None, as_of=None, **more):
        age = profile.get("age") if isinstance(profile, dict) else None
        if age == 1:
            time.sleep(3)
        if age == 2:
            held.extend(bytearray(1 << 26) for _ in range(64))
        return super().evaluate(profile, policy, as_of, **more)

evaluation.run(lambda: Slow.load(None, Path(sys.argv[1])))
"""


class Server:
    """A server whose site policy is a file of the test's."""

    def __init__(self, folder: Path) -> None:
        self.policy = folder / "policy.yaml"
        self.policy.write_text("elderly_age: 65\n", "utf-8")
        self.audit = folder / "audit"
        of_feedback = f"sqlite:///{folder}/f.sqlite3"
        settings = audit_settings(self.audit, feedback_database=of_feedback, worker_memory_bytes=MEMORY)
        command = [sys.executable, "-c", WORKER, str(self.policy)]
        self.app = create_app(None, self.policy, 2, settings=settings, worker_command=command)
        self.client = TestClient(self.app)
        self.database = folder / "f.sqlite3"

    def evaluated(self, age: int = 70) -> Any:
        answer = self.client.post("/v1/evaluations", json={"patient": {"age": age}, "as_of": "2025-01-31"})
        assert answer.status_code == 200, answer.text
        return answer.json()["policy"]

    def reload(self) -> Any:
        number = (self.health()["last_reload"] or {"number": 0})["number"] + 1
        self.client.portal.call(self.app.state.editions.ask)  # type: ignore[union-attr]

        def ended() -> bool:
            last = self.health()["last_reload"]
            return last is not None and last["number"] == number and last["state"] != "running"

        until(ended, "the reload ends")
        return self.health()["last_reload"]

    def health(self) -> Any:
        return self.client.get("/health").json()

    def pool(self) -> Workers:
        pool: Workers = self.app.state.editions.current.pool
        return pool


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"))
    with made.client:
        until(lambda: made.health()["status"] == "ready" and made.health()["workers"]["able"] == 2, "it is ready")
        yield made


def test_the_new_policy_answers_after_a_reload_and_no_request_fails_for_it(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.policy.write_text("elderly_age: 66\n", "utf-8")
    before, old = server.health(), server.pool()
    read = server.app.state.editions.current.loaded.knowledge
    kept = weakref.ref(read), weakref.ref(read.vocabulary)
    del read
    ended, answers, slow = threading.Event(), list[Any](), list[Any]()

    def ask() -> None:
        while not ended.is_set():
            answers.append(server.evaluated())

    asking = [threading.Thread(target=ask), threading.Thread(target=lambda: slow.append(server.evaluated(1)))]
    for thread in asking:
        thread.start()
    try:
        until(lambda: answers, "it answers")
        assert server.reload()["state"] == "done"
        server.evaluated()
    finally:
        ended.set()
        for thread in asking:
            thread.join()
    after = server.health()
    told = {answer["digest"]: answer["effective"]["elderly_age"] for answer in [*answers, *slow, server.evaluated()]}
    assert told[after["policy"]] == 66
    assert set(told) <= {before["policy"], after["policy"]}
    assert before["policy"] != after["policy"]
    assert before["identity"] != after["identity"]
    order = [answer["digest"] for answer in answers]
    assert order == sorted(order, key=after["policy"].__eq__)  # once the new one answered, the old one did not again
    page = server.client.get("/v1/policy").json()["settings"]
    assert {one["name"]: one["effective"] for one in page}["elderly_age"] == 66
    until(lambda: not old.able, "the old workers have ended")
    until(lambda: gc.collect() >= 0 and [one() for one in kept] == [None, None], "nothing is kept of what was read")
    assert server.pool().able == 2
    (told,) = [one for one in records(server.audit) if one["kind"] == "reload"]
    assert (told["policy"]["digest"], told["worker"]) == (after["policy"], after["identity"])
    monkeypatch.setenv("ONCOCDS_AUDIT_KEY", AUDIT_KEY)
    monkeypatch.setenv("ONCOCDS_AUDIT_LOG", str(server.audit))
    assert main(["audit", "verify"]) == 0
    assert main(["audit", "export", "--fhir"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert len(events) == len(records(server.audit))


def test_a_file_that_does_not_load_leaves_the_old_one_in_service_and_says_where(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    right = server.policy.read_text("utf-8")
    in_service, pool = server.health(), server.pool()
    for text, why in (
        ("elderly_age: [", f"policy {server.policy}:1:15: not YAML"),
        ("elderly_age: old", f"policy {server.policy}/elderly_age: wrong type"),
    ):
        server.policy.write_text(text, "utf-8")
        last = server.reload()
        assert last["state"] == "refused"
        assert why in last["why"][0]
        assert why in caplog.text
        assert server.evaluated()["digest"] == in_service["policy"]
        now = server.health()
        assert (now["identity"], now["status"]) == (in_service["identity"], "ready")
        assert server.pool() is pool
        assert pool.able == 2
    assert "Traceback" not in caplog.text
    server.policy.write_text(right, "utf-8")


def test_workers_that_do_not_answer_from_what_this_process_read_are_not_taken(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Files.read
    monkeypatch.setattr(Files, "read", lambda files: dataclasses.replace(read(files), identity="other"))
    last = server.reload()
    assert last["state"] == "refused"
    assert "the workers answer from sha256:" in last["why"][0]
    assert server.evaluated()


def test_ready_says_no_while_the_disk_holds_another_policy_than_is_in_service(server: Server) -> None:
    in_service = server.health()["policy"]
    server.policy.write_text("elderly_age: 71\n", "utf-8")
    children = {one.pid for one in server.pool()._able}
    os.kill(min(children), signal.SIGKILL)

    def told() -> set[str]:
        return {one["code"] for one in server.client.get("/health/ready").json().get("reasons", [])}

    until(lambda: told() == {"digests-differ"}, "it says so")
    answer = server.client.get("/health/ready", params={"only": "advice"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert server.evaluated()["digest"] == in_service
    assert server.reload()["state"] == "done"
    assert server.client.get("/health/ready").status_code == 200
    assert server.evaluated()["effective"]["elderly_age"] == 71


def test_ready_says_no_while_feedback_cannot_be_kept_though_advice_is_given(server: Server) -> None:
    database = server.database
    database.rename(f"{database}.away")
    try:

        def told() -> dict[str, str]:
            reasons = server.client.get("/health/ready").json().get("reasons", [])
            return {one["code"]: one["detail"] for one in reasons}

        until(lambda: "was moved or deleted" in told().get("feedback-database", ""), "it says so")
        assert server.client.get("/health/ready", params={"only": "advice"}).status_code == 200
        assert server.evaluated()
    finally:
        Path(f"{database}.away").rename(database)
    until(lambda: server.client.get("/health/ready").status_code == 200, "it is ready again")


def test_a_request_that_needs_more_memory_than_it_may_have_fails_alone(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    before = {one.pid for one in server.pool()._able}
    answer = server.client.post("/v1/evaluations", json={"patient": {"age": 2}, "as_of": "2025-01-31"})
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("/worker-memory")
    for _ in range(4):
        assert server.evaluated()
    until(lambda: server.pool().able == 2, "it is replaced")
    assert len(before - {one.pid for one in server.pool()._able}) == 1
    assert caplog.text.count("needed more memory than it may have") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process")
def test_workers_have_their_limits_and_leave_no_core(server: Server) -> None:
    for process in server.pool()._able:
        limits = Path(f"/proc/{process.pid}/limits").read_text("utf-8")
        lines = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()}
        assert lines["Max address space"] == [str(MEMORY)] * 2
        assert lines["Max core file size"] == ["0", "0"]


def test_a_worker_that_concludes_otherwise_than_an_emergencys_examples_says_which(engine: Engine) -> None:
    assert failed_self_test(engine) is None

    class Silent(Engine):
        def evaluate(self, *given: Any, **more: Any) -> Evaluation:
            found = super().evaluate(*given, **more)
            return found.model_copy(update={"verdicts": {**found.verdicts, "BCBM-07": "silent"}})

    said = failed_self_test(Silent(engine.knowledge, engine.policy))
    assert said is not None
    assert "BCBM-07.yaml: the self-test found BCBM-07 silent, its example expects" in said


def told_at_the_start(script: str, caplog: pytest.LogCaptureFixture, tries: int) -> str:
    async def run() -> None:
        pool = Workers([sys.executable, "-c", script], 1, SECONDS, "same")
        pool.start()
        try:
            async with asyncio.timeout(SECONDS):
                while caplog.text.count("could not be started") < tries:
                    await asyncio.sleep(0.02)
            with pytest.raises(NotStarted):
                await pool.all_able()
        finally:
            await pool.stop()

    asyncio.run(run())
    return caplog.text


def test_what_a_worker_says_before_it_fails_at_its_start_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    said = told_at_the_start("import no_such_module", caplog, 3)
    assert said.count("ModuleNotFoundError: No module named 'no_such_module'") == 1
    assert said.count("died at its start") >= 3


def test_what_a_worker_says_once_it_may_answer_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    ready = packed({"outcome": "ready", "identity": "same"}, b"")
    script = (
        "import sys\no = sys.stdout.buffer\n"
        f"o.write({ready!r}); o.flush(); sys.stdin.buffer.read1()\n"
        "print('Wang Secret ' * 20000, file=sys.stderr, flush=True); sys.exit(1)"
    )

    async def run() -> None:
        pool = Workers([sys.executable, "-c", script], 1, SECONDS, "same")
        pool.start()
        try:
            async with asyncio.timeout(SECONDS):
                await pool.all_able()
                with pytest.raises(WorkerLost):
                    await pool.work("evaluation", b"{}")
                while "died" not in caplog.text:
                    await asyncio.sleep(0.02)
        finally:
            await pool.stop()

    asyncio.run(run())
    assert "Secret" not in caplog.text


@contextlib.contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server as a process of its own, with a pid file."""
    start = [sys.executable, "-m", "oncocds", "serve", "--port", "0", "--workers", "1", "--policy", "policy.yaml"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*start, "--pid-file", "pid"], stdout=log, stderr=log, cwd=folder)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(SECONDS)


def test_the_command_reloads_a_running_server_and_tells_how_it_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.yaml").write_text("elderly_age: 65\n", "utf-8")
    pid_file = tmp_path / "pid"
    command = ["reload", "--pid-file", str(pid_file)]
    assert main(command) == 2
    assert "No such file" in capsys.readouterr().err
    with running(tmp_path) as process:
        until(pid_file.exists, "it says its process id")
        pid, address = pid_file.read_text("utf-8").split()
        assert int(pid) == process.pid

        def served() -> int:
            body = json.dumps(EXAMPLE).encode()
            headers = {"content-type": "application/json"}
            with urllib.request.urlopen(
                urllib.request.Request(f"{address}/v1/evaluations", body, headers), timeout=SECONDS
            ) as answer:
                return int(json.load(answer)["policy"]["effective"]["elderly_age"])

        assert served() == 65
        (tmp_path / "policy.yaml").write_text("elderly_age: [", "utf-8")
        assert main(command) == 1
        said = capsys.readouterr().err
        assert "policy.yaml:1:15: not YAML" in said
        assert "refused; as before: knowledge" in said
        assert served() == 65
        (tmp_path / "policy.yaml").write_text("elderly_age: 66\n", "utf-8")
        assert main(["reload", "--pid", pid, "--url", address]) == 0
        assert capsys.readouterr().out.startswith("new workers: knowledge ")
        assert served() == 66
        assert main(["reload", "--pid", str(os.getpid()), "--url", address]) == 3
        assert "nothing was sent" in capsys.readouterr().err
        if sys.platform == "linux":
            limits = Path(f"/proc/{pid}/limits").read_text("utf-8")
            assert [line.split()[4:6] for line in limits.splitlines() if "core file" in line] == [["0", "0"]]
    assert not pid_file.exists()
    assert main(["reload", "--pid", pid, "--url", address]) == 3
    assert "no server of oncocds answers" in capsys.readouterr().err
    log = (tmp_path / "log").read_text("utf-8")
    assert "reload 1 refused" in log
    assert "policy.yaml:1:15" in log
    assert "reload 2 done" in log
    assert "Traceback" not in log


def test_the_command_asks_which_server_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reload"]) == 2
    assert "/pid_file: which server is meant is not known" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_file_of_the_process_id_that_cannot_be_written_is_told_before_anything_is_started(
    tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a worker would be started")

    monkeypatch.setattr("oncocds_api.serve.create_app", started)
    path = tmp_path / folder / "pid" if folder != "." else tmp_path
    assert main(["serve", "--port", "0", "--pid-file", str(path)]) == 2
    told = capsys.readouterr().err
    assert "/pid_file: " in told
    assert "cannot be written" in told
    assert list(tmp_path.iterdir()) == []
