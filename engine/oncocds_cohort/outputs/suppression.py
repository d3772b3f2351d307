"""Small cells are not published, nor what they could be had from by subtraction within one row.

A cell is small when it counts somebody and fewer than ``least``; nobody is no cell to protect. What is not published is
None, whether it is small or stands in for a small one, so that nobody can tell which of the two is which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from oncocds.errors import InputError, Problem

LEAST = 5
FEWEST = 3
"""Below it a small cell would be one patient, and not publishing it would say so."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Cells that count fewer than ``least`` patients are not published; at 0 all are."""

    least: int = LEAST

    @classmethod
    def of(cls, least: int) -> Self:
        """Read a limit. Raises ``InputError`` for one that protects nobody."""
        if 0 < least < FEWEST:
            words = f"{FEWEST} or more: below that a cell that is not published says what it holds"
            raise InputError(
                [Problem("--suppress-below", "it protects nobody", f"0 to publish every cell, or {words}")]
            )
        return cls(least)

    def small(self, count: int) -> bool:
        """Tell whether a cell counts somebody, and too few."""
        return 0 < count < self.least

    def alone(self, count: int) -> int | None:
        """Return a cell that nothing published adds up with."""
        return None if self.small(count) else count

    def part(self, count: int, whole: int | None) -> int | None:
        """Return a part of a published whole: neither it nor the rest may be small. Nothing of an unpublished one."""
        if self.least == 0:
            return count
        return None if whole is None or self.small(count) or self.small(whole - count) else count

    def split(self, fires: int, undetermined: int, silent: int) -> tuple[int | None, int | None, int | None]:
        """Return three cells that add up to a published total.

        Where one is small, one that does not depend on the numbers goes with it: which one it is tells nothing. Where
        the two could still be guessed, because both are few, all three go.
        """
        cells = (fires, undetermined, silent)
        hidden = {at for at, count in enumerate(cells) if self.small(count)}
        if not hidden:
            return cells
        if len(hidden) == 1:
            hidden |= {_BESIDE[at] for at in hidden}
        if sum(cells[at] for at in hidden) < 2 * self.least:
            return None, None, None
        return tuple(None if at in hidden else count for at, count in enumerate(cells))  # type: ignore[return-value]

    def beside(self, first: int, second: int, whole: int) -> tuple[int | None, int | None]:
        """Return two parts of a published whole that are published without the rest of it."""
        shown = self.part(first, whole), self.part(second, whole)
        if None not in shown and self.small(whole - first - second):
            return (None, shown[1]) if first else (shown[0], None)
        return shown


_BESIDE = (2, 2, 1)
"""With those for whom a rule fires or is undetermined go those it is silent for; with these, the undetermined."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is published of one rule; None is not published."""

    fires: int | None
    undetermined: int | None
    silent: int | None
    active: int | None
    missing: Mapping[str, int]


def row(patients: int, fires: int, silent: int, active: int, missing: Mapping[str, int], by: Suppression) -> Row:
    """Return what is published of a rule: its verdicts add up to the patients, who are published.

    ``missing`` are the facts it lacks while it is undetermined, each with for how many; what is not published is left
    out.
    """
    undetermined = patients - fires - silent
    shown = (None, None, None) if by.small(patients) else by.split(fires, undetermined, silent)
    facts = {fact: by.part(count, shown[1]) for fact, count in missing.items()}
    return Row(
        shown[0],
        shown[1],
        shown[2],
        by.part(active, shown[0]),
        {fact: count for fact, count in facts.items() if count},
    )
