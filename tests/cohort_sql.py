"""What SQL answers, run by DuckDB over a table, beside the verdicts of columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from cohort_agreement import Beside
from oncocds_cohort.columns import Plan
from oncocds_cohort.columns.terms import Term
from oncocds_cohort.columns.vectors import Program
from oncocds_cohort.sql import Statement
from oncocds_cohort.sql.dialects import DIALECTS

DUCKDB, SPARK = DIALECTS["duckdb"], DIALECTS["spark"]
Row = dict[str, Any]
_WORDS = {(True, False): "fires", (False, True): "silent", (False, False): "undetermined"}


@cache
def database() -> duckdb.DuckDBPyConnection:
    """Return a database that holds nothing."""
    return duckdb.connect(config={"threads": 1})


def run(text: str, batch: pa.RecordBatch, table: str = "patients") -> list[Row]:
    """Return the rows that a statement makes of a batch, in its order."""
    database().register(table, pa.Table.from_batches([batch]))
    try:
        found: list[Row] = database().sql(text).to_arrow_table().to_pylist()
    finally:
        database().unregister(table)
    return found


def columns(beside: Beside, batch: pa.RecordBatch) -> list[Row]:
    """Return the verdicts of columns as rows."""
    found = beside.plan.run(batch)
    return [
        {
            "id": identity,
            **{rule: _WORDS[bool(found.fires[rule][at]), bool(found.silent[rule][at])] for rule in found.fires},
        }
        for at, identity in enumerate(found.ids.to_pylist())
    ]


def apart(said: list[Row], wanted: list[Row]) -> list[str]:
    """Return where rows with an answer differ from others; the ids must be the same."""
    assert [row["id"] for row in said] == [row["id"] for row in wanted]
    return [
        f"{name} of {row['id']}: SQL {row[name]}, columns {verdict}"
        for row, other in zip(said, wanted, strict=True)
        if row["not_answered"] is None
        for name, verdict in other.items()
        if row[name] != verdict
    ]


def both(plan: Plan, terms: Mapping[str, tuple[Term, Term]], batch: pa.RecordBatch) -> tuple[list[Row], list[Row]]:
    """Return what SQL and what columns say of terms."""
    said = run(Statement.of_terms(plan, terms, DUCKDB, ["patients"]).text, batch)
    asked = {(name, at): one for name, two in terms.items() for at, one in enumerate(two)}
    flags = Program(asked).run(plan._recorded(batch))
    ids = batch.column("id").to_pylist()
    return said, [
        {"id": one, **{name: _WORDS[bool(flags[name, 0][at]), bool(flags[name, 1][at])] for name in terms}}
        for at, one in enumerate(ids)
    ]
