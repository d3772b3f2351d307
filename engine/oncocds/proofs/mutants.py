"""Mutants of the rules: each is killed by an example or a scenario, or proved to say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import z3

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Rule
from oncocds.language.tree import All, Compare, Condition, Fired, Holds, Not
from oncocds.language.tree import Any as Either
from oncocds.language.truth import Truth, conjunction, disjunction, negation, truth
from oncocds.profile.facts import PatientFacts
from oncocds.proofs.mutations import mutants, without
from oncocds.proofs.patients import Witness, patient_of
from oncocds.proofs.prove import Prover
from oncocds.proofs.smallest import smallest_told
from oncocds.proofs.smt import Tri

Fate = Literal["killed", "equivalent", "declared", "survived"]
_TRUTHS: dict[str, Truth] = {"fires": True, "silent": False, "undetermined": None}
_WORDS: dict[Truth, str] = {truth: word for word, truth in _TRUTHS.items()}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one small change, and what became of it."""

    rule: str
    change: str
    fate: Fate
    witness: Witness | None = None
    says: str = ""
    would_say: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """A patient of whom somebody stated what rules come to."""

    patient: Mapping[str, Any]
    policy: Mapping[str, Any]
    verdicts: Mapping[str, Truth]


def stated_by_examples(knowledge: Knowledge) -> Iterator[Stated]:
    """Yield the examples of all rules."""
    for rule in knowledge.rules.values():
        for example in rule.examples:
            yield Stated(example.given, example.policy, {rule.id: _TRUTHS[example.expect]})


class Truths:
    """The truth of conditions about one patient; equal parts of mutants are shared, and judged once."""

    def __init__(self, facts: PatientFacts, knowledge: Knowledge) -> None:
        self._facts = facts
        self._knowledge = knowledge
        self._known: dict[int, tuple[Condition, Truth]] = {}

    def of(self, condition: Condition) -> Truth:
        """Return whether a condition holds."""
        found = self._known.get(id(condition))
        if found is None:
            found = self._known[id(condition)] = (condition, self.once(condition))
        return found[1]

    def once(self, condition: Condition) -> Truth:
        """Return whether a condition holds, keeping nothing of it but of its parts."""
        if isinstance(condition, All):
            return conjunction(self.of(part) for part in condition.parts)
        if isinstance(condition, Either):
            return disjunction(self.of(part) for part in condition.parts)
        if isinstance(condition, Not):
            return negation(self.of(condition.part))
        if isinstance(condition, Holds):
            return self.of(self._knowledge.concept_condition(condition.concept))
        if isinstance(condition, Fired):
            return self.of(self._knowledge.rule_condition(condition.rule))
        return truth(condition, self._facts, self._knowledge)


class Killing:
    """Judges mutants by what examples and scenarios state, and by proof."""

    def __init__(self, prover: Prover, stated: Sequence[Stated]) -> None:
        self._prover = prover
        self._knowledge = prover.situation.knowledge
        self._patients: dict[str, list[tuple[Truths, Truth]]] = {}
        for one in stated:
            truths = Truths(prover.facts(Witness(dict(one.patient), dict(one.policy))), self._knowledge)
            for rule, verdict in one.verdicts.items():
                self._patients.setdefault(rule, []).append((truths, verdict))

    def judge(self, rule: Rule) -> Iterator[Mutant]:
        """Yield every mutant of a rule with its fate."""
        # Scenarios that were read before a rule was written may deny it: then they tell nothing of its mutants either.
        condition = self._knowledge.rule_condition(rule.id)
        held = [(one, said) for one, said in self._patients.get(rule.id, ()) if one.once(condition) is said]
        for change, mutant in _mutants(rule):
            if any(truths.once(mutant) is not verdict for truths, verdict in held):
                yield Mutant(rule.id, change, "killed")
            else:
                yield self._proved(rule.id, change, mutant)

    def _proved(self, rule: str, change: str, mutant: Condition) -> Mutant:
        reading = self._prover.situation.reading
        one, other = reading.rule(rule), reading.condition(mutant)
        answer, model = self._prover.model(z3.Or(one.true != other.true, one.false != other.false))
        if answer == z3.unsat:
            return Mutant(rule, change, "equivalent")
        if model is None:
            return survivor(self._prover, rule, change)
        original = self._knowledge.rule_condition(rule)

        def told(witness: Witness) -> tuple[Truth, Truth] | None:
            facts = self._prover.facts(witness)
            says, would_say = (truth(condition, facts, self._knowledge) for condition in (original, mutant))
            return None if says is would_say else (says, would_say)

        witness = patient_of(model, reading.recorded)
        for telling in _telling(one, other):
            _, model = self._prover.model(telling)
            if model is None:
                continue
            witness = patient_of(model, reading.recorded)
            if found := smallest_told(witness, told):
                return survivor(self._prover, rule, change, found[1], *(_WORDS[verdict] for verdict in found[0]))
        return survivor(self._prover, rule, change, witness)


def survivor(
    prover: Prover, subject: str, change: str, witness: Witness | None = None, says: str = "", would_say: str = ""
) -> Mutant:
    """Return a mutant that nothing kills, as declared where it is; a patient shows what it says otherwise."""
    why = prover.situation.declared.exception("mutants", f"{subject}: {change}")
    return Mutant(subject, change, "survived" if why is None else "declared", witness, says, would_say)


def _telling(one: Tri, other: Tri) -> Iterator[Any]:
    """Yield what tells two readings apart, what anybody can judge from a passage first: fires against silent."""
    yield z3.Or(z3.And(one.true, other.false), z3.And(one.false, other.true))
    yield one.true != other.true
    yield one.false != other.false


def _mutants(rule: Rule) -> Iterator[tuple[str, Condition]]:
    """Yield the whole condition of a rule with one change in its condition, its extension or its scope."""
    if rule.when is None:
        return
    extended = None if rule.extension is None else rule.extension.when
    for change, when in mutants(rule.when):
        yield change, _whole(rule, when, rule.tumours, extended)
    if extended is not None:
        for change, when in mutants(extended):
            yield f"extension: {change}", _whole(rule, rule.when, rule.tumours, when)
    if len(rule.tumours) > 1:
        for one in rule.tumours:
            yield f"scope without {one}", _whole(rule, rule.when, without(one, rule.tumours), extended)


def _whole(rule: Rule, when: Condition, tumours: tuple[str, ...], extended: Condition | None) -> Condition:
    scope = Compare("diagnosis.tumour_type", "in", tumours)
    source = All((scope, when)) if tumours else when
    if rule.extension is None or extended is None:
        return source
    switch = Compare(f"policy.{rule.extension.policy}", "is", True)
    arm = All((switch, extended)) if rule.extension.any_tumour else All((switch, scope, extended))
    return Either((source, arm))
