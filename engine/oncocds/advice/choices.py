"""The possible answers to a question, each with the advice that it would bring."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cache, partial

from oncocds.advice.bringing import Bringing
from oncocds.advice.first import Brought, Choice
from oncocds.advice.likeness import Likeness
from oncocds.advice.offered import Offered
from oncocds.advice.part import Bilingual
from oncocds.advice.views import bilingual
from oncocds.inference.supposing import Affected, Bits, Learnt, Supposing
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import Value, field_of, in_item
from oncocds.vocabulary.models import Field

_FEW = 8  # codes that are offered all; of longer sets only those that would bring something
_YES, _NO = Bilingual(zh="是", en="yes"), Bilingual(zh="否", en="no")
_MOST_KEPT = 5_000
_Rules = tuple[str, ...]
_Kinds = tuple[tuple[_Rules, int, int] | None, ...]


class Choices:
    """Tries answers; shared by threads.

    What follows from the atoms alone is kept for the next patient of whom the same atoms are known.
    """

    def __init__(self, knowledge: Knowledge, bringing: Bringing, supposing: Supposing) -> None:
        self._knowledge = knowledge
        self._fields = knowledge.vocabulary.fields
        self._supposing, self._bringing = supposing, bringing
        self._likeness = Likeness(supposing, knowledge.vocabulary)
        self._offered = Offered(knowledge, supposing)
        self._label = cache(self._label_of)
        self._kept: dict[tuple[str, tuple[Value, ...], _Kinds], list[Choice] | None] = {}

    def of(
        self, facts: PatientFacts, known: Bits, fact: str, affected: Affected, rules: Mapping[str, list[Bits]]
    ) -> list[Choice] | None:
        """Return the possible answers to a fact that would let rules fire in some ways; None where none would."""
        name = field_of(fact)
        codes = tuple(self._offered.of(name, fact, facts))
        learnt = self._learnt(facts, known, fact, codes, affected)
        once = {id(one): one for one in learnt}
        firing_of = {key: _fired(one, rules) for key, one in once.items()}
        fired = [firing_of[id(one)] for one in learnt]
        firing = frozenset().union(*fired)  # of the others need not be known what shapes their advice
        if not firing:
            return None
        matter = self._bringing.asked(firing)
        if self._bringing.at_lesions(firing):
            kinds = self._apart(name, codes, learnt, fired, affected, matter)
            return self._answers(name, codes, learnt, kinds, fired)
        key = (name, codes, _by_atoms(learnt, fired, matter))
        try:
            return self._kept[key]
        except KeyError:
            pass
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        found = self._kept[key] = self._answers(name, codes, learnt, key[2], fired)
        return found

    def _apart(
        self,
        name: str,
        offered: Sequence[Value],
        learnt: Sequence[Learnt],
        fired: Sequence[_Rules],
        affected: Affected,
        matter: int,
    ) -> Sequence[Hashable]:
        """Return the kinds of the answers by which rules fire, by all that tells them apart for this patient."""
        telling = [(code, one) for code, one, rules in zip(offered, learnt, fired, strict=True) if rules]
        codes, supposed = zip(*telling, strict=True)
        kinds = iter(self._likeness.of(name, codes, supposed, affected, matter))
        return [next(kinds) if rules else None for rules in fired]

    def _answers(
        self,
        name: str,
        codes: Sequence[Value],
        learnt: Sequence[Learnt],
        kinds: Sequence[Hashable],
        fired: Sequence[_Rules],
    ) -> list[Choice] | None:
        """Return the answers to a fact, by its field, each with the rules that may fire; of one kind bring the same."""
        choices, telling = [], False
        alike: dict[Hashable, list[Brought]] = {}
        for value, supposed, kind, rules in zip(codes, learnt, kinds, fired, strict=True):
            brings = alike.get(kind) if rules else []
            if brings is None:
                brings = alike[kind] = self._bringing.of(rules, supposed)
            telling = telling or bool(brings)
            if brings or len(codes) <= _FEW:
                recorded = list(value) if isinstance(value, tuple) else value
                choices.append(Choice.of(value=recorded, label=self._label(name, value), brings=brings))
        return choices if telling else None

    def _learnt(
        self, facts: PatientFacts, known: Bits, fact: str, codes: Sequence[Value], affected: Affected
    ) -> list[Learnt]:
        """Return each answer as it is supposed; those that come to the same are supposed once."""
        of_item, derived, name = in_item(fact) is not None, affected.derived, field_of(fact)
        kinds = self._offered.kinds(name, facts)
        supposed: dict[Hashable, Learnt] = {}
        found = []
        for place, value in enumerate(codes):
            kind = place if kinds is None else kinds[value]
            if kind not in supposed:
                known_of = None if of_item else facts.read(fact, value)
                making = partial(facts.supposing, fact, value, derived)
                supposed[kind] = self._supposing.learnt(known, affected, making, fact, known_of)
            found.append(supposed[kind])
        return found

    def _label_of(self, name: str, value: Value) -> Bilingual:
        return self._answer(self._fields[name], value)

    def _answer(self, field: Field, value: Value) -> Bilingual:
        if isinstance(value, bool):
            return _YES if value else _NO
        code = value[0] if isinstance(value, tuple) else value
        assert field.value_set is not None
        return bilingual(self._knowledge.vocabulary.value_sets[field.value_set].members[str(code)].label)


def _fired(learnt: Learnt, rules: Mapping[str, list[Bits]]) -> _Rules:
    return tuple([rule for rule, ways in rules.items() if any(map(learnt.meets, ways))])


def _by_atoms(learnt: Sequence[Learnt], fired: Sequence[_Rules], matter: int) -> _Kinds:
    """Return the kinds of answers by the rules that fire and the atoms that matter to them; None where none does."""
    kinds: list[tuple[_Rules, int, int] | None] = []
    for one, rules in zip(learnt, fired, strict=True):
        true, false = one.told(matter) if rules else (0, 0)
        kinds.append((rules, true & matter, false & matter) if rules else None)
    return tuple(kinds)
