"""What the rules say of a batch of patients: a column per rule, an entry per patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, get_args

import numpy
import numpy.typing
import pyarrow as pa

from oncocds.advice.first import Section

Flags = numpy.typing.NDArray[numpy.bool_]
Days = numpy.typing.NDArray[numpy.datetime64]
Rows = numpy.typing.NDArray[numpy.intp]
Placed: TypeAlias = Section
DECIDE: Final = "decide"
"""The section of what waits for one answer, which the engine alone tells."""
SECTIONS: tuple[Placed, ...] = tuple(one for one in get_args(Section) if one != DECIDE)
"""The sections of a briefing in which columns tell that a rule is named."""


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
    named for nobody may be left out, and of ``decide`` nothing is said but where they are ``decided``. ``dues`` are by
    what has to be checked again, where the site has set how often. Evidence notes have no verdict and no column.
    Answers that are not ``whole`` are verdicts alone: nothing is said of the rest.
    """

    ids: pa.Array
    fires: Mapping[str, Flags]
    silent: Mapping[str, Flags]
    active: Mapping[str, Flags]
    missing: Mapping[tuple[str, str], Flags]
    sections: Mapping[tuple[str, Placed], Flags] = field(default_factory=dict)
    dues: Mapping[str, Dues] = field(default_factory=dict)
    whole: bool = True
    decided: bool = False

    @property
    def told_sections(self) -> tuple[Placed, ...]:
        """The sections of which something is said, in the order of the briefing."""
        return sections_told(decide=self.decided)

    def undetermined(self, rule: str) -> Flags:
        """Return for which patients a rule is undetermined."""
        return ~(self.fires[rule] | self.silent[rule])

    def __len__(self) -> int:
        return len(self.ids)


def sections_told(*, decide: bool) -> tuple[Placed, ...]:
    """Return the sections that answers tell of, in the order of the briefing."""
    return get_args(Section) if decide else SECTIONS


def taken(answers: Answers, at: Rows) -> Answers:
    """Return the answers for some patients of a batch."""

    def some(columns: Mapping[Any, Flags]) -> dict[Any, Flags]:
        return {name: column[at] for name, column in columns.items()}

    return Answers(
        answers.ids.take(pa.array(at)),
        some(answers.fires),
        some(answers.silent),
        some(answers.active),
        some(answers.missing),
        some(answers.sections),
        {
            name: Dues(one.asked[at], one.last[at], one.due[at], one.overdue[at], one.unsure[at])
            for name, one in answers.dues.items()
        },
        answers.whole,
        answers.decided,
    )


def decided(answers: Answers, by_engine: Answers, at: Rows, waiting: Flags) -> Answers:
    """Return answers with what the engine says of ``decide``, of those who are waiting; nothing waits for the others.

    ``at`` is where those are whom the engine answered for.
    """
    found = dict(answers.sections)
    for (rule, section), flags in by_engine.sections.items():
        if section == DECIDE:
            column = numpy.zeros(len(answers), bool)
            column[at] = flags
            found[rule, section] = column & waiting
    return replace(answers, sections=found, decided=True)
