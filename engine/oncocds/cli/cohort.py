"""``oncocds cohort``: files of many patients; each command's options and the one call that runs it."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from oncocds.cli.cohort_outputs import add_outputs
from oncocds.cli.extras import extra

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_cohort(subcommands: _Commands) -> None:
    """Add the group of commands to the parser."""
    cohort = subcommands.add_parser("cohort", help="files of many patients (needs the extra 'cohort')")
    commands = cohort.add_subparsers(required=True, metavar="COMMAND")
    _add_schema(commands)
    add_outputs(commands)


def _add_schema(commands: _Commands) -> None:
    schema = commands.add_parser("schema", help="the columns of a file of patients, as an Arrow schema or as JSON")
    schema.add_argument("--format", choices=("arrow", "json"), default="arrow", help="(default: arrow)")
    schema.set_defaults(run=_schema)


def _schema(options: argparse.Namespace) -> int:
    with extra("cohort"):
        from oncocds_cohort.reading.commands import print_schema
    return print_schema(options.knowledge, as_json=options.format == "json")
