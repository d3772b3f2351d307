"""What would change a verdict: the fewest changes of a patient's facts, each told only once the engine confirms it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from oncocds.advice.result import Bilingual, DataConflict, Evaluation
from oncocds.engine import Engine
from oncocds.errors import InputError
from oncocds.exploration.exploring import OutOfTimeError, UnreadableError, until
from oncocds.knowledge.models import Verdict
from oncocds.profile.facts import PatientFacts
from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.profile.policy import Policy
from oncocds.profile.reading import read_date
from oncocds.proofs.changed import Change, Ids, changed_profile, valued
from oncocds.proofs.clearance import readings
from oncocds.proofs.derivations import Derivations
from oncocds.proofs.drugs import told_apart
from oncocds.proofs.figures import NoPlainNumberError
from oncocds.proofs.given import Given
from oncocds.proofs.items import needed
from oncocds.proofs.recorded import Recorded, name_of
from oncocds.proofs.search import Search
from oncocds.proofs.smt import Reading
from oncocds.proofs.terms import all_of, negation_of
from oncocds.proofs.units import Unit, alike, differs, keeps_to, units_of

Status = Literal["found", "impossible", "not found", "not confirmed"]
MOST_ALTERNATIVES = 3
_MOST_NEW = {"lesions": 2, "medications": 2, "radiotherapy": 2, "toxicities": 1}
# Items of one list that may change at once; of longer lists so many after so many. Lesions are fewest, because
# derived facts hold them against each other.
_MOST_OPEN = {"lesions": 3, "medications": 8, "radiotherapy": 4, "toxicities": 4}
_MOST_TRIES = 12
_NEEDED: dict[tuple[str, str], Mapping[str, int]] = {}  # by knowledge and rule
_LOCK = threading.Lock()  # neither the solver nor an exploration is shared by threads


@dataclass(frozen=True, slots=True)
class Alternative:
    """Changes that together bring a rule to a verdict, as the engine confirmed.

    ``facts`` is how many facts change; a list nobody recorded is one, and so is each field of a new item.
    ``contradicts`` are the contradictions with what else is recorded that they bring about.
    """

    changes: tuple[Change, ...]
    facts: int
    verdict: Verdict
    contradicts: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What would change a verdict. ``complete`` where no smaller change can have been missed.

    ``fewest`` is how many facts change in each alternative; ``unsearched`` names facts whose change cannot be read.
    """

    status: Status
    alternatives: tuple[Alternative, ...] = ()
    fewest: int | None = None
    complete: bool = True
    unsearched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of one set of changes: what not to try again, and which other facts a contradiction is about."""

    alternative: Alternative | None
    avoid: Sequence[Any]
    involved: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Found:
    alternatives: list[Alternative] = field(default_factory=list)
    doubtful: list[Alternative] = field(default_factory=list)
    unsearched: set[str] = field(default_factory=set)
    refused: bool = False
    unfinished: bool = False


class Changing:
    """Searches for what would change the verdict of a rule on one patient."""

    def __init__(self, engine: Engine, rule: str, profile: Profile, policy: Policy, before: Evaluation) -> None:
        """``profile`` is identified; ``before`` is its evaluation under the same policy, with its date."""
        self._engine = engine
        self._rule = rule
        self._profile = profile
        self._policy = policy
        self._before = before
        self._clashes = {_key(clash) for clash in contradictions_of(before)}
        self._day = read_date(before.as_of)

    def find(self, seconds: float) -> Changes:
        """Return the fewest changes that make the rule fire or, where it fires, stop it; within some seconds."""
        moment = time.monotonic() + seconds
        goals: tuple[Verdict, ...] = ("fires",)
        if self._before.verdicts[self._rule] == "fires":
            goals = ("silent", "undetermined")
        found: list[Changes] = []
        with _LOCK, until(moment):
            for goal in goals:
                found.append(self._towards(goal, moment))
                if found[-1].status == "found":
                    return found[-1]
        return next((one for one in found if one.status != "impossible"), found[0])

    def _towards(self, goal: Verdict, moment: float) -> Changes:
        best = _Found()
        late = False
        windows = list(self._windows())
        for still in windows:
            found = _Found()
            try:
                self._search(goal, still, moment, found)
            except (OutOfTimeError, UnreadableError):
                late = True
            best = _better(best, found)
            if late:
                break
        complete = not late and not best.unfinished and self._nothing_smaller(best, len(windows))
        status: Status = "impossible" if complete else "not found"
        if best.alternatives or best.doubtful:
            status = "found"
        elif best.refused and not late:
            status = "not confirmed"
        alternatives = tuple((best.alternatives or best.doubtful)[:MOST_ALTERNATIVES])
        fewest = alternatives[0].facts if alternatives else None
        return Changes(status, alternatives, fewest, complete, tuple(sorted(best.unsearched)))

    def _nothing_smaller(self, best: _Found, windows: int) -> bool:
        """Return whether no smaller change can lie beyond the items that were looked at.

        What spans two windows changes two facts at least; what adds more items than a list may gain changes more facts
        than that.
        """
        fewest = best.alternatives[0].facts if best.alternatives else None
        together = windows == 1 or fewest == 1
        most = [_MOST_NEW[name] for name, wanted in self._wanted().items() if wanted > _MOST_NEW[name]]
        return together and (not most or (fewest is not None and fewest <= min(most) + 1))

    def _windows(self) -> Iterator[Mapping[str, frozenset[int]]]:
        """Yield which items of each list may not change, window by window."""
        lengths = {name: len(getattr(self._profile, name) or ()) for name in ITEM_LISTS}
        counts = {name: max(1, -(-length // _MOST_OPEN[name])) for name, length in lengths.items()}
        for number in range(max(counts.values())):
            still = {}
            for name, length in lengths.items():
                first = number % counts[name] * _MOST_OPEN[name]
                still[name] = frozenset(range(length)) - frozenset(range(first, first + _MOST_OPEN[name]))
            yield still

    def _search(self, goal: Verdict, still: Mapping[str, frozenset[int]], moment: float, found: _Found) -> None:
        given, condition = self._read(goal, still)
        found.unsearched |= given.unsearched
        avoided: list[Any] = []
        units: list[Unit] = []
        search: Search | None = None
        fewest: int | None = 0
        for _ in range(_MOST_TRIES):
            if search is None:
                units = units_of(given)
                keeps = list(keeps_to(given, units))
                search = Search([*given.axioms, *keeps], condition, [unit.changed for unit in units], moment)
                for term in avoided:
                    search.avoid(term)
            fewest = search.fewest(fewest or 0)
            told = found.alternatives
            if fewest is None or len(told) == MOST_ALTERNATIVES or (told and fewest > told[0].facts):
                break
            with search.trial():
                tried = self._tried(given, search, [units[place] for place in search.choose(fewest)])
            avoided += tried.avoid
            for term in tried.avoid:
                search.avoid(term)
            if tried.alternative is None or tried.alternative.verdict != goal:
                found.refused = True
            elif tried.alternative.contradicts:
                found.doubtful.append(tried.alternative)
            elif tried.alternative not in told:
                told.append(tried.alternative)
            if any(not given.asked(path) for path in tried.involved):
                # What else a contradiction is about may change as well: it is searched anew, with these facts.
                for path in tried.involved:
                    given.known(path, "before")
                search = None
        else:
            found.unfinished = True

    def _tried(self, given: Given, search: Search, units: Sequence[Unit]) -> _Tried:
        """Return what the engine says of the patient of a search that is fixed but for values."""
        ids = Ids(given)
        same = list(alike(given, units))
        try:
            values = valued(given, search, units, self._day)
        except NoPlainNumberError:
            return _Tried(None, same)
        profile, changes = changed_profile(given, values)
        try:
            after = self._engine.evaluate(profile, self._policy, self._before.as_of, begin=False)
        except InputError:
            return _Tried(None, same)
        clashes = [clash for clash in contradictions_of(after) if _key(clash) not in self._clashes]
        texts = tuple(clash.text for clash in clashes)
        alternative = Alternative(tuple(changes), len(units), after.verdicts[self._rule], texts)
        if not clashes:
            return _Tried(alternative, same)
        avoid, involved = [], set()
        for clash in clashes:
            facts = {fact.fact for fact in clash.facts}
            part = [one for one in values if facts & {ids.public(one.unit.path), *ids.around(one.unit.path)}]
            others = map(ids.place, facts - {ids.public(one.unit.path) for one in part})
            known = (path for path in others if path is not None and name_of(path) in given.vocabulary.fields)
            open_ = sorted(path for path in known if given.was(path) is not None and not given.stays(path))
            involved |= set(open_)
            kept = [negation_of(differs(given, path)) for path in open_]
            avoid.append(all_of([*(one.term for one in part), *kept]) if part else same[0])
        return _Tried(alternative, avoid, frozenset(involved))

    def _read(self, goal: Verdict, still: Mapping[str, frozenset[int]]) -> tuple[Given, Any]:
        knowledge = self._engine.knowledge
        facts = PatientFacts(self._profile, self._policy, knowledge.vocabulary, self._day)
        own = [one.drug for one in facts.counted.medications or () if one.drug is not None]
        more = self._more()
        vocabulary = told_apart(knowledge, len(own) + more.get("medications", 0), own)
        given = Given(vocabulary, facts.counted, self._policy, more, still)
        derivations = Derivations(readings(given, facts))
        tri = Reading(given, knowledge, derivations).rule(self._rule)
        return given, {"fires": tri.true, "silent": tri.false, "undetermined": tri.unknown}[goal]

    def _more(self) -> dict[str, int]:
        """Return how many items each list may gain: as many as the rule can tell apart, and no more than a few."""
        return {name: min(self._wanted()[name], most) for name, most in _MOST_NEW.items()}

    def _wanted(self) -> Mapping[str, int]:
        """Return how many items of each list the rule can tell apart."""
        knowledge = self._engine.knowledge
        key = (knowledge.digest, self._rule)
        if key not in _NEEDED:
            # With two items of each list: what compares items reads none of a shorter one.
            small = Reading(Recorded(told_apart(knowledge, 2), dict.fromkeys(ITEM_LISTS, 2)), knowledge)
            _NEEDED[key] = needed(self._rule, knowledge, small)
        return _NEEDED[key]


def _better(one: _Found, other: _Found) -> _Found:
    """Return the smaller of two findings; those of one size together."""
    told, doubtful = (_smallest([*getattr(one, name), *getattr(other, name)]) for name in ("alternatives", "doubtful"))
    return _Found(
        told,
        doubtful,
        one.unsearched | other.unsearched,
        one.refused or other.refused,
        one.unfinished or other.unfinished,
    )


def _smallest(alternatives: Sequence[Alternative]) -> list[Alternative]:
    fewest = min((one.facts for one in alternatives), default=0)
    found: list[Alternative] = []
    for one in alternatives:
        if one.facts == fewest and one not in found:
            found.append(one)
    return found


def contradictions_of(evaluation: Evaluation) -> list[DataConflict]:
    """Return what cannot be right together in an evaluated profile."""
    return [clash for clash in evaluation.data_conflicts if clash.severity == "contradiction"]


def _key(clash: DataConflict) -> tuple[str, tuple[str, ...]]:
    return clash.id, tuple(fact.fact for fact in clash.facts)
