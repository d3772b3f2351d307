"""One pass over a file of patients: read, answered, checked against the engine, counted, and kept as far as it came."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy
import pyarrow as pa

from oncocds.engine import Engine
from oncocds_cohort.answers import Answers
from oncocds_cohort.outputs.digests import InputFile, identity
from oncocds_cohort.outputs.keeping import Kept
from oncocds_cohort.outputs.progress import Progress
from oncocds_cohort.reading.batches import read_batches
from oncocds_cohort.reading.checked import Checked, Refused
from oncocds_cohort.sample import Checking, EngineReading, Reading

By = Literal["columns", "engine"]


class Collector(Protocol):
    """What becomes of the answers."""

    def add(self, *answers: Answers) -> pa.Table | None:
        """Take the answers of a batch, by each reading; return the rows to be written, if any."""
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


@dataclass(frozen=True, slots=True)
class Asked:
    """A file of patients and what they are asked by: one engine, or an old and a new one; on which day."""

    source: InputFile
    engines: tuple[Engine, ...]
    as_of: datetime.date
    by: By

    @classmethod
    def of(cls, path: Path, engines: Sequence[Engine], as_of: datetime.date, by: By) -> Asked:
        """Read the file's digest. Raises ``InputError``."""
        return cls(InputFile.of(path), tuple(engines), as_of, by)

    def told(self) -> dict[str, str]:
        """Return what every output says of itself, but for its own digest."""
        return {**identity(self.source, *self.engines), "as of": self.as_of.isoformat()}

    def kept(self, out: Path, what: str) -> Kept:
        """Return where a run for an output keeps what it has finished."""
        return Kept(out, {**self.told(), "what": what, "by": self.by})


def run(asked: Asked, collector: Collector, kept: Kept | None = None) -> Ran:
    """Answer for every patient of a file, in batches, and collect.

    Raises ``InputError`` where the file cannot be read, ``EngineFault`` where the engine cannot conclude or concludes
    otherwise than the columns: then nothing is written.
    """
    readings = [_Checked(engine, asked) for engine in asked.engines]
    done = patients = refused = 0
    if kept is not None and kept.state is not None:
        done, refused, patients = kept.rows, kept.refused, kept.state["patients"]
        collector.restore(kept.state["collected"])
        for reading, checked in zip(readings, kept.state["checked"], strict=True):
            reading.checked = checked
    progress = Progress(asked.source.rows)
    for read in _read(asked):
        if read.last <= done:
            progress.at(read.last, new=False)
            continue
        part = collector.add(
            *(one.answers(batch, read.rows) for one, batch in zip(readings, read.batches, strict=True))
        )
        patients += len(read.rows)
        refused += len(read.refused)
        if kept is not None:
            state = {"patients": patients, "checked": [one.checked for one in readings], "collected": collector.state()}
            kept.add(read.last, state, part, len(read.refused), "".join(_lines(read.refused)))
        progress.at(read.last)
    progress.done()
    asked.source.check_unchanged()
    return Ran(patients, refused, min(one.checked for one in readings))


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
            yield _Rows([one.batch] * len(asked.engines), rows, one.refused, _last(one, rows))
        return
    for each in zip(*(read_batches(path, engine.knowledge.vocabulary) for engine in asked.engines), strict=True):
        common = reduce(numpy.intersect1d, [one.rows for one in each])
        batches = [one.batch.take(pa.array(numpy.searchsorted(one.rows, common))) for one in each]
        refused = {told.row: told for one in each for told in one.refused}
        last = max(_last(one, one.rows.tolist()) for one in each)
        yield _Rows(batches, common.tolist(), [refused[row] for row in sorted(refused)], last)


def _last(read: Checked, rows: Sequence[int]) -> int:
    return max([*rows[-1:], *(one.row for one in read.refused), read.first_row - 1])


class _Checked:
    """A reading whose answers are checked; by the engine itself every patient is."""

    def __init__(self, engine: Engine, asked: Asked) -> None:
        by_engine = EngineReading(engine, asked.as_of)
        self._reading: Reading = by_engine if asked.by == "engine" else _plan(engine, asked.as_of)
        self._checking = None if asked.by == "engine" else Checking(by_engine)
        self.checked = 0

    def answers(self, batch: pa.RecordBatch, rows: Sequence[int]) -> Answers:
        answers = self._reading.run(batch)
        if self._checking is None:
            self.checked += len(answers)
        else:
            self._checking.checked = self.checked
            self._checking.check(batch, answers, rows)
            self.checked = self._checking.checked
        return answers


def _plan(engine: Engine, as_of: datetime.date) -> Reading:
    from oncocds_cohort.columns import Plan

    plan: Reading = Plan.of(engine.knowledge, engine.policy, as_of=as_of)
    return plan


def _lines(refused: Sequence[Refused]) -> Iterator[str]:
    for one in refused:
        told: Mapping[str, Any] = {"row": one.row, "id": one.id, "issues": [asdict(issue) for issue in one.issues]}
        yield json.dumps(told, ensure_ascii=False) + "\n"
