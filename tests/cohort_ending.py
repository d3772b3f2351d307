"""Collectors that end or fail in the process that answers, for the tests of several processes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oncocds.errors import InputError, Problem
from oncocds_cohort.answers import Answers
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.parts import Part
from oncocds_cohort.outputs.verdicts import VerdictColumns


class Ending(VerdictColumns):
    """Verdicts; the process that comes to a certain patient is killed as the system kills one for its memory."""

    identity = ""

    def part(self, *answers: Answers) -> Part:
        if self.identity in answers[0].ids.to_pylist():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().part(*answers)


class Failing(VerdictColumns):
    """Verdicts; every process refuses something."""

    def part(self, *answers: Answers) -> Part:  # noqa: ARG002
        raise InputError([Problem("/age", "it is odd", "another")])


NO_THREADS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}


def ending(identity: str, asked: Asked) -> Ending:
    found = Ending(tuple(asked.engines[0].knowledge.conditions))
    found.identity = identity
    return found


def failing(asked: Asked) -> Failing:
    return Failing(tuple(asked.engines[0].knowledge.conditions))


_KILLED = """
import multiprocessing, os, signal, sys
from functools import partial
from oncocds.cli import main
from oncocds_cohort.outputs import keeping, running
from oncocds_cohort.reading.batches import pieces_of
running.pieces_of = partial(pieces_of, block=3_000, rows=1)
noted = keeping.Kept.add
def add(self, *told):
    noted(self, *told)
    if self._told["parts"] == PARTS:
        LAST
        os.kill(os.getpid(), signal.SIGKILL)
keeping.Kept.add = add
main(sys.argv[1:])
"""


def killed(parts: int, last: str) -> str:
    """Return a command that is killed when so many parts are finished, and does something last."""
    return _KILLED.replace("PARTS", str(parts)).replace("LAST", "\n        ".join(last.splitlines()))


_HOW = """
from oncocds_cohort.outputs import processes
processes.NOT = None
processes.of_one_thread = lambda was=processes.of_one_thread: was() and COPIES
"""
_DYING = """
import sys
from functools import partial
from cohort_ending import ending
from oncocds.cli import main
from oncocds_cohort.outputs import running, verdicts
from oncocds_cohort.reading.batches import pieces_of
running.pieces_of = partial(pieces_of, block=3_000, rows=1)
verdicts.columns = partial(ending, PATIENT) if PATIENT else verdicts.columns
sys.exit(main(sys.argv[1:]))
"""


def dying(patient: str) -> str:
    """Return a command of small pieces that loses the process which comes to a certain patient, if one is named."""
    return _DYING.replace("PATIENT", repr(patient))


def by_several(program: str, *, copies: bool, options: Sequence[str]) -> dict[str, Any]:
    """Return what begins a command whose processes are copies of it, or else interpreters of their own.

    It fails where they would begin in the other way, or where anything is warned of.
    """
    how = _HOW.replace("NOT", "_interpreters" if copies else "_copies").replace("COPIES", str(copies))
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        "args": [sys.executable, "-W", "error", "-c", how + program, *options],
        "env": {**os.environ, **NO_THREADS, "PYTHONPATH": path},
    }


def runs(process: int) -> bool:
    """Tell whether a process runs; one that ended and that nobody asked about does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
