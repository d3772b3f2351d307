"""``oncocds cohort``: files of many patients; each command's options and the one call that runs it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from oncocds.cli.cohort_fhir import add_from_fhir
from oncocds.cli.cohort_outputs import add_outputs
from oncocds.cli.extras import extra
from oncocds.cli.numbers import within

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_MOST_MADE_UP = 100_000_000


def add_cohort(subcommands: _Commands) -> None:
    """Add the group of commands to the parser."""
    cohort = subcommands.add_parser("cohort", help="files of many patients (needs the extra 'cohort')")
    commands = cohort.add_subparsers(required=True, metavar="COMMAND")
    _add_schema(commands)
    _add_check(commands)
    _add_generate(commands)
    add_from_fhir(commands)
    add_outputs(commands)


def _add_schema(commands: _Commands) -> None:
    schema = commands.add_parser("schema", help="the columns of a file of patients, as an Arrow schema or as JSON")
    schema.add_argument("--format", choices=("arrow", "json"), default="arrow", help="(default: arrow)")
    schema.set_defaults(run=_schema)


def _schema(options: argparse.Namespace) -> int:
    with extra("cohort"):
        from oncocds_cohort.reading.commands import print_schema
    return print_schema(options.knowledge, overlay=options.overlay, as_json=options.format == "json")


def _add_check(commands: _Commands) -> None:
    check = commands.add_parser("check", help="read a whole file of patients: how many are refused, and why")
    check.add_argument("file", type=Path, help="NDJSON (also .gz, .zst) or Parquet")
    check.add_argument("--refused", type=Path, metavar="FILE", help="write each refused row with its reasons (NDJSON)")
    check.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the text (default: zh)")
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    with extra("cohort"):
        from oncocds_cohort.reading.commands import check
    return check(options.knowledge, options.file, options.refused, options.lang, options.overlay)


def _add_generate(commands: _Commands) -> None:
    generate = commands.add_parser("generate", help="make up patients, to try a cohort with")
    generate.add_argument("count", type=within("count", 0, _MOST_MADE_UP), metavar="N", help="how many")
    generate.add_argument("--out", type=Path, required=True, help="an .ndjson or a .parquet file")
    generate.add_argument("--seed", type=int, default=1, help="other patients for another number (default: 1)")
    generate.set_defaults(run=_generate)


def _generate(options: argparse.Namespace) -> int:
    with extra("cohort"):
        from oncocds_cohort.reading.commands import generate
    return generate(options.knowledge, options.count, options.out, options.seed, options.overlay)
