"""How many items of a list a rule can tell apart: the bound up to which a proof is complete (see docs/proofs.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import z3

from oncocds.inference.atoms import Atom, canonical, leaves
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language import references
from oncocds.language.tree import Compare, Condition, Count, Fired, Holds, Known, Quantified
from oncocds.profile.derived import DERIVED
from oncocds.proofs.smt import Reading

# Derived facts that need two items to show each of their values; the others need one.
_TWO = frozenset(
    {
        "derived.bone_agents_together",
        "derived.bone_agent_listed_twice",
        "derived.brain_oligometastases_new",
        "derived.oligometastatic",
        "derived.oligometastatic_at_baseline",
        "derived.oligoprogression",
        "derived.oligoresidual",
    }
)
# Completed fields that look at the other items of the list as well.
_OTHERS = frozenset({"lesions.solitary", "lesions.pain_significant"})


def needed(rule: str, knowledge: Knowledge, reading: Reading) -> Counter[str]:
    """Return how many items of each list suffice to bring a rule to any verdict it can reach."""
    asked = {repr(one): one for one in all_atoms(knowledge.rule_condition(rule), knowledge)}
    derived = {one.fact: one for one in asked.values() if isinstance(one, Compare | Known)}
    counted = [one for one in asked.values() if isinstance(one, Quantified | Count)]
    return sum((items_of(one, reading) for one in (*derived.values(), *counted)), Counter())


def items_of(atom: Atom, reading: Reading) -> Counter[str]:
    """Return how many items of each list suffice to give what is asked any answer it can have."""
    if isinstance(atom, Compare | Known):
        if atom.fact not in DERIVED:
            return Counter()
        return Counter(dict.fromkeys(lists_read(atom.fact, reading), 2 if atom.fact in _TWO else 1))
    names = {f"{atom.list}.{part.fact}" for part in references.walk(atom.where) if isinstance(part, Compare | Known)}
    return Counter({atom.list: (atom.number if isinstance(atom, Count) else 1) + bool(names & _OTHERS)})


def lists_read(fact: str, reading: Reading) -> set[str]:
    """Return the lists that a derived fact reads."""
    symbol = reading.facts().finding(fact)
    terms = [symbol.known, *symbol.cases.values(), *([] if symbol.term is None else [symbol.term])]
    names = (one.decl().name() for one in constants(terms))
    return {name.partition("[")[0] for name in names if "[" in name}


def all_atoms(condition: Condition, knowledge: Knowledge) -> Iterator[Atom]:
    """Yield what a condition asks of a patient, through concepts and other rules, in one polarity."""
    for leaf in leaves(condition):
        if isinstance(leaf, Holds):
            yield from all_atoms(knowledge.concept_condition(leaf.concept), knowledge)
        elif isinstance(leaf, Fired):
            yield from all_atoms(knowledge.rule_condition(leaf.rule), knowledge)
        else:
            yield canonical(leaf)[0]


def constants(terms: Iterable[Any]) -> list[Any]:
    """Return the variables in some terms."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting = list(terms)
    while waiting:
        one = waiting.pop()
        key = one.get_id()
        if key not in seen:
            seen.add(key)
            children = one.children()
            waiting += children
            if not children and z3.is_const(one) and one.decl().kind() == z3.Z3_OP_UNINTERPRETED:
                found.append(one)
    return found
