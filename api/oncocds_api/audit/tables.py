"""The tables of ``audit_database``: the records as rows, to be asked, and how far each file was read.

The files stay the proof: whoever can write the database can change a row, and nothing in it would show that.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, MetaData, String, Table, Text

from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.record import content_of, read_with

metadata = MetaData()
records = Table(
    "audit_record",
    metadata,
    Column("seal", String(64), primary_key=True),  # of a record in all the world: two servers may both have a chain 1
    Column("chain", Integer, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), index=True),
    Column("kind", String(32), index=True),
    Column("decision", String(36), index=True),
    Column("sealed", Boolean, nullable=False),  # with the key of the server that filled it in, when it did
    Column("record", Text, nullable=False),
)
files = Table(
    "audit_file",
    metadata,
    Column("first", String(64), primary_key=True),  # SHA-256 of its first line: names tell nothing of a moved file
    Column("name", String(64), nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("left_out", Integer, nullable=False),
)
_SEAL = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[a-z-]{1,32}")
_DECISION = re.compile(r"[0-9a-f-]{36}")


def row_of(line: bytes, key: AuditKey) -> dict[str, Any] | None:
    """Return the row of a line, without its end; None where it is no record, sealed or not."""
    content = content_of(line)
    seal, chain, number = content.get("seal"), content.get("chain"), content.get("n")
    if not line.isascii() or not _like(_SEAL, seal) or not _fits(chain, 31) or not _fits(number, 63):
        return None
    kind, decision = content.get("kind"), content.get("decision")
    return {
        "seal": seal,
        "chain": chain,
        "n": number,
        "at": time_of(content),
        "kind": kind if _like(_WORD, kind) else None,
        "decision": decision if _like(_DECISION, decision) else None,
        "sealed": read_with(line, [key]) is not None,
        "record": line.decode("ascii"),
    }


def time_of(content: dict[str, Any]) -> datetime.datetime | None:
    """Return when a record was written; None where it does not say."""
    with contextlib.suppress(ValueError, TypeError):
        found = datetime.datetime.fromisoformat(content.get("time", ""))
        return found if found.tzinfo is not None else None
    return None


def _like(form: re.Pattern[str], told: object) -> bool:
    return isinstance(told, str) and form.fullmatch(told) is not None


def _fits(told: object, bits: int) -> bool:
    return isinstance(told, int) and not isinstance(told, bool) and 0 <= told < 1 << bits
