"""An output of a file of patients as work for many machines: row groups of Parquet, and what they come to.

Whoever gives out the work makes a ``Job``, has ``job.answer(group)`` called for each of ``job.groups``, anywhere, any
number of times and in any order, and gives what came back to ``job.write``. The file of patients and the place of the
output are the same paths on all machines. What a group comes to is what one machine makes of the same rows, and is put
together, small numbers left out and all, by what puts it together there: so the output is the same.
"""

from __future__ import annotations

import datetime
import platform
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from oncocds.errors import EngineFault, InputError, KnowledgeError, Problem
from oncocds_cohort.engines.output import VERDICTS, Output
from oncocds_cohort.engines.parts import read_part, told_by, write_part
from oncocds_cohort.engines.version import Version
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.digests import InputFile, metadata
from oncocds_cohort.outputs.keeping import check_apart, not_written
from oncocds_cohort.outputs.parts import Done
from oncocds_cohort.outputs.running import Ran
from oncocds_cohort.outputs.working import Working, check_columns
from oncocds_cohort.reading.checked import ROWS
from oncocds_cohort.reading.parquet import RowGroups, opened, pieces_at, row_groups, there


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a group: nothing is said where what it came to is written, else why it is not."""

    group: RowGroups
    problems: tuple[Problem, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Job:
    """A file, what is asked of it and by what, and where that is to be written; can be pickled."""

    source: InputFile
    out: Path
    version: Version
    output: Output

    @classmethod
    def of(
        cls,
        path: Path | str,
        out: Path | str,
        output: Output = VERDICTS,
        *,
        knowledge: Path | str | None = None,
        policy: Path | str | None = None,
        as_of: datetime.date | str | None = None,
    ) -> Self:
        """Read a Parquet file's digest and row groups. Raises ``InputError`` or ``KnowledgeError``."""
        place = Path(out).resolve()
        version = Version.of(knowledge=knowledge, policy=policy, as_of=as_of)
        output.check(version.engine, place)
        source = InputFile.of(Path(path).resolve())
        check_apart(source.path, place)
        groups_of(source.path)
        found = cls(source, place, version, output)
        check_columns(found._asked)
        return found

    @property
    def groups(self) -> tuple[RowGroups, ...]:
        """The row groups; read anew each time, as the job goes along with every task and is to stay small."""
        return groups_of(self.source.path)

    @property
    def _asked(self) -> Asked:
        return Asked(self.source, (self.version.engine,), self.version.as_of, "columns", elsewhere=self._pieces)

    def told(self, group: RowGroups) -> dict[str, str]:
        """Return what the part of a group says it is of."""
        identity = {"input": self.source.digest, **dict(self.version.identity)}
        rows = f"{group.first_row} to {group.first_row + group.rows - 1}"
        return {**identity, "as of": self.version.as_of.isoformat(), "what": self.output.kept, "rows": rows}

    def answer(self, group: RowGroups) -> Outcome:
        """Write what a row group comes to beside the output, unless it is there; say what is refused or fails."""
        try:
            if not self._answered(group):
                try:
                    self._parts.mkdir(mode=0o700, exist_ok=True)  # patients' data: only for who writes it
                except OSError as error:
                    raise not_written(self.out, error) from None
                write_part(self._part(group), self.told(group), self._answers(group))
        except InputError as error:
            return Outcome(group, error.problems)
        except KnowledgeError as error:
            return Outcome(
                group, tuple(Problem(f"{one.path}:{one.line}", one.message, "knowledge") for one in error.issues)
            )
        except EngineFault as error:
            return Outcome(group, fault=str(error))
        return Outcome(group)

    def _answers(self, group: RowGroups) -> Iterator[Done]:
        """Yield what the pieces of a row group come to. Raises ``InputError`` where another file is there."""
        working, path = _working(self), self.source.path
        place = f"{platform.node()}: {path}"
        try:
            same = path.stat().st_size == self.source.size
            with opened(path) as file:
                if not same or not there(file.metadata, group):
                    raise InputError([Problem(place, "it is another file here", "the same file on all machines")])
                for piece in pieces_at(file, group):
                    yield working.answered(working.read(piece))
        except OSError:
            raise InputError([Problem(place, "it cannot be read", "the file of patients, on all machines")]) from None

    def write(self, outcomes: Iterable[Outcome]) -> Ran:
        """Make the output of what all groups came to, in the order of the file.

        Raises ``EngineFault`` or ``InputError`` where something failed or is missing: then nothing is written.
        """
        failed = [one for one in outcomes if one.fault or one.problems]
        for one in (one for one in failed if one.fault):
            raise EngineFault(f"row group {one.group.numbers[0]}: {one.fault}")
        if failed:
            raise InputError([*dict.fromkeys(problem for one in failed for problem in one.problems)])
        if missing := [one.numbers[0] for one in self.groups if not self._answered(one)]:
            wanted = "the output's folder to be the same on all machines"
            raise InputError([Problem(str(self.out), f"row group {missing[0]} was not answered by this job", wanted)])
        ran = self.output.write(self._asked, self.out)
        shutil.rmtree(self._parts, ignore_errors=True)
        return ran

    def _pieces(self) -> Iterator[Done]:
        for group in self.groups:
            yield from read_part(self._part(group))

    @property
    def _parts(self) -> Path:
        return self.out.with_name(self.out.name + ".parts")

    def _part(self, group: RowGroups) -> Path:
        return self._parts / f"{group.numbers[0]:06}.arrow"

    def _answered(self, group: RowGroups) -> bool:
        """Tell whether what a group comes to is written, by this job or an earlier one of the same."""
        told = told_by(self._part(group))
        return all(told.get(name) == value for name, value in metadata(self.told(group)).items())


def groups_of(path: Path) -> tuple[RowGroups, ...]:
    """Return the row groups of a Parquet file, small ones together as one machine takes them. Raises ``InputError``."""
    try:
        return tuple(row_groups(pq.read_metadata(path), ROWS))
    except (OSError, pa.ArrowException):
        raise InputError([Problem(str(path), "it cannot be read as Parquet", "a whole Parquet file")]) from None


@lru_cache(maxsize=4)
def _working(job: Job) -> Working:
    """Make ready, once in a process. Raises ``InputError`` where this machine would answer by something else."""
    asked = replace(job._asked, made=(job.version.plan,))
    return Working(asked, job.output.collector(asked))
