"""Facts while they are being gathered: candidates by date, of which the newest wins, and what each came from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

from oncocds.errors import InputError
from oncocds.profile.history import LATEST, LVEF
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Vocabulary
from oncocds_fhir.bundle import LeftOut, References, Resource
from oncocds_fhir.elements import Element
from oncocds_fhir.memory import Memory
from oncocds_fhir.remarks import Remarks
from oncocds_fhir.times import Moment, When, newest

_T = TypeVar("_T")
NewerReason = Literal["newer-preliminary", "newer-unread", "conflicting-results"]
_STEPS = {
    "(er)": "biomarkers.hr_status",
    "(pr)": "biomarkers.hr_status",
    "(ret pending)": "biomarkers.ret_fusion",
    "(lvef)": "cardiac.lvef_latest",
}
HISTORY = "history"
_LONGEST, _ROOM_FOR_A_NUMBER = 60, 50  # characters of an id, and of one that is told apart by a number


class Candidate(NamedTuple):
    """A value of a fact, when it was true, and the resources it came from."""

    value: Any
    when: When | None
    resources: tuple[str, ...]


class Unsettled(NamedTuple):
    """A result that gives no value and yet may be the newest: why, when it was taken, and the record."""

    reason: NewerReason
    when: When | None
    resource: str


def told_apart(wanted: Sequence[str]) -> list[str]:
    """Return ids for the items of one list, in their order: none is too long or stands twice, the first keeps it."""
    wanted = [one[:_LONGEST] for one in wanted]
    numbers: dict[str, int] = {}
    taken, found = set(wanted), []
    for identity in wanted:
        free, number = identity, numbers.get(identity, 1)
        while number > 1 and free in taken:
            free = f"{identity[:_ROOM_FOR_A_NUMBER]}-{number}"
            number += 1
        numbers[identity] = max(number, 2)
        taken.add(free)
        found.append(free)
    return found


@dataclass
class Gathering:
    """What the mapping of one patient has found so far.

    ``facts`` are values by public path; ``items`` the items of lists by list and id; ``sources`` the resources of each.
    ``undecided`` are the labels of records that stand there in several versions of which none is known to be newer,
    ``of_others`` those of records that were left out as they are not, or may not be, this patient's.
    ``results`` are all results that were offered of what a history holds, ``lacking`` its series of which results were
    left out, and ``narrowed`` the records of which it is known of what they could be results.
    """

    vocabulary: Vocabulary
    codes: CodeTables
    memory: Memory
    moment: Moment
    references: References
    remarks: Remarks
    facts: dict[str, Any] = field(default_factory=dict)
    items: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    sources: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    undecided: frozenset[str] = frozenset()
    of_others: frozenset[str] = frozenset()
    results: dict[str, list[Candidate]] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)
    narrowed: set[str] = field(default_factory=set)
    _candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    _later: set[str] = field(default_factory=set)
    _unsettled: dict[str, list[Unsettled]] = field(default_factory=dict)

    def offer(self, fact: str, value: Any, when: When | None, *resources: str) -> None:
        """Offer a value of a fact; one that is dated after the evaluation leaves the fact open."""
        series = series_of_facts(self.vocabulary).get(fact)
        if self.moment.is_before(when):
            self.remarks.unmapped("result-in-the-future", *resources, facts=[shown(fact)])
            self._later.add(fact)
            if series is not None:
                self.lacks((series,), "result-in-the-future", *resources)
            return
        found = Candidate(value, when, resources)
        self._candidates.setdefault(fact, []).append(found)
        if series is not None:
            self.results.setdefault(series, []).append(found)

    def lacks(self, series: Iterable[str], reason: str, *resources: str) -> None:
        """Note records that could be results of some series of the history and are not in it."""
        self.narrowed.update(resources)
        series = tuple(series)
        if series:
            self.lacking.update(series)
            self.remarks.leave_open(HISTORY, reason, *resources)

    def offer_unsettled(self, fact: str, reason: NewerReason, when: When | None, resource: str) -> None:
        """Note a result that is not final or cannot be read: where it may be the newest, the fact stays open."""
        self._unsettled.setdefault(fact, []).append(Unsettled(reason, when, resource))

    def pass_on(self, step: str, fact: str) -> None:
        """Note the results that leave a step on the way to a fact open as results that leave the fact open."""
        self._unsettled.setdefault(fact, []).extend(self._unsettled.get(step, ()))

    def unsettled(self, fact: str) -> list[When | None]:
        """Return when the results of a fact were taken that are not final or cannot be read."""
        return [one.when for one in self._unsettled.get(fact, ())]

    def not_settled(self, fact: str) -> list[Unsettled]:
        """Return the results of a fact that are not final or cannot be read."""
        return self._unsettled.get(fact, [])

    def offered(self, fact: str) -> list[Candidate]:
        """Return the candidates of a fact so far."""
        return self._candidates.get(fact, [])

    def all_offered(self) -> Iterable[tuple[str, list[Candidate]]]:
        """Return the facts that have candidates so far, each with these."""
        return self._candidates.items()

    def settle(self, fact: str) -> Candidate | None:
        """Take the newest value of a fact out of its candidates; values that contradict each other are none."""
        candidates = self._candidates.pop(fact, [])
        if not candidates and fact not in self._later:
            return None
        if fact in self._later:  # which value is the newest by now cannot be told
            self.remarks.unmapped(
                "newer-in-the-future", *(name for one in candidates for name in one.resources), facts=[shown(fact)]
            )
            return None
        if len(candidates) == 1 and fact not in self._unsettled:
            only = candidates[0]
            several = len(only.resources) > 1
            return only._replace(resources=tuple(sorted(set(only.resources)))) if several else only
        latest = newest([(candidate.when, candidate) for candidate in candidates])
        undated = [one for one in candidates if one.when is None and not _same(one.value, latest[0].value)]
        if undated and latest[0].when is not None:
            told = (name for one in (*latest, *undated) for name in one.resources)
            self.remarks.unmapped("undated-beside-dated", *told, facts=[shown(fact)])
            return None
        chosen = set(map(id, latest))
        older = [name for candidate in candidates if id(candidate) not in chosen for name in candidate.resources]
        if older:
            self.remarks.unmapped("superseded", *older, facts=[shown(fact)])
        values = {json.dumps(candidate.value, sort_keys=True) for candidate in latest} if len(latest) > 1 else ()
        named = tuple(sorted({name for candidate in latest for name in candidate.resources}))
        if len(values) > 1:
            self.remarks.unmapped("conflicting-results", *named, facts=[shown(fact)])
            return None
        chosen_when = latest[0].when if latest else None
        newer = [
            one
            for one in self._unsettled.get(fact, ())
            if latest
            and one.resource not in named
            and (one.when is None or chosen_when is None or not one.when.before(chosen_when))
        ]
        for reason in sorted({one.reason for one in newer}):
            those = (one.resource for one in newer if one.reason == reason)
            self.remarks.unmapped(reason, *named, *those, facts=[shown(fact)])
        if newer:
            return None
        return Candidate(latest[0].value, chosen_when, named) if latest else None

    def settle_all(self) -> None:
        """Settle every fact that is left; a value that is a mapping fills the facts below."""
        for fact in sorted(self._candidates):
            found = self.settle(fact)
            if found is not None:
                self.put(fact, found.value, found.resources)
                if fact.startswith("labs."):
                    self.tell_no_day(f"{fact}.date", found)

    def tell_no_day(self, fact: str, found: Candidate) -> None:
        """Note of a value that is used that its day is not known for certain: a month, or one of several days."""
        if found.when is not None and found.when.day is None:
            self.remarks.unmapped("imprecise-date", *found.resources, facts=[fact])

    def put(self, fact: str, value: Any, resources: Iterable[str]) -> None:
        """Set a fact, with the resources it came from."""
        self.facts[fact] = value
        resources = list(resources)
        self.sources[fact].update(resources)
        for key in value if type(value) is dict else ():
            self.sources[f"{fact}.{key}"].update(resources)

    def put_item(
        self,
        of_list: str,
        identity: str,
        values: Mapping[str, Any],
        resources: Iterable[str],
        only: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        """Add an item to a list, with the resources it came from; ``only`` names those of single fields.

        It never takes the place of another: where the list has an item of that id, it gets another one.
        """
        items = self.items.setdefault(of_list, {})
        if identity in items or len(identity) > _LONGEST:
            *_, identity = told_apart([*items, identity])
        items[identity] = {"id": identity, **values}
        path = f"{of_list}[{identity}]"
        resources = list(resources)
        for name in (of_list, path):
            self.sources[name].update(resources)
        told_by = only or {}
        for key in values:
            self.sources[f"{path}.{key}"].update(told_by.get(key, resources))

    def readable(self, referred: Resource | None, read: Callable[[Element], _T]) -> _T | None:
        """Read something of a record that another refers to; one that cannot be read costs no other record."""
        if referred is None:
            return None
        try:
            return read(referred.element)
        except InputError as error:
            self.remarks.left_out(LeftOut("unreadable", referred.label, problems=tuple(error.problems)))
            return None

    def source(self, fact: str, *resources: str) -> None:
        """Note what a fact came from."""
        self.sources[fact].update(resources)


@once
def series_of_facts(vocabulary: Vocabulary) -> Mapping[str, str]:
    """Return the series of a history that a value of a fact is a result of, by each fact of which there is one."""
    series = {"(lvef)": LVEF, LATEST: LVEF}
    for path in vocabulary.fields:
        name = path.removeprefix("labs.").removesuffix(".value")
        if path == f"labs.{name}.value":
            series |= {path: name, f"labs.{name}": name}
    return series


def _same(one: Any, other: Any) -> bool:
    """Tell whether two results say the same; the day of one may be unknown."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, "date": None} == {**other, "date": None}
    return bool(one == other)


def shown(fact: str) -> str:
    """Return how the report calls a fact; those in parentheses are steps on the way to one."""
    return _STEPS.get(fact, fact)
