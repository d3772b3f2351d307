"""Which answers to a question come to the same for one patient: of eighteen bones many, of a code nobody asks for all.

An answer is read in two ways: compared with constants by the rules, and by derivations. Where every comparison comes
out the same and every derived fact is found to be the same, everything that follows is the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from oncocds.inference.supposing import Affected, Supposing
from oncocds.language.tree import Compare
from oncocds.language.truth import compare
from oncocds.profile.finding import Facts, Finding, Value
from oncocds.vocabulary.models import Vocabulary

_MOST_KEPT = 5_000


class _Reading(NamedTuple):
    """How some atoms read a fact: by what they compare it with, and by way of what is derived from it."""

    compared: tuple[Compare | None, ...]
    derived: tuple[tuple[str, str, str], ...]
    told: dict[Value, Hashable]


class Likeness:
    """Tells answers apart; shared by threads."""

    def __init__(self, supposing: Supposing, vocabulary: Vocabulary) -> None:
        self._supposing = supposing
        self._lists = frozenset(vocabulary.lists)
        self._readings: dict[tuple[str, int], _Reading] = {}

    def of(self, name: str, value: Value, facts: Facts, affected: Affected, asked: int) -> Hashable:
        """Return what is shared by the answers that come to the same as this ``value`` of a fact, by its field.

        ``facts`` are those with this answer recorded, ``asked`` the atoms that matter.
        """
        asked &= affected.atoms
        reading = self._readings.get((name, asked))
        if reading is None:
            if len(self._readings) >= _MOST_KEPT:
                self._readings.clear()
            reading = self._readings[name, asked] = self._reading(name, affected, asked)
        told = reading.told.get(value)
        if told is None:
            told = reading.told[value] = _told(value, reading.compared)
        return (told, *_derived(facts, reading.derived))

    def _reading(self, name: str, affected: Affected, asked: int) -> _Reading:
        read = self._supposing.read(asked)
        derived = ((fact, *fact.split(".", 1)) for fact in sorted(affected.derived & read))
        named = [(fact, of_list if of_list in self._lists else "", field) for fact, of_list, field in derived]
        return _Reading(self._supposing.compared(name, asked), tuple(named), {})


def _told(value: Value, compared: Iterable[Compare | None]) -> Hashable:
    return tuple([value if leaf is None else compare(leaf, value) for leaf in compared])


def _derived(facts: Facts, derived: Iterable[tuple[str, str, str]]) -> Iterator[Finding]:
    for fact, of_list, field in derived:
        if not of_list:
            yield facts.finding(fact)
            continue
        for item in facts.items(of_list) or ():
            yield item.finding(field)
