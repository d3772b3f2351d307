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

from oncocds.errors import EngineFault, InputError, KnowledgeError, Problem
from oncocds_cohort.engines.output import VERDICTS, Output
from oncocds_cohort.engines.parts import read_part, told_by, write_part
from oncocds_cohort.engines.version import Version
from oncocds_cohort.files import whole_path
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.digests import InputFile, metadata
from oncocds_cohort.outputs.keeping import check_place, not_written
from oncocds_cohort.outputs.parts import Done
from oncocds_cohort.outputs.running import Ran
from oncocds_cohort.outputs.working import Working, check_columns
from oncocds_cohort.reading.checked import ROWS, check_at_rest
from oncocds_cohort.reading.parquet import WHOLE, RowGroups, footer_of, pieces_at, row_groups, there


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a group: nothing is said where what it came to is written, else why it is not."""

    group: RowGroups
    problems: tuple[Problem, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Job:
    """A file, by which version or an old and a new one it is asked for what, and where that is to be written; can be
    pickled.
    """

    source: InputFile
    out: Path
    versions: tuple[Version, ...]
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
        overlay: Path | str | None = None,
    ) -> Self:
        """Read a Parquet file's digest and row groups. Raises ``InputError`` or ``KnowledgeError``.

        What the output does not name otherwise is of the knowledge's folder (default: the bundled one) and the local
        policy; the day is today's unless it is given. ``overlay`` is the site's own drugs and names, for all of it.
        """
        file, place = whole_path(path), whole_path(out)
        folder, local, own = (None if one is None else whole_path(one) for one in (knowledge, policy, overlay))
        versions = asked_of(file, place, output, knowledge=folder, policy=local, as_of=as_of, overlay=own)
        return cls(InputFile.of(file), place, versions, output)

    @property
    def groups(self) -> tuple[RowGroups, ...]:
        """The row groups; read anew each time, as the job goes along with every task and is to stay small."""
        return groups_of(self.source.path)

    @property
    def _asked(self) -> Asked:
        engines = tuple(one.engine for one in self.versions)
        return Asked(
            self.source, engines, self.versions[0].as_of, "columns", elsewhere=self._pieces, decide=self.output.decide
        )

    def told(self, group: RowGroups) -> dict[str, str]:
        """Return what the part of a group says it is of."""
        rows = f"{group.first_row} to {group.first_row + group.rows - 1}"
        found = {"input": self.source.digest, "what": self.output.kept, "rows": rows}
        for version, prefix in zip(self.versions, ("", "new "), strict=False):
            found |= {f"{prefix}{name}": value for name, value in version.identity}
        return {**found, "as of": self.versions[0].as_of.isoformat()}

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
            return Outcome(group, tuple(map(_met_here, error.problems)))
        except KnowledgeError as error:
            found = [Problem(f"{one.path}:{one.line}", one.message, "knowledge") for one in error.issues]
            return Outcome(group, tuple(map(_met_here, found)))
        except EngineFault as error:
            return Outcome(group, fault=f"{platform.node()}: {error}")
        return Outcome(group)

    def _answers(self, group: RowGroups) -> Iterator[Done]:
        """Yield what the pieces of a row group come to. Raises ``InputError`` where another file is there."""
        working, path = _working(self), self.source.path
        try:
            same = path.stat().st_size == self.source.size
            footer = footer_of(path)
            if not same or not there(footer, group):
                raise InputError([Problem(str(path), "it is another file here", "the same file on all machines")])
            for piece in pieces_at(footer, group, self._asked.size.get("rows", ROWS)):
                yield working.answered(working.read(piece))
        except OSError as error:
            reason = f"it cannot be read: {error.strerror}"
            raise InputError([Problem(str(path), reason, "the file of patients, on all machines")]) from None

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
        return told_by(self._part(group)) == metadata(self.told(group))


def asked_of(
    path: Path,
    out: Path,
    output: Output,
    *,
    knowledge: Path | None,
    policy: Path | None,
    as_of: datetime.date | str | None,
    overlay: Path | None = None,
) -> tuple[Version, ...]:
    """Return by what patients are to be answered, when all is checked that can be before any work is given out.

    Raises ``InputError`` or ``KnowledgeError``.
    """
    output.check(out)
    check_at_rest(path)
    groups_of(path)
    check_place(path, out)
    versions = output.versions(knowledge, policy, as_of, overlay)
    output.check_rules(versions[0].engine)
    check_columns(path, [one.engine for one in versions])
    return versions


def _met_here(problem: Problem) -> Problem:
    """Return a problem with the name of this machine: of many, it may be the only one that has it."""
    return Problem(f"{platform.node()}: {problem.pointer}", problem.reason, problem.expected)


def groups_of(path: Path) -> tuple[RowGroups, ...]:
    """Return the row groups of a Parquet file, small ones together as one machine takes them. Raises ``InputError``."""
    try:
        return tuple(row_groups(footer_of(path).sizes, ROWS))
    except OSError as error:
        raise InputError([Problem(str(path), f"it cannot be read: {error.strerror}", WHOLE)]) from None


@lru_cache(maxsize=4)
def _working(job: Job) -> Working:
    """Make ready, once in a process. Raises ``InputError`` where this machine would answer by something else."""
    asked = job._asked
    if len(job.versions) == 1:
        asked = replace(asked, made=(job.versions[0].plan,))
    return Working(asked, job.output.collector(asked))
