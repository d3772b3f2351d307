"""A file of patients and by what they are asked: an engine, or an old and a new one, each read as columns."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from oncocds.engine import Engine
from oncocds_cohort.columns import Plan
from oncocds_cohort.columns.pair import Pair
from oncocds_cohort.outputs.digests import InputFile, identity
from oncocds_cohort.outputs.keeping import Kept, check_place
from oncocds_cohort.outputs.parts import Done
from oncocds_cohort.outputs.planned import plans_of

By = Literal["columns", "engine"]
FEW = {"block": 1 << 18, "rows": 1_024}
"""How much of a file is a piece where the engine decides: it takes some seconds, as one of columns does."""


@dataclass(frozen=True)
class Asked:
    """A file, the engines it is asked by, on which day; ``by`` columns, or every patient by the engine itself.

    At most ``jobs`` processes share the work; what comes out is the same for any number. ``made`` are the plans of the
    engines, where they were made already. ``elsewhere`` yields what the file's pieces came to, where others
    answered them. Is it to ``decide``, the first engine tells of everybody what waits for one answer.
    """

    source: InputFile
    engines: tuple[Engine, ...]
    as_of: datetime.date
    by: By
    jobs: int = 1
    made: tuple[Plan, ...] = ()
    elsewhere: Callable[[], Iterator[Done]] | None = None
    decide: bool = False

    @classmethod
    def of(cls, path: Path, engines: Sequence[Engine], as_of: datetime.date, by: By, jobs: int = 1) -> Asked:
        """Read the file's digest. Raises ``InputError``."""
        return cls(InputFile.of(path), tuple(engines), as_of, by, jobs)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The plan of each engine."""
        return self.made or plans_of(self.engines, self.as_of)

    @cached_property
    def pair(self) -> Pair | None:
        """The two plans as one; None where there is one, or the two read a file in two ways."""
        two = self.plans if self.by == "columns" else ()
        return Pair(*two) if len(two) == 2 and Pair.readable(*two) else None

    @property
    def size(self) -> Mapping[str, int]:
        """How large the file's pieces are, where they are not as large as everywhere."""
        return FEW if self.decide else {}

    def told(self) -> dict[str, str]:
        """Return what every output says of itself, but for its own digest."""
        decide = {"decide": "told"} if self.decide else {}
        return {**identity(self.source, *self.engines), "as of": self.as_of.isoformat(), **decide}

    def kept(self, out: Path, what: str) -> Kept:
        """Return where a run for an output keeps what it has finished. Raises ``InputError`` as ``check_place``."""
        check_place(self.source.path, out)
        return Kept(out, {**self.told(), "what": what, "by": self.by})
