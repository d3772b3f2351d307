"""Mutants of what shapes an answer: who steps back for whom, and when a note is shown.

Each is killed by an example of its entry or note, proved to say the same, explained, or shown with a patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import z3

from oncocds.advice import conditions
from oncocds.advice.assembly import Assembly
from oncocds.advice.case import Case
from oncocds.advice.grounds import Grounds
from oncocds.advice.items import advice_items
from oncocds.advice.precedence import apply_precedence
from oncocds.advice.standing import Standing, notes_shown, standings
from oncocds.engine import plan_of
from oncocds.inference.inference import Inference
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Note, Precedence
from oncocds.language.tree import Condition
from oncocds.language.truth import truth
from oncocds.profile.facts import PatientFacts
from oncocds.proofs.mutants import Mutant, survivor
from oncocds.proofs.mutations import mutants, without
from oncocds.proofs.patients import Witness, patient_of
from oncocds.proofs.prove import Prover
from oncocds.proofs.smallest import smallest_told
from oncocds.proofs.terms import all_of, either_of
from oncocds.vocabulary.reads import facts_read

_SHOWN = {True: "shown", False: "not shown"}


@dataclass(frozen=True, slots=True)
class _Patient:
    """A patient of an example with what was concluded, and what the example states of grounds."""

    case: Case
    stated: Mapping[str, Standing]


class Shaping:
    """Judges mutants of precedence and of notes."""

    def __init__(self, prover: Prover) -> None:
        self._prover = prover
        self._knowledge: Knowledge = prover.situation.knowledge
        self._grounds = Grounds(self._knowledge)
        self._inference = Inference(plan_of(self._knowledge))

    def subjects(self) -> tuple[str, ...]:
        """Return what can be judged, by id."""
        return (*(entry.id for entry in self._knowledge.precedence), *self._knowledge.notes)

    def judge(self, subject: str) -> Iterator[Mutant]:
        """Yield every mutant of an entry of the precedence or of a note, with its fate."""
        for entry in self._knowledge.precedence:
            if entry.id == subject:
                yield from self._of_entry(entry)
        note = self._knowledge.notes.get(subject)
        if note is not None:
            yield from self._of_note(note)

    # Precedence

    def _of_entry(self, entry: Precedence) -> Iterator[Mutant]:
        patients = []
        for example in entry.examples:
            stated: dict[str, Standing] = dict.fromkeys(example.demoted, "demoted")
            stated |= dict.fromkeys(example.active, "active")
            patients.append(_Patient(self._case(Witness(dict(example.given), dict(example.policy))), stated))
        for change, mutant in changed_entries(entry):
            entries = tuple(
                other
                for one in self._knowledge.precedence
                if (other := mutant if one.id == entry.id else one) is not None
            )
            if any(self._differs(patient, entries, mutant) for patient in patients):
                yield Mutant(entry.id, change, "killed")
            else:
                yield self._entry_proved(entry, change, entries, mutant)

    def _differs(self, patient: _Patient, entries: tuple[Precedence, ...], mutant: Precedence | None) -> bool:
        found = self._standings(patient.case, entries, mutant)
        return any(found.get(name) != standing for name, standing in patient.stated.items())

    def _case(self, witness: Witness) -> Case:
        facts = self._prover.facts(witness)
        return Case(self._knowledge, facts, self._inference.conclude(facts))

    def _standings(
        self, case: Case, entries: tuple[Precedence, ...], mutant: Precedence | None
    ) -> Mapping[str, Standing]:
        others = dict(case.others)
        if mutant is not None and mutant.when is not None:
            others[conditions.precedence(mutant.id)] = truth(mutant.when, case.facts, self._knowledge)
        return standings(advice_items(case, self._grounds, apply_precedence(entries, case, others)))

    def _entry_proved(
        self, entry: Precedence, change: str, entries: tuple[Precedence, ...], mutant: Precedence | None
    ) -> Mutant:
        situation = self._prover.situation
        before, after = {}, {}
        for rule in entry.demoted:
            before[rule] = situation.demoted(rule, lesions=True)
            after[rule] = situation.demoted(rule, lesions=True, entries=entries)
        apart = either_of(all_of([situation.spoken(rule), before[rule] != after[rule]]) for rule in entry.demoted)
        answer, model = self._prover.model(apart)
        if answer == z3.unsat and not entry.same_lesion:  # which lesions an entry covers is not read here
            return Mutant(entry.id, change, "equivalent")
        if model is None:
            return survivor(self._prover, entry.id, change)
        witness = patient_of(model, situation.reading.recorded)

        def told(state: Witness) -> tuple[str, Standing, Standing | None] | None:
            case = self._case(state)
            now, then = self._standings(case, self._knowledge.precedence, None), self._standings(case, entries, mutant)
            return next(((name, one, then.get(name)) for name, one in now.items() if one != then.get(name)), None)

        found = smallest_told(witness, told)
        if found is None:
            return survivor(self._prover, entry.id, change, witness)
        (rule, now, then), small = found
        return survivor(self._prover, entry.id, change, small, f"{{{now}: [{rule}]}}", str(then))

    # Notes

    def _of_note(self, note: Note) -> Iterator[Mutant]:
        yield from self._of_urgency(note)
        if note.when is None:
            return
        patients = []
        for example in note.examples:
            facts = self._prover.facts(Witness(dict(example.given), dict(example.policy)))
            patients.append((facts, example.shown))
        for change, when in mutants(note.when):
            if any(self._shown(note, when, facts) is not shown for facts, shown in patients):
                yield Mutant(note.id, change, "killed")
            else:
                yield self._note_proved(note, change, when)

    def _of_urgency(self, note: Note) -> Iterator[Mutant]:
        stated = [example for example in note.examples if example.urgency is not None]
        for change, mutant in changed_urgencies(note):
            knowledge = replace(self._knowledge, notes={**self._knowledge.notes, note.id: mutant})
            assembly = Assembly(knowledge, self._inference, facts_read(knowledge.vocabulary))
            killed = False
            for example in stated:
                case = self._case(Witness(dict(example.given), dict(example.policy)))
                advice = assembly.advice(case)
                found = notes_shown(advice, assembly.notices(case, advice)).get(note.id)
                killed = killed or found != example.urgency
            yield Mutant(note.id, change, "killed") if killed else survivor(self._prover, note.id, change)

    def _shown(self, note: Note, when: Condition, facts: PatientFacts) -> bool:
        spoken = not note.attached_to or any(
            truth(self._knowledge.rule_condition(rule), facts, self._knowledge) is True for rule in note.attached_to
        )
        return spoken and truth(when, facts, self._knowledge) is True

    def _note_proved(self, note: Note, change: str, when: Condition) -> Mutant:
        situation = self._prover.situation
        mutant = replace(note, when=when)
        try:
            answer, model = self._prover.model(situation.shown(note) != situation.shown(mutant))
        except z3.Z3Exception:  # a derived number that no rule reads has no SMT reading: only an example can tell
            return survivor(self._prover, note.id, change)
        if answer == z3.unsat:
            return Mutant(note.id, change, "equivalent")
        if model is None or note.when is None:
            return survivor(self._prover, note.id, change)
        witness, original = patient_of(model, situation.reading.recorded), note.when

        def told(state: Witness) -> tuple[bool, bool] | None:
            facts = self._prover.facts(state)
            now, then = self._shown(note, original, facts), self._shown(note, when, facts)
            return None if now is then else (now, then)

        found = smallest_told(witness, told)
        if found is None:
            return survivor(self._prover, note.id, change, witness)
        return survivor(self._prover, note.id, change, found[1], *(_SHOWN[shown] for shown in found[0]))


def changed_entries(entry: Precedence) -> Iterator[tuple[str, Precedence | None]]:
    """Yield every mutant of an entry with what was changed; None is the entry dropped."""
    yield "dropped", None
    for winner in entry.winners:
        yield f"without winner {winner}", replace(entry, winners=without(winner, entry.winners))
    for notice in entry.notices:
        yield f"without notice {notice}", replace(entry, notices=without(notice, entry.notices))
    for rule in entry.demoted:
        yield f"without demoted {rule}", replace(entry, demoted=without(rule, entry.demoted))
    if entry.same_lesion:
        yield "whatever the lesion", replace(entry, same_lesion=False)
    if entry.when is not None:
        yield "whenever", replace(entry, when=None)
        for change, when in mutants(entry.when):
            yield f"when: {change}", replace(entry, when=when)


def changed_urgencies(note: Note) -> Iterator[tuple[str, Note]]:
    """Yield a note that does not raise, or does not lower, what it stands with."""
    if note.urgency not in (None, "info"):
        yield "urgency dropped", replace(note, urgency=None)
    if note.at_most is not None:
        yield "at_most dropped", replace(note, at_most=None)
