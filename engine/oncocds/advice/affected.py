"""What may be concluded otherwise where one fact is learnt, or where a list holds one more item.

Of what does not stand here an answer that is supposed takes over what is concluded already: that nothing is forgotten
is proved for every patient (``oncocds prove``, ``decisions-come-true``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from oncocds.inference.supposing import Affected, Supposing
from oncocds.vocabulary.models import Vocabulary

Derived = Mapping[str, frozenset[str]]
"""The facts that each derived fact is concluded from, at any remove."""


def affected_by_facts(vocabulary: Vocabulary, supposing: Supposing, derived: Derived) -> dict[str, Affected]:
    """Return what each fact affects that some atom reads, by itself or by way of what is derived from it."""
    atoms: dict[str, int] = defaultdict(int)
    for number, facts in enumerate(supposing.reads):
        for fact in facts:
            for one in (fact, *derived.get(fact, ())):
                atoms[one] |= 1 << number
    concluded: dict[str, set[str]] = defaultdict(set)
    for name, facts in derived.items():
        for fact in facts:
            concluded[fact].add(name)
    affected = {}
    for fact, found in atoms.items():
        if (field := vocabulary.fields.get(fact)) is not None:
            changing = found & supposing.asks if field.world == "input" else found
            affected[fact] = Affected(found, changing, frozenset(concluded[fact]))
    return affected


def affected_by_items(name: str, supposing: Supposing, derived: Derived) -> Affected:
    """Return what may be concluded otherwise where a list holds one more item: all that reads it is read again."""

    def of_list(fact: str) -> bool:
        return fact == name or fact.startswith(f"{name}.")

    concluded = frozenset(fact for fact, by in derived.items() if any(map(of_list, by)))
    atoms = 0
    for number, facts in enumerate(supposing.reads):
        if any(of_list(fact) or fact in concluded for fact in facts):
            atoms |= 1 << number
    return Affected(atoms, atoms, concluded)
