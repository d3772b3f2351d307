"""What the rules say of a batch of patients: a column per rule, an entry per patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy
import numpy.typing
import pyarrow as pa

Flags = numpy.typing.NDArray[numpy.bool_]
Days = numpy.typing.NDArray[numpy.datetime64]
Placed = Literal["now", "do", "consider", "background", "stepped_back"]
"""The sections of a briefing in which rules are named; what waits for one answer stands in another one, ``decide``."""
SECTIONS: tuple[Placed, ...] = get_args(Placed)


@dataclass(frozen=True, slots=True)
class Dues:
    """Of one thing that has to be checked again, by the interval the site has set: when it is due for whom.

    ``asked`` are those of whom a rule that fires asks for it; of the others nothing is said. ``last`` and ``due`` are
    days, NaT where none is known (``due``: nor where the calendar ends before it). Past that day it is ``overdue``, or
    ``unsure`` where a later check may be missing from the record.
    """

    asked: Flags
    last: Days
    due: Days
    overdue: Flags
    unsure: Flags

    @property
    def undated(self) -> Flags:
        """For whom nothing tells when it was done last."""
        return self.asked & numpy.isnat(self.last)


@dataclass(frozen=True, slots=True)
class Answers:
    """The verdicts of a batch, by rule; every column is as long as ``ids`` and in its order.

    A rule that neither ``fires`` nor is ``silent`` is undetermined. ``active`` are those that fire and that nothing of
    higher precedence makes step back. ``missing`` says which fact a rule lacks while it is undetermined, by the names
    that the engine's questions have without their items (``medications[].drug``); a fact that no patient of the batch
    lacks may be left out. ``sections`` says in which sections of the briefing a line names a rule; one in which it is
    named for nobody may be left out. ``dues`` are by what has to be checked again, where the site has set how often.
    Evidence notes have no verdict and no column. Answers that are not ``whole`` are verdicts alone: nothing is said of
    the rest.
    """

    ids: pa.Array
    fires: Mapping[str, Flags]
    silent: Mapping[str, Flags]
    active: Mapping[str, Flags]
    missing: Mapping[tuple[str, str], Flags]
    sections: Mapping[tuple[str, Placed], Flags] = field(default_factory=dict)
    dues: Mapping[str, Dues] = field(default_factory=dict)
    whole: bool = True

    def undetermined(self, rule: str) -> Flags:
        """Return for which patients a rule is undetermined."""
        return ~(self.fires[rule] | self.silent[rule])

    def __len__(self) -> int:
        return len(self.ids)
