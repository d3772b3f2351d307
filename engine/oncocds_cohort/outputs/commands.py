"""The commands of ``oncocds cohort`` that answer for patients: their options read, and what a run came to told."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from oncocds.engine import Engine, load_bundled_or
from oncocds.errors import InputError, Problem
from oncocds.profile.policy import Policy, merge
from oncocds.profile.reading import read_date, read_policy
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.compare import compare
from oncocds_cohort.outputs.counts import counts
from oncocds_cohort.outputs.gaps import gaps
from oncocds_cohort.outputs.keeping import refused_file
from oncocds_cohort.outputs.report import report
from oncocds_cohort.outputs.running import Ran
from oncocds_cohort.outputs.suppression import Suppression
from oncocds_cohort.outputs.verdicts import verdicts

CURRENT = "current"
_MOST_PROCESSES = 8


def write_verdicts(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort verdicts``."""
    return told(verdicts(_asked(options), options.out, sections=options.sections), options.out)


def write_counts(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort counts``."""
    return told(counts(_asked(options), options.out, _suppression(options)), options.out)


def write_gaps(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort gaps``."""
    return told(gaps(_asked(options), options.names, options.out, overdue=options.overdue), options.out)


def write_comparison(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort compare``."""
    engines = (version(options.old, options), version(options.new, options))
    asked = _asked(options, *engines)
    return told(compare(asked, options.out, _suppression(options), patients=options.patients), options.out)


def write_report(options: argparse.Namespace) -> int:
    """Run ``oncocds cohort report``."""
    engines = [version(one, options) for one in (CURRENT, options.new) if one is not None]
    return told(report(_asked(options, *engines), options.out, _suppression(options), options.lang), options.out)


def _asked(options: argparse.Namespace, *engines: Engine) -> Asked:
    engines = engines or (version(CURRENT, options),)
    return Asked.of(options.file, engines, read_date(options.as_of), options.by, options.jobs or processors())


def processors() -> int:
    """Return how many processes share the work where nobody says: the processors that this one may use, at most 8."""
    try:
        there = len(os.sched_getaffinity(0))
    except AttributeError:  # not told on every system
        there = os.cpu_count() or 1
    return min(there, _MOST_PROCESSES)


def version(named: str, options: argparse.Namespace) -> Engine:
    """Return an engine: ``current``, another knowledge's folder, a policy's file, or both with a comma between them.

    What is not named is that of the command. Raises ``InputError`` or ``KnowledgeError``.
    """
    folder, policies = options.knowledge, [options.policy] if options.policy else []
    parts = [] if named == CURRENT else [named] if Path(named).is_file() else named.split(",")
    paths = [Path(part) for part in parts]
    for part, path in zip(parts, paths, strict=True):
        if not part or not (path.is_dir() or path.is_file()):
            reason = "no such file or folder"
            raise InputError([Problem(part or named, reason, f"{CURRENT}, a folder of knowledge or a policy")])
    folders, files = [path for path in paths if path.is_dir()], [path for path in paths if path.is_file()]
    if len(folders) > 1 or len(files) > 1:
        raise InputError([Problem(named, "it names two of a kind", "one folder of knowledge and one policy at most")])
    folder, policies = (folders or [folder])[0], files or policies
    knowledge = load_bundled_or(folder)
    layers: list[Any] = [knowledge.policy, *policies]
    return Engine(knowledge, merge(*(_policy(one, knowledge.vocabulary) for one in layers)))


def _policy(layer: Any, vocabulary: Vocabulary) -> Policy:
    """Read a layer of settings; of a file each problem names it, as there may be several."""
    try:
        return read_policy(layer, vocabulary)
    except InputError as error:
        if not isinstance(layer, Path):
            raise
        found = [Problem(f"{layer}{one.pointer}", one.reason, one.expected) for one in error.problems]
        raise InputError(found) from None


def _suppression(options: argparse.Namespace) -> Suppression:
    return Suppression.of(options.suppress_below)


def told(ran: Ran, out: Path | None) -> int:
    """Tell on standard error what a run came to; return its exit code: 1 where patients were refused."""
    words = f"{ran.patients:,} patients; {ran.checked:,} put through the engine as well, none answered otherwise"
    if ran.refused:
        where = f": see {refused_file(out)}" if out is not None else "; with --out they are written beside it"
        words += f"; {ran.refused:,} rows refused and not counted{where}"
    print(f"oncocds: {words}", file=sys.stderr)
    if ran.repeats.ids:
        again = f"{ran.repeats.ids:,} ids stand more than once, in {ran.repeats.rows:,} rows; each row counts"
        print(f"oncocds: {again}", file=sys.stderr)
    return 1 if ran.refused else 0
