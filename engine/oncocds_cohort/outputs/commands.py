"""The commands of ``oncocds cohort`` that answer for patients: their options read, and what a run came to told."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from oncocds.engine import Engine
from oncocds.profile.reading import read_date
from oncocds.text import Language
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.compare import compare
from oncocds_cohort.outputs.counts import counts
from oncocds_cohort.outputs.gaps import gaps
from oncocds_cohort.outputs.keeping import refused_file
from oncocds_cohort.outputs.named import CURRENT, named_paths, read
from oncocds_cohort.outputs.report import report
from oncocds_cohort.outputs.running import Ran
from oncocds_cohort.outputs.suppression import Suppression
from oncocds_cohort.outputs.verdicts import verdicts

_MOST_PROCESSES = 8


def write_verdicts(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort verdicts``."""
    return told(verdicts(_asked(options), options.out, sections=options.sections), options.out)


def write_counts(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort counts``."""
    by = Suppression.of(options.suppress_below)
    return told(counts(_asked(options), options.out, by), options.out)


def write_gaps(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort gaps``."""
    return told(gaps(_asked(options), options.names, options.out, overdue=options.overdue), options.out)


def write_comparison(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort compare``."""
    by = Suppression.of(options.suppress_below)
    asked = _asked(options, version(options.old, options), version(options.new, options))
    return told(compare(asked, options.out, by, patients=options.patients), options.out)


def write_report(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort report``."""
    by = Suppression.of(options.suppress_below)
    engines = [version(one, options) for one in (CURRENT, options.new) if one is not None]
    return told(report(_asked(options, *engines), options.out, by, options.lang), options.out, options.lang)


def _asked(options: argparse.Namespace, *engines: Engine) -> Asked:
    engines = engines or (version(CURRENT, options),)
    asked = Asked.of(options.file, engines, read_date(options.as_of), options.by, options.jobs or processors())
    return replace(asked, decide=getattr(options, "decide", False))


def processors() -> int:
    """Return how many processes share the work where nobody says: the processors that this one may use, at most 8."""
    try:
        there = len(os.sched_getaffinity(0))
    except AttributeError:  # not told on every system
        there = os.cpu_count() or 1
    return min(there, _MOST_PROCESSES)


def version(named: str, options: argparse.Namespace) -> Engine:
    """Return an engine by what it is called; what is not named is that of the command.

    Raises ``InputError`` or ``KnowledgeError``.
    """
    return read(*named_paths(named, options.knowledge, options.policy), options.overlay)


def told(ran: Ran, out: Path | None, language: Language = "en") -> int:
    """Tell on standard error what a run came to; return its exit code: 1 where patients were refused."""
    for words in _told_in_chinese(ran, out) if language == "zh" else _told(ran, out):
        print(f"oncocds: {words}", file=sys.stderr)
    return 1 if ran.refused else 0


def _told(ran: Ran, out: Path | None) -> Iterator[str]:
    words = f"{ran.patients:,} patients; {ran.checked:,} put through the engine as well, none answered otherwise"
    if ran.refused:
        where = f": see {refused_file(out)}" if out is not None else "; with --out they are written beside it"
        words += f"; {ran.refused:,} rows refused and not counted{where}"
    yield words
    if ran.repeats.ids:
        yield f"{ran.repeats.ids:,} ids stand more than once, in {ran.repeats.rows:,} rows; each row counts"


def _told_in_chinese(ran: Ran, out: Path | None) -> Iterator[str]:
    words = f"{ran.patients:,} 位患者；其中 {ran.checked:,} 位另经引擎核对，结果一致"
    if ran.refused:
        where = f"：见 {refused_file(out)}" if out is not None else "；用 --out 时写在其旁"
        words += f"；{ran.refused:,} 行被拒绝，未计入{where}"
    yield words
    if ran.repeats.ids:
        yield f"{ran.repeats.ids:,} 个编号不止出现一次，共 {ran.repeats.rows:,} 行；每行都计入"
