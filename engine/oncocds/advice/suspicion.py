"""Whether something recorded speaks for an alarming answer to a question: such questions are read first."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Item, Value, field_of, in_item
from oncocds.vocabulary.models import RecordedSign, Vocabulary


class Suspicions:
    """Tells which questions are pressing, by the vocabulary; shared by threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._suspicions = vocabulary.suspicions
        self._lists = frozenset(vocabulary.lists)

    def speaks_for(self, fact: str, facts: Facts) -> bool:
        """Tell whether something recorded makes the question of a fact (by its public path) pressing."""
        suspicion = self._suspicions.get(field_of(fact))
        if suspicion is None:
            return False
        match = in_item(fact)
        item = None if match is None else _item(facts, match[1], match[2])
        return any(sign.holds(value) for sign in suspicion.by for value in self._values(sign, facts, item))

    def _values(self, sign: RecordedSign, facts: Facts, item: Item | None) -> list[Value | None]:
        """Return the values of a sign's fact: of a fact of items that of the item asked about, else those of all."""
        of_list, _, field = sign.fact.partition(".")
        if of_list not in self._lists:
            return [facts.finding(sign.fact).value]
        items = (facts.items(of_list) or ()) if item is None else (item,)
        return [one.finding(field).value for one in items]


def _item(facts: Facts, of_list: str, identity: str) -> Item | None:
    return next((one for one in facts.items(of_list) or () if one.id == identity), None)
