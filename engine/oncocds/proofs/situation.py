"""What claims speak about: the rules over one open patient, precedence, and states of knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import z3

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Note, Precedence
from oncocds.language import references
from oncocds.language.tree import Compare, Condition, Count, Known, Quantified
from oncocds.profile.models import ITEM_LISTS
from oncocds.proofs.declared import Declared
from oncocds.proofs.drugs import told_apart
from oncocds.proofs.facts import OpenFacts
from oncocds.proofs.items import all_atoms
from oncocds.proofs.recorded import Recorded
from oncocds.proofs.smt import Reading, Tri
from oncocds.proofs.terms import TRUE, all_of, either_of, negation_of

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

    def demoted(self, rule: str, *, lesions: bool = False, entries: Iterable[Precedence] | None = None) -> Any:
        """Return when precedence demotes a rule; entries for the same lesion count with ``lesions`` only.

        Without them what is found is demoted wherever it speaks, with them it may be, at some lesion. ``entries`` are
        others than those in force.
        """
        ways = []
        for entry in self.knowledge.precedence if entries is None else entries:
            if rule not in entry.demoted or (entry.same_lesion and not lesions):
                continue
            wins = [self.rule(winner).true for winner in entry.winners]
            wins += [self.shown(self.knowledge.notes[notice]) for notice in entry.notices]
            guard = [] if entry.when is None else [self.reading.condition(entry.when).true]
            ways.append(all_of(guard if entry.when_alone else [either_of(wins), *guard]))
        return either_of(ways)

    def shown(self, note: Note) -> Any:
        """Return when a note is shown: a notice while its condition holds, any other beside a rule that fires."""
        own = TRUE if note.when is None else self.reading.condition(note.when).true
        return all_of([own, either_of(self.rule(rule).true for rule in note.attached_to)]) if note.attached_to else own

    def spoken(self, rule: str) -> Any:
        """Return when a rule makes a ground, or an evidence note may stand beside one."""
        one = self.knowledge.rules[rule]
        if one.kind != "evidence":
            return self.rule(rule).true
        own = TRUE if one.attach_when is None else self.reading.condition(one.attach_when).true
        return all_of([own, either_of(self.rule(supported).true for supported in one.supports)])

    def active(self, rule: str) -> Any:
        """Return when a rule fires and is not demoted."""
        return all_of([self.rule(rule).true, negation_of(self.demoted(rule))])

    def critical(self, rule: str) -> Any:
        """Return when a rule fires and is critical: by itself, by what raises it, or by a note attached to it."""
        one, fires = self.knowledge.rules[rule], self.rule(rule).true
        if one.urgency == "critical":
            return fires
        conditions = [raised.when for raised in one.raised if raised.urgency == "critical"]
        conditions += [
            note.when
            for note in self.knowledge.notes.values()
            if rule in note.attached_to and note.urgency == "critical" and note.when is not None
        ]
        return all_of([fires, either_of(self.reading.condition(when).true for when in conditions)])

    def disputed(self, one: str, other: str) -> Any:
        """Return when a declared conflict shows two rules as its sides."""
        return either_of(
            self.reading.condition(conflict.when).true
            for conflict in self.knowledge.conflicts
            if any(one in side for side in conflict.sides) and any(other in side for side in conflict.sides)
        )

    def learns_inputs(self, but: Iterable[str]) -> Any:
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
