"""Reads ``monitoring.yaml``: what has to be checked again, what dates it, and the setting that says how often.

No document gives an interval: it is the site's. Nothing that is said of when something is due decides a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from oncocds.reading.marks import Mark
from oncocds.text import Text

if TYPE_CHECKING:
    from oncocds.reading.record import Record
    from oncocds.vocabulary.models import Field

IntervalUnit = Literal["d", "mo"]
UNITS: tuple[IntervalUnit, ...] = ("d", "mo")


@dataclass(frozen=True, slots=True)
class DueExample:
    """A patient, a policy and a day, and when something was done last and is due next; ``silent``: nothing is said."""

    given: Mapping[str, Any]
    policy: Mapping[str, Any]
    as_of: str
    last: str | None
    due: str | None
    overdue: bool
    asks: tuple[str, ...]
    silent: bool
    mark: Mark | None = field(default=None, compare=False, repr=False)  # where it is written


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Something that has to be checked again.

    ``dates`` are the facts that date its parts: of those recorded the earliest is when it was done last, since a part
    that was not repeated is not monitored. ``every`` is the setting of the policy with the interval, in its ``unit``:
    days, or calendar months. ``rules`` are those that ask for it; ``reading`` says what counts as done.
    """

    id: str
    label: Text
    reading: Text
    every: str
    unit: IntervalUnit
    dates: tuple[str, ...]
    rules: tuple[str, ...]
    examples: tuple[DueExample, ...]
    mark: Mark | None = field(default=None, compare=False, repr=False)

    @property
    def setting(self) -> str:
        """The name of the setting in a policy."""
        return self.every.removeprefix("policy.")


def read_monitoring(entries: Iterator[tuple[str, Record]], fields: Mapping[str, Field]) -> dict[str, Monitoring]:
    """Read what has to be checked again, each setting and date checked where it stands."""
    found: dict[str, Monitoring] = {}
    settings: dict[str, str] = {}
    for name, record in entries:
        every = record.text("every")
        unit = _unit(name, record, every, fields)
        if every and settings.setdefault(every, name) != name:
            record.issue(record.mark, f"{name}: '{every}' is the interval of '{settings[every]}' already")
        found[name] = Monitoring(
            name,
            record.words(),
            record.bilingual("reading", required=True) or Text("", ""),
            every,
            unit,
            _dates(name, record, fields),
            record.texts("rules", required=True),
            tuple(_example(one) for one in record.records("examples", required=True)),
            record.mark,
        )
        record.finish()
    return found


def _unit(name: str, record: Record, every: str, fields: Mapping[str, Field]) -> IntervalUnit:
    """Return the unit of an interval: that of its setting."""
    from oncocds.reading.nearest import suggestion  # what is needed to read is imported where something is read

    one = fields.get(every)
    if one is None or one.world != "policy":
        intervals = [known for known, other in fields.items() if other.world == "policy" and other.unit in UNITS]
        record.issue(record.mark, f"{name}: 'every' names no setting '{every}'{suggestion(every, intervals)}")
    elif one.unit not in UNITS or not one.whole:
        expected = "a setting of type 'number d' or 'number mo' with 'whole: true'"
        record.issue(record.mark, f"{name}: '{every}' is no interval; expected {expected}")
    else:
        return one.unit
    return "d"


def _dates(name: str, record: Record, fields: Mapping[str, Field]) -> tuple[str, ...]:
    from oncocds.reading.nearest import suggestion

    dates = record.scalars("dates", required=True)
    for one in dates:
        if one.text not in fields or fields[one.text].type != "date" or fields[one.text].world != "input":
            known = [fact for fact, other in fields.items() if other.type == "date" and other.world == "input"]
            record.issue(one.mark, f"{name}: no date '{one.text}' is recorded{suggestion(one.text, known)}")
    if not dates:
        record.issue(record.mark, f"{name}: 'dates' is empty; name the dates that tell when it was done")
    return tuple(one.text for one in dates)


def _example(record: Record) -> DueExample:
    given, policy = (record.plain(key, required=True) for key in ("given", "policy"))
    as_of, last, due = record.text("as_of"), record.optional_text("last"), record.optional_text("due")
    overdue, silent = (record.boolean(key, default=False) for key in ("overdue", "silent"))
    asks = record.texts("asks")
    record.finish()
    if [last is not None and due is not None, bool(asks), silent].count(True) != 1:
        expected = "'last' and 'due', 'asks' (no date is known), or 'silent: true' (the site has set nothing)"
        record.issue(record.mark, f"{record.what}: expected one of {expected}")
    return DueExample(given, policy, as_of, last, due, overdue, asks, silent, record.mark)
