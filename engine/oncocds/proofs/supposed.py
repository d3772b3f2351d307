"""What the engine supposes of an open patient where one question is answered, beside what it concludes once it is.

An answer that is supposed is not evaluated: most of what was concluded is taken over, and only what is said to be
affected is read again (``oncocds.advice.decisions``). Both are read here as formulas about the same patient: before the
answer, after it, and as it is supposed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import z3

from oncocds.advice.affected import affected_by_facts, affected_by_items
from oncocds.advice.bringing import shaping
from oncocds.advice.conditions import note
from oncocds.advice.decisions import answerable, awaited
from oncocds.algebra.conditions import Trees
from oncocds.engine import plan_of
from oncocds.inference.atoms import Atom, canonical
from oncocds.inference.supposing import Affected, Supposing, numbers
from oncocds.language.tree import Compare, Count, Known, Quantified
from oncocds.language.unparse import condition_text
from oncocds.profile.models import ITEM_LISTS
from oncocds.proofs.items import constants
from oncocds.proofs.recorded import State, name_of
from oncocds.proofs.situation import Situation, read_by
from oncocds.proofs.smt import Tri
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import FALSE, TRUE, Names, all_of, either_of, negation_of
from oncocds.vocabulary.reads import facts_read

KEEPING = "conditions-keep-their-answers"
TURNS = ("turns false", "turns true", "is open again")


class Answering:
    """The questions that decisions ask, what the engine takes to be affected by each, and the readings of atoms."""

    def __init__(self, situation: Situation) -> None:
        knowledge = situation.knowledge
        self.situation = situation
        self._supposing = Supposing(plan_of(knowledge).supposed)
        self._fields = knowledge.vocabulary.fields
        self._read = facts_read(knowledge.vocabulary)
        affected = affected_by_facts(knowledge.vocabulary, self._supposing, self._read)
        self.affected = {name: one for name, one in affected.items() if answerable(self._fields[name])}
        self.by_items = {
            name: affected_by_items(name, self._supposing, self._read) for name in knowledge.vocabulary.left_out
        }
        self.rules = [rule for rule in knowledge.conditions if awaited(knowledge.rules[rule], knowledge)]
        self._said = situation.asked().keys()
        self._turning: dict[int, frozenset[str] | None] = {}
        self._numbers = {repr(atom): number for number, atom in enumerate(self._supposing.atoms)}

    def number(self, atom: Atom) -> int:
        """Return the number of an atom."""
        return self._numbers[repr(atom)]

    def shaping(self, rule: str) -> Iterator[str]:
        """Yield the names of the conditions that decide whether a rule fires, whether it stands and how urgent.

        Notes that are merely read beside it decide none of that.
        """
        knowledge = self.situation.knowledge
        read = {note(one.id) for one in knowledge.notes.values() if not (one.urgency or one.at_most)}
        read -= {note(one) for entry in knowledge.precedence for one in entry.notices}
        return (name for name in shaping(rule, knowledge) if name not in read)

    @cached_property
    def atoms(self) -> Mapping[int, Atom]:
        """What is asked, by number, to tell what the rules that are waited for bring."""
        asked = self._supposing.asked(name for rule in self.rules for name in self.shaping(rule))
        return {number: self._supposing.atoms[number] for number in numbers(asked)}

    @cached_property
    def derived(self) -> list[str]:
        """The derived facts that what is asked rests on."""
        read = frozenset().union(*(self._supposing.reads[number] for number in self.atoms))
        read |= frozenset().union(*(self._read.get(one, frozenset()) for one in read))
        return sorted(read & self._read.keys())

    def terms(self, fact: str, state: State = "before") -> Iterator[Any]:
        """Yield what a derived fact says: of the patient, or of each item of a list that is there."""
        name, _, field = fact.partition(".")
        facts = self.situation.reading.facts(state)
        if name in ITEM_LISTS:
            listed = facts.source.known(name, "before")
            for item in facts.slots[name]:
                yield from _terms(item.finding(field), all_of([listed, item.present]))
        else:
            yield from _terms(facts.finding(fact), TRUE)

    def atom(self, atom: Atom, state: State = "before") -> Tri:
        """Return the reading of an atom."""
        return self.situation.reading.condition(atom, state)

    def open_to(self, rule: str, name: str) -> bool:
        """Tell whether what is taken over for a rule where a fact is learnt may turn with it, as far as others say.

        Other claims say of each condition that it keeps its answer, but for what is declared, and that an answer moves
        none that it is not said to affect. Where that is all that a rule rests on, its promise follows from them.
        """
        affected = self.affected[name]
        kept = self._supposing.asked(self.shaping(rule)) & affected.atoms & ~affected.changing
        return any(self._may_turn(number, name) for number in numbers(kept))

    def _may_turn(self, number: int, name: str) -> bool:
        if number not in self._turning:
            atom = self.atoms[number]
            read = read_by(atom, self.situation.knowledge)
            unsaid = repr(atom) not in self._said or "is known" in read or self._excepted(atom)
            self._turning[number] = None if unsaid else self.situation.declared.may_turn(read)
        turning = self._turning[number]
        return turning is None or name in turning

    def _excepted(self, atom: Atom) -> bool:
        declared, text = self.situation.declared, condition_text(atom)
        return any(declared.exception(KEEPING, f"{text} {how}") for how in TURNS)

    def moved_by_others(self, moves: frozenset[str], pairs: Iterable[tuple[Any, Any]]) -> Any:
        """Return that one of some pairs of terms, before and after, differs though nothing that ``moves`` it is learnt.

        Learnt are answers to questions alone.
        """
        recorded = self.situation.reading.recorded
        still = [
            (z3.Bool(f"{path}?+"), FALSE)
            for path in recorded.learnt()
            if (name := name_of(path)) in moves or name not in self.affected
        ]
        return either_of(
            different(before, z3.substitute(after, *still)) for before, after in pairs if not before.eq(after)
        )

    def moved_by_items(self, name: str) -> Any:
        """Return that what is not said to be affected by the items of a list reads differently with other items."""
        affected = self.by_items[name]
        terms: list[Any] = []
        for number, atom in self.atoms.items():
            if not affected.atoms >> number & 1:
                terms += [self.atom(atom).true, self.atom(atom).false]
        for fact in self.derived:
            if fact not in affected.derived:
                terms += self.terms(fact)
        own = (f"{name}[", f"{name}?", f"{name} ")
        others = [(one, z3.FreshConst(one.sort())) for one in constants(terms) if one.decl().name().startswith(own)]
        return either_of(different(term, z3.substitute(term, *others)) for term in terms) if others else FALSE


class Supposed(Trees[Any]):
    """Conditions as the engine supposes them where one fact is learnt: what is known already is mostly taken over."""

    names = Names

    def __init__(self, answering: Answering, affected: Affected) -> None:
        super().__init__(answering.situation.knowledge)
        self._answering = answering
        self._affected = affected

    def atom(self, atom: Compare | Known | Quantified | Count) -> Tri:
        """Read what is asked of the patient or of a list."""
        one, positive = canonical(atom)
        found = self._atom(self._answering.number(one), one)
        return found if positive else found.negated()

    def _atom(self, number: int, atom: Atom) -> Tri:
        before = self._answering.atom(atom)
        if not self._affected.atoms >> number & 1:
            return Tri(before.true, before.false, Names())
        after = self._answering.atom(atom, "after")
        if self._affected.changing >> number & 1:
            return Tri(after.true, after.false, Names())
        return Tri(
            either_of([before.true, all_of([negation_of(before.false), after.true])]),
            either_of([before.false, all_of([negation_of(before.true), after.false])]),
            Names(),
        )


def different(one: Any, two: Any) -> Any:
    """Return that two terms differ; plainly not where they are the same one."""
    one, two = z3.simplify(one), z3.simplify(two)
    return FALSE if one.eq(two) else one != two


def _terms(symbol: Symbol, there: Any) -> Iterator[Any]:
    """Yield what a symbol says: whether it is known, and where it is, each value, each code left open, the number."""
    known = all_of([there, symbol.known])
    yield known
    yield from (all_of([known, one]) for one in symbol.cases.values())
    yield from (all_of([there, one]) for one in symbol.open_cases.values())
    if symbol.term is not None:
        yield z3.If(known, symbol.term, z3.RealVal(0))
