"""The possible answers to a question, each with the advice that it would bring."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache, partial

from oncocds.advice.bringing import Bringing
from oncocds.advice.first import Brought, Choice
from oncocds.advice.likeness import Likeness
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
        self._codes = {name: self._codes_of(field) for name, field in self._fields.items()}
        self._labels = cache(self._labels_of)
        self._kept: dict[tuple[str, _Kinds], list[Choice] | None] = {}

    def of(
        self, facts: PatientFacts, known: Bits, fact: str, affected: Affected, rules: Mapping[str, list[Bits]]
    ) -> list[Choice] | None:
        """Return the possible answers to a fact that would let rules fire in some ways; None where none would."""
        name, learnt = field_of(fact), list(self._learnt(facts, known, fact, affected))
        fired = [_fired(one, rules) for one in learnt]
        firing = frozenset().union(*fired)  # of the others need not be known what shapes their advice
        if not firing:
            return None
        matter = self._bringing.asked(firing)
        if self._bringing.at_lesions(firing):
            return self._answers(name, learnt, self._apart(name, learnt, fired, affected, matter), fired)
        key = (name, _by_atoms(learnt, fired, matter))
        try:
            return self._kept[key]
        except KeyError:
            pass
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        found = self._kept[key] = self._answers(name, learnt, key[1], fired)
        return found

    def _apart(
        self, name: str, learnt: Sequence[Learnt], fired: Sequence[_Rules], affected: Affected, matter: int
    ) -> Sequence[Hashable]:
        """Return the kinds of the answers by which rules fire, by all that tells them apart for this patient."""
        telling = [(code, one) for code, one, rules in zip(self._codes[name], learnt, fired, strict=True) if rules]
        codes, supposed = zip(*telling, strict=True)
        kinds = iter(self._likeness.of(name, codes, supposed, affected, matter))
        return [next(kinds) if rules else None for rules in fired]

    def _answers(
        self, name: str, learnt: Sequence[Learnt], kinds: Sequence[Hashable], fired: Sequence[_Rules]
    ) -> list[Choice] | None:
        """Return the answers to a fact, by its field, each with the rules that may fire; of one kind bring the same."""
        codes = self._codes[name]
        choices, telling = [], False
        alike: dict[Hashable, list[Brought]] = {}
        for value, label, supposed, kind, rules in zip(codes, self._labels(name), learnt, kinds, fired, strict=True):
            brings = alike.get(kind) if rules else []
            if brings is None:
                brings = alike[kind] = list(self._bringing.of(rules, supposed))
            telling = telling or bool(brings)
            if brings or len(codes) <= _FEW:
                recorded = list(value) if isinstance(value, tuple) else value
                choices.append(Choice.of(value=recorded, label=label, brings=brings))
        return choices if telling else None

    def _learnt(self, facts: PatientFacts, known: Bits, fact: str, affected: Affected) -> Iterator[Learnt]:
        of_item, derived = in_item(fact) is not None, affected.derived
        for value in self._codes[field_of(fact)]:
            found = None if of_item else facts.read(fact, value)
            supposed = partial(facts.supposing, fact, value, derived)
            yield self._supposing.learnt(known, affected, supposed, fact, found)

    def _codes_of(self, field: Field) -> tuple[Value, ...]:
        if field.type == "boolean":
            return (True, False)
        if field.value_set is None:
            return ()
        members = self._knowledge.vocabulary.value_sets[field.value_set].members.values()
        codes = [one.code for one in members if not one.missing and not one.open]
        return tuple((code,) if field.type == "codes" else code for code in codes)

    def _labels_of(self, name: str) -> list[Bilingual]:
        return [self._answer(self._fields[name], value) for value in self._codes[name]]

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
