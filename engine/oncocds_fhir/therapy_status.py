"""How a therapy stands, from all records of a drug.

A statement speaks of the therapy, an order of itself: an order that is completed or stopped ends no therapy that
another order, a statement or a recent dose shows to go on. How long ago is recent stands in the table ``therapies`` of
the codes: a convention of reading records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oncocds.vocabulary.code_tables import Gap
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.medication_records import Record
from oncocds_fhir.spans import Times
from oncocds_fhir.times import When, newest

Standing = tuple[str | None, list[Record]]
"""The status, None where it is unknown, and the records that say so."""


def standing(fact: str, records: Sequence[Record], gap: Gap, gathering: Gathering) -> Standing:
    """Return how a drug stands: as the newest records that speak of its use say, else a plan, else its doses."""
    running = [record for record in records if record.status == "active"]
    rivals = [one for one in records if one.status not in ("given", "planned")]
    if running:  # beside an order that goes on, another that has ended is no rival
        versions = {record.label for record in running}
        rivals = [one for one in rivals if not (one.is_order and one.is_ended) or one.label in versions]
    latest, dated = _newest(rivals)
    newest_ = set(map(id, latest))
    older = [record.label for record in rivals if id(record) not in newest_]
    if older:
        gathering.remarks.unmapped("superseded", *older, facts=[fact])
    statuses = {record.status for record in latest}
    if dated and statuses == {"active", "completed"}:  # what was filled, and the next one
        statuses = {"active"}
    if statuses == {"stopped", "completed"}:
        statuses = {"stopped"}
    if len(statuses) > 1:
        reason = "status-unclear" if None in statuses else "conflicting-results" if dated else "undated-beside-dated"
        gathering.remarks.unmapped(reason, *(record.label for record in latest), facts=[fact])
        return None, latest
    if statuses == {"active"}:
        telling = [record for record in latest if record.status == "active"]
        return _beside_stopped(fact, telling, records, gathering), telling
    if statuses <= {"stopped", "completed"} and (course := doses(records, gap, gathering)):
        return _by_doses(fact, latest, course, gathering)
    planned = [record for record in records if record.status == "planned"]
    if planned:
        beside = Times(record.when for record in latest if record.when is not None)
        if fresh := [plan for plan in planned if plan.when is None or not beside.any_after(plan.when)]:
            return "planned", fresh
    if statuses:
        status = next(iter(statuses))
        telling = [record for record in latest if record.status == status]
        return (None if status and _still_given(fact, telling, records, gap, gathering) else status), telling
    given = [record for record in records if record.status == "given"]
    gathering.remarks.unmapped("status-not-stated", *(record.label for record in given), facts=[fact])
    return None, given


def doses(records: Iterable[Record], gap: Gap, gathering: Gathering) -> list[Record]:
    """Return the doses, supplies and orders of single cycles that show that therapy goes on, oldest first; else none.

    The last is no older than doses of the drug usually lie apart, and an earlier one lies no further before it.
    """
    shown = sorted(_shown(records), key=lambda record: (_began(record).first, record.label))
    course: list[Record] = []
    for record in reversed(shown):
        if not course:
            if gathering.moment.days_since(_ended(record)) > gap.usual:
                return []
        elif (_began(course[-1]).last - _ended(record).first).days > gap.usual:
            break
        course.append(record)
    course.reverse()
    return course if len({_began(record).first for record in course}) > 1 else []


def _newest(records: Sequence[Record]) -> tuple[list[Record], bool]:
    """Return the newest records, and whether that is known: what has no date may be newer than what has one."""
    latest = newest([(record.when, record) for record in records])
    undated = [record for record in records if record.when is None]
    if not undated or len(undated) == len(records):
        return latest, True
    return [*latest, *undated], {one.status for one in latest} == {one.status for one in undated}


def _beside_stopped(fact: str, running: list[Record], records: Sequence[Record], gathering: Gathering) -> str | None:
    """Return ``active``, or None where an order without a date is stopped or active and may be the newer one."""
    stopped = [record for record in records if record.is_order and record.status == "stopped"]
    labels = [record.label for record in (*running, *stopped)]
    if not stopped:
        return "active"
    undated = {record.when is None for record in running}, {record.when is None for record in stopped}
    if all(undated) and undated[0] | undated[1] == {True, False}:
        gathering.remarks.unmapped("undated-beside-dated", *labels, facts=[fact])
        return None
    # None is undated here, or all are.
    ended = Times(record.when for record in stopped if record.when is not None)
    if not all(record.when is not None and ended.all_before(record.when) for record in running):
        gathering.remarks.unmapped("stopped-beside-active", *labels, facts=[fact])
    return "active"


def _by_doses(fact: str, latest: list[Record], course: list[Record], gathering: Gathering) -> Standing:
    """Return how a drug stands whose doses lie as far apart as usual up to now, beside what says that it has ended."""
    ended = [one for one in latest if not (one.is_order and one.status == "completed")]
    if not ended:
        gathering.remarks.assumed("doses-as-running", fact)
        return "active", course
    if all(_says_why(one) for one in ended) and not _given_after(ended, course):
        return ("stopped" if any(one.status == "stopped" for one in ended) else "completed"), ended
    reason = "given-after-stop" if _given_after(ended, course) else "given-recently"
    gathering.remarks.unmapped(reason, *(one.label for one in (*ended, *course)), facts=[fact])
    return None, ended


def _still_given(fact: str, ended: list[Record], records: Sequence[Record], gap: Gap, gathering: Gathering) -> bool:
    """Tell whether a dose leaves open that the drug is still in use, although it is called completed or stopped."""
    given = [record for record in records if record.status == "given"]
    if _given_after(ended, given):
        gathering.remarks.unmapped("given-after-stop", *(one.label for one in (*ended, *given)), facts=[fact])
        return True
    if any(_says_why(one) for one in ended):
        return False
    recent = [one for one in _shown(records) if gathering.moment.days_since(_ended(one)) <= gap.longest]
    if recent:
        gathering.remarks.unmapped("given-recently", *(one.label for one in (*ended, *recent)), facts=[fact])
    return bool(recent)


def _says_why(record: Record) -> bool:
    """Tell whether a record ends the therapy itself: a statement does, an order that says why it was stopped."""
    return not record.is_order or (record.status == "stopped" and record.stop_reason is not None)


def _given_after(ended: Iterable[Record], given: Iterable[Record]) -> bool:
    stops = [record.stop or record.when for record in ended if record.stop is not None or record.status == "stopped"]
    known = [stop for stop in stops if stop is not None]
    if not known:
        return False
    before = Times(known)
    return any(dose.start is not None and dose.status == "given" and before.all_before(dose.start) for dose in given)


def _shown(records: Iterable[Record]) -> list[Record]:
    """Return what shows that the drug was given at a known time: doses, supplies, orders that were carried out."""
    return [
        record
        for record in records
        if (record.status == "given" or (record.is_order and record.status == "completed"))
        and (record.start is not None or record.when is not None)
    ]


def _began(record: Record) -> When:
    when = record.start or record.when
    assert when is not None
    return when


def _ended(record: Record) -> When:
    """Return the last day that a record speaks of: of an order the end of its period, of a supply its last day."""
    began = _began(record)
    last = record.stop or (record.when if record.is_order else None)
    return last if last is not None and began.before(last) else began
