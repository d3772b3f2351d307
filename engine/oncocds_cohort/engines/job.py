"""The verdicts of a file of patients as work for many machines: row groups of Parquet, and what they come to.

Whoever gives out the work makes a ``Job``, has ``job.answer(group)`` called for each of ``job.groups``, anywhere, any
number of times and in any order, and gives what came back to ``job.write``. The file of patients and the place of the
output are the same paths on all machines.
"""

from __future__ import annotations

import datetime
import itertools
import platform
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy
import pyarrow as pa
import pyarrow.parquet as pq

from oncocds.errors import EngineFault, InputError, KnowledgeError, Problem
from oncocds_cohort.engines.verdicts import REFUSED, Verdicts
from oncocds_cohort.files import whole_file
from oncocds_cohort.outputs.digests import InputFile, metadata
from oncocds_cohort.outputs.keeping import check_apart, not_written, refused_file
from oncocds_cohort.outputs.running import Ran
from oncocds_cohort.outputs.tables import check_format, write_table
from oncocds_cohort.outputs.verdicts import VerdictDigest, verdict_schema
from oncocds_cohort.reading.checked import ROWS
from oncocds_cohort.reading.repeated import Repeated
from oncocds_cohort.sample import LEAST
from oncocds_cohort.schema import ID

_COUNTS = ("rows", "refused", "checked")


@dataclass(frozen=True, slots=True)
class Group:
    """A row group: its number from 0, its first row in the file from 1, how many rows it has."""

    number: int
    first_row: int
    rows: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a group: nothing is said where its verdicts are written, else why they are not."""

    group: Group
    problems: tuple[Problem, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Job:
    """A file, the verdicts asked of it, and where they are to be written; can be pickled."""

    source: InputFile
    out: Path
    verdicts: Verdicts

    @classmethod
    def of(
        cls,
        path: Path | str,
        out: Path | str,
        *,
        knowledge: Path | str | None = None,
        policy: Path | str | None = None,
        as_of: datetime.date | str | None = None,
    ) -> Self:
        """Read a Parquet file's digest and row groups. Raises ``InputError`` or ``KnowledgeError``."""
        place = Path(out).resolve()
        check_format(place)
        verdicts = Verdicts.of(knowledge=knowledge, policy=policy, as_of=as_of)
        source = InputFile.of(Path(path).resolve())
        check_apart(source.path, place)
        groups_of(source.path)
        return cls(source, place, verdicts)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The row groups; read anew each time, as the job goes along with every task and is to stay small."""
        return groups_of(self.source.path)

    @property
    def told(self) -> dict[str, str]:
        """What the output says of itself, but for its own digest."""
        return {"input": self.source.digest, **dict(self.verdicts.identity), "as of": self.verdicts.as_of.isoformat()}

    def answer(self, group: Group) -> Done:
        """Write the verdicts of a row group beside the output, unless they are there; say what is refused or fails."""
        try:
            if self._told(group) is None:
                self._answer(group)
        except InputError as error:
            return Done(group, error.problems)
        except KnowledgeError as error:
            return Done(
                group, tuple(Problem(f"{one.path}:{one.line}", one.message, "knowledge") for one in error.issues)
            )
        except EngineFault as error:
            return Done(group, fault=str(error))
        return Done(group)

    def _answer(self, group: Group) -> None:
        already = min(LEAST, group.first_row - 1)
        checking = self.verdicts.checking(already)
        row, refused = group.first_row, 0
        try:
            self._parts.mkdir(mode=0o700, exist_ok=True)  # patients' data: only for who writes it
        except OSError as error:
            raise not_written(self.out, error) from None
        with whole_file(self._part(group)) as beside, pq.ParquetWriter(beside, self.verdicts.schema) as writer:
            for batch in _batches(self.source, group):
                part = self.verdicts.answered(batch, row, checking)
                writer.write_batch(part)
                row += part.num_rows
                refused += part.num_rows - part.column(REFUSED).null_count
            counts = (row - group.first_row, refused, checking.checked - already)
            writer.add_key_value_metadata(metadata({**self.told, **dict(zip(_COUNTS, counts, strict=True))}))

    def write(self, done: Iterable[Done]) -> Ran:
        """Make the output of what all groups came to, in the order of the file.

        Raises ``EngineFault`` or ``InputError`` where something failed or is missing: then nothing is written.
        """
        failed = [one for one in done if one.fault or one.problems]
        for one in (one for one in failed if one.fault):
            raise EngineFault(f"row group {one.group.number}: {one.fault}")
        if failed:
            raise InputError([*dict.fromkeys(problem for one in failed for problem in one.problems)])
        groups = self.groups
        told = {group.number: self._told(group) for group in groups}
        if missing := [number for number, one in told.items() if one is None]:
            wanted = "the output's folder to be the same on all machines"
            raise InputError([Problem(str(self.out), f"row group {missing[0]} has no verdicts of this job", wanted)])
        rows, refused, checked = (sum(one[name] for one in told.values() if one) for name in _COUNTS)
        self.source.check_unchanged()
        if checked < min(LEAST, rows - refused):
            checked = self.verdicts.check_first(self.source.path)
        beside = refused_file(self.out)
        if refused:
            with whole_file(beside) as path, path.open("w", encoding="utf-8") as file:
                for group in groups:
                    file.writelines(self._column(group, REFUSED).drop_null().to_pylist())
        else:
            beside.unlink(missing_ok=True)  # of an earlier run: nobody is refused now
        with Repeated() as repeated, whole_file(self.out) as path:
            parts = (self._accepted(group, repeated) for group in groups)
            write_table(path, self.out, verdict_schema(self.verdicts.rules), parts, self.told, VerdictDigest())
            repeats = repeated.found()
        shutil.rmtree(self._parts, ignore_errors=True)
        return Ran(rows - refused, refused, checked, repeats)

    def _accepted(self, group: Group, repeated: Repeated) -> pa.Table:
        """Return the verdicts of who was accepted, and take their ids for those that stand twice."""
        part = pq.read_table(self._part(group))
        taken = part.column(REFUSED).is_null()
        found = part.filter(taken).drop_columns([REFUSED]).cast(verdict_schema(self.verdicts.rules))
        repeated.add(found.column(ID).to_pylist(), numpy.flatnonzero(taken) + group.first_row)
        return found

    def _column(self, group: Group, name: str) -> pa.ChunkedArray:
        return pq.read_table(self._part(group), columns=[name]).column(name)

    @property
    def _parts(self) -> Path:
        return self.out.with_name(self.out.name + ".parts")

    def _part(self, group: Group) -> Path:
        return self._parts / f"{group.number:06}.parquet"

    def _told(self, group: Group) -> dict[str, int] | None:
        """Return the counts of a group whose verdicts are written, by this job or an earlier one of the same."""
        try:
            found = pq.read_metadata(self._part(group)).metadata or {}
        except (OSError, pa.ArrowException):
            return None
        told = {name.decode(): value.decode() for name, value in found.items()}
        if any(told.get(name) != value for name, value in metadata(self.told).items()):
            return None
        return {name: int(told[f"oncocds.{name}"]) for name in _COUNTS}


def groups_of(path: Path) -> tuple[Group, ...]:
    """Return the row groups of a Parquet file. Raises ``InputError``."""
    try:
        found = pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        raise InputError([Problem(str(path), "it cannot be read as Parquet", "a whole Parquet file")]) from None
    rows = [found.row_group(number).num_rows for number in range(found.num_row_groups)]
    begins = itertools.accumulate(rows, initial=1)
    return tuple(Group(number, begin, size) for number, (begin, size) in enumerate(zip(begins, rows, strict=False)))


def _batches(source: InputFile, group: Group) -> Iterator[pa.RecordBatch]:
    """Yield a row group in batches. Raises ``InputError`` where this machine has another file there."""
    place = f"{platform.node()}: {source.path}"
    try:
        same = source.path.stat().st_size == source.size
        with pq.ParquetFile(source.path) as file:
            if not same or file.metadata.row_group(group.number).num_rows != group.rows:
                raise InputError([Problem(place, "it is another file here", "the same file on all machines")])
            yield from file.iter_batches(ROWS, row_groups=[group.number], use_threads=False)
    except (OSError, pa.ArrowException):
        raise InputError([Problem(place, "it cannot be read", "the file of patients, on all machines")]) from None
