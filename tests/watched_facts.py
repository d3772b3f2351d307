"""Facts that note which derivation asks for which: who reads what, as it is seen and not as it is said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.facts import PatientFacts, PatientItem
from oncocds.profile.finding import Finding
from oncocds.vocabulary.models import Number, Vocabulary


class Seen:
    """What derivations asked for, by derivation: facts and lists, facts as recorded, groups of codes, numbers."""

    def __init__(self) -> None:
        self.recorded: dict[str, set[str]] = defaultdict(set)  # of facts that a derivation completes, before it does
        self.facts: dict[str, set[str]] = defaultdict(set)
        self.tables: dict[str, set[str]] = defaultdict(set)
        self.numbers: dict[str, set[str]] = defaultdict(set)
        self._within: list[str] = []

    def note(self, kind: dict[str, set[str]], name: str) -> None:
        """Note that the derivation in progress asks for something."""
        if self._within and name != self._within[-1]:
            kind[self._within[-1]].add(name)

    @contextmanager
    def within(self, fact: str) -> Iterator[None]:
        """Conclude a fact: what is asked meanwhile is asked by its derivation."""
        self._within.append(fact)
        try:
            yield
        finally:
            self._within.pop()


def watch(facts: PatientFacts, seen: Seen) -> None:
    """Conclude every derived fact of a patient, noting what each derivation asks for."""
    watched = _Facts(facts, seen)
    for fact in DERIVED:
        watched.finding(fact)
    for name, fields in EFFECTIVE.items():
        for item in watched.items(name) or ():
            for field in fields:
                item.finding(field)


class _Facts:
    def __init__(self, facts: PatientFacts, seen: Seen) -> None:
        self._facts = facts
        self.seen = seen
        self.vocabulary = cast(Vocabulary, _Words(facts.vocabulary, seen))
        self._findings: dict[str, Finding] = {}
        self._items: dict[str, tuple[_Item, ...] | None] = {}

    def finding(self, fact: str) -> Finding:
        self.seen.note(self.seen.facts, fact)
        if fact not in DERIVED:
            return self._facts.finding(fact)
        if fact not in self._findings:
            with self.seen.within(fact):
                self._findings[fact] = DERIVED[fact](self)
        return self._findings[fact]

    def items(self, name: str) -> tuple[_Item, ...] | None:
        self.seen.note(self.seen.facts, name)
        if name not in self._items:
            items = self._facts.items(name)
            self._items[name] = None if items is None else tuple(_Item(self, name, item) for item in items)
        return self._items[name]

    @property
    def tallies(self) -> dict[tuple[str, object], object]:
        return {}

    def incomplete(self, name: str) -> bool:
        self.seen.note(self.seen.facts, name)
        return self._facts.incomplete(name)

    def recorded(self, path: str) -> Any:
        raise AssertionError(f"a derivation asks for {path} past its finding")


class _Item:
    def __init__(self, facts: _Facts, name: str, item: PatientItem) -> None:
        self._facts, self._list, self._item = facts, name, item
        self.id, self.path = item.id, item.path
        self._findings: dict[str, Finding] = {}

    def finding(self, field: str) -> Finding:
        fact = f"{self._list}.{field}"
        derive = EFFECTIVE.get(self._list, {}).get(field)
        if derive is None:
            return self.recorded(field)
        self._facts.seen.note(self._facts.seen.facts, fact)
        if field not in self._findings:
            with self._facts.seen.within(fact):
                self._findings[field] = derive(self._facts, self)
        return self._findings[field]

    def recorded(self, field: str) -> Finding:
        seen = self._facts.seen
        seen.note(seen.recorded if field in EFFECTIVE.get(self._list, {}) else seen.facts, f"{self._list}.{field}")
        return self._item.recorded(field)


class _Words:
    """A vocabulary that notes which groups of codes and which numbers are asked for."""

    def __init__(self, vocabulary: Vocabulary, seen: Seen) -> None:
        self._vocabulary, self._seen = vocabulary, seen
        self.numbers = _Numbers(vocabulary, seen)

    def codes(self, group: str) -> tuple[str, ...]:
        self._seen.note(self._seen.tables, group)
        return self._vocabulary.codes(group)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vocabulary, name)


class _Numbers:
    def __init__(self, vocabulary: Vocabulary, seen: Seen) -> None:
        self._vocabulary, self._seen = vocabulary, seen

    def __getitem__(self, name: str) -> Number:
        self._seen.note(self._seen.numbers, name)
        return self._vocabulary.numbers[name]
