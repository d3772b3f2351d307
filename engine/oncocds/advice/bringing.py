"""What a rule would bring where one more fact is learnt: the advice that would stand, and how urgent it would be.

Of a rule whose advice is about the patient this follows from the atoms that it and what shapes its advice ask: worked
out once for the same of them, whoever the patient. Where lesions matter it is worked out for each patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, reduce
from operator import or_

from oncocds.advice import conditions
from oncocds.advice.case import Case
from oncocds.advice.first import Brought
from oncocds.advice.grounds import Demoted, Grounds
from oncocds.advice.items import subjects
from oncocds.advice.precedence import apply_precedence
from oncocds.advice.views import bilingual
from oncocds.inference.demand import Asked
from oncocds.inference.inference import Inference
from oncocds.inference.supposing import Bits, Learnt, among
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import UNRANKED, URGENCIES, Urgency

_MOST_KEPT = 20_000  # of what was worked out: some megabytes, of rules and atoms alone


class Bringing:
    """Tells what rules would bring; shared by threads."""

    def __init__(self, knowledge: Knowledge, grounds: Grounds, inference: Inference) -> None:
        self._knowledge, self._grounds, self._inference = knowledge, grounds, inference
        self._precedence = {
            rule: tuple([entry for entry in knowledge.precedence if rule in entry.demoted])
            for rule in knowledge.conditions
        }
        self._of_lesions = frozenset(rule for rule in knowledge.conditions if self._is_of_lesions(rule))
        self._asked = {rule: inference.supposing.asked(shaping(rule, knowledge)) for rule in knowledge.conditions}
        self._plain = cache(self._brought)  # by rule and urgency, without a lesion
        self._kept: dict[tuple[str, int, int], Urgency | None] = {}

    def asked(self, rules: Iterable[str]) -> int:
        """Return the atoms that decide what rules would bring."""
        return reduce(or_, map(self._asked.__getitem__, rules), 0)

    def at_lesions(self, rules: Iterable[str]) -> bool:
        """Tell whether what rules would bring depends on the patient's lesions."""
        return not self._of_lesions.isdisjoint(rules)

    def of(self, rules: Iterable[str], learnt: Learnt) -> list[Brought]:
        """Return what rules would bring, the most urgent first: nothing where one would not fire or stand."""
        return sorted(self._found(rules, learnt), key=self._place)

    def _place(self, brought: Brought) -> tuple[int, int]:
        """Return the place of advice among others: the most urgent first, emergencies in their order."""
        rank = UNRANKED
        if brought.urgency == "critical" and brought.action is not None:
            rank = self._knowledge.actions[brought.action].emergency_rank
        return URGENCIES.index(brought.urgency), rank

    def _found(self, rules: Iterable[str], learnt: Learnt) -> Iterator[Brought]:
        case: Case | None = None
        for rule in rules:
            if rule in self._of_lesions:
                if case is None:  # lesions are told from the facts, so it serves all of these rules
                    case = self._case(learnt, learnt.atoms())
                yield from self._at_lesions(rule, case)
            elif (urgency := self._urgency(rule, learnt)) is not None:
                yield self._plain(rule, None, urgency)

    def _case(self, learnt: Learnt, atoms: Asked) -> Case:
        return Case(self._knowledge, learnt.facts, self._inference.supposed(learnt.facts, atoms))

    def _urgency(self, rule: str, learnt: Learnt) -> Urgency | None:
        asked = self._asked[rule]
        true, false = learnt.told(asked)
        key = (rule, true & asked, false & asked)
        try:
            return self._kept[key]
        except KeyError:
            pass
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        case = self._case(learnt, among(Bits(true, false), asked))
        found = self._kept[key] = self._standing(rule, case)
        return found

    def _standing(self, rule: str, case: Case) -> Urgency | None:
        if case.verdicts[rule] is not True:
            return None
        return self._grounds.standing(case, rule, None, self._demoted(rule, case))

    def _at_lesions(self, rule: str, case: Case) -> Iterator[Brought]:
        if case.verdicts[rule] is not True:
            return
        told = self._knowledge.rules[rule]
        demoted = self._demoted(rule, case)
        for lesion in [None] if told.action is None else subjects(case, self._knowledge.actions[told.action], rule):
            urgency = self._grounds.standing(case, rule, lesion, demoted)
            if urgency is not None:
                yield (self._plain if lesion is None else self._brought)(rule, lesion, urgency)

    def _demoted(self, rule: str, case: Case) -> Demoted:
        return apply_precedence(self._precedence[rule], case)

    def _is_of_lesions(self, rule: str) -> bool:
        action = self._knowledge.rules[rule].action
        about_lesions = action is not None and self._knowledge.actions[action].per_lesion
        return about_lesions or any(entry.same_lesion for entry in self._precedence[rule])

    def _brought(self, rule: str, lesion: str | None, urgency: Urgency) -> Brought:
        told = self._knowledge.rules[rule]
        return Brought.of(
            rule=rule,
            action=told.action,
            lesion=lesion,
            title=bilingual(told.title),
            urgency=urgency,
            passages=[one for one in self._grounds.view(rule).passages if one.role == "states"],
        )


def shaping(rule: str, knowledge: Knowledge) -> Iterator[str]:
    """Yield the names of the conditions that decide what a rule brings: its own, and what shapes its advice."""
    yield rule
    yield from (conditions.raised(rule, index) for index in range(len(knowledge.rules[rule].raised)))
    notes = [note.id for note in knowledge.notes.values() if rule in note.attached_to]
    for entry in knowledge.precedence:
        if rule in entry.demoted:
            yield from (winner for winner in entry.winners if winner in knowledge.conditions)
            if entry.when is not None:
                yield conditions.precedence(entry.id)
            notes += entry.notices
    yield from (conditions.note(note) for note in notes if knowledge.notes[note].when is not None)
