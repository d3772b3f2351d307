"""A feedback database that is locked, silent or gone: advice does not wait for it, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds_support import order
from feedback_support import made
from oncocds_api.app import create_app
from oncocds_api.feedback import feedback as feedback_module
from oncocds_api.feedback.entries import outcome_entry, shown_entry, spool_folder
from oncocds_api.feedback.store import FeedbackStore, Outcome
from oncocds_api.feedback.writer import FeedbackWriter
from oncocds_api.security import kept_replays
from oncocds_api.security.kept_replays import KeptReplays
from oncocds_api.settings.settings import Settings
from oncocds_api.storage.database import Bounded, DatabaseSilent
from oncocds_api.storage.spool import ASIDE, Spool, left_in
from patience import SECONDS, until

ORDERS = "/cds-services/oncocds-orders"
RULE = "BCBM-62"


def within(work: Callable[[], Any]) -> Any:
    """Do something that must come to an end; that it never does is the failure."""
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(work()), daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert done, "never answered"
    return done[0]


@contextlib.contextmanager
def given_up_soon() -> Iterator[None]:
    """Have nobody wait long for a database that says nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_replays, "_SECONDS", 0.5)
        patch.setattr(feedback_module, "_DATABASE_SECONDS", 3.0)
        patch.setattr(feedback_module, "_DRAIN_SECONDS", 1.0)
        yield


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold every lock of a database, for writing and for reading."""
    connection = sqlite3.connect(path, timeout=SECONDS, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        with given_up_soon():
            yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Yield the port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening, given_up_soon():
        yield listening.getsockname()[1]


def settings(address: str, **more: Any) -> Settings:
    return Settings(development=True, feedback_database=address, **more)


def card(client: TestClient) -> Any:
    answer = within(lambda: client.post(ORDERS, json=order()))
    assert answer.status_code == 200
    (first, *_) = answer.json()["cards"]
    assert first["indicator"] == "critical"
    return first


def feedback(client: TestClient, name: str) -> int:
    entry = {"card": name, "outcome": "overridden", "outcomeTimestamp": "2026-01-31T10:05:31Z"}
    return int(within(lambda: client.post(f"{ORDERS}/feedback", json={"feedback": [entry]})).status_code)


def counted(client: TestClient) -> tuple[int, int] | int:
    answer = within(lambda: client.get(f"/v1/feedback/rules/{RULE}"))
    return (answer.json()["shown"], answer.json()["overridden"]) if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize("used_before", [False, True])
def test_while_the_database_is_locked_advice_and_feedback_go_on(tmp_path: Path, used_before: bool) -> None:
    path = tmp_path / "f.sqlite3"
    with TestClient(create_app(workers=1, settings=settings(f"sqlite:///{path}"))) as client:
        before = 0
        if used_before:
            card(client)
            assert counted(client) == (1, 0)
            before = 1
            # the connection that was used would keep the lock from being taken
        with locked(path) if not used_before else writing(path):
            shown = card(client)
            assert feedback(client, shown["uuid"]) == 200
            assert feedback(client, str(uuid.uuid4())) == 503  # whether it was shown cannot be told now
            assert counted(client) == 503  # never a count that lacks what was acknowledged
        until(lambda: counted(client) == (before + 1, 1), "what was acknowledged is counted")
        assert feedback(client, str(uuid.uuid4())) == 422


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Hold the lock for writing."""
    connection = sqlite3.connect(path, timeout=SECONDS, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        with given_up_soon():
            yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_a_database_that_never_answers_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with silent() as port:
        chosen = settings(f"postgresql+psycopg://oncocds@127.0.0.1:{port}/oncocds")
        with TestClient(create_app(workers=1, settings=chosen)) as client:
            for _ in range(12):  # more than may be left behind
                card(client)
            shown = card(client)
            assert feedback(client, shown["uuid"]) == 200
            assert counted(client) == 503
            assert left_in(spool_folder(chosen)) == 14
        assert left_in(spool_folder(chosen)) == 14


CHILD = """
import json, os, signal, sys
from pathlib import Path
from starlette.testclient import TestClient
from oncocds_api.app import create_app
from oncocds_api.feedback import feedback
from oncocds_api.settings.settings import Settings

feedback._DISK_SECONDS = 120.0  # an acknowledgement may take its time here
address, call = sys.argv[1], json.load(sys.stdin)
app = create_app(workers=1, time_limit=120.0, settings=Settings(development=True, feedback_database=address))
with TestClient(app) as client:
    cards = client.post("/cds-services/oncocds-orders", json=call).json()["cards"]
    entry = {"card": cards[0]["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-01-31T10:05:31Z"}
    answer = client.post("/cds-services/oncocds-orders/feedback", json={"feedback": [entry]})
    print(answer.status_code, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_acknowledged_outlives_a_killed_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "f.sqlite3"
    address = f"sqlite:///{path}"
    with locked(path):
        child = subprocess.run(
            [sys.executable, "-c", CHILD, address], input=json.dumps(order()).encode(), capture_output=True, timeout=600
        )
    assert child.returncode == -signal.SIGKILL
    assert child.stdout == b"200\n"
    for _ in range(2):
        with TestClient(create_app(workers=1, settings=settings(address))) as client:
            until(lambda: counted(client) == (1, 1), "it is counted, once")
    assert caplog.text.count("left by an earlier process") == 1
    assert left_in(spool_folder(settings(address))) == 0


def test_a_full_spool_refuses_feedback_and_hinders_no_advice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "f.sqlite3"
    with TestClient(
        create_app(workers=1, settings=settings(f"sqlite:///{path}", feedback_spool_bytes=20_000))
    ) as client:
        with locked(path):
            shown, taken = card(client), 0
            while feedback(client, shown["uuid"]) == 200:
                taken += 1
            assert taken
            assert "as much waits there as may (feedback_spool_bytes)" in caplog.text
            assert card(client)["uuid"] != shown["uuid"]
            waiting = left_in(spool_folder(settings(f"sqlite:///{path}")))
        until(lambda: counted(client) == (1, 1), "the one card is counted")
        assert feedback(client, shown["uuid"]) == 200
        assert counted(client) == (1, 1)
    with sqlite3.connect(path) as connection:
        (written,) = connection.execute("SELECT count(*) FROM card_outcome").fetchone()
    connection.close()
    assert written == taken + 1 == waiting


def test_an_entry_that_can_never_be_written_stops_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store, spool = FeedbackStore(f"sqlite:///{tmp_path}/f.sqlite3"), Spool(tmp_path / "spool", 1 << 20)
    lost = Outcome(uuid.uuid4(), "overridden", (), None, False, datetime.datetime.now(datetime.UTC))
    spool.append(outcome_entry([lost]))  # of a card that is nowhere
    spool.append(b"nonsense")
    name = uuid.uuid4()
    noted = shown_entry("s", "order-sign", [made(name, ["R-1"])])
    answer = outcome_entry([Outcome(name, "overridden", (), "later", True, lost.at)])
    for entry in (noted, noted, answer, answer):  # what was written before the process ended comes again
        spool.append(entry)
    FeedbackWriter(spool, store).start()
    until(lambda: not spool.waiting(), "all is done")
    (one,) = store.count("R-1")
    assert (one.shown, one.overridden, one.reasons) == (1, 1, {"later": 1})
    aside = (tmp_path / "spool" / ASIDE).read_text("utf-8")
    assert str(lost.card) in aside
    assert "nonsense" in aside
    assert caplog.text.count(ASIDE) == 2
    spool.close()
    with sqlite3.connect(tmp_path / "f.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM card_outcome").fetchone() == (1,)
    connection.close()
    store.close()


def test_no_call_waits_longer_than_is_said_and_those_left_behind_are_few() -> None:
    calls, end = Bounded(2), threading.Event()
    for _ in range(2):
        with pytest.raises(DatabaseSilent):
            calls.call(end.wait, 0.01)
    with pytest.raises(DatabaseSilent):
        calls.call(lambda: None, SECONDS)  # at once: the others are still there
    end.set()

    def free() -> bool:
        with contextlib.suppress(DatabaseSilent):
            return calls.call(lambda: True, SECONDS)
        return False

    until(free, "calls are made again")


def used(kept: KeptReplays, name: str) -> bool:
    now = time.time()
    return bool(within(lambda: asyncio.run(kept.first_use(name, now + 600, now))))


def test_a_token_is_used_once_while_the_database_is_locked_and_kept_afterwards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "f.sqlite3"
    kept = KeptReplays(f"sqlite:///{path}")
    with locked(path):
        for name in ("a", "b", "c"):
            assert used(kept, name)
            assert not used(kept, name)
    until(lambda: "are kept again" in caplog.text, "the database has them")
    assert caplog.text.count("could not be kept") == 1
    kept.close()
    restarted = KeptReplays(f"sqlite:///{path}")
    assert [used(restarted, name) for name in ("a", "b", "c", "d")] == [False, False, False, True]
    restarted.close()


def test_used_tokens_make_no_new_database_where_the_one_they_knew_was_moved(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite3"
    kept = KeptReplays(f"sqlite:///{path}")
    kept.start()
    until(lambda: kept._database._made, "it is opened")
    path.rename(tmp_path / "away")
    assert used(kept, "a")
    assert not used(kept, "a")
    assert not path.exists()
    kept.close()


def test_a_token_is_used_once_though_the_database_never_answers() -> None:
    with silent() as port:
        kept = KeptReplays(f"postgresql+psycopg://oncocds@127.0.0.1:{port}/oncocds")
        for number in range(20):
            assert used(kept, str(number))
            assert not used(kept, str(number))
        kept.close()


def test_ids_that_could_not_be_used_any_more_are_not_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with silent() as port:
        kept = KeptReplays(f"postgresql+psycopg://oncocds@127.0.0.1:{port}/oncocds")
        now = time.time() - 3600
        for name in ("a", "b", "c"):
            assert asyncio.run(kept.first_use(name, now + 60, now))
        until(lambda: not kept._late, "they are forgotten")
        kept.close()
    assert "are kept again" not in caplog.text


def test_a_database_in_memory_is_one_for_all_threads() -> None:
    store, kept = FeedbackStore("sqlite://"), KeptReplays("sqlite://")
    calls = Bounded()
    for _ in range(5):
        calls.call(lambda: store.shown("s", "order-sign", [made(uuid.uuid4(), ["R-1"])]), SECONDS)
    assert calls.call(store.count, SECONDS)[0].shown == 5
    assert used(kept, "a")
    assert not kept._late
    kept.close()
    store.close()
