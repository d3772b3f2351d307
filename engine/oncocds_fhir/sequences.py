"""When the anti-HER2 therapy of a patient began: with the first drug of a sequence that was never interrupted.

Drugs may follow each other in it. How long a gap is no interruption, and which certainly is one, stands in the table
``therapies`` of the codes; where records leave it open, the beginning lies between two days.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from oncocds_fhir.courses import Course
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.medication_records import Record
from oncocds_fhir.times import When, earliest

_ANTI_HER2 = "anti_her2"


@dataclass(frozen=True)
class Sequence:
    """The records of a therapy, and the first and last day it may have begun on; None where that is unknown."""

    first: When | None
    last: When | None
    labels: list[str]


def sequence(medications: Iterable[Course], gathering: Gathering) -> Sequence | None:
    """Return the anti-HER2 therapy that runs or, if none does, that has ended; None where none was given."""
    medications = list(medications)
    given = [course for course in medications if _is_anti_her2(course, gathering) and not _is_planned(course)]
    running = of_status(given, ("active",), gathering)
    therapy = running or given
    if not therapy:
        return None
    labels = sorted({label for course in given for label in course.labels})
    starts = [_start(course) for course in therapy]
    if None in starts:
        return Sequence(None, None, labels)
    known = [start for start in starts if start is not None]
    # What runs together began with the first; of what has ended the newest tells which therapy was the last.
    order = min if running else max
    began = order(known, key=lambda when: when.first)
    records = [(record, gathering.codes.gap(record.drug.drug)) for course in given for record in course.records]
    spans = [(record, gap.usual, gap.longest) for record, gap in records if record.status not in ("planned", None)]
    last = _back(began, [(record, usual) for record, usual, _ in spans], certain=True)
    first = _back(began, [(record, longest) for record, _, longest in spans], certain=False)
    return Sequence(first, last, labels)


def of_status(medications: Iterable[Course], statuses: tuple[str, ...], gathering: Gathering) -> list[Course]:
    """Return the courses of anti-HER2 drugs with one of some statuses."""
    return [one for one in medications if one.values.get("status") in statuses and _is_anti_her2(one, gathering)]


def _is_planned(course: Course) -> bool:
    return course.values.get("status") == "planned" or all(one.status == "planned" for one in course.records)


def _is_anti_her2(course: Course, gathering: Gathering) -> bool:
    if course.drug.drug in (None, "other"):
        return _ANTI_HER2 in course.drug.certain
    return _ANTI_HER2 in gathering.vocabulary.drugs[course.drug.drug].classes


def _start(course: Course) -> When | None:
    """Return the start that the profile names, or of a course whose status is unknown the earliest day."""
    day = course.values.get("start_date")
    if day is None and course.values.get("status") is None:
        return earliest(record.start for record in course.records)
    return next(
        (record.start for record in course.records if record.start is not None and record.start.day == day), None
    )


def _back(began: When | None, spans: list[tuple[Record, int]], *, certain: bool) -> When | None:
    """Return the beginning of all that goes on into a day without a gap, as far as that is (or may be) so.

    None where a record that may go on into it does not say when it began.
    """
    # The further back the beginning, the more records go on into it: the last come first.
    known = ((_until(record, gap, certain), record) for record, gap in spans)
    left = sorted(((until, record) for until, record in known if until is not None), key=lambda one: one[0])
    beside: list[Record] = []  # what goes on so long, and began no earlier
    while began is not None:
        day = (began.last if certain else began.first).toordinal()
        while left and left[-1][0] >= day:
            beside.append(left.pop()[1])
        reaching = [record for record in beside if record.start is None or record.start.before(began)]
        if not certain and any(record.start is None for record in reaching):
            return None
        earlier = [one.start for one in reaching if one.start is not None]
        if not earlier:
            return began
        passed = set(map(id, reaching))
        # What began days later comes before no earlier beginning, in whatever zone it was.
        nearly = began.last.toordinal() + 2
        later = (one for one in beside if id(one) not in passed)
        beside = [one for one in later if one.start is not None and one.start.first.toordinal() <= nearly]
        began = earliest(earlier)
    return None


def _until(record: Record, gap: int, certain: bool) -> float | None:
    """Return the last day (its ordinal) into which a record went on, but for a gap in days; else may have gone on.

    None where it is not known of it.
    """
    end = record.start if record.status == "given" else record.stop
    if end is None and record.status != "active" and certain:
        end = record.start  # that much is known of it
        return None if end is None else end.first.toordinal() + gap
    if end is None:  # it runs, or nothing tells when it ended
        return math.inf
    return (end.first if certain else end.last).toordinal() + gap
