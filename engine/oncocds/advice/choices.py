"""The possible answers to a question, each with the advice that it would bring."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from oncocds.advice.bringing import Bringing
from oncocds.advice.first import Brought, Choice
from oncocds.advice.likeness import Likeness
from oncocds.advice.part import Bilingual
from oncocds.advice.views import bilingual
from oncocds.inference.supposing import Affected, Bits, Learnt, Supposing
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import ITEM_PATH, Value, field_of
from oncocds.vocabulary.models import Field

_FEW = 8  # codes that are offered all; of longer sets only those that would bring something
_YES, _NO = Bilingual(zh="是", en="yes"), Bilingual(zh="否", en="no")
_MOST_KEPT = 5_000
_Key = tuple[str, tuple[str, ...], tuple[tuple[int, int], ...]]


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
        self._labels = {
            name: [self._answer(field, value) for value in self._codes[name]] for name, field in self._fields.items()
        }
        self._kept: dict[_Key, list[Choice] | None] = {}

    def of(
        self, facts: PatientFacts, known: Bits, fact: str, affected: Affected, rules: Mapping[str, list[Bits]]
    ) -> list[Choice] | None:
        """Return the possible answers to a fact that would let rules fire in some ways; None where none would."""
        name, matter = field_of(fact), self._bringing.asked(rules)
        learnt = [self._learnt(facts, known, fact, affected, value) for value in self._codes[name]]
        if self._bringing.at_lesions(rules):
            return self._answers(
                name, learnt, self._likeness.of(name, self._codes[name], learnt, affected, matter), rules
            )
        kinds = tuple([(true & matter, false & matter) for true, false in (one.told(matter) for one in learnt)])
        key = (name, tuple(rules), kinds)
        try:
            return self._kept[key]
        except KeyError:
            pass
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        found = self._kept[key] = self._answers(name, learnt, kinds, rules)
        return found

    def _answers(
        self, name: str, learnt: Sequence[Learnt], kinds: Sequence[Hashable], rules: Mapping[str, list[Bits]]
    ) -> list[Choice] | None:
        """Return the answers to a fact, by its field; those of one kind bring the same."""
        codes, asked = self._codes[name], 0
        for true, false in (way for ways in rules.values() for way in ways):
            asked |= true | false
        choices, telling = [], False
        alike: dict[Hashable, list[Brought]] = {}
        for value, label, supposed, kind in zip(codes, self._labels[name], learnt, kinds, strict=True):
            brings = alike.get(kind)
            if brings is None:
                true, false = supposed.told(asked)
                fired = [rule for rule, ways in rules.items() if any(not (t & ~true | f & ~false) for t, f in ways)]
                brings = alike[kind] = list(self._bringing.of(fired, supposed)) if fired else []
            telling = telling or bool(brings)
            if brings or len(codes) <= _FEW:
                recorded = list(value) if isinstance(value, tuple) else value
                choices.append(Choice.of(value=recorded, label=label, brings=brings))
        return choices if telling else None

    def _learnt(self, facts: PatientFacts, known: Bits, fact: str, affected: Affected, value: Value) -> Learnt:
        found = None if ITEM_PATH.fullmatch(fact) else facts.read(fact, value)
        return self._supposing.learnt(
            known, affected, lambda: facts.supposing(fact, value, affected.derived), fact, found
        )

    def _codes_of(self, field: Field) -> tuple[Value, ...]:
        if field.type == "boolean":
            return (True, False)
        if field.value_set is None:
            return ()
        members = self._knowledge.vocabulary.value_sets[field.value_set].members.values()
        codes = [one.code for one in members if not one.missing and not one.open]
        return tuple((code,) if field.type == "codes" else code for code in codes)

    def _answer(self, field: Field, value: Value) -> Bilingual:
        if isinstance(value, bool):
            return _YES if value else _NO
        code = value[0] if isinstance(value, tuple) else value
        assert field.value_set is not None
        return bilingual(self._knowledge.vocabulary.value_sets[field.value_set].members[str(code)].label)
