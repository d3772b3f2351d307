"""Feedback: appended, never changed; counted per rule; nothing of a patient's in it."""

from __future__ import annotations

import datetime
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_mock_engine, delete, update
from sqlalchemy.exc import DatabaseError
from starlette.testclient import TestClient

from cds_support import order, view
from feedback_support import made
from oncocds.cli.main import main
from oncocds_api.app import create_app
from oncocds_api.cds.models import EXTENSION
from oncocds_api.feedback.schema import metadata
from oncocds_api.feedback.store import FeedbackStore, Outcome
from oncocds_api.settings.settings import Settings, SettingsError

ORDERS = "/cds-services/oncocds-orders"
AT = "2026-01-31T10:05:31Z"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "feedback.sqlite3"


@pytest.fixture(scope="module")
def client(database: Path) -> Iterator[TestClient]:
    settings = Settings(development=True, feedback_database=f"sqlite:///{database}")
    with TestClient(create_app(workers=1, settings=settings)) as client:
        yield client


def card(client: TestClient) -> Any:
    call = order()
    call["prefetch"]["patient"]["name"] = [{"text": "张三丰"}]
    return client.post(ORDERS, json=call).json()["cards"][0]


def send(client: TestClient, *entries: dict[str, Any], service: str = ORDERS) -> Any:
    return client.post(f"{service}/feedback", json={"feedback": list(entries)})


def count(client: TestClient, rule: str = "BCBM-62") -> Any:
    return client.get(f"/v1/feedback/rules/{rule}").json()


def test_what_became_of_a_card_is_counted_per_rule(client: TestClient) -> None:
    before = count(client)
    shown = [card(client) for _ in range(4)]
    accepted = {
        "card": shown[0]["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": shown[0]["suggestions"][0]["uuid"]}],
        "outcomeTimestamp": AT,
    }
    reason = {"reason": shown[1]["overrideReasons"][0], "userComment": "患者张三丰拒绝"}
    with_reason = {
        "card": shown[1]["uuid"],
        "outcome": "overridden",
        "overrideReason": reason,
        "outcomeTimestamp": "2026-01-31T18:05:31.123+08:00",
    }
    without = {"card": shown[2]["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    answer = send(client, accepted, with_reason, without)
    assert answer.status_code == 200
    assert answer.json() == {}
    after = count(client)
    assert after["rule"] == "BCBM-62"
    assert after["shown"] == before["shown"] + 4
    assert after["accepted"] == before["accepted"] + 1
    assert after["overridden"] == before["overridden"] + 2
    assert after["reasons"] == {"already-done": 1, "none-given": 1}
    listed = {one["rule"]: one for one in client.get("/v1/feedback/rules").json()["rules"]}
    assert listed["BCBM-62"] == after


def test_a_card_of_a_notice_is_counted_by_the_notice(client: TestClient) -> None:
    call = view()
    observations = call["prefetch"]["observations"]["entry"]
    calcium = next(one["resource"] for one in observations if one["resource"]["id"] == "calcium")
    calcium["valueQuantity"]["value"] = 5.6
    service = "/cds-services/oncocds-patient"
    shown = client.post(service, json=call).json()["cards"][0]
    notice = shown["extension"][EXTENSION]["notice"]
    entry = {"card": shown["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    assert send(client, entry, service=service).status_code == 200
    expected = {"rule": notice, "shown": 1, "accepted": 0, "overridden": 1, "reasons": {"none-given": 1}}
    assert count(client, notice) == expected
    assert expected in client.get("/v1/feedback/rules").json()["rules"]


def test_the_newest_outcome_of_a_card_counts_once(client: TestClient) -> None:
    before = count(client)
    shown = card(client)
    entry = {"card": shown["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    for _ in range(3):
        assert send(client, entry).status_code == 200
    foreign = {**entry, "overrideReason": {"reason": {"code": "d7ecf885", "system": "https://ehr.example/reasons"}}}
    assert send(client, foreign).status_code == 200
    after = count(client)
    assert after["overridden"] == before["overridden"] + 1
    assert after["reasons"]["other"] == 1
    chosen = [{"id": shown["suggestions"][0]["uuid"]}]
    assert send(client, {**entry, "outcome": "accepted", "acceptedSuggestions": chosen}).status_code == 200
    last = count(client)
    assert last["overridden"] == before["overridden"]
    assert last["accepted"] == before["accepted"] + 1


def test_cards_of_the_chart_are_counted_too(client: TestClient) -> None:
    cards = client.post("/cds-services/oncocds-patient", json=view()).json()["cards"]
    rules = {rule for one in cards for rule in one["extension"]["example.oncocds"].get("rules", [])}
    assert rules
    assert all(count(client, rule)["shown"] for rule in rules)
    data = cards[-1]
    entry = {"card": data["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    assert send(client, entry, service="/cds-services/oncocds-patient").status_code == 200
    assert send(client, entry).status_code == 422  # another service's card


WRONG: list[tuple[Any, str]] = [
    ({}, "/feedback"),
    ([], "/feedback"),
    ({"feedback": []}, "/feedback"),
    ({"feedback": {}}, "/feedback"),
    ({"feedback": [5]}, "/feedback/0"),
    ({"feedback": [{"card": "x", "outcome": "overridden", "outcomeTimestamp": AT}]}, "/feedback/0/card"),
    ({"feedback": [{"outcome": "overridden", "outcomeTimestamp": AT}]}, "/feedback/0/card"),
    (
        {"feedback": [{"card": str(uuid.uuid4()), "outcome": "overridden", "outcomeTimestamp": AT}]},
        "/feedback/0/card",
    ),
]


@pytest.mark.parametrize(("body", "pointer"), WRONG)
def test_malformed_feedback_is_refused_with_its_place(client: TestClient, body: Any, pointer: str) -> None:
    answer = client.post(f"{ORDERS}/feedback", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"outcome": "ignored"}, "outcome"),
        ({"outcome": None}, "outcome"),
        ({"outcomeTimestamp": None}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-01-31"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-01-31T10:05:31"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-02-30T10:05:31Z"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "0001-01-01T00:00:00+14:00"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": 5}, "outcomeTimestamp"),
        ({"outcome": "accepted"}, "acceptedSuggestions"),
        ({"outcome": "accepted", "acceptedSuggestions": []}, "acceptedSuggestions"),
        ({"outcome": "accepted", "acceptedSuggestions": [{}]}, "acceptedSuggestions/0/id"),
        ({"outcome": "accepted", "acceptedSuggestions": [{"id": str(uuid.uuid4())}]}, "acceptedSuggestions"),
        ({"overrideReason": "x"}, "overrideReason"),
        ({"overrideReason": {"reason": {}}}, "overrideReason/reason/code"),
        ({"overrideReason": {"reason": "x"}}, "overrideReason/reason/code"),
        ({"overrideReason": {"userComment": 5}}, "overrideReason/userComment"),
    ],
)
def test_one_wrong_entry_refuses_all(client: TestClient, change: dict[str, Any], pointer: str) -> None:
    before = count(client)
    shown = card(client)
    good = {"card": shown["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    answer = send(client, good, {**good, **change})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/feedback/1/{pointer}"]
    assert count(client)["overridden"] == before["overridden"]


def test_an_unknown_service_or_rule_is_not_found(client: TestClient) -> None:
    assert send(client, service="/cds-services/other").status_code == 404
    assert client.get("/v1/feedback/rules/NO-1").status_code == 404


def test_nothing_of_a_patients_is_kept(client: TestClient, database: Path) -> None:
    card(client)
    count(client)  # waits until it is written
    with sqlite3.connect(database) as connection:
        text = "\n".join(connection.iterdump())
    connection.close()
    for private in ("张三丰", "bone-two", "拒绝", "Practitioner", "denosumab"):
        assert private not in text


def test_rows_are_never_changed(client: TestClient, database: Path) -> None:
    card(client)
    count(client)
    connection = sqlite3.connect(database)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    ours = [name for name in tables if not name.startswith("sqlite_")]
    assert len(ours) == 7
    filled = [table for table in ours if connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]]
    assert {"shown_card", "shown_card_rule"} <= set(filled)
    for table in filled:
        column = connection.execute(f"PRAGMA table_info({table})").fetchone()[1]
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                connection.execute(change)
    connection.close()


def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(f"sqlite:///{tmp_path}/f.sqlite3")


def test_the_store_itself_only_appends(tmp_path: Path) -> None:
    kept = store(tmp_path)
    name = uuid.uuid4()
    entry, suggestion, now = uuid.uuid4(), uuid.uuid4(), datetime.datetime.now(datetime.UTC)
    kept.shown("s", "patient-view", [{**made(name, ["R-1", "R-2", "R-1"]), "suggestions": [str(suggestion)]}])
    kept.append([Outcome(name, "accepted", (suggestion,), None, False, now)])
    for _ in range(2):
        kept.append([Outcome(name, "overridden", (), "later", False, now)], entry)
    assert [(one.rule, one.shown, one.overridden) for one in kept.count()] == [("R-1", 1, 1), ("R-2", 1, 1)]
    for table in metadata.tables.values():
        rows = [dict(row) for row in _rows(kept, table)]
        assert rows
        replace = table.insert().prefix_with("OR REPLACE").values(rows)
        for change in (replace, update(table).values({table.columns.keys()[0]: None}), delete(table)):
            with pytest.raises(DatabaseError):
                _run(kept, change)
        assert [dict(row) for row in _rows(kept, table)] == rows
    kept.close()
    again = store(tmp_path)
    assert [one.rule for one in again.count("R-2")] == ["R-2"]
    again.close()


def _run(kept: FeedbackStore, change: Any) -> None:
    with kept._database.ready().begin() as connection:
        connection.execute(change)


def _rows(kept: FeedbackStore, table: Any) -> list[Any]:
    with kept._database.ready().connect() as connection:
        return list(connection.execute(table.select()).mappings())


def test_it_is_ready_for_postgresql() -> None:
    written: list[str] = []

    def note(statement: Any, *_arguments: Any, **_more: Any) -> None:
        written.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine("postgresql+psycopg://", note)
    metadata.create_all(engine, checkfirst=False)
    assert sum("APPEND_ONLY" in one.upper() for one in written) == len(metadata.tables)


@pytest.mark.parametrize("address", ["nonsense", "nosuchdatabase://x", ""])
def test_an_address_that_is_no_databases_is_refused(address: str) -> None:
    with pytest.raises(SettingsError):
        FeedbackStore(address)


def test_a_database_that_fails_hinders_no_advice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(development=True, feedback_database=f"sqlite:///{tmp_path}/no/such/folder/f.sqlite3")
    with TestClient(create_app(workers=1, settings=settings)) as client:
        shown = card(client)
        assert shown["indicator"] == "critical"
        assert "could not be noted" in caplog.text
        entry = {"card": shown["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
        for answer in (send(client, entry), client.get("/v1/feedback/rules"), client.get("/v1/feedback/rules/BCBM-62")):
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert str(tmp_path) not in answer.text


def test_the_command_line_tells_the_same(
    client: TestClient, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card(client)
    found = count(client)
    file = tmp_path / "settings.yaml"
    file.write_text(f"feedback_database: sqlite:///{database}\n", "utf-8")
    assert main(["feedback", "BCBM-62", "--settings", str(file)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1].split("\t")[:4] == ["BCBM-62", *(str(found[key]) for key in ("shown", "accepted", "overridden"))]
    file.write_text("feedback_database: sqlite:////no/such/folder/f.sqlite3\n", "utf-8")
    assert main(["feedback", "--settings", str(file)]) == 3
