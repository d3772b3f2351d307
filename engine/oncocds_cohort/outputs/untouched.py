"""Which rules answer every patient the same under two knowledges and policies, whoever comes: proved, not counted.

What a rule says rests on its condition, on the concepts, rules, derived facts and settings that the condition reads at
any remove, on the vocabulary, and on who can make it step back. Where all of that is the same in both, so is every
answer of the rule. The other rules may answer the same as well; that is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncocds.advice.conditions import shaping_conditions
from oncocds.engine import Engine
from oncocds.knowledge.digest import digest
from oncocds.language import references
from oncocds.language.tree import Condition
from oncocds.vocabulary.reads import facts_read

_SETTING = "policy."


def untouched(old: Engine, new: Engine) -> frozenset[str]:
    """Return the rules of which two engines must answer the same, of every patient."""
    before, after = _Resting(old), _Resting(new)
    if old.knowledge.digests["vocabulary"] != new.knowledge.digests["vocabulary"] or before.unnamed != after.unnamed:
        return frozenset()
    both = old.knowledge.conditions.keys() & new.knowledge.conditions.keys()
    return frozenset(rule for rule in both if before.of_rule(rule) == after.of_rule(rule))


class _Resting:
    def __init__(self, engine: Engine) -> None:
        self._knowledge = engine.knowledge
        self._settings: Mapping[str, object] = engine.policy.model_dump()
        self._reads = facts_read(engine.knowledge.vocabulary)
        named = {fact for facts in self._reads.values() for fact in facts}
        named |= {fact for one in self._conditions() for fact in references.facts(one)}
        self.unnamed = {name: value for name, value in self._settings.items() if f"{_SETTING}{name}" not in named}
        """Settings that no condition and no derived fact names: they decide what is known at all."""

    def _conditions(self) -> Iterator[Condition]:
        knowledge = self._knowledge
        yield from (*knowledge.conditions.values(), *shaping_conditions(knowledge).values())
        yield from (concept.when for concept in knowledge.concepts.values())

    def of_rule(self, rule: str) -> str:
        """Return the digest of all that the answers of a rule rest on."""
        knowledge = self._knowledge
        parts: dict[str, object] = {"rule": self._all(knowledge.conditions[rule])}
        parts["action"] = knowledge.actions.get(knowledge.rules[rule].action or "")
        for entry in knowledge.precedence:
            if rule not in entry.demoted:
                continue
            notices = [knowledge.notes[note].when for note in entry.notices]
            winners = [knowledge.conditions[winner] for winner in entry.winners if winner in knowledge.conditions]
            reasons = [one for one in (entry.when, *notices, *winners) if one is not None]
            arms = [arms[one] for one in (rule, *entry.winners) for arms in self._arms() if one in arms]
            parts[f"steps back {entry.id}"] = [entry.winners, entry.notices, entry.when_alone, entry.same_lesion]
            parts[f"while {entry.id}"] = [self._all(one) for one in (*reasons, *arms)]
        return digest(parts)

    def _arms(self) -> tuple[Mapping[str, Condition], Mapping[str, Condition]]:
        return self._knowledge.source_arms, self._knowledge.extended_arms

    def _all(self, condition: Condition) -> dict[str, object]:
        """Return a condition with every concept, rule and setting that it reads at any remove."""
        found: dict[str, object] = {"": condition}
        waiting = [condition]
        while waiting:
            one = waiting.pop()
            for name, inner in self._named(one):
                if name not in found:
                    found[name] = inner
                    waiting.append(inner)
            for fact in references.facts(one):
                for read in (fact, *self._reads.get(fact, ())):
                    if read.startswith(_SETTING):
                        found[read] = self._settings[read.removeprefix(_SETTING)]
        return found

    def _named(self, condition: Condition) -> Iterator[tuple[str, Condition]]:
        for concept in references.concepts(condition):
            yield f"concept {concept}", self._knowledge.concept_condition(concept)
        for rule in references.rules(condition):
            yield f"rule {rule}", self._knowledge.rule_condition(rule)
