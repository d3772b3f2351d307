"""``oncocds cohort sql``: the statement with what it was made by, and the rules that it leaves out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_date
from oncocds.vocabulary.site import own_drugs
from oncocds_cohort.columns import Plan
from oncocds_cohort.outputs.commands import version
from oncocds_cohort.outputs.digests import identity_of
from oncocds_cohort.outputs.named import CURRENT
from oncocds_cohort.sql.dialects import DIALECTS
from oncocds_cohort.sql.statement import Statement


def print_sql(options: argparse.Namespace) -> int:
    """Print the statement; return 1 where it leaves rules out. Raises ``InputError`` or ``KnowledgeError``."""
    table = _parts(options.table)
    engine, as_of = version(CURRENT, options), read_date(options.as_of)
    if own_drugs(engine.knowledge.vocabulary):
        reason, table_ = (
            "a site's own drugs cannot be told by a name in SQL",
            "'other' with its name and all its classes",
        )
        expected = f"no --overlay, and a table that has each of them as {table_}, as 'cohort from-fhir' writes it"
        raise InputError([Problem("--overlay", reason, expected)])
    plan = Plan.of(engine.knowledge, engine.policy, as_of=as_of)
    statement = Statement.of(plan, DIALECTS[options.dialect], table)
    told = [f"not expressible: {rule}: {why}" for rule, why in statement.refused.items()]
    said = [*_said(engine, options.dialect), f"as of: {as_of.isoformat()}", *told]
    print(*(f"-- {_in_one_line(one)}" for one in said), f"{statement.text};", sep="\n")
    for one in told:
        print(f"oncocds: {_in_one_line(one)}", file=sys.stderr)
    return 1 if told else 0


def _said(engine: Engine, dialect: str) -> Iterator[str]:
    yield f"oncocds cohort sql, for {dialect}: every rule's verdict of patients that `oncocds cohort check` accepts"
    for name, value in identity_of(engine).items():
        yield f"{name}: {value}"


def _in_one_line(text: str) -> str:
    """Return a text without anything that ends a line: a comment ends with its line."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _parts(table: str) -> list[str]:
    parts = table.split(".")
    if not all(one.strip() and one.isprintable() for one in parts):
        raise InputError([Problem("--table", "it names no table", "a name, or schema.name or catalogue.schema.name")])
    return parts
