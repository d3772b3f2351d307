"""Every dated result of a laboratory test and of the LVEF, as the history of the profile; and of which some may lack.

A record that was left out and could be one of these results opens the series that it could be of, not the others.
Known codes say which that is; else words do, and of a bare code the unit of its value. Facts stay what they are without
a history: where it would say another latest result or baseline than the records as a whole, its series is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from oncocds.errors import InputError
from oncocds.profile.codes import MAX_RESULTS
from oncocds.profile.history import BASELINE, ECHO, LATEST, LVEF, series_of
from oncocds.profile.models import Profile
from oncocds.profile.quantities import canonical
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.gathering import HISTORY, Candidate, Gathering
from oncocds_fhir.series_meant import could_be_any, series_in
from oncocds_fhir.times import newest

_SET = "result_series"
_NO_RESULT = ("cancelled", "entered-in-error", "registered", "not-done", "preparation")
_TELLS_OF_RESULTS = {"DiagnosticReport": "result", "Observation": "hasMember", "Procedure": None}
"""Records that may tell of results which are not among the records, and where they name them."""


class _Result(NamedTuple):
    """A result of a day; ``number`` in the unit that the series is compared in."""

    day: str
    number: float
    value: float
    unit: str
    resources: frozenset[str]


def map_history(records: Sequence[Resource], gathering: Gathering) -> None:
    """Make the items of the history of what was offered, one of each test and day, and note what lacks."""
    for record in records:
        if record.type in _TELLS_OF_RESULTS:
            _told_of(record, gathering)
    series = {name: _of_days(name, found, gathering) for name, found in sorted(gathering.results.items())}
    most = _most_of_each([len(found) for found in series.values()])
    for name, found in series.items():
        kept = _newest(found, most)
        if len(kept) < len(found):
            labels = {label for one in found if one not in kept for label in one.resources}
            gathering.remarks.unmapped("too-many-items", *labels, facts=[HISTORY])
        for one in kept:
            item = {"of": name, "date": one.day, "value": one.value, "unit": one.unit}
            gathering.put_item(HISTORY, f"{name}-{one.day}", item, one.resources)


def leave_series_open(
    profile: Profile, records: Iterable[Resource], lists: Sequence[str], gathering: Gathering
) -> tuple[bool, list[str]]:
    """Return whether any result may lack in the history, and of which tests some may.

    ``profile`` is what was made of the records, ``lists`` are those of it that are open for other reasons. The report
    keeps what truly leaves it open.
    """
    if profile.history is None:
        gathering.remarks.keep_open(HISTORY, frozenset())
        return False, []
    whole, no_result = False, set()
    opened = {label for labels in gathering.remarks.open_lists.get(HISTORY, {}).values() for label in labels}
    unclear = opened - gathering.narrowed
    of_label: dict[str, list[Resource]] = {}
    for one in records if unclear else ():
        if one.type == "Observation":
            of_label.setdefault(one.label, []).append(one)
    for label in unclear:
        found = _narrowed(of_label.get(label, ()), gathering)
        if found is None:
            whole = True
        elif found:
            gathering.lacking.update(found)
        else:
            no_result.add(label)
    gathering.remarks.keep_open(HISTORY, opened - no_result)
    _see_that_it_agrees(profile, lists, gathering)
    known = gathering.vocabulary.value_sets[_SET].members
    whole = whole or not gathering.lacking <= known.keys()  # a site's own test, of which no part can be named
    return whole, [] if whole else sorted(gathering.lacking)


def _narrowed(observations: Sequence[Resource], gathering: Gathering) -> frozenset[str] | None:
    """Return what records of one name could be results of, None where that cannot be told."""
    try:
        found = [could_be_any(one.element, gathering) for one in observations]
    except InputError:
        return None
    return frozenset().union(*found) if found else None


def _told_of(record: Resource, gathering: Gathering) -> None:
    """Note a record that names results which are not read, or tells of a check without naming a result of it."""
    element, names = record.element, _TELLS_OF_RESULTS[record.type]
    if record.type == "Observation" and not element.has("hasMember"):  # as nearly all: no panel
        return
    try:
        if element.text("status") in _NO_RESULT:
            return
        named = [one.text("reference") for one in element.elements(names)] if names is not None else []
        for one in named:
            found = gathering.references.find(one, record)
            if found is None and record.type == "Observation":  # a panel: of any test
                gathering.lacks(gathering.vocabulary.value_sets[_SET].members, "type-not-read", record.label)
            elif found is None:
                gathering.remarks.leave_open(HISTORY, "type-not-read", record.label)
            elif (one or "").startswith("#") and found.type == "Observation":  # none of the records
                gathering.lacks(could_be_any(found.element, gathering), "type-not-read", record.label)
        if named or record.type == "Observation":
            return
        named_by = alike(series_told, record, gathering)
        if named_by is not None or record.type == "Procedure":
            gathering.lacks(named_by or (), "type-not-read", record.label)
        else:
            gathering.remarks.leave_open(HISTORY, "type-not-read", record.label)
    except InputError:
        if record.type == "DiagnosticReport":
            gathering.remarks.leave_open(HISTORY, "unreadable", record.label)


def series_told(record: Resource, gathering: Gathering) -> frozenset[str] | None:
    """Return the series that the words of a report, or of what was done, name; None where it has no words."""
    words = [*record.element.concept("code").words(), *filter(None, [record.element.text("conclusion")])]
    return series_in(words, gathering) if words else None


def _of_days(name: str, candidates: Sequence[Candidate], gathering: Gathering) -> list[_Result]:
    """Return the results of a series, one a day, the oldest first."""
    by_day: dict[str, list[Candidate]] = {}
    today = gathering.moment.date.isoformat()
    for one in candidates:
        reason = None
        if name != LVEF and "value" not in one.value:
            reason = "no-value"
        elif one.when is None or (day := one.when.day) is None:
            reason = "imprecise-date"
        elif day > today:  # where it is tomorrow already
            reason = "result-in-the-future"
        else:
            by_day.setdefault(day, []).append(one)
        if reason is not None:
            gathering.lacks((name,), reason, *one.resources)
    found: list[_Result] = []
    beside: list[_Result] = []
    for day, of_day in sorted(by_day.items()):
        if len(of_day) == 1:
            found.append(_result(name, day, of_day[0], gathering))
            continue
        results = [_result(name, day, one, gathering) for one in of_day]
        last = newest([(one.when, result) for one, result in zip(of_day, results, strict=True)])
        if len({one.number for one in last}) > 1:
            gathering.lacks((name,), "conflicting-results", *(label for one in last for label in one.resources))
            continue
        same = [one for one in results if one.number == last[0].number]
        first = min(same, key=lambda one: (one.unit, one.value))
        resources = frozenset().union(*(one.resources for one in same))
        found.append(_Result(day, first.number, first.value, first.unit, resources))
        beside += [one for one in results if one.number != first.number]
    # An earlier result of a day is neither the latest nor the baseline; the lowest it may be.
    lowest = min((one.number for one in found), default=0.0)
    for other in beside:
        if other.number < lowest:
            gathering.lacks((name,), "superseded", *other.resources)
    return found


def _result(name: str, day: str, one: Candidate, gathering: Gathering) -> _Result:
    if name == LVEF:
        return _Result(day, float(one.value), float(one.value), "%", frozenset(one.resources))
    value, unit = one.value["value"], one.value["unit"]
    number = canonical(value, unit, gathering.vocabulary.quantities[name])
    return _Result(day, number, value, unit, frozenset(one.resources))


def _most_of_each(sizes: Sequence[int]) -> int:
    """Return how many results of each series a history has room for."""
    room, left = MAX_RESULTS, sorted(sizes)
    while left and left[0] * len(left) <= room:
        room -= left.pop(0)
    return room // len(left) if left else MAX_RESULTS


def _newest(results: Sequence[_Result], most: int) -> Sequence[_Result]:
    """Return the newest results and, whatever its day, the lowest: the latest and the lowest stay what they are."""
    if len(results) <= most:
        return results
    lowest, kept = min(results, key=lambda one: one.number), results[-most:]
    return kept if lowest in kept else [lowest, *kept[1:]]


def _see_that_it_agrees(profile: Profile, lists: Sequence[str], gathering: Gathering) -> None:
    """Leave a series open that would say another latest result, or baseline, than all records together."""
    lacking = sorted(gathering.lacking & gathering.vocabulary.value_sets[_SET].members.keys())
    known = profile
    if lists or lacking:
        known = profile.model_copy(update={"incomplete": [*lists], "history_incomplete": lacking or None})
    for one in series_of(known, gathering.vocabulary, gathering.moment.date):
        if not one.whole:
            continue
        labels = gathering.sources.get(f"{HISTORY}[{one.name}-{one.latest.date}]", ())
        if (one.latest.date, one.latest.value) != _stated(one.name, gathering):
            gathering.lacks((one.name,), "conflicting-results", *labels)
        elif one.baseline is not None and one.baseline.value != gathering.facts.get(BASELINE):
            gathering.lacks((one.name,), "therapy-start-unclear", *labels)


def _stated(name: str, gathering: Gathering) -> tuple[Any, Any]:
    """Return day and value of the latest result, as the profile says beside its history."""
    if name == LVEF:
        return gathering.facts.get(ECHO), gathering.facts.get(LATEST)
    found: Mapping[str, Any] = gathering.facts.get(f"labs.{name}", {})
    if "value" not in found:
        return None, None
    return found.get("date"), canonical(found["value"], found["unit"], gathering.vocabulary.quantities[name])
