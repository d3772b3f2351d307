"""A piece of a file read, answered, checked and made ready to be collected: the work of one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy
import pyarrow as pa

from oncocds.engine import Engine
from oncocds_cohort.answers import Answers
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.parts import Collector, Done
from oncocds_cohort.reading.batches import Piece, Reader
from oncocds_cohort.reading.checked import Checked, Refused, Rows
from oncocds_cohort.reading.commands import refused_line
from oncocds_cohort.sample import LEAST, Checking, EngineReading
from oncocds_cohort.schema import ID


@dataclass(frozen=True, slots=True)
class Read:
    """A piece as it was read: a batch for each engine, all of the same patients, and whom one of them refuses."""

    piece: Piece
    batches: Sequence[pa.RecordBatch]
    rows: Rows
    refused: Sequence[Refused]
    last: int


class Working:
    """Reads and answers pieces of a file; those that begin within the rows ``done`` are read only."""

    def __init__(self, asked: Asked, collector: Collector, done: int = 0) -> None:
        vocabularies = {one.knowledge.digests["vocabulary"]: one.knowledge.vocabulary for one in asked.engines}
        self._readers = [Reader(asked.source.path, one) for one in vocabularies.values()]
        self._asked = asked
        # What waits for one answer is told of the first engine, as is all that is told of one of them.
        self._engines = [
            EngineReading(engine, asked.as_of, decide=asked.decide and not at)
            for at, engine in enumerate(asked.engines)
        ]
        self._collector, self._done = collector, done

    def prepare(self) -> None:
        """Make the plans, which else the first piece does, and what is computed of them for most pieces."""
        if self._asked.by == "columns" and self._asked.pair is None:
            for plan in self._asked.plans:
                _ = plan.program if self._collector.whole else plan.program_of_verdicts

    def read(self, piece: Piece) -> Read:
        """Read a piece by each vocabulary: whom one of them refuses is not compared. Raises ``InputError``."""
        each = [reader.checked(piece) for reader in self._readers]
        if len(each) == 1:
            (one,) = each
            return Read(piece, [one.batch] * len(self._engines), one.rows, one.refused, _last(one))
        common = reduce(numpy.intersect1d, [one.rows for one in each])
        batches = [one.batch.take(pa.array(numpy.searchsorted(one.rows, common))) for one in each]
        refused = {told.row: told for one in each for told in one.refused}
        return Read(piece, batches, common, [refused[row] for row in sorted(refused)], max(map(_last, each)))

    def answered(self, read: Read) -> Done:
        """Answer for the patients of a piece, and check some. Raises ``EngineFault``."""
        ids, refused = read.batches[0].column(ID).to_pylist(), "".join(map(refused_line, read.refused))
        part, checked = None, 0
        if read.piece.first_row > self._done:
            answers, checked = self._answers(read)
            part = self._collector.part(*answers)
        return Done(ids, read.rows, refused, len(read.refused), read.last, checked, part)

    def _answers(self, read: Read) -> tuple[Sequence[Answers], int]:
        """Return the answers of each engine, and how many patients were put through each."""
        found: Sequence[Answers]
        if self._asked.by == "engine":
            found = [one.run(batch) for one, batch in zip(self._engines, read.batches, strict=True)]
            return found, len(read.rows)
        # As if nobody had been refused so far: so it is the same, whoever answered the pieces before.
        already = min(LEAST, read.piece.first_row - 1)
        # Those who are checked in any case are so in full, whatever of it is written.
        found = self._by_columns(read.batches, whole=self._collector.whole or already < LEAST)
        found, checked = self._checked(read, found, already)
        return found, checked - already

    def check_first(self, read: Read, already: int) -> int:
        """Check patients of a piece while there were fewer than ``LEAST``; return how many there are now."""
        return self._checked(read, self._by_columns(read.batches, whole=True), already)[1]

    def _checked(self, read: Read, found: Sequence[Answers], already: int) -> tuple[list[Answers], int]:
        """Check the answers of each engine; return them, and how many patients were put through every engine."""
        told, checked = [], already
        for engine, batch, answers in zip(self._engines, read.batches, found, strict=True):
            checking = Checking(engine, already)
            told.append(checking.check(batch, answers, read.rows.tolist()))
            checked = checking.checked  # of the last, for which nobody is put through it to decide
        return told, checked

    def _by_columns(self, batches: Sequence[pa.RecordBatch], *, whole: bool) -> Sequence[Answers]:
        if self._asked.pair is not None:
            return self._asked.pair.run(batches[0])
        return [plan.run(batch, whole=whole) for plan, batch in zip(self._asked.plans, batches, strict=True)]


def check_columns(path: Path, engines: Sequence[Engine]) -> None:
    """Raise ``InputError`` where the file has other columns than those of an engine's vocabulary."""
    for engine in engines:
        Reader(path, engine.knowledge.vocabulary).check_columns()


def _last(read: Checked) -> int:
    rows: list[int] = read.rows[-1:].tolist()
    return max([*rows, *(one.row for one in read.refused), read.first_row - 1])
