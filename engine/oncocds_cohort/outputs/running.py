"""One pass over a file of patients: read, answered, checked against the engine, collected, kept as far as it came."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from oncocds_cohort.ahead import in_order
from oncocds_cohort.garbage import passed_over
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.keeping import Kept
from oncocds_cohort.outputs.parts import Collector, Done
from oncocds_cohort.outputs.processes import by_processes
from oncocds_cohort.outputs.progress import Progress
from oncocds_cohort.outputs.working import Working, check_columns
from oncocds_cohort.reading.batches import pieces_of
from oncocds_cohort.reading.repeated import Repeated, Repeats
from oncocds_cohort.sample import LEAST

_Collector = TypeVar("_Collector", bound=Collector)
_AHEAD = 1  # pieces that one process reads ahead, in a thread: more of them take memory and save no time


@dataclass(frozen=True, slots=True)
class Ran:
    """What a pass came to; ``checked`` patients were put through the engine as well, which answered none otherwise."""

    patients: int
    refused: int
    checked: int
    repeats: Repeats


def run(asked: Asked, make: Callable[[Asked], _Collector], kept: Kept | None = None) -> tuple[Ran, _Collector]:
    """Answer for every patient of a file, piece by piece, and collect by what ``make`` makes, here and elsewhere.

    Raises ``InputError`` where the file cannot be read, ``EngineFault`` where the engine cannot conclude or concludes
    otherwise than the columns: then nothing is written.
    """
    collector = make(asked)
    done = patients = refused = checked = 0
    if kept is not None and kept.state is not None:
        done, refused, patients = kept.rows, kept.refused, kept.state["patients"]
        collector.merge(kept.state["collected"])
        checked = kept.state["checked"]
    if kept is not None and kept.given_up:
        print("oncocds: an unfinished run of something else stood there; it is given up", file=sys.stderr)
    progress = Progress(asked.source.rows, slow=asked.decide)
    with Repeated() as repeated:
        for one in _answered(asked, make, collector, done, kept):
            repeated.add(one.ids, one.rows)
            if one.part is None:
                progress.at(one.last, new=False)
                continue
            collector.merge(one.part.counted)
            patients += len(one.rows)
            refused += one.count
            checked += one.checked
            if kept is not None:
                state = {"patients": patients, "checked": checked, "collected": collector.state()}
                kept.add(one.last, state, one.part.rows, one.count, one.refused)
            progress.at(one.last)
        repeats = repeated.found()
    progress.done()
    if checked < min(LEAST, patients):
        checked = _checked_first(asked, collector)
    asked.source.check_unchanged()
    return Ran(patients, refused, checked, repeats), collector


def _answered(
    asked: Asked, make: Callable[[Asked], Collector], collector: Collector, done: int, kept: Kept | None
) -> Iterator[Done]:
    """Yield what the pieces of the file come to, in their order: by this process, by others where it has several, or by
    whoever answered them before.
    """
    if asked.elsewhere is not None:
        yield from (one if one.last > done else replace(one, part=None) for one in asked.elsewhere())
        return
    check_columns(asked.source.path, asked.engines)
    pieces = pieces_of(asked.source.path, **asked.size)
    first = [*islice(pieces, 2)]
    pieces = chain(first, pieces)
    if min(asked.jobs, len(first)) > 1:
        yield from by_processes(asked, make, done, pieces, kept)
        return
    working = Working(asked, collector, done)
    working.prepare()
    with passed_over():
        yield from map(working.answered, in_order((partial(working.read, piece) for piece in pieces), _AHEAD))


def _checked_first(asked: Asked, collector: Collector) -> int:
    """Check the first patients of the file, where many rows were refused and so few were checked; return how many."""
    working, checked = Working(asked, collector), 0
    for piece in pieces_of(asked.source.path, **asked.size):
        checked = working.check_first(working.read(piece), checked)
        if checked >= LEAST:
            break
    return checked
