"""What claims speak about: the rules over one open patient, precedence, and states of knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import z3

from oncocds.knowledge.knowledge import Knowledge
from oncocds.language import references
from oncocds.language.tree import Compare, Condition, Count, Known, Quantified
from oncocds.profile.models import ITEM_LISTS
from oncocds.proofs.declared import Declared
from oncocds.proofs.drugs import told_apart
from oncocds.proofs.facts import OpenFacts, Recorded
from oncocds.proofs.items import all_atoms
from oncocds.proofs.smt import Reading, Tri
from oncocds.proofs.terms import all_of, either_of, negation_of

ITEMS = {"lesions": 4, "medications": 4, "radiotherapy": 3, "toxicities": 1}


class Situation:
    """All rules about one open patient."""

    def __init__(self, knowledge: Knowledge, declared: Declared) -> None:
        self.knowledge = knowledge
        self.declared = declared
        self.reading = Reading(Recorded(told_apart(knowledge, ITEMS["medications"]), ITEMS), knowledge)

    @property
    def facts(self) -> OpenFacts:
        """The facts of the patient."""
        return self.reading.facts()

    def rule(self, rule: str) -> Tri:
        """Return the whole condition of a rule."""
        return self.reading.rule(rule)

    def concept(self, concept: str) -> Tri:
        """Return the condition of a concept."""
        return self.reading.condition(self.knowledge.concept_condition(concept))

    def demoted(self, rule: str, *, lesions: bool = False) -> Any:
        """Return when precedence demotes a rule; entries for the same lesion count with ``lesions`` only.

        Without them what is found is demoted wherever it speaks, with them it may be, at some lesion.
        """
        ways = []
        for entry in self.knowledge.precedence:
            if rule not in entry.demoted or (entry.same_lesion and not lesions):
                continue
            wins = [self.rule(winner).true for winner in entry.winners]
            for notice in entry.notices:
                when = self.knowledge.notes[notice].when
                if when is not None:
                    wins.append(self.reading.condition(when).true)
            guard = [] if entry.when is None else [self.reading.condition(entry.when).true]
            ways.append(all_of([either_of(wins), *guard]))
        return either_of(ways)

    def active(self, rule: str) -> Any:
        """Return when a rule fires and is not demoted."""
        return all_of([self.rule(rule).true, negation_of(self.demoted(rule))])

    def disputed(self, one: str, other: str) -> Any:
        """Return when a declared conflict shows two rules as its sides."""
        return either_of(
            self.reading.condition(conflict.when).true
            for conflict in self.knowledge.conflicts
            if any(one in side for side in conflict.sides) and any(other in side for side in conflict.sides)
        )

    def learns_inputs(self, but: Iterable[str] = ()) -> Any:
        """Return that between the two states only input facts are learnt, and none of some that are named."""
        fields, recorded = self.knowledge.vocabulary.fields, self.reading.recorded
        kept = set(but)
        return all_of(
            z3.Not(recorded.may_learn(name))
            for name in recorded.learnable()
            if name in kept or (name not in ITEM_LISTS and fields[name].world != "input")
        )

    def reads(self, rule: str) -> frozenset[str]:
        """Return the facts a rule reads, through concepts and other rules; of lists, as ``list.field``."""
        return read_by(self.knowledge.conditions[rule], self.knowledge)

    def asked(self) -> dict[str, tuple[Condition, list[str]]]:
        """Return what all rules ask of a patient, each once in one polarity, with the rules that ask it."""
        found: dict[str, tuple[Condition, list[str]]] = {}
        for rule, condition in self.knowledge.conditions.items():
            for atom in all_atoms(condition, self.knowledge):
                rules = found.setdefault(repr(atom), (atom, []))[1]
                if rule not in rules:
                    rules.append(rule)
        return found


def read_by(condition: Condition, knowledge: Knowledge) -> frozenset[str]:
    """Return the facts a condition reads, through concepts and other rules; of lists, as ``list.field``.

    ``is known`` is among them where it asks whether one is known.
    """
    return frozenset(_read(condition, knowledge))


def _read(condition: Condition, knowledge: Knowledge) -> Iterator[str]:
    for part in references.walk(condition):
        if isinstance(part, Quantified | Count):
            yield part.list
            for leaf in references.walk(part.where):
                if isinstance(leaf, Compare | Known):
                    yield f"{part.list}.{leaf.fact}"
        elif isinstance(part, Compare | Known):
            yield part.fact
            if isinstance(part, Known):
                yield "is known"
    for concept in references.concepts(condition):
        yield from _read(knowledge.concept_condition(concept), knowledge)
    for other in references.rules(condition):
        yield from _read(knowledge.rule_condition(other), knowledge)
