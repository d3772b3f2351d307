"""The definition of truth: what a condition means for a patient, in Kleene's three values.

Plain and slow on purpose. Everything else that reads conditions — the agenda, the compiled reading, the explanation —
is tested against this. None is "unknown".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.profile.finding import Facts, Finding, Item, Value

Truth = bool | None


class Definitions(Protocol):
    """What names stand for."""

    def concept_condition(self, concept: str) -> Condition:
        """Return the condition of a concept."""
        ...

    def rule_condition(self, rule: str) -> Condition:
        """Return the whole condition of a rule."""
        ...


def truth(condition: Condition, facts: Facts, definitions: Definitions) -> Truth:
    """Return whether a condition holds for a patient."""
    if isinstance(condition, All):
        return conjunction(truth(part, facts, definitions) for part in condition.parts)
    if isinstance(condition, Any):
        return disjunction(truth(part, facts, definitions) for part in condition.parts)
    if isinstance(condition, Not):
        return negation(truth(condition.part, facts, definitions))
    if isinstance(condition, Holds):
        return truth(definitions.concept_condition(condition.concept), facts, definitions)
    if isinstance(condition, Fired):
        return truth(definitions.rule_condition(condition.rule), facts, definitions)
    return atom_truth(condition, facts)


def atom_truth(condition: Compare | Known | Quantified | Count, facts: Facts) -> Truth:
    """Return whether a condition that is made of no others about the patient holds."""
    if isinstance(condition, Compare | Known):
        return leaf(condition, facts.finding)
    items = facts.items(condition.list)
    if items is None:
        return None
    open_ = facts.incomplete(condition.list)
    if isinstance(condition, Count):
        return _count(condition, items, open_=open_)
    found = [item_truth(condition.where, item) for item in items]
    if open_:
        found.append(None)  # further items, if there are any: nothing is known of them
    if condition.quantifier == "every":
        return conjunction(found)
    some = disjunction(found)
    return some if condition.quantifier == "some" else negation(some)


def item_truth(condition: Condition, item: Item) -> Truth:
    """Return whether a quantifier's condition holds for one item."""
    if isinstance(condition, All):
        return conjunction(item_truth(part, item) for part in condition.parts)
    if isinstance(condition, Any):
        return disjunction(item_truth(part, item) for part in condition.parts)
    if isinstance(condition, Not):
        return negation(item_truth(condition.part, item))
    if isinstance(condition, Compare | Known):
        return leaf(condition, item.finding)
    raise TypeError(f"{type(condition).__name__} cannot stand inside a quantifier")


def leaf(condition: Compare | Known, finding: Callable[[str], Finding]) -> Truth:
    """Return whether a leaf holds."""
    found = finding(condition.fact)
    if isinstance(condition, Known):
        return (found.value is not None) == condition.known
    return None if found.value is None else compare_known(condition, found)


def compare_known(condition: Compare, found: Finding) -> Truth:
    """Compare a known value, unknown where it turns on codes that are open."""
    assert found.value is not None
    targets = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if found.open and found.open.intersection(targets):
        values = found.value if isinstance(found.value, tuple) else (found.value,)
        matches = any(one in targets for one in values)
        return condition.operator in ("is", "in") if matches else None
    return compare(condition, found.value)


def compare(condition: Compare, value: Value) -> bool:
    """Compare a known value; one of several values is enough for ``is`` and ``in``."""
    operator, wanted = condition.operator, condition.value
    if operator in ("<", "<=", ">", ">="):
        assert isinstance(value, int | float)
        assert isinstance(wanted, int | float)
        return {"<": value < wanted, "<=": value <= wanted, ">": value > wanted, ">=": value >= wanted}[operator]
    values = value if isinstance(value, tuple) else (value,)
    targets = wanted if isinstance(wanted, tuple) else (wanted,)
    matches = any(one == target for one in values for target in targets)
    return matches if operator in ("is", "in") else not matches


def conjunction(parts: Iterable[Truth]) -> Truth:
    """Return Kleene's *and*."""
    found = list(parts)
    return False if False in found else None if None in found else True


def disjunction(parts: Iterable[Truth]) -> Truth:
    """Return Kleene's *or*."""
    found = list(parts)
    return True if True in found else None if None in found else False


def negation(part: Truth) -> Truth:
    """Return Kleene's *not*."""
    return None if part is None else not part


def _count(condition: Count, items: Sequence[Item], *, open_: bool) -> Truth:
    least, most = count_bounds(condition, items, open_=open_)
    if condition.bound == "at least":
        return True if least >= condition.number else None if most >= condition.number else False
    return True if most <= condition.number else None if least <= condition.number else False


def count_bounds(condition: Count, items: Sequence[Item], *, open_: bool) -> tuple[int, float]:
    """Return how many items (or distinct values) there are at least and at most; an open list knows no most."""
    certain = [item for item in items if item_truth(condition.where, item) is True]
    possible = [item for item in items if item_truth(condition.where, item) is None]
    if condition.distinct is None:
        return len(certain), math.inf if open_ else len(certain) + len(possible)
    sure = {value for item in certain if (value := item.finding(condition.distinct).value) is not None}
    maybe = {value for item in possible if (value := item.finding(condition.distinct).value) is not None}
    nameless_certain = sum(item.finding(condition.distinct).value is None for item in certain)
    nameless_possible = sum(item.finding(condition.distinct).value is None for item in possible)
    # An item whose value is unknown may repeat a value that is there, or add one of its own.
    least = max(len(sure), 1 if nameless_certain else 0)
    return least, math.inf if open_ else len(sure | maybe) + nameless_certain + nameless_possible
