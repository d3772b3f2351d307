"""One function for every engine: a record batch of patients in, a record batch of their verdicts out."""

from __future__ import annotations

import datetime
import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy
import pyarrow as pa

from oncocds.engine import Engine, load_bundled_or
from oncocds.errors import InputError, Problem
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_date, read_policy
from oncocds_cohort.columns import Plan
from oncocds_cohort.outputs.digests import identity_of
from oncocds_cohort.outputs.verdicts import VerdictColumns, verdict_schema
from oncocds_cohort.reading.checked import ROWS
from oncocds_cohort.reading.commands import refused_line
from oncocds_cohort.reading.parquet import Parquet
from oncocds_cohort.sample import LEAST, Checking, EngineReading

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Every rule's verdict of every patient of a batch; can be pickled, and is made ready once in each process.

    A batch has the columns of ``oncocds cohort schema``. What comes out has a row for each row that went in, in their
    order: ``id``, a column per rule (``fires``, ``silent``, ``undetermined``) as ``oncocds cohort verdicts`` writes
    them, and ``refused``: null, or, where the engine refuses the patient, the line of ``refused.ndjson`` that says why;
    then all verdicts are null.

    ``identity`` is of the knowledge, policy and modules it was made with: a machine that has others answers nothing.
    """

    knowledge: Path | None
    policy: Path | None
    as_of: datetime.date
    rules: tuple[str, ...]
    identity: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls,
        *,
        knowledge: Path | str | None = None,
        policy: Path | str | None = None,
        as_of: datetime.date | str | None = None,
    ) -> Self:
        """Take the knowledge of a folder (default: the bundled one), a local policy, a day (default: today).

        Raises ``InputError`` or ``KnowledgeError``.
        """
        folder, local = (None if one is None else Path(one).resolve() for one in (knowledge, policy))
        engine = _engine(folder, local)
        rules, identity = tuple(engine.knowledge.conditions), tuple(identity_of(engine).items())
        return cls(folder, local, read_date(as_of), rules, identity)

    @property
    def schema(self) -> pa.Schema:
        """The columns that come out."""
        identity, *rules = verdict_schema(self.rules)
        return pa.schema([identity.with_nullable(True), *rules, pa.field(REFUSED, pa.string())])

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Answer for a batch, and put one patient in a thousand through the engine as well.

        Raises ``InputError`` where its columns are others, ``EngineFault`` where engine and columns differ; rows are
        told by their place in the batch, from 1.
        """
        return self.answered(batch, 1, self.checking(LEAST), whole=True)

    def checking(self, already: int) -> Checking:
        """Return the check against the engine, after so many patients that were checked elsewhere."""
        return Checking(_ready(self).engine, already)

    def check_first(self, path: Path) -> int:
        """Check the first patients of a file, as many as are to be checked at least; return how many these were."""
        ready, checking = _ready(self), self.checking(0)
        for read in ready.reader.batches(path):
            checking.check(read.batch, ready.plan.run(read.batch), read.rows.tolist())
            if checking.checked >= LEAST:
                break
        return checking.checked

    def answered(
        self, batch: pa.RecordBatch, first_row: int, checking: Checking, *, whole: bool = False
    ) -> pa.RecordBatch:
        """Answer for a batch that begins with a row of a file, and check it. Raises as the call does.

        Who is checked is so in verdicts alone, unless ``whole``, or as long as fewer were than are at least.
        """
        ready = _ready(self)
        ready.reader.check_columns(batch.schema)
        begins = range(0, batch.num_rows, ROWS)
        parts = [self._part(batch.slice(at, ROWS), first_row + at, checking, whole=whole) for at in begins]
        found = pa.concat_tables([self.schema.empty_table(), *parts]).combine_chunks().to_batches()
        return found[0] if found else pa.RecordBatch.from_pylist([], self.schema)

    def _part(self, batch: pa.RecordBatch, first_row: int, checking: Checking, *, whole: bool) -> pa.Table:
        ready = _ready(self)
        read = ready.reader.checked(batch, first_row)
        answers = ready.plan.run(read.batch, whole=whole or checking.checked < LEAST)
        checking.check(read.batch, answers, read.rows.tolist())
        size = batch.num_rows
        places = numpy.full(size, -1)
        places[read.rows - first_row] = numpy.arange(len(read.rows))
        found = VerdictColumns(self.rules).add(answers).take(pa.array(places, mask=places < 0))
        if not read.refused:
            return found.append_column(REFUSED, pa.nulls(size, pa.string())).cast(self.schema)
        ids: list[str | None] = found.column(0).to_pylist()
        lines: list[str | None] = [None] * size
        for one in read.refused:
            ids[one.row - first_row], lines[one.row - first_row] = one.id, refused_line(one)
        columns: list[Any] = [pa.array(ids, pa.string()), *found.columns[1:], pa.array(lines, pa.string())]
        return pa.Table.from_arrays(columns, schema=self.schema)


@dataclass(frozen=True, slots=True)
class _Ready:
    reader: Parquet
    plan: Plan
    engine: EngineReading


@lru_cache(maxsize=2)
def _ready(verdicts: Verdicts) -> _Ready:
    """Make ready, once in a process. Raises ``InputError`` where this machine would answer by something else."""
    engine = _engine(verdicts.knowledge, verdicts.policy)
    told, wanted = identity_of(engine), dict(verdicts.identity)
    for name in (one for one in wanted if told[one] != wanted[one]):
        where = f"{platform.node()}: {name}"
        raise InputError([Problem(where, "it is another one here than where the work was given out", wanted[name])])
    plan = Plan.of(engine.knowledge, engine.policy, as_of=verdicts.as_of)
    return _Ready(Parquet(engine.knowledge.vocabulary), plan, EngineReading(engine, verdicts.as_of))


def _engine(folder: Path | None, local: Path | None) -> Engine:
    knowledge = load_bundled_or(folder)
    layers: list[Any] = [knowledge.policy, *([] if local is None else [local])]
    return Engine(knowledge, merge(*(read_policy(one, knowledge.vocabulary) for one in layers)))
