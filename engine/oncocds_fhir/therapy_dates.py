"""What depends on when therapy began: baseline LVEF, and radiotherapy within the running anti-HER2 therapy."""

from __future__ import annotations

from oncocds_fhir.courses import Course
from oncocds_fhir.gathering import Candidate, Gathering
from oncocds_fhir.radiotherapy import RadiotherapyCourse
from oncocds_fhir.sequences import of_status, sequence
from oncocds_fhir.times import When, newest
from oncocds_fhir.unread import LVEF

_BASELINE = "cardiac.lvef_baseline"


def map_lvef(medications: list[Course], gathering: Gathering) -> None:
    """Set the latest LVEF, and as baseline the newest one on or before the day the anti-HER2 therapy began.

    It began with the first drug of an uninterrupted sequence. Where records leave open when that was, the earliest and
    the latest day they allow must agree on the baseline.
    """
    values = list(gathering.offered(LVEF))
    latest = gathering.settle(LVEF)
    if latest is not None:
        gathering.put("cardiac.lvef_latest", latest.value, latest.resources)
        if latest.when is not None and latest.when.day is not None:
            gathering.put("cardiac.echo_date", latest.when.day, latest.resources)
        gathering.tell_no_day("cardiac.echo_date", latest)
    if not values:
        return
    labels = [name for one in values for name in one.resources]
    therapy = sequence(medications, gathering)
    if therapy is not None:
        if therapy.last is None or therapy.first is None:
            gathering.remarks.unmapped("therapy-start-unclear", *labels, facts=[_BASELINE])
            return
        early, late = (_baseline(values, began, gathering) for began in (therapy.first, therapy.last))
        if early is None and late is None:
            gathering.remarks.unmapped("no-baseline", *labels, facts=[_BASELINE])
        elif early is None or late is None or early.value != late.value:
            gathering.remarks.unmapped("therapy-start-unclear", *labels, facts=[_BASELINE])
        else:
            gathering.put(_BASELINE, early.value, [*early.resources, *therapy.labels])
    elif (planned := of_status(medications, ("planned",), gathering)) and latest is not None:
        # Therapy that has not begun: what is known now is the baseline.
        named = [label for course in planned for label in course.labels]
        gathering.put(_BASELINE, latest.value, [*latest.resources, *named])
    else:
        gathering.remarks.unmapped("no-baseline", *labels, facts=[_BASELINE])


def map_courses(courses: list[RadiotherapyCourse], medications: list[Course], gathering: Gathering) -> None:
    """Add the courses of radiotherapy; a completed one is within the running anti-HER2 therapy if it began later."""
    completed = any(course.values.get("status") == "completed" for course in courses)
    running = completed and of_status(medications, ("active",), gathering)
    therapy = sequence(medications, gathering) if running else None
    began = therapy.last if therapy is not None and therapy.first == therapy.last else None
    for course in courses:
        if course.values.get("status") == "completed" and began is not None and therapy is not None:
            within = _within(course, began)
            if within is not None:
                course.values["during_current_antiher2"] = within
                course.sources["during_current_antiher2"] = [*course.labels, *therapy.labels]
        gathering.put_item("radiotherapy", course.id, course.values, course.labels, course.sources)


def _within(course: RadiotherapyCourse, began: When) -> bool | None:
    if (
        course.start is not None
        and not course.start.before(began)
        and (began.before(course.start) or course.start.day == began.day is not None)
    ):
        return True
    ended = course.end or course.start
    return False if course.end is not None and ended is not None and ended.before(began) else None


def _baseline(values: list[Candidate], began: When, gathering: Gathering) -> Candidate | None:
    """Return the newest LVEF on or before a day; of several that differ, or where an open one may be, none is."""
    before = [(one.when, one) for one in values if one.when is not None and _by(one.when, began)]
    latest = newest(before)
    if not latest or len({one.value for one in latest}) > 1:
        return None
    if any(one.when is None and one.value != latest[0].value for one in values):  # it may have been taken in between
        return None
    chosen = latest[0].when
    assert chosen is not None
    # What is not final, or cannot be read, may have been taken in between.
    pending = [when for when in gathering.unsettled(LVEF) if when is None or not began.before(when)]
    return None if any(when is None or not when.before(chosen) for when in pending) else latest[0]


def _by(when: When, began: When) -> bool:
    return when.before(began) or (when.day is not None and began.day == when.day)
