"""Procedures and orders of radiotherapy → courses: what is part of a course, or ordered for it, is none of its own.

Sessions that are recorded one by one are one course while they lie as close together as the table ``therapies`` of the
codes says: a convention of reading records.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from typing import Any

from oncocds_fhir.bundle import stable_id
from oncocds_fhir.gathering import Gathering, told_apart
from oncocds_fhir.intents import offer_intent
from oncocds_fhir.radiotherapy_parts import Part
from oncocds_fhir.spans import Span, first_around
from oncocds_fhir.times import When, earliest, latest
from oncocds_fhir.volumes import by_site, of_all

_LINKS = ("partOf", "basedOn", "replaces")


@dataclass
class RadiotherapyCourse:
    """A course of radiotherapy: its item, the resources behind it, and when it ran."""

    id: str
    labels: list[str]
    values: dict[str, Any]
    start: When | None
    end: When | None
    sources: dict[str, list[str]] = field(default_factory=dict)


def courses_of(parts: list[Part], gathering: Gathering) -> Iterator[RadiotherapyCourse]:
    """Yield the courses that some resources are about."""
    groups = [_head_first(group) for group in _groups(sorted(parts, key=lambda part: part.label), gathering)]
    # A server numbers its procedures and its orders, each from one on.
    names = told_apart([stable_id(head.resource) for head, *_ in groups])
    for identity, group in zip(names, groups, strict=True):
        head, *others = group
        done = [part for part in group if not part.is_order]
        superseded = [part.label for part in others if part.is_order]
        if superseded:  # what was done on an order says more than the order
            gathering.remarks.unmapped("superseded", *superseded)
        labels = sorted(part.label for part in (done or group))
        path = f"radiotherapy[{identity}]"
        status = _status(path, head, group, done, gathering)
        values = _values(path, head, status, others, gathering)
        start = earliest(part.start for part in (done or [head]))
        ends = [part.end or (part.start if part.is_session else None) for part in done]
        end = head.end if len(done) < 2 or head.names_course else latest(ends) if status == "completed" else None
        yield from _by_volume(identity, head, values, labels, start, end, gathering)


def _groups(parts: list[Part], gathering: Gathering) -> list[list[Part]]:
    """Join what is part of another, based on the same order, or another session of the same course."""
    groups = _Groups(parts)
    for part in parts:
        for linked in _linked(part, gathering):
            if groups.fit(part.label, linked):
                groups.join(part.label, linked)
    sessions = sorted((part for part in parts if part.is_session), key=_day)
    gap = gathering.codes.gap("radiotherapy").usual
    around = _courses_around(sessions, parts)
    last_of_kind: dict[tuple[Any, ...], Part] = {}
    for session in sessions:
        course = around.get(id(session))
        if course is not None:
            groups.join(session.label, course.label)
        earlier = last_of_kind.get(session.kind)
        if earlier is not None and (_day(session)[0] - _day(earlier)[0]).days <= gap:
            groups.join(session.label, earlier.label)
        last_of_kind[session.kind] = session
    return groups.all()


class _Groups:
    """Parts by label, joined to groups; a label that no part has may stand for what parts are linked by."""

    def __init__(self, parts: list[Part]) -> None:
        self._parts = parts
        self._joined: dict[str, str] = {}  # to another label of the group; the head of a group is joined to none
        self._places: dict[str, set[tuple[frozenset[str], frozenset[str]]]] = {}
        for part in parts:
            place = (frozenset(part.where.radiotherapy_site), frozenset(part.where.sides))
            self._places.setdefault(part.label, set()).add(place)

    def fit(self, one: str, other: str) -> bool:
        """Tell whether groups may be of one course: what is at different places is told apart, whatever links it."""
        one, other = self._head(one), self._head(other)
        if one == other:
            return True
        here, there = (self._places.get(label, ()) for label in (one, other))
        return all(_same_place(places, others) for places in here for others in there)

    def join(self, one: str, other: str) -> None:
        """Join the groups of two labels."""
        one, other = self._head(one), self._head(other)
        if one != other:
            self._joined[one] = other
            self._places.setdefault(other, set()).update(self._places.pop(one, ()))

    def all(self) -> list[list[Part]]:
        """Return the groups, in the order of their first parts."""
        found: dict[str, list[Part]] = {}
        for part in self._parts:
            found.setdefault(self._head(part.label), []).append(part)
        return list(found.values())

    def _head(self, label: str) -> str:
        passed = []
        while label in self._joined:
            passed.append(label)
            label = self._joined[label]
        for one in passed:
            self._joined[one] = label
        return label


def _same_place(one: tuple[frozenset[str], frozenset[str]], other: tuple[frozenset[str], frozenset[str]]) -> bool:
    return all(not (here and there) or bool(here & there) for here, there in zip(one, other, strict=True))


def _courses_around(sessions: list[Part], parts: list[Part]) -> dict[int, Part]:
    """Return the first of the courses recorded as a whole within which each session (by identity) lies, at its site."""
    courses: dict[tuple[Any, ...], list[tuple[Span, Part]]] = {}
    for part in parts:
        if not (part.is_session or part.is_order) and part.start is not None:
            courses.setdefault(part.kind[:3], []).append(((part.start, part.end), part))
    by_place: dict[tuple[Any, ...], list[tuple[When, Part]]] = {}
    for session in sessions:
        if session.start is not None and session.kind[:3] in courses:
            by_place.setdefault(session.kind[:3], []).append((session.start, session))
    found: dict[int, Part] = {}
    for place, those in by_place.items():
        spans = [span for span, _ in courses[place]]
        for (_, session), at in zip(those, first_around([when for when, _ in those], spans), strict=True):
            if at is not None:
                found[id(session)] = courses[place][at][1]
    return found


def _linked(part: Part, gathering: Gathering) -> Iterator[str]:
    for name in _LINKS:
        for holder in part.resource.element.listed(name):
            found = gathering.references.find(holder.text("reference"), part.resource)
            if found is not None and found.type in ("Procedure", "ServiceRequest"):
                yield found.label


def _day(part: Part) -> tuple[Any, str]:
    assert part.start is not None
    return part.start.first, part.label


def _head_first(group: list[Part]) -> list[Part]:
    names = {one.label.rpartition("/")[2] for one in group}
    return sorted(group, key=lambda part: _rank(part, names))


def _rank(part: Part, names: Set[str]) -> tuple[Any, ...]:
    """Sort what says most of a course first: what was done, the whole of it, what is part of nothing else.

    ``names`` are the ids of all that is of the course.
    """
    within = any(
        (holder.text("reference") or "").rpartition("/")[2] in names
        for holder in part.resource.element.listed("partOf")
    )
    return (part.is_order, within, not part.names_course, not part.volumes, part.label)


def _status(path: str, head: Part, group: list[Part], done: list[Part], gathering: Gathering) -> str | None:
    """Return how a course stands: as what tells of all of it says, else as its sessions do."""
    if head.is_order or not all(part.is_session for part in done):
        parts = {part.status for part in done if not part.is_session}
        whole = not done[1:] or head.names_course or head.volumes
        return head.status if head.is_order or whole or len(parts) == 1 else "ongoing" if "ongoing" in parts else None
    if None in {part.status for part in done}:
        return None if len(done) == 1 or {part.status for part in done} == {None} else "ongoing"
    if any(part.status == "ongoing" for part in done):
        return "ongoing"
    if len(done) > 1:
        gathering.remarks.assumed("sessions-as-course", path)
    youngest = min(gathering.moment.days_since(part.start) for part in done if part.start is not None)
    recent = youngest <= gathering.codes.gap("radiotherapy").usual
    planned = any(part.is_order and part.status == "planned" for part in group)
    if recent and len(done) > 1:
        return "ongoing"
    if recent or planned:
        reason = "recent-session" if recent else "status-unclear"
        gathering.remarks.unmapped(reason, *(part.label for part in done), facts=[f"{path}.status"])
        return None
    return "completed"


def _values(path: str, head: Part, status: str | None, others: list[Part], gathering: Gathering) -> dict[str, Any]:
    values: dict[str, Any] = {} if status is None else {"status": status}
    values |= _site(path, head, gathering)
    techniques = {part.technique for part in (head, *others)} - {None}
    if len(techniques) == 1:
        values["technique"] = next(iter(techniques))
    again = {part.reirradiation for part in (head, *others)} - {None}
    if len(again) == 1:
        values["reirradiation"] = next(iter(again))
    if status in ("planned", "ongoing"):
        offer_intent(head.resource, head.start if status == "ongoing" else None, gathering)
    return values


def _site(path: str, head: Part, gathering: Gathering) -> dict[str, Any]:
    where = head.where
    if not where.named and len(head.volumes) == 1:
        where = head.volumes[0].where
    elif len(head.volumes) == 1:
        where = replace(where, sides=where.sides | head.volumes[0].where.sides)
    values: dict[str, Any] = {}
    site, side = where.only("radiotherapy_site"), where.only("sides")
    if site is not None:
        values["site"] = site
    elif where.named and len(where.radiotherapy_site) > 1:
        gathering.remarks.unmapped("site-unclear", head.label, facts=[f"{path}.site"])
    elif where.organ:
        values["site"] = "other"
    if side is not None:
        values["laterality"] = side
    elif len(where.sides) > 1:
        values["laterality"] = "bilateral"
    return values


def _by_volume(
    identity: str,
    head: Part,
    values: dict[str, Any],
    labels: list[str],
    start: When | None,
    end: When | None,
    gathering: Gathering,
) -> Iterator[RadiotherapyCourse]:
    """Yield a course once, or once for each site where its volumes lie at different sites: a dose is a volume's."""
    sites = by_site(head.volumes)
    for site, volume in sorted(sites.items()):
        own = {**values, "site": site, **volume.values}
        own.pop("laterality", None)
        if volume.where.sides:
            own["laterality"] = volume.where.only("sides") or "bilateral"
        yield RadiotherapyCourse(f"{identity}-{site}", labels, own, start, end)
    if not sites:
        agreed = of_all(head.volumes, f"radiotherapy[{identity}]", head.label, gathering)
        yield RadiotherapyCourse(identity, labels, values | agreed, start, end)
