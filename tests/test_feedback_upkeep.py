"""The feedback database over the years: linear reports, retention, backup, and faults said as what they are."""

from __future__ import annotations

import contextlib
import datetime
import errno
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from feedback_support import made
from oncocds.cli.main import main
from oncocds_api.feedback import pruning as feedback_pruning
from oncocds_api.feedback.store import FeedbackStore, Outcome
from oncocds_api.feedback.watch import FeedbackWatch
from oncocds_api.storage import database as database_module
from oncocds_api.storage.database import DatabaseGone, DatabaseSilent
from oncocds_api.storage.database_words import why_it_fails
from oncocds_api.storage.spool import Spool, SpoolFull
from patience import until

NOW = datetime.datetime(2026, 1, 31, 10, 5, 31, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
FILL = """
WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
INSERT INTO {into} SELECT {row} FROM n
"""
ROWS = {
    "shown_card": "printf('%032x', i), 's', 'order-sign', 'a', 'info', '1', 'k', 'p', 'i', '2026-01-31 10:00:00'",
    "shown_card_rule": "printf('%032x', i), 'R-' || (i % 40)",
    "card_outcome": "NULL, printf('%032x', i / 2), 'overridden', 'later', 0, '2026-01-31', '2026-01-31'",
}


def store_at(path: Path) -> FeedbackStore:
    return FeedbackStore(f"sqlite:///{path}")


def shown(store: FeedbackStore, at: datetime.datetime = NOW, rule: str = "R-1") -> uuid.UUID:
    name, suggestion = uuid.uuid4(), uuid.uuid4()
    store.shown("s", "order-sign", [{**made(name, [rule]), "suggestions": [str(suggestion)]}], at)
    store.append([Outcome(name, "accepted", (suggestion,), None, False, at)], uuid.uuid4(), at)
    return name


def fill(path: Path, first: int, last: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for table, row in ROWS.items():
            connection.execute(FILL.format(first=first, last=last, into=table, row=row))


@contextlib.contextmanager
def steps_of(store: FeedbackStore) -> Iterator[list[int]]:
    """Count what SQLite's machine does in hundreds of its steps."""
    counted = [0]

    def step() -> int:
        counted[0] += 1
        return 0

    def begun(connection: Any) -> None:
        connection.connection.dbapi_connection.set_progress_handler(step, 100)

    engine = store._database.apart()
    event.listen(engine, "begin", begun)
    try:
        yield counted
    finally:
        event.remove(engine, "begin", begun)


@pytest.mark.parametrize("rule", [None, "R-7"])
def test_a_report_over_fifty_thousand_cards_takes_steps_in_proportion(tmp_path: Path, rule: str | None) -> None:
    path, steps = tmp_path / "f.sqlite3", []
    store = store_at(path)
    store.count()
    for first, last in ((1, 12_500), (12_501, 50_000)):
        fill(path, first, last)
        with steps_of(store) as counted:
            told = store.count(rule)
        steps.append(counted[0])
        assert sum(one.shown for one in told) == (last if rule is None else last // 40 + (last % 40 >= 7))
    assert steps[0] > 0
    assert steps[1] < 4.5 * steps[0]
    store.close()


def test_a_statement_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(tmp_path / "f.sqlite3")
    shown(store)
    monkeypatch.setattr(database_module, "_STATEMENT_SECONDS", 0.05)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    for engine in (store._database.ready(), store._database.apart()):
        with engine.connect() as connection, pytest.raises(OperationalError) as ended:
            connection.execute(text(endless))
        assert why_it_fails(ended.value) == "a statement took too long and was ended"
    monkeypatch.undo()
    assert store.count()[0].shown == 1  # the next has its own time
    store.close()


def test_a_report_needs_none_of_the_connections_that_feedback_is_written_with(tmp_path: Path) -> None:
    store = store_at(tmp_path / "f.sqlite3")
    shown(store)
    with contextlib.ExitStack() as all_of_them:
        engine = store._database.ready()
        with contextlib.suppress(SQLAlchemyError):
            while True:
                all_of_them.enter_context(engine.connect())
        assert store.count()[0].shown == 1
        store.probe()
    store.close()


def test_what_was_written_is_on_the_disk_before_it_is_believed(tmp_path: Path) -> None:
    store = store_at(tmp_path / "f.sqlite3")
    for engine in (store._database.ready(), store._database.apart()):
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
    store.close()


def test_retention_deletes_old_cards_with_all_that_belongs_to_them_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback_pruning, "_AT_ONCE", 2)
    path = tmp_path / "f.sqlite3"
    store = store_at(path)
    old = [shown(store, NOW - 400 * DAY) for _ in range(5)]
    kept = [shown(store, NOW - 300 * DAY) for _ in range(3)]
    assert store.prune(NOW - 365 * DAY) == 5
    assert store.prune(NOW - 365 * DAY) == 0
    assert set(store.known("s", [*old, *kept])) == set(kept)
    assert [(one.shown, one.accepted) for one in store.count()] == [(3, 3)]
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for table in ("shown_card", "shown_card_rule", "shown_card_suggestion", "card_outcome", "accepted_suggestion"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (3,)
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                connection.execute(f"DELETE FROM {table}")
    store.close()


def test_retention_that_fails_in_between_leaves_rows_and_triggers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.sqlite3"
    store = store_at(path)
    shown(store)

    def failing(*_: Any, **__: Any) -> None:
        raise OperationalError("", {}, sqlite3.OperationalError("gone"))

    with monkeypatch.context() as patch:
        patch.setattr(feedback_pruning, "delete", failing)
        with pytest.raises(OperationalError):
            store.prune(NOW + DAY)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM shown_card").fetchone() == (1,)
        with pytest.raises(sqlite3.IntegrityError, match="only added"):
            connection.execute("DELETE FROM shown_card")
    store.close()


def test_the_server_deletes_what_is_kept_long_enough(tmp_path: Path) -> None:
    store, spool = store_at(tmp_path / "f.sqlite3"), Spool(tmp_path / "spool", 1 << 20)
    now = datetime.datetime.now(datetime.UTC)
    shown(store, now - 31 * DAY, "R-old")
    shown(store, now - 29 * DAY, "R-new")
    watch = FeedbackWatch(spool, store, 30)
    watch.start()
    until(lambda: [one.rule for one in store.count()] == ["R-new"], "the old one is gone")
    watch.stop()
    spool.close()
    store.close()


def test_faults_are_said_as_what_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    store = store_at(folder / "f.sqlite3")
    assert failure(store) == f"its folder {folder} is missing"
    folder.mkdir()
    store.probe()
    with contextlib.closing(sqlite3.connect(folder / "f.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert failure(store) == "somebody else holds its lock"
        other.execute("ROLLBACK")

    def no_room(connection: Any) -> None:
        driver = connection.connection.dbapi_connection
        driver.execute("PRAGMA max_page_count = 1")

    event.listen(store._database.ready(), "begin", no_room)  # as SQLite says it of a disk that is full
    with pytest.raises(OperationalError) as full:
        [shown(store) for _ in range(200)]
    assert why_it_fails(full.value, store.file) == "the disk is full"
    store.close()
    (folder / "no.sqlite3").write_bytes(b"not a database, but long enough to look like a file of one" * 40)
    assert failure(store_at(folder / "no.sqlite3")) == "the file is no SQLite database"
    assert why_it_fails(OSError(errno.ENOSPC, "x")) == "the disk is full"
    assert why_it_fails(DatabaseSilent()) == "it gives no answer"
    assert "feedback_spool_bytes" in why_it_fails(SpoolFull())


def failure(store: FeedbackStore) -> str:
    with pytest.raises(SQLAlchemyError) as failed:
        store.probe()
    return why_it_fails(failed.value, store.file)


def test_a_file_that_is_moved_is_missed_and_never_made_anew_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, elsewhere = tmp_path / "f.sqlite3", tmp_path / "elsewhere"
    store = store_at(path)
    shown(store)
    path.rename(elsewhere)
    for use in (store.probe, lambda: shown(store), store.count):
        with pytest.raises(DatabaseGone) as gone:
            use()
        assert why_it_fails(gone.value, path) == f"its file {path} was moved or deleted while it was used"
    store.doubt()
    with pytest.raises(DatabaseGone):
        store.probe()
    assert not path.exists()
    elsewhere.rename(path)
    shown(store)
    assert store.count()[0].shown == 2
    path.rename(elsewhere)
    other = store_at(path)
    other.probe()
    other.close()
    assert store.count() == []
    assert "was replaced by another file" in caplog.text
    store.close()


def test_the_watch_says_what_cannot_be_written_and_that_it_can_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("oncocds_api.feedback.watch.SECONDS", 0.02)
    path = tmp_path / "f.sqlite3"
    store, spool = store_at(path), Spool(tmp_path / "spool", 1 << 20)
    watch = FeedbackWatch(spool, store, None)
    assert watch.found("feedback-database")
    assert watch.found("feedback-spool")
    watch.start()
    until(lambda: not watch.found("feedback-database") and not watch.found("feedback-spool"), "both work")
    path.rename(tmp_path / "away")
    until(lambda: "moved or deleted" in str(watch.found("feedback-database")), "the file is missed")
    (tmp_path / "away").rename(path)
    until(lambda: not watch.found("feedback-database"), "it is back")
    fsync, full = os.fsync, threading.Event()

    def no_room(descriptor: int) -> None:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", no_room)
    full.set()
    until(lambda: watch.found("feedback-spool") == "the disk is full", "the full disk is seen")
    full.clear()
    until(lambda: not watch.found("feedback-spool"), "it has room again")
    watch.stop()
    assert caplog.text.count("feedback-database: it cannot be written") == 1
    assert caplog.text.count("feedback-spool: it cannot be written: the disk is full") == 1
    assert not list((tmp_path / "spool").glob("*.probe"))
    spool.close()
    store.close()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedbackStore]:
    """A store that the commands below find by the environment."""
    monkeypatch.setenv("ONCOCDS_FEEDBACK_DATABASE", f"sqlite:///{tmp_path}/f.sqlite3")
    store = store_at(tmp_path / "f.sqlite3")
    yield store
    store.close()


def test_a_backup_is_made_while_a_server_writes_and_is_restored_while_one_reads(
    tmp_path: Path, kept: FeedbackStore, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        shown(kept)
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            shown(kept, rule="R-2")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        until(lambda: len(kept.count()) == 2, "it writes")
        assert main(["backup", str(tmp_path / "backup")]) == 0
    finally:
        ended.set()
        writing.join()
    assert list(tmp_path.glob("backup*")) == [tmp_path / "backup"]  # one file, and nothing that was begun
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    copy = store_at(tmp_path / "backup")
    then = {one.rule: one.shown for one in copy.count()}
    copy.close()
    assert then["R-1"] == 3
    assert f": {sum(then.values())} cards" in capsys.readouterr().out
    shown(kept, rule="R-3")
    assert main(["restore", str(tmp_path / "backup")]) == 0
    assert {one.rule: one.shown for one in kept.count()} == then  # by the connections that were open
    shown(kept, rule="R-4")
    (before,) = tmp_path.glob("f.sqlite3.before-*")
    assert f"{before}: what was there" in capsys.readouterr().out
    former = store_at(before)
    assert "R-3" in {one.rule for one in former.count()}
    former.close()
    assert main(["feedback"]) == 0
    assert "R-4\t1\t1\t0" in capsys.readouterr().out
    assert main(["feedback", "R-4"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["feedback", "R-5"]) == 0
    assert "nothing is kept about 'R-5': no card of it was shown, or no rule or notice" in capsys.readouterr().err


def test_a_damaged_database_is_set_aside_and_the_backup_takes_its_place(
    tmp_path: Path, kept: FeedbackStore, capsys: pytest.CaptureFixture[str]
) -> None:
    shown(kept)
    assert main(["backup", str(tmp_path / "backup")]) == 0
    kept.close()
    (tmp_path / "f.sqlite3").write_bytes(b"no database any more" * 500)
    assert main(["restore", str(tmp_path / "backup")]) == 0
    (before,) = tmp_path.glob("f.sqlite3.before-*")
    assert before.read_bytes().startswith(b"no database")
    assert store_at(tmp_path / "f.sqlite3").count()[0].shown == 1
    capsys.readouterr()


def test_what_cannot_be_backed_up_or_restored_is_refused_with_the_reason(
    tmp_path: Path, kept: FeedbackStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = str(tmp_path / "backup")
    assert main(["backup", backup]) == 2
    assert "f.sqlite3; expected a database that was used" in capsys.readouterr().err
    shown(kept)
    assert main(["backup", backup]) == 0
    assert main(["backup", backup]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["backup", str(tmp_path / "no" / "backup")]) == 3
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "text").write_text("hello", "utf-8")
    with contextlib.closing(sqlite3.connect(tmp_path / "other")) as other, other:
        other.execute("CREATE TABLE t (a)")
    for name, why in (("nowhere", "no such file"), ("text", "no database"), ("other", "holds no feedback")):
        assert main(["restore", str(tmp_path / name)]) == 2
        assert why in capsys.readouterr().err
    assert kept.count()[0].shown == 1
    monkeypatch.setenv("ONCOCDS_FEEDBACK_DATABASE", "postgresql+psycopg://oncocds@127.0.0.1/x")
    for command in ("backup", "restore"):
        assert main([command, str(tmp_path / "more")]) == 2
        assert "pg_dump" in capsys.readouterr().err


def test_feedback_is_pruned_by_command(
    kept: FeedbackStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.datetime.now(datetime.UTC)
    shown(kept, now - 40 * DAY, "R-1")
    shown(kept, now - 20 * DAY, "R-2")
    assert main(["feedback", "--prune"]) == 2
    assert "feedback_keep_days" in capsys.readouterr().err
    monkeypatch.setenv("ONCOCDS_FEEDBACK_KEEP_DAYS", "30")
    assert main(["feedback", "--prune"]) == 0
    assert capsys.readouterr().out.startswith("1 cards that were shown before ")
    assert [one.rule for one in kept.count()] == ["R-2"]
    assert main(["feedback", "--prune", "--keep-days", "10"]) == 0
    assert kept.count() == []
    capsys.readouterr()
