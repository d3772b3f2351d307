"""What depends on when therapy began: baseline LVEF, and radiotherapy within the running anti-HER2 therapy."""

from __future__ import annotations

from oncocds_fhir.gathering import Candidate, Gathering
from oncocds_fhir.courses import Course
from oncocds_fhir.observations import LVEF
from oncocds_fhir.procedures import RadiotherapyCourse
from oncocds_fhir.times import When, newest

_ANTI_HER2 = "anti_her2"
_BASELINE = "cardiac.lvef_baseline"


def map_lvef(medications: list[Course], gathering: Gathering) -> None:
    """Set the latest LVEF, and as baseline the newest one on or before the day the anti-HER2 therapy began.

    Where records leave open when that was, the earliest and the latest day they allow must agree on the baseline.
    """
    values = list(gathering.offered(LVEF))
    latest = gathering.settle(LVEF)
    if latest is not None:
        gathering.put("cardiac.lvef_latest", latest.value, latest.resources)
        if latest.when is not None and latest.when.day is not None:
            gathering.put("cardiac.echo_date", latest.when.day, latest.resources)
    if not values:
        return
    labels = [name for one in values for name in one.resources]
    therapy = _running(medications, gathering) or _of_status(medications, ("stopped", "completed"), gathering)
    if therapy:
        starts = [start for course in therapy for start in _starts(course)]
        unknown = any(course.values.get("start_date") is None for course in therapy)
        if unknown or not starts:
            gathering.remarks.unmapped("therapy-start-unclear", *labels, facts=[_BASELINE])
            return
        first = min(starts, key=lambda when: when.first)
        last = min((start for course in therapy if (start := _start(course)) is not None), key=lambda when: when.first)
        early, late = _baseline(values, first), _baseline(values, last)
        if early is None and late is None:
            gathering.remarks.unmapped("no-baseline", *labels, facts=[_BASELINE])
        elif early is None or late is None or early.value != late.value:
            gathering.remarks.unmapped("therapy-start-unclear", *labels, facts=[_BASELINE])
        else:
            named = [record.label for course in therapy for record in course.records]
            gathering.put(_BASELINE, early.value, [*early.resources, *named])
    elif (planned := _of_status(medications, ("planned",), gathering)) and latest is not None:
        # Therapy that has not begun: what is known now is the baseline.
        named = [record.label for course in planned for record in course.records]
        gathering.put(_BASELINE, latest.value, [*latest.resources, *named])
    else:
        gathering.remarks.unmapped("no-baseline", *labels, facts=[_BASELINE])


def map_courses(courses: list[RadiotherapyCourse], medications: list[Course], gathering: Gathering) -> None:
    """Add the courses of radiotherapy; a completed one is within the running anti-HER2 therapy if it began later."""
    running = _running(medications, gathering)
    starts = [start for course in running if (start := _start(course)) is not None]
    clear = bool(running) and len(starts) == len(running) and all(len(_starts(course)) == 1 for course in running)
    began = min(starts, key=lambda when: when.first) if clear else None
    for course in courses:
        if course.values.get("status") == "completed" and began is not None:
            within = _within(course, began)
            if within is not None:
                course.values["during_current_antiher2"] = within
                course.sources["during_current_antiher2"] = [
                    *course.labels,
                    *(record.label for one in running for record in one.records),
                ]
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


def _running(medications: list[Course], gathering: Gathering) -> list[Course]:
    return _of_status(medications, ("active",), gathering)


def _of_status(medications: list[Course], statuses: tuple[str, ...], gathering: Gathering) -> list[Course]:
    return [
        course for course in medications if course.values.get("status") in statuses and _is_anti_her2(course, gathering)
    ]


def _is_anti_her2(course: Course, gathering: Gathering) -> bool:
    if course.drug.drug in (None, "other"):
        return _ANTI_HER2 in course.drug.certain
    return _ANTI_HER2 in gathering.vocabulary.drugs[course.drug.drug].classes


def _start(course: Course) -> When | None:
    """Return the start that the profile names."""
    day = course.values.get("start_date")
    return next(
        (record.start for record in course.records if record.start is not None and record.start.day == day), None
    )


def _starts(course: Course) -> list[When]:
    """Return the earliest days on which the therapy may have begun: the profile's, and that of older records."""
    named = _start(course)
    older = [
        record.start
        for record in course.records
        if record.start is not None and named is not None and record.start.before(named)
        and not (record.stop is not None and record.stop.before(named))
    ]  # fmt: skip
    return [*([named] if named is not None else []), *older]


def _baseline(values: list[Candidate], began: When) -> Candidate | None:
    """Return the newest LVEF on or before a day; of several that differ none is."""
    before = [
        (one.when, one)
        for one in values
        if one.when is not None and (one.when.before(began) or (one.when.day is not None and one.when.day == began.day))
    ]
    latest = newest(before)
    return latest[0] if latest and len({one.value for one in latest}) == 1 else None
