"""What the answers for a piece of a file come to, and what puts the pieces of a whole file together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from oncocds_cohort.answers import Answers
from oncocds_cohort.reading.checked import Rows


@dataclass(frozen=True, slots=True)
class Part:
    """What some answers come to: what was counted, as plain data, and the rows to be written, if any."""

    counted: Any
    rows: pa.Table | None = None


class Collector(Protocol):
    """What becomes of the answers: parts of them, made in any process, and all parts together, in the file's order."""

    @property
    def whole(self) -> bool:
        """Whether it asks for more than verdicts."""
        ...

    def part(self, *answers: Answers) -> Part:
        """Return what the answers for a batch, by each engine, come to. Nothing of it is kept."""
        ...

    def merge(self, counted: Any) -> None:
        """Take what was counted of the next part, or what ``state`` said of all those before."""
        ...

    def state(self) -> Any:
        """Return what was counted in all, as plain data."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """A piece as it was answered; without a part where an earlier run did that. ``last`` is its last row."""

    ids: list[str]
    rows: Rows
    refused: str
    count: int
    last: int
    checked: int
    part: Part | None
