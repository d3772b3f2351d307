"""How many patients have a line in each section of the briefing, and how many are overdue by the site's intervals:
what of it is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oncocds.engine import Engine
from oncocds.text import Text
from oncocds.vocabulary.monitoring import IntervalUnit
from oncocds_cohort.answers import Placed, sections_told
from oncocds_cohort.outputs.suppression import Row, Suppression
from oncocds_cohort.outputs.tally import Tally


@dataclass(frozen=True, slots=True)
class OfMonitoring:
    """One thing that is checked again: of how many patients a rule asks for it, of how many it is overdue by the site's
    interval, and of how many that cannot be told, for want of a date or of the whole history. None: not published.
    """

    id: str
    label: Text
    setting: str
    every: int
    unit: IntervalUnit
    asked: int | None
    overdue: int | None
    untold: int | None


def sections(tally: Tally, by: Suppression, *, decide: bool) -> Mapping[Placed, int | None]:
    """Return for how many patients some rule is named in each section, that of what waits for one answer included where
    it was asked to ``decide``.
    """
    whole = by.alone(tally.counts["patients"])
    return {section: by.part(tally.counts[f"section {section}"], whole) for section in sections_told(decide=decide)}


def monitorings(engine: Engine, tally: Tally, by: Suppression, rows: Mapping[str, Row]) -> list[OfMonitoring]:
    """Return what is checked again at an interval that the site has set; ``rows`` are those published of the rules.

    Where of a rule that asks for it nothing is said of whom it fires for, nothing is said here.
    """
    found, counts = [], tally.counts
    for one in engine.knowledge.vocabulary.monitoring.values():
        every = getattr(engine.policy, one.setting)
        if every is None:
            continue
        hidden = any(rows[rule].fires is None for rule in one.rules)
        whole = None if hidden else by.part(counts[f"asked {one.id}"], by.alone(counts["patients"]))
        # Where both must not be published, it is the number that is overdue that is.
        untold, overdue = (
            (None, None) if whole is None else by.beside(counts[f"untold {one.id}"], counts[f"overdue {one.id}"], whole)
        )
        found.append(OfMonitoring(one.id, one.label, one.setting, every, one.unit, whole, overdue, untold))
    return found
