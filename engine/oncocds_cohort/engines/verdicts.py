"""One function for every engine: a record batch of patients in, a record batch of their verdicts out."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy
import pyarrow as pa

from oncocds_cohort.answers import Answers
from oncocds_cohort.engines.batches import answered
from oncocds_cohort.engines.version import Version
from oncocds_cohort.outputs.verdicts import VerdictColumns, verdict_schema
from oncocds_cohort.reading.checked import Checked
from oncocds_cohort.reading.commands import refused_line

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Every rule's verdict of every patient of a batch; can be pickled, and is made ready once in each process.

    A batch has the columns of ``oncocds cohort schema``. What comes out has a row for each row that went in, in their
    order: ``id``, a column per rule (``fires``, ``silent``, ``undetermined``) as ``oncocds cohort verdicts`` writes
    them, and ``refused``: null, or, where the engine refuses the patient, the line of ``refused.ndjson`` that says why;
    then all verdicts are null.
    """

    version: Version
    rules: tuple[str, ...]

    @classmethod
    def of(
        cls,
        *,
        knowledge: Path | str | None = None,
        policy: Path | str | None = None,
        as_of: datetime.date | str | None = None,
        overlay: Path | str | None = None,
    ) -> Self:
        """Take the knowledge of a folder (default: the bundled one), a local policy, a day (default: today).

        ``overlay`` is a site's file of its own drugs, codes and names (default: none).

        Raises ``InputError`` or ``KnowledgeError``.
        """
        version = Version.of(knowledge=knowledge, policy=policy, as_of=as_of, overlay=overlay)
        return cls(version, tuple(version.engine.knowledge.conditions))

    @property
    def schema(self) -> pa.Schema:
        """The columns that come out."""
        columns = [one.with_nullable(True) for one in verdict_schema(self.rules)]  # of whom is refused there is none
        return pa.schema([*columns, pa.field(REFUSED, pa.string())])

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Answer for a batch, and put one patient in a thousand through the engine as well.

        Raises ``InputError`` where its columns are others, ``EngineFault`` where engine and columns differ; rows are
        told by their place in the batch, from 1.
        """
        parts = [self._part(*one) for one in answered(self.version, batch)]
        found = pa.concat_tables([self.schema.empty_table(), *parts]).combine_chunks().to_batches()
        return found[0] if found else pa.RecordBatch.from_pylist([], self.schema)

    def _part(self, read: Checked, answers: Answers) -> pa.Table:
        size, first_row = len(read.rows) + len(read.refused), read.first_row
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
