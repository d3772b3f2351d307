"""One pass over a file of patients: read, answered, checked against the engine, collected, kept as far as it came."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import numpy
import pyarrow as pa

from oncocds_cohort.answers import Answers
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.keeping import Kept
from oncocds_cohort.outputs.progress import Progress
from oncocds_cohort.reading.batches import read_batches
from oncocds_cohort.reading.checked import Checked, Refused
from oncocds_cohort.reading.commands import write_refused
from oncocds_cohort.reading.repeated import Repeated, Repeats
from oncocds_cohort.sample import Checking, EngineReading
from oncocds_cohort.schema import ID


class Collector(Protocol):
    """What becomes of the answers."""

    def add(self, *answers: Answers) -> pa.Table | None:
        """Take the answers for a batch, by each engine; return the rows to be written, if any."""
        ...

    def state(self) -> Any:
        """Return what was counted so far, as plain data."""
        ...

    def restore(self, state: Any) -> None:
        """Go on from what was counted before."""
        ...


@dataclass(frozen=True, slots=True)
class Ran:
    """What a pass came to; ``checked`` patients were put through the engine as well, which answered none otherwise."""

    patients: int
    refused: int
    checked: int
    repeats: Repeats


def run(asked: Asked, collector: Collector, kept: Kept | None = None) -> Ran:
    """Answer for every patient of a file, in batches, and collect.

    Raises ``InputError`` where the file cannot be read, ``EngineFault`` where the engine cannot conclude or concludes
    otherwise than the columns: then nothing is written.
    """
    answering = Answering(asked)
    done = patients = refused = 0
    if kept is not None and kept.state is not None:
        done, refused, patients = kept.rows, kept.refused, kept.state["patients"]
        collector.restore(kept.state["collected"])
        answering.checked = kept.state["checked"]
    if kept is not None and kept.given_up:
        print("oncocds: an unfinished run of something else stood there; it is given up", file=sys.stderr)
    progress = Progress(asked.source.rows)
    with Repeated() as repeated:
        for read in _read(asked):
            repeated.add(read.batches[0].column(ID).to_pylist(), read.rows)
            if read.last <= done:
                progress.at(read.last, new=False)
                continue
            part = collector.add(*answering.answers(read.batches, read.rows))
            patients += len(read.rows)
            refused += len(read.refused)
            if kept is not None:
                state = {"patients": patients, "checked": answering.checked, "collected": collector.state()}
                kept.add(read.last, state, part, len(read.refused), _lines(read.refused))
            progress.at(read.last)
        repeats = repeated.found()
    progress.done()
    asked.source.check_unchanged()
    return Ran(patients, refused, answering.checked, repeats)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of the file: a batch for each engine, all of the same patients, and who was refused by one of them."""

    batches: Sequence[pa.RecordBatch]
    rows: Sequence[int]
    refused: Sequence[Refused]
    last: int


def _read(asked: Asked) -> Iterator[_Rows]:
    """Read the file, once; by two vocabularies where the engines have two: whom one refuses is not compared."""
    first, *others = (engine.knowledge for engine in asked.engines)
    path = asked.source.path
    if all(other.digests["vocabulary"] == first.digests["vocabulary"] for other in others):
        for one in read_batches(path, first.vocabulary):
            rows = one.rows.tolist()
            yield _Rows([one.batch] * len(asked.engines), rows, one.refused, _last(one))
        return
    for each in zip(*(read_batches(path, engine.knowledge.vocabulary) for engine in asked.engines), strict=True):
        common = reduce(numpy.intersect1d, [one.rows for one in each])
        batches = [one.batch.take(pa.array(numpy.searchsorted(one.rows, common))) for one in each]
        refused = {told.row: told for one in each for told in one.refused}
        yield _Rows(batches, common.tolist(), [refused[row] for row in sorted(refused)], max(map(_last, each)))


def _last(read: Checked) -> int:
    rows: list[int] = read.rows[-1:].tolist()
    return max([*rows, *(one.row for one in read.refused), read.first_row - 1])


class Answering:
    """Answers batches by columns, and checks some patients by each engine; or asks the engines for all of them."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._engines = [EngineReading(engine, asked.as_of) for engine in asked.engines]
        self._checking = [Checking(one) for one in self._engines]

    @property
    def checked(self) -> int:
        """How many patients were put through each engine."""
        return self._checking[0].checked

    @checked.setter
    def checked(self, count: int) -> None:
        for one in self._checking:
            one.checked = count

    def answers(self, batches: Sequence[pa.RecordBatch], rows: Sequence[int]) -> Sequence[Answers]:
        """Return the answers of each engine. Raises ``EngineFault``."""
        if self._asked.by == "engine":
            self.checked += len(rows)
            return [one.run(batch) for one, batch in zip(self._engines, batches, strict=True)]
        found = self._by_columns(batches)
        for checking, batch, answers in zip(self._checking, batches, found, strict=True):
            checking.check(batch, answers, rows)
        return found

    def _by_columns(self, batches: Sequence[pa.RecordBatch]) -> Sequence[Answers]:
        if self._asked.pair is not None:
            return self._asked.pair.run(batches[0])
        return [plan.run(batch) for plan, batch in zip(self._asked.plans, batches, strict=True)]


def _lines(refused: Sequence[Refused]) -> str:
    text = io.StringIO()
    write_refused(text, tuple(refused))
    return text.getvalue()
