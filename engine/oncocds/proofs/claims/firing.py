"""Every rule has patients for whom it fires, and patients for whom it is silent; no rule only repeats another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from oncocds.proofs.claims.claim import Claim, Question, both, fires, never, silent
from oncocds.proofs.situation import Situation
from oncocds.proofs.terms import all_of, negation_of
from oncocds.text import Text


class CanFire(Claim):
    """No rule is dead, nor is either arm of an extended one."""

    id = "can-fire"
    says = Text("每条规则都有适用的患者", "Every rule can fire")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient per rule, and per arm."""
        for rule in situation.knowledge.conditions:
            yield Question(rule, (rule,), situation.rule(rule).true, fires(rule), possible=True)
        for rule, arm in situation.knowledge.source_arms.items():
            if rule in situation.knowledge.extended_arms:
                source = situation.reading.condition(arm).true
                extended = situation.reading.condition(situation.knowledge.extended_arms[rule]).true
                yield Question(f"{rule} (source)", (rule,), source, fires(rule), possible=True)
                only = all_of([extended, negation_of(source)])
                yield Question(f"{rule} (extension alone)", (rule,), only, fires(rule), possible=True)


class CanBeSilent(Claim):
    """No rule fires, or stays open, for everybody."""

    id = "can-be-silent"
    says = Text("每条规则都有不适用的患者", "Every rule can be silent")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient per rule."""
        for rule in situation.knowledge.conditions:
            yield Question(rule, (rule,), situation.rule(rule).false, silent(rule), possible=True)


class AddsSomething(Claim):
    """No rule fires only where another of its action does, unless it is declared and states a passage of its own."""

    id = "adds-something"
    says = Text("没有一条规则只是重复同一建议下的另一条", "No rule only repeats another of the same action")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient for whom a rule fires and another of its action does not, per pair."""
        knowledge = situation.knowledge
        stated = {
            rule: {(p.document, p.start, p.end) for p in knowledge.passages[rule] if p.role == "states"}
            for rule in knowledge.conditions
        }
        for one, other in permutations(knowledge.conditions, 2):
            if knowledge.rules[one].action == knowledge.rules[other].action is not None:
                formula = all_of([situation.rule(one).true, negation_of(situation.rule(other).true)])
                shown = both(fires(one), never(fires(other)))
                bare = " without a passage of its own" if stated[one] <= stated[other] else ""
                yield Question(f"{one} beside {other}{bare}", (one, other), formula, shown, possible=True)
