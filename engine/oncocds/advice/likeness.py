"""Which answers to a question come to the same for one patient: of eighteen bones many, of a code nobody asks for all.

An answer is read in two ways: compared with constants by the rules, and by derivations. Where every comparison comes
out the same and every derived fact is found to be the same, everything that follows is the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from oncocds.inference.supposing import Affected, Learnt, Supposing
from oncocds.language.tree import Compare
from oncocds.language.truth import compare
from oncocds.profile.finding import Facts, Finding, Value
from oncocds.vocabulary.models import Vocabulary

_MOST_KEPT = 5_000
_APART = 2  # so few answers are not worth a look


class _Reading(NamedTuple):
    """How some atoms read a fact: by what they compare it with, and by way of what is derived from it."""

    compared: tuple[Compare | None, ...]
    derived: tuple[tuple[str, str, str], ...]
    told: dict[Value, Hashable]

    def of(self, value: Value) -> Hashable:
        """Return how a value compares."""
        told = self.told.get(value)
        if told is None:
            told = tuple([value if leaf is None else compare(leaf, value) for leaf in self.compared])
            self.told[value] = told
        return told


class Likeness:
    """Tells answers apart; shared by threads."""

    def __init__(self, supposing: Supposing, vocabulary: Vocabulary) -> None:
        self._supposing = supposing
        self._lists = frozenset(vocabulary.lists)
        self._readings: dict[tuple[str, int], _Reading] = {}

    def of(
        self, name: str, values: Sequence[Value], learnt: Sequence[Learnt], affected: Affected, asked: int
    ) -> Sequence[Hashable]:
        """Return the kinds of some answers to a fact, by its field: those of one kind come to the same.

        ``learnt`` is each answer supposed, ``asked`` are the atoms that matter.
        """
        if len(values) <= _APART:
            return values
        asked &= affected.atoms
        reading = self._readings.get((name, asked))
        if reading is None:
            if len(self._readings) >= _MOST_KEPT:
                self._readings.clear()
            reading = self._readings[name, asked] = self._reading(name, affected, asked)
        return [
            (reading.of(value), *_derived(one.facts, reading.derived))
            for value, one in zip(values, learnt, strict=True)
        ]

    def _reading(self, name: str, affected: Affected, asked: int) -> _Reading:
        read = self._supposing.read(asked)
        derived = ((fact, *fact.split(".", 1)) for fact in sorted(affected.derived & read))
        named = [(fact, of_list if of_list in self._lists else "", field) for fact, of_list, field in derived]
        return _Reading(self._supposing.compared(name, asked), tuple(named), {})


def _derived(facts: Facts, derived: Iterable[tuple[str, str, str]]) -> Iterator[Finding]:
    for fact, of_list, field in derived:
        if not of_list:
            yield facts.finding(fact)
            continue
        for item in facts.items(of_list) or ():
            yield item.finding(field)
