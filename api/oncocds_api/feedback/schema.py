"""The tables of feedback: what was shown and what became of it. Rows are added, never changed; the database sees to it.

Nothing of a patient's is in them: ids made for the card, rule ids, digests, reasons from a closed list, times.
"""

from __future__ import annotations

from sqlalchemy import DDL, Boolean, Column, DateTime, ForeignKey, Integer, MetaData, String, Table, Uuid, event
from sqlalchemy.schema import ExecutableDDLElement

metadata = MetaData()
cards = Table(
    "shown_card",
    metadata,
    Column("card", Uuid, primary_key=True),
    Column("service", String(64), nullable=False),
    Column("hook", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("urgency", String(16), nullable=False),
    Column("engine", String(32), nullable=False),
    Column("knowledge_digest", String(80), nullable=False),
    Column("policy_digest", String(80), nullable=False),
    Column("input_digest", String(80), nullable=False),
    Column("shown_at", DateTime(timezone=True), nullable=False),
)
card_rules = Table(
    "shown_card_rule",
    metadata,
    Column("card", Uuid, ForeignKey("shown_card.card"), primary_key=True),
    Column("rule", String(64), primary_key=True, index=True),
)
card_suggestions = Table(
    "shown_card_suggestion",
    metadata,
    Column("suggestion", Uuid, primary_key=True),
    Column("card", Uuid, ForeignKey("shown_card.card"), nullable=False, index=True),
)
outcomes = Table(
    "card_outcome",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("card", Uuid, ForeignKey("shown_card.card"), nullable=False, index=True),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(64)),
    Column("commented", Boolean, nullable=False),
    Column("outcome_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
)
accepted = Table(
    "accepted_suggestion",
    metadata,
    Column("outcome", Integer, ForeignKey("card_outcome.id"), primary_key=True),
    Column("suggestion", Uuid, ForeignKey("shown_card_suggestion.suggestion"), primary_key=True),
)
taken = Table("feedback_taken", metadata, Column("entry", Uuid, primary_key=True))
"""Which feedback requests the outcomes are of: one that is written twice, after a fault, counts once."""

_SQLITE = (
    "CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'rows are only added'); END"
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION oncocds_rows_are_only_added() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'rows are only added'; END $$"
)
_POSTGRESQL_TRIGGER = (
    "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION oncocds_rows_are_only_added()"
)


def _ddl(text: str, dialect: str) -> ExecutableDDLElement:
    made: ExecutableDDLElement = DDL(text).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
    return made


event.listen(metadata, "before_create", _ddl(_POSTGRESQL, "postgresql"))


def sqlite_trigger(table: str, verb: str) -> str:
    """Return the statement that makes SQLite refuse to change or delete rows of a table."""
    return _SQLITE.format(table=table, name=verb.lower(), verb=verb)


for _table in metadata.tables.values():
    for _verb in ("UPDATE", "DELETE"):
        event.listen(_table, "after_create", _ddl(sqlite_trigger(_table.name, _verb), "sqlite"))
    event.listen(_table, "after_create", _ddl(_POSTGRESQL_TRIGGER.format(table=_table.name), "postgresql"))
