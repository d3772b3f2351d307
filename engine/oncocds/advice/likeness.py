"""Which answers to a question come to the same for one patient: of eighteen bones many, of a code nobody asks for all.

An answer is read in two ways: compared with constants by the rules, and by derivations. Where every comparison comes
out the same and every derived fact is found to be the same, everything that follows is the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from oncocds.inference.supposing import Affected
from oncocds.language.tree import Compare
from oncocds.language.truth import compare
from oncocds.profile.finding import Facts, Finding, Value
from oncocds.vocabulary.models import Vocabulary


class Likeness:
    """Tells answers apart; shared by threads.

    ``leaves`` are what each fact is compared with anywhere; None among them where its values are counted.
    """

    def __init__(self, leaves: Mapping[str, tuple[Compare | None, ...]], vocabulary: Vocabulary) -> None:
        self._leaves = leaves
        self._lists = frozenset(vocabulary.lists)
        self._compared: dict[tuple[str, Value], Hashable] = {}

    def of(self, name: str, value: Value, facts: Facts, affected: Affected) -> Hashable:
        """Return what is shared by the answers that come to the same as this ``value`` of a fact, by its field.

        ``facts`` are those with this answer recorded.
        """
        compared = self._compared.get((name, value))
        if compared is None:
            compared = self._compared[name, value] = self._told(name, value)
        return (compared, *self._derived(facts, affected))

    def _told(self, name: str, value: Value) -> Hashable:
        leaves = self._leaves.get(name, ())
        if None in leaves:
            return value
        return tuple([compare(leaf, value) for leaf in leaves if leaf is not None])

    def _derived(self, facts: Facts, affected: Affected) -> Iterator[Finding]:
        for fact in affected.derived:
            of_list, _, field = fact.partition(".")
            if of_list not in self._lists:
                yield facts.finding(fact)
                continue
            for item in facts.items(of_list) or ():
                yield item.finding(field)
