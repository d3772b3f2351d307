"""The commands of ``oncocds cohort`` that answer for patients: their options, and the one call that runs each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from oncocds.cli.extras import begin_no_threads, extra
from oncocds.cli.numbers import within

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_MOST_SUPPRESSED, _MOST_JOBS = 1_000, 256


def add_outputs(commands: _Commands) -> None:
    """Add the commands to the parser."""
    verdicts = commands.add_parser("verdicts", help="of every patient every rule's verdict")
    _add_file(verdicts)
    verdicts.add_argument("--out", type=Path, required=True, metavar="FILE", help=".parquet or .csv")
    verdicts.add_argument(
        "--sections", action="store_true", help="and of every rule in which sections of the briefing it is named"
    )
    _add_decide(verdicts, "and in its columns also what waits for one answer (with --sections or without)")
    verdicts.set_defaults(run=_run("write_verdicts"))

    counts = commands.add_parser("counts", help="per rule how many patients, and what most of the undetermined lack")
    _add_file(counts)
    counts.add_argument("--out", type=Path, metavar="FILE", help=".csv or .json (default: CSV, printed)")
    _add_decide(counts, "and for how many something waits for one answer")
    _add_suppression(counts)
    counts.set_defaults(run=_run("write_counts"))

    gaps = commands.add_parser("gaps", help="which patients a rule or action asks something of, or waits for, and why")
    _add_file(gaps)
    gaps.add_argument("names", nargs="+", metavar="RULE|ACTION", help="such as HER2RT-15 or monitor-serum-calcium")
    gaps.add_argument("--out", type=Path, required=True, metavar="FILE", help=".parquet or .csv")
    gaps.add_argument(
        "--overdue",
        action="store_true",
        help="only what is past the day by which the site checks it again, may be, or has no date",
    )
    gaps.set_defaults(run=_run("write_gaps"))

    submit = commands.add_parser(
        "submit", help="write the job by which Spark writes verdicts, counts, gaps, a comparison or a report"
    )
    _add_asked(submit, "patients: Parquet; row groups are the tasks")
    submit.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="for job.py, and the output that it writes"
    )
    submit.add_argument(
        "--what",
        choices=("verdicts", "counts", "gaps", "compare", "report"),
        default="verdicts",
        help="what it writes, as the command of that name does on one machine (default: verdicts)",
    )
    submit.add_argument("--names", nargs="+", default=(), metavar="RULE|ACTION", help="of gaps: whose")
    submit.add_argument("--overdue", action="store_true", help="of gaps: as there")
    submit.add_argument("--sections", action="store_true", help="of verdicts: as there")
    submit.add_argument("--decide", action="store_true", help="of verdicts, counts and the report: as there")
    what = "'current', a folder of knowledge, a policy's file, or FOLDER,FILE"
    submit.add_argument("--old", default="current", metavar="OLD", help=f"of compare: {what} (default: current)")
    submit.add_argument("--new", metavar="NEW", help="of compare and the report: as OLD")
    submit.add_argument("--patients", action="store_true", help="of compare: as there")
    submit.add_argument("--lang", dest="first", choices=("zh", "en"), default="zh", help="of the report: as there")
    _add_suppression(submit)
    submit.set_defaults(run=_submit)

    sql = commands.add_parser("sql", help="print every rule's verdict as one SQL statement over a table of patients")
    sql.add_argument("--dialect", choices=("duckdb", "spark"), required=True, help="for which database")
    sql.add_argument(
        "--table", default="patients", metavar="NAME", help="the table, or SCHEMA.NAME (default: patients)"
    )
    _add_day_and_policy(sql)
    sql.set_defaults(run=_sql)

    compare = commands.add_parser("compare", help="whom another knowledge or policy would answer otherwise, and how")
    _add_file(compare)
    compare.add_argument("old", metavar="OLD", help=what)
    compare.add_argument("new", metavar="NEW", help="as OLD")
    compare.add_argument("--out", type=Path, required=True, metavar="FILE", help=".parquet or .csv")
    compare.add_argument("--patients", action="store_true", help="list the patients by id instead of counting them")
    _add_suppression(compare)
    compare.set_defaults(run=_run("write_comparison"))

    report = commands.add_parser("report", help="one page for a department: care gaps, missing data, a new version")
    _add_file(report)
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help=".html")
    report.add_argument("--new", metavar="NEW", help=f"what it would change: {what}")
    report.add_argument("--lang", choices=("zh", "en"), default="zh", help="language shown first (default: zh)")
    _add_decide(report, "and for how many something waits for one answer")
    _add_suppression(report)
    report.set_defaults(run=_run("write_report"))


def _add_file(command: argparse.ArgumentParser) -> None:
    _add_asked(command, "patients: NDJSON (also .gz, .zst) or Parquet")
    command.add_argument(
        "--by",
        choices=("columns", "engine"),
        default="columns",
        help="'engine' puts every patient through the engine, which is slow (default: columns, and some as a check)",
    )
    command.add_argument(
        "--jobs",
        type=within("jobs", 1, _MOST_JOBS),
        metavar="N",
        help="processes that share the work (default: the processors that may be used, at most 8)",
    )


def _add_asked(command: argparse.ArgumentParser, file: str) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help=file)
    _add_day_and_policy(command)


def _add_day_and_policy(command: argparse.ArgumentParser) -> None:
    command.add_argument("--policy", type=Path, help="local policy (JSON or YAML), laid over the shipped one")
    command.add_argument("--as-of", help="date of the evaluation, YYYY-MM-DD (default: today)")


def _add_decide(command: argparse.ArgumentParser, what: str) -> None:
    rate = "some 170 patients a second and processor, so a million take 1.6 hours of one"
    slow = f"the engine answers for nearly everybody, which is slow: {rate}"
    command.add_argument("--decide", action="store_true", help=f"{what}; {slow}")


def _add_suppression(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--suppress-below",
        type=within("patients", 0, _MOST_SUPPRESSED),
        default=5,
        metavar="N",
        help="publish no cell that counts fewer than N patients (default: 5; 0: publish all)",
    )


def _submit(options: argparse.Namespace) -> int:
    with extra("cohort"):
        from oncocds_cohort.engines.commands import submit
    return submit(options)


def _sql(options: argparse.Namespace) -> int:
    with extra("cohort"):
        from oncocds_cohort.sql.commands import print_sql
    return print_sql(options)


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that imports what it needs when it is run."""

    def run(options: argparse.Namespace) -> int:
        begin_no_threads()
        with extra("cohort"):
            from oncocds_cohort.outputs import commands
        code: int = getattr(commands, name)(options)
        return code

    return run
