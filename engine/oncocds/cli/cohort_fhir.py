"""``oncocds cohort from-fhir``: its options, and the one call that runs it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TypeAlias

from oncocds.cli.extras import begin_no_threads, extra
from oncocds.cli.numbers import within

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_MOST_JOBS = 256


def add_from_fhir(commands: _Commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("from-fhir", help="a FHIR Bulk Data export becomes a file of patients")
    command.add_argument("folder", type=Path, metavar="FOLDER", help="an export's files, and its manifest.json")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help=".parquet; remarks come beside it")
    command.add_argument(
        "--store", type=Path, metavar="FILE", help="keep the grouped records: for an export of changes"
    )
    command.add_argument("--taken", metavar="TIME", help="when the export was taken, where there is no manifest.json")
    command.add_argument(
        "--since", metavar="TIME", help="what it holds the changes since, where there is no manifest.json"
    )
    command.add_argument("--as-of", help="read the records as of this day, YYYY-MM-DD (default: when it was taken)")
    command.add_argument("--codes", type=Path, metavar="FILE", help="the same as --overlay before the command")
    jobs = within("jobs", 1, _MOST_JOBS)
    command.add_argument(
        "--jobs", type=jobs, default=os.cpu_count() or 1, metavar="N", help="processes (default: cores)"
    )
    command.set_defaults(run=_from_fhir)


def _from_fhir(options: argparse.Namespace) -> int:
    begin_no_threads()
    with extra("cohort"):
        from oncocds_cohort.fhir.commands import map_export
    return map_export(
        options.knowledge,
        options.folder,
        options.out,
        store=options.store,
        overlay=options.codes or options.overlay,
        taken=options.taken,
        since=options.since,
        as_of=options.as_of,
        jobs=options.jobs,
    )
