"""Who steps back for whom, as terms: the reading of ``oncocds.advice.precedence`` and of whom a ground is about.

A rule is active where one of its grounds is: about the patient, or about one of the lesions that make it fire.
"""

from __future__ import annotations

from collections.abc import Callable

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Precedence
from oncocds.language.tree import Condition
from oncocds_cohort.columns.conditions import Reading
from oncocds_cohort.columns.facts import OpenFacts, OpenItem
from oncocds_cohort.columns.terms import FALSE, TRUE, Term, all_of, choice, either_of, exists, negation_of

_LESIONS = "lesions"


class Standing:
    """Tells which rules stand and which step back."""

    def __init__(self, knowledge: Knowledge, facts: OpenFacts, reading: Reading) -> None:
        self._knowledge = knowledge
        self._facts = facts
        self._reading = reading

    def active(self, rule: str) -> Term:
        """Return when a rule fires and a ground of it stands; one that makes no item has none that could step back."""
        fires = self.fires(rule)
        action = self._knowledge.rules[rule].action
        if action is None:
            return fires
        steps_back = self.steps_back(rule)
        of_patient = negation_of(steps_back)
        if steps_back is FALSE or not self._knowledge.actions[action].per_lesion:
            return all_of([fires, of_patient])
        lesion = self._facts.fresh(_LESIONS)
        about = self.witness(rule, lesion)
        stands = exists(lesion.variable, all_of([about, negation_of(self.steps_back(rule, lesion))]))
        return all_of([fires, choice(exists(lesion.variable, about), stands, of_patient)])

    def fires(self, rule: str) -> Term:
        """Return when a rule fires."""
        return self._reading.condition(self._knowledge.rule_condition(rule)).true

    def steps_back(self, rule: str, lesion: OpenItem | None = None) -> Term:
        """Return when the ground of a fired rule steps back: that about a lesion, or that about the patient."""
        entries = [one for one in self._knowledge.precedence if rule in one.demoted]
        return either_of(
            self._in_force(one) if lesion is None or not one.same_lesion else self._covered(one, lesion)
            for one in entries
        )

    def _in_force(self, entry: Precedence) -> Term:
        if entry.same_lesion:
            return self._of_any_lesion(lambda lesion: self._covered(entry, lesion))
        wins = [*map(self.fires, entry.winners), *map(self.shown, entry.notices)]
        guard = TRUE if entry.when is None else self._reading.condition(entry.when).true
        return guard if entry.when_alone else all_of([guard, either_of(wins)])

    def _covered(self, entry: Precedence, lesion: OpenItem) -> Term:
        """Return when grounds about a lesion step back for an entry that is about the same lesion."""
        wins = [all_of([self.fires(rule), self.witness(rule, lesion)]) for rule in entry.winners]
        for notice in entry.notices:
            when = self._knowledge.notes[notice].when
            if when is not None:
                wins.append(all_of([self.shown(notice), self._reading.witnesses(when, lesion)]))
        return either_of(wins) if entry.when is None else all_of([self.about(entry.when, lesion), either_of(wins)])

    def about(self, condition: Condition, lesion: OpenItem) -> Term:
        """Return when a condition is true and, where it is about lesions, true of a certain one."""
        meant = self._of_any_lesion(lambda other: self._reading.witnesses(condition, other))
        here = either_of([negation_of(meant), self._reading.witnesses(condition, lesion)])
        return all_of([self._reading.condition(condition).true, here])

    def shown(self, notice: str) -> Term:
        """Return when a note is shown."""
        when = self._knowledge.notes[notice].when
        return TRUE if when is None else self._reading.condition(when).true

    def witness(self, rule: str, lesion: OpenItem) -> Term:
        """Return when a lesion is one that a fired rule is about, by the arm through which it fired."""
        extended = self._knowledge.extended_arms.get(rule)
        if extended is None:
            return self._reading.witnesses(self._knowledge.rule_condition(rule), lesion)
        own = self._knowledge.source_arms[rule]
        by_own, by_extended = (self._reading.witnesses(arm, lesion) for arm in (own, extended))
        return choice(self._reading.condition(own).true, by_own, by_extended)

    def _of_any_lesion(self, condition: Callable[[OpenItem], Term]) -> Term:
        lesion = self._facts.fresh(_LESIONS)
        return exists(lesion.variable, condition(lesion))
