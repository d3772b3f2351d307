"""The audit database holds what the files hold, each record once, whatever happens to either; nothing waits for it."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from audit_support import AUDIT_KEY, lines, records, settings
from oncocds.cli.main import main
from oncocds.errors import InputError
from oncocds_api.app import create_app
from oncocds_api.audit import filling
from oncocds_api.audit.chain import Chain, files_of
from oncocds_api.audit.filling import AuditFiller
from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.tables import row_of
from oncocds_api.settings.settings import Settings
from patience import SECONDS, until

KEY = AuditKey(AUDIT_KEY)
EVALUATED = {"patient": {}, "as_of": "2026-01-31"}


def written(folder: Path, number: int, most_bytes: int = 1 << 20, server: str = "") -> None:
    """Write records to the first chain of a folder that nobody holds."""
    chain = Chain.taken(folder, KEY, most_bytes)
    for one in range(number):
        chain.append(
            {"time": "2026-01-31T10:00:00.000000Z", "kind": "evaluation", "decision": f"{one:036}", "worker": server}
        )
    chain.close()


def address(folder: Path) -> str:
    return f"sqlite:///{folder}/audit.sqlite3"


def rows(folder: Path, what: str = "record", more: str = "ORDER BY chain, n") -> list[Any]:
    with contextlib.closing(sqlite3.connect(folder / "audit.sqlite3")) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit_record'").fetchone():
            return []
        return [one[0] for one in connection.execute(f"SELECT {what} FROM audit_record {more}")]


@contextlib.contextmanager
def filled(folder: Path, where: str | None = None) -> Iterator[AuditFiller]:
    filler = AuditFiller(where or address(folder), folder / "log", KEY)
    filler.start()
    try:
        yield filler
    finally:
        filler.close()


def holds_all(folder: Path) -> bool:
    return [one.encode() for one in rows(folder)] == lines(folder / "log")


@pytest.fixture(autouse=True)
def _shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(filling, "_LONGEST_PAUSE", 0.2)


def test_every_record_of_every_file_and_chain_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_MOST_ROWS", 7)
    log = tmp_path / "log"
    held = Chain.taken(log, KEY, 4096)
    written(log, 50, 4096)  # the second chain: the first is held
    held.append({"kind": "evaluation", "time": "2026-01-31T10:00:00Z"})
    assert len(files_of(log)[2]) > 2
    with filled(tmp_path) as filler:
        until(lambda: filler.state.state == "filled", "it is filled")
        assert holds_all(tmp_path)
        held.append({"kind": "evaluation"})
        until(lambda: len(rows(tmp_path)) == 52, "what is appended comes too")
    held.append({"kind": "stop"})
    held.close()
    (log / "chain-0002.000001.jsonl").unlink()  # moved to an archive
    with filled(tmp_path):
        until(lambda: len(rows(tmp_path)) == 53, "it goes on where it stopped")
    assert rows(tmp_path, "sealed", "WHERE NOT sealed") == []
    assert rows(tmp_path, "at", "WHERE chain = 2 AND n = 1") == ["2026-01-31 10:00:00.000000"]
    assert rows(tmp_path, "n", f"WHERE decision = '{7:036}'") == [8]


def test_a_fresh_database_and_one_that_was_emptied_are_filled_from_the_beginning(tmp_path: Path) -> None:
    written(tmp_path / "log", 30)
    for path in (None, *tmp_path.glob("audit.sqlite3*")):
        if path is not None:
            path.unlink()
        with filled(tmp_path) as filler:
            until(lambda filler=filler: filler.state.state == "filled", "it is filled")
            assert holds_all(tmp_path)


CHILD = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from oncocds_api.audit import filling
from oncocds_api.audit.key import AuditKey
filling._MOST_ROWS = 5
commits = []
@event.listens_for(Engine, "commit")
def ended(connection):
    commits.append(1)
    if len(commits) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
filler = filling.AuditFiller(sys.argv[1], Path(sys.argv[2]), AuditKey(sys.argv[4]))
filler._run()
"""


@pytest.mark.parametrize("commit", [2, 5])
def test_a_process_that_is_killed_amid_filling_loses_none_and_doubles_none(tmp_path: Path, commit: int) -> None:
    log = tmp_path / "log"
    written(log, 40, 4096)
    start = [sys.executable, "-c", CHILD, address(tmp_path), str(log), str(commit), AUDIT_KEY]
    child = subprocess.run(start, capture_output=True, timeout=SECONDS, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert len(rows(tmp_path)) < 40
    with filled(tmp_path) as filler:
        until(lambda: filler.state.state == "filled", "it is filled")
    assert holds_all(tmp_path)


def test_a_line_without_its_end_waits_for_it_and_hinders_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    written(log, 3)
    (path,) = files_of(log)[1]
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with filled(tmp_path) as filler:
        until(lambda: filler.state.state == "filled", "what has an end is there")
        assert len(rows(tmp_path)) == 2
        assert filler.state.waiting_bytes == 0
        path.write_bytes(whole)
        until(lambda: len(rows(tmp_path)) == 3, "it has its end")


def test_what_is_no_record_is_left_out_and_counted_and_an_unsealed_one_is_marked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = tmp_path / "log"
    written(log, 3)
    (path,) = files_of(log)[1]
    one, two, three = path.read_bytes().splitlines()
    odd = [b"nonsense", b"\0\0", b"{}", b"[1]", b"\xff\xfe", two.replace(b'"n":2', b'"n":1e400'), b"9" * 5000]
    odd.append(json.dumps({"seal": "a" * 64, "chain": 1 << 40, "n": 1 << 70}).encode())
    changed = three.replace(b"evaluation", b"\\ud800valuation")
    path.write_bytes(b"\n".join([one, *odd, two, changed]) + b"\n")
    with filled(tmp_path) as filler:
        until(lambda: filler.state.state == "filled", "it is filled")
        assert filler.state.left_out == len(odd)
    assert rows(tmp_path) == [one.decode(), two.decode(), changed.decode()]
    assert rows(tmp_path, "n", "WHERE NOT sealed") == [3]
    assert caplog.text.count("holds lines that are no records") == 1
    assert "nonsense" not in caplog.text
    with filled(tmp_path) as filler:
        until(lambda: filler.state.state == "filled", "it is filled")
        assert filler.state.left_out == len(odd)  # it is known after a start, too


def test_a_file_that_became_shorter_is_said_and_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = tmp_path / "log"
    written(log, 5)
    (path,) = files_of(log)[1]
    with filled(tmp_path) as filler:
        until(lambda: len(rows(tmp_path)) == 5, "it is filled")
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
        until(lambda: "is shorter than what was read of it" in caplog.text, "it is said")
        until(lambda: filler.state.state == "filled", "it stands")
    assert len(rows(tmp_path)) == 5  # the database keeps what it had


def test_a_table_that_is_tampered_with_changes_nothing_that_is_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path / "log", 4)
    with filled(tmp_path) as filler:
        until(lambda: filler.state.state == "filled", "it is filled")
        with contextlib.closing(sqlite3.connect(tmp_path / "audit.sqlite3", timeout=SECONDS)) as connection, connection:
            connection.execute("UPDATE audit_record SET record = '{}', n = 9 WHERE n = 2")
            connection.execute("DELETE FROM audit_record WHERE n = 3")
            connection.execute("UPDATE audit_file SET read = 999999")
        written(tmp_path / "log", 1)
        until(lambda: 5 in rows(tmp_path, "n"), "what is appended comes all the same")
    monkeypatch.setenv("ONCOCDS_AUDIT_KEY", AUDIT_KEY)
    monkeypatch.setenv("ONCOCDS_AUDIT_LOG", str(tmp_path / "log"))
    assert main(["audit", "verify"]) == 0
    assert "records: 5, chains: 1, wrong: 0" in capsys.readouterr().out


def test_a_database_that_is_gone_locked_or_full_is_filled_once_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log, path = tmp_path / "log", tmp_path / "audit.sqlite3"
    written(log, 5)
    with filled(tmp_path) as filler:
        until(lambda: filler.state.state == "filled", "it is filled")

        def fails(why: str) -> None:
            until(lambda: filler.state.state == "failing" and why in (filler.state.why or ""), why)
            assert filler.state.waiting_bytes > 0
            assert filler.state.lag_seconds > 3600  # the records of this test are old

        with contextlib.closing(sqlite3.connect(path, timeout=SECONDS, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            written(log, 5)
            fails("somebody else holds its lock")
            other.execute("ROLLBACK")
        until(lambda: len(rows(tmp_path)) == 10, "the lock is free")
        path.rename(tmp_path / "away")
        written(log, 5)
        fails("was moved or deleted")
        (tmp_path / "away").rename(path)
        until(lambda: len(rows(tmp_path)) == 15, "the file is back")

        @filling_event(filler)
        def small(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA max_page_count = 1")  # what there is already stays: no page more

        written(log, 200)
        fails("the disk is full")
        small.undo()
        until(lambda: len(rows(tmp_path)) == 215, "there is room again")
    assert holds_all(tmp_path)
    assert caplog.text.count("the audit database failed") == caplog.text.count("the audit database works again") == 3
    assert "Traceback" not in caplog.text


class filling_event:  # noqa: N801 - a decorator
    """Has something done with each new connection of a filler, until it is undone."""

    def __init__(self, filler: AuditFiller) -> None:
        self._engines = {filler._database._engine, filler._database._apart}

    def __call__(self, work: Callable[[Any, Any], None]) -> filling_event:
        self._work = work
        for engine in self._engines:
            event.listen(engine, "connect", work)
            engine.dispose()
        return self

    def undo(self) -> None:
        for engine in self._engines:
            event.remove(engine, "connect", self._work)
            engine.dispose()


def test_of_two_processes_at_one_folder_one_fills_and_the_other_takes_over(tmp_path: Path) -> None:
    written(tmp_path / "log", 3)
    with filled(tmp_path) as first:
        until(lambda: first.state.state == "filled", "it is filled")
        with filled(tmp_path) as second:
            until(lambda: second.state.state == "elsewhere", "the other waits")
            first.close()
            written(tmp_path / "log", 3)
            until(lambda: second.state.state == "filled" and len(rows(tmp_path)) == 6, "it took over")
    assert holds_all(tmp_path)


def test_two_servers_with_chains_of_the_same_number_fill_one_database(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(tmp_path / name / "log", 5, server=name)
        filler = AuditFiller(address(tmp_path), tmp_path / name / "log", KEY)
        filler.start()
        until(lambda filler=filler: filler.state.state == "filled", "it is filled")
        filler.close()
    assert sorted(rows(tmp_path, "n")) == sorted([*range(1, 6)] * 2)


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """Yield the address of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"postgresql+psycopg://oncocds:a-secret-password@127.0.0.1:{listening.getsockname()[1]}/oncocds"


def test_a_database_that_never_answers_holds_no_answer_and_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "_CLOSE_SECONDS", 0.2)
    with silent() as where:
        chosen = settings(tmp_path / "log", development=True, audit_database=where, metrics="open", audit="required")
        with TestClient(create_app(workers=1, settings=chosen)) as client:
            for _ in range(3):
                assert client.post("/v1/evaluations", json=EVALUATED).status_code == 200
            until(lambda: client.get("/health").json()["audit_database"]["state"] == "failing", "it is told")
            told = client.get("/health").json()
            assert client.get("/health/ready").status_code == 200  # nobody who calls lacks anything
            assert told["audit_database"]["waiting_bytes"] > 0
            shown = client.get("/metrics").text
            assert "oncocds_audit_database_failing 1.0" in shown
            assert "oncocds_audit_database_lag_seconds" in shown
    assert len([one for one in records(tmp_path / "log") if one["kind"] == "evaluation"]) == 3
    assert "a-secret-password" not in caplog.text + json.dumps(told)


def test_a_server_fills_it_with_what_it_answers(tmp_path: Path) -> None:
    chosen = settings(tmp_path / "log", development=True, audit_database=address(tmp_path))
    with TestClient(create_app(workers=1, settings=chosen)) as client:
        answered = client.post("/v1/evaluations", json=EVALUATED)
        decision = answered.headers["Oncocds-Decision"]
        until(lambda: decision in rows(tmp_path, "decision"), "it is there")
    assert holds_all(tmp_path)  # the record of the end, too
    assert rows(tmp_path, "kind") == ["start", "evaluation", "stop"]


def test_settings_that_cannot_be_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="audit_database"):
        Settings.model_validate({"audit": "off", "audit_database": "sqlite:///a.sqlite3"})
    with pytest.raises(InputError) as refused:
        create_app(workers=1, settings=settings(tmp_path / "log", audit_database="nonsense"))
    assert refused.value.problems[0].pointer == "/audit_database"


def test_a_row_says_what_the_line_says() -> None:
    assert row_of(b"{", KEY) is None
    assert row_of(b'{"seal":"' + b"a" * 64 + b'","chain":1,"n":true}', KEY) is None
    row = row_of(b'{"n":1,"time":"never","kind":7,"decision":[],"chain":1,"seal":"' + b"a" * 64 + b'"}', KEY)
    assert row is not None
    assert (row["at"], row["kind"], row["decision"], row["sealed"]) == (None, None, None, False)
