"""Retention: deleting what was shown before a time. It is the one exception to "rows are added, never changed"."""

from __future__ import annotations

import datetime

from sqlalchemy import Connection, Engine, delete, select, text

from oncocds_api.feedback.schema import accepted, card_rules, card_suggestions, cards, outcomes, sqlite_trigger

_AT_ONCE = 1000  # cards, so that whoever writes waits shortly
_TABLES = (accepted, outcomes, card_suggestions, card_rules, cards)  # those that refer to others first


def prune_some(engine: Engine, before: datetime.datetime) -> int:
    """Delete some of the cards that were shown before a time, with all that belongs to them; return how many.

    In one transaction, in which the triggers are off: it is done wholly or not at all, and nobody else sees them off.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            _begin_writing(connection)
        old = select(cards.c.card).where(cards.c.shown_at < before).limit(_AT_ONCE)
        names = list(connection.scalars(old))
        if names:
            _delete(connection, names)
        return len(names)


def _begin_writing(connection: Connection) -> None:
    """Take SQLite's lock now: dropping a trigger alone would not begin a transaction."""
    if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _delete(connection: Connection, names: list[object]) -> None:
    _triggers(connection, on=False)
    their = select(outcomes.c.id).where(outcomes.c.card.in_(names))
    connection.execute(delete(accepted).where(accepted.c.outcome.in_(their)))
    for table in _TABLES[1:]:
        connection.execute(delete(table).where(table.c.card.in_(names)))
    _triggers(connection, on=True)


def _triggers(connection: Connection, *, on: bool) -> None:
    for table in _TABLES:
        if connection.dialect.name == "sqlite":
            statement = sqlite_trigger(table.name, "DELETE") if on else f"DROP TRIGGER {table.name}_no_delete"
        else:
            statement = f"ALTER TABLE {table.name} {'ENABLE' if on else 'DISABLE'} TRIGGER {table.name}_append_only"
        connection.execute(text(statement))
