"""Mutants of what places an answer's items and weighs its grounds: actions, urgencies, strengths, what stands beside.

Each is killed by a patient whose whole answer is stated (``rules/answers.yaml``), proved to say the same, explained, or
survives. Which rules fire is no matter of these: that of the rules' own mutants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_args

import z3

from oncocds.advice.case import Case
from oncocds.advice.grounds import Grounds
from oncocds.advice.items import STRENGTHS, advice_items
from oncocds.advice.precedence import apply_precedence
from oncocds.advice.standing import answer_lines
from oncocds.engine import plan_of
from oncocds.inference.inference import Conclusion, Inference
from oncocds.knowledge.answers import Answered, with_known
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import TIERS, UNRANKED, Action, Beside, Note, Raised, Rule, Urgency
from oncocds.language.references import concepts, rules, walk
from oncocds.language.tree import Condition, Count, Quantified
from oncocds.profile.facts import PatientFacts
from oncocds.proofs.mutants import Mutant, survivor
from oncocds.proofs.mutations import without
from oncocds.proofs.patients import Witness
from oncocds.proofs.prove import Prover

_Piece = TypeVar("_Piece", Action, Note, Rule)


@dataclass(frozen=True, slots=True)
class _Patient:
    """A patient with what was concluded, and the lines stated of his answer."""

    facts: PatientFacts
    conclusion: Conclusion
    lines: tuple[str, ...]
    known: frozenset[str]


class Answering:
    """Judges mutants of actions, and of what rules and notes say beside their conditions."""

    def __init__(self, prover: Prover, answers: Sequence[Answered]) -> None:
        self._knowledge: Knowledge = prover.situation.knowledge
        inference = Inference(plan_of(self._knowledge))
        self._prover = prover
        self._patients: list[_Patient] = []
        for stated, known in with_known(answers):
            facts = prover.facts(Witness(dict(stated.given), dict(stated.policy)))
            self._patients.append(_Patient(facts, inference.conclude(facts), stated.stands, known))

    def judge(self, subject: str) -> Iterator[Mutant]:
        """Yield every mutant of an action, a rule or a note with its fate."""
        known = self._knowledge
        if subject in known.actions:
            yield from self._judged(subject, known.actions, changed_actions(known.actions[subject], known), "actions")
        if subject in known.rules:
            yield from self._judged(subject, known.rules, changed_rules(known.rules[subject]), "rules")
        if subject in known.notes:
            yield from self._judged(subject, known.notes, changed_notes(known.notes[subject]), "notes")

    def _judged(
        self, subject: str, pieces: Mapping[str, _Piece], changes: Iterator[tuple[str, _Piece]], kind: str
    ) -> Iterator[Mutant]:
        piece: Action | Note | Rule = pieces[subject]
        names = (subject, *_about(piece))
        patients = [one for one in self._patients if any(name in line for name in names for line in one.lines)]
        for change, mutant in changes:
            changed: Any = {kind: {**pieces, subject: mutant}}
            if self._noticed(replace(self._knowledge, **changed), patients):
                yield Mutant(subject, change, "killed")
            elif isinstance(mutant, Action) and isinstance(piece, Action) and self._says_the_same(mutant, piece):
                yield Mutant(subject, change, "equivalent")
            else:
                yield survivor(self._prover, subject, change)

    def _noticed(self, knowledge: Knowledge, patients: Sequence[_Patient]) -> bool:
        grounds = Grounds(knowledge)
        return any(
            answer_of(Case(knowledge, one.facts, one.conclusion), grounds, one.known) != one.lines for one in patients
        )

    def _says_the_same(self, mutant: Action, action: Action) -> bool:
        """Tell whether no patient can be shown the difference of a tier, or of being about single lesions."""
        of_action = [rule for rule in self._knowledge.rules.values() if rule.action == action.id]
        if mutant == replace(action, emergency_rank=mutant.emergency_rank):
            return self._never_together(action, mutant.emergency_rank)
        if mutant == replace(action, per_lesion=True):  # no rule of it is true of some lesions
            return not any(self._of_lesions(self._knowledge.rule_condition(rule.id)) for rule in of_action)
        # An item that is critical for everybody stands among the emergencies.
        lowered = {rule for note in self._knowledge.notes.values() if note.at_most for rule in note.attached_to}
        critical = all(rule.urgency == "critical" and rule.id not in lowered for rule in of_action)
        return (
            critical
            and mutant == replace(action, tier=mutant.tier)
            and "contraindication" not in (mutant.tier, action.tier)
        )

    def _never_together(self, action: Action, rank: int) -> bool:
        """Tell whether it is proved that no patient has this emergency and one that it would pass with another rank."""
        between = range(min(action.emergency_rank, rank), max(action.emergency_rank, rank) + 1)
        passed = [one.id for one in self._knowledge.actions.values() if one.emergency_rank in between and one != action]
        reading = self._prover.situation.reading
        return all(
            self._prover.model(z3.And(reading.rule(one).true, reading.rule(other).true))[0] == z3.unsat
            for one in self._emergencies((action.id,))
            for other in self._emergencies(passed)
        )

    def _emergencies(self, actions: Sequence[str]) -> list[str]:
        """Return the rules of some actions that may be critical, by themselves or through a note."""
        notes = [note for note in self._knowledge.notes.values() if note.urgency == "critical"]
        raised = {rule for note in notes for rule in note.attached_to}
        return [
            rule.id
            for rule in self._knowledge.rules.values()
            if rule.action in actions and ("critical" in rule.urgencies() or rule.id in raised)
        ]

    def _of_lesions(self, condition: Condition) -> bool:
        parts = list(walk(condition))
        beyond = [self._knowledge.concept_condition(one) for one in concepts(condition)]
        beyond += [self._knowledge.rule_condition(one) for one in rules(condition)]
        quantified = any(isinstance(part, Quantified | Count) and part.list == "lesions" for part in parts)
        return quantified or any(map(self._of_lesions, beyond))


def answer_of(case: Case, grounds: Grounds, known: Collection[str]) -> tuple[str, ...]:
    """Return the lines of a patient's answer, as far as it is made of ``known`` rules and notes."""
    items = advice_items(case, grounds, apply_precedence(case.knowledge.precedence, case))
    return answer_lines(items, grounds.remarks.notices(case, items), known)


def _about(piece: Action | Note | Rule) -> tuple[str, ...]:
    """Return the rules that a piece stands with."""
    if isinstance(piece, Note):
        return piece.attached_to
    return piece.supports if isinstance(piece, Rule) else ()


def changed_actions(action: Action, knowledge: Knowledge) -> Iterator[tuple[str, Action]]:
    """Yield every mutant of an action with what was changed.

    What it gives is changed where a note stands beside those who give it; in precedence the rules found by it are
    mutated one by one.
    """
    for tier in _beside(action.tier, TIERS):
        if tier != "emergency":  # what is critical stands there, whatever its action
            yield f"tier {action.tier} → {tier}", replace(action, tier=tier)
    yield "per lesion" if not action.per_lesion else "per patient", replace(action, per_lesion=not action.per_lesion)
    for one in action.alone:
        left = replace(action, alone=without(one, action.alone))
        yield f"without the title of {', '.join(sorted(one[0]))} alone", left
    ranks = {one.emergency_rank for one in knowledge.actions.values()} - {UNRANKED}
    if action.emergency_rank in ranks - {min(ranks)}:
        yield "emergency_rank first", replace(action, emergency_rank=min(ranks) - 1)
    if action.emergency_rank in ranks - {max(ranks)}:
        yield "emergency_rank last", replace(action, emergency_rank=max(ranks) + 1)
    read = {drugs for note in knowledge.notes.values() if note.beside is not None for drugs in note.beside.giving}
    for drugs in action.gives:
        if drugs in read:
            yield f"gives without {drugs}", replace(action, gives=without(drugs, action.gives))


def changed_rules(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield every mutant of what a rule says beside its condition, with what was changed."""
    for evidence in rule.supports:
        yield f"without support of {evidence}", replace(rule, supports=without(evidence, rule.supports))
    if rule.kind == "evidence" or rule.action is None:  # whose words are shown with others', or not at all
        return
    for urgency in _beside(rule.urgency, get_args(Urgency)):
        yield f"urgency {rule.urgency} → {urgency}", replace(rule, urgency=urgency)
    for reading in _beside(rule.strength.reading, STRENGTHS):
        strength = replace(rule.strength, reading=reading)
        yield f"strength {rule.strength.reading} → {reading}", replace(rule, strength=strength)
    for number, raised in enumerate(rule.raised, start=1):
        for what, less in _less(raised):
            parts = tuple(less if one is raised else one for one in rule.raised)
            yield f"raised {number}: {what}", replace(rule, raised=parts)


def _less(raised: Raised) -> Iterator[tuple[str, Raised]]:
    """Yield what raises a rule without one of the two that it may raise; a raise of nothing is none."""
    if raised.urgency is not None:
        yield "urgency dropped", replace(raised, urgency=None)
    if raised.strength is not None:
        yield "strength dropped", replace(raised, strength=None)


def changed_notes(note: Note) -> Iterator[tuple[str, Note]]:
    """Yield every mutant of where a note stands, with what was changed."""
    for rule in note.attached_to:
        yield f"without attached_to {rule}", replace(note, attached_to=without(rule, note.attached_to))
    if note.same_lesion:
        yield "whatever the lesion", replace(note, same_lesion=False)
    if note.beside is not None:
        for action in note.beside.actions:
            fewer = Beside(without(action, note.beside.actions), note.beside.giving)
            yield f"without beside {action}", replace(note, beside=fewer)
        for drugs in note.beside.giving:
            fewer = Beside(note.beside.actions, without(drugs, note.beside.giving))
            yield f"without beside giving {drugs}", replace(note, beside=fewer)


def _beside(one: Any, of: Sequence[Any]) -> Iterator[Any]:
    """Yield what stands before and after one of some words."""
    place = of.index(one)
    yield from (of[at] for at in (place - 1, place + 1) if 0 <= at < len(of))
