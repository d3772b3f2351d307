"""The SMT reading of conditions: one more reading of the tree, tested against the definition of truth.

A condition becomes two booleans, "is true" and "is false"; neither is "is unknown". Beside them stands which facts an
unknown condition asks for, as ``oncocds.language.explain`` finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import z3

from oncocds.language.tree import All, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.tree import Any as Either
from oncocds.language.truth import Definitions
from oncocds.proofs.derivations import Derivations
from oncocds.proofs.facts import OpenFacts, OpenItem
from oncocds.proofs.recorded import Recorded, State
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import FALSE, Names, all_of, either_of, exact, negation_of, union


@dataclass(frozen=True, slots=True)
class Tri:
    """A condition in three values: when it is true, when false, and what it asks for while it is neither."""

    true: Any
    false: Any
    missing: Names

    @property
    def unknown(self) -> Any:
        """The condition under which it is neither true nor false."""
        return z3.Not(z3.Or(self.true, self.false))

    @property
    def decided(self) -> Any:
        """The condition under which it is true or false."""
        return z3.Or(self.true, self.false)


class Reading:
    """Reads conditions about an open patient, in either state of knowledge."""

    def __init__(self, recorded: Recorded, definitions: Definitions, derivations: Derivations | None = None) -> None:
        self.recorded = recorded
        self._definitions = definitions
        self._derivations = derivations or Derivations()
        self._facts: dict[State, OpenFacts] = {}
        self._read: dict[tuple[State, int], tuple[Condition, Tri]] = {}

    def facts(self, state: State = "before") -> OpenFacts:
        """Return the facts of the patient in a state of knowledge."""
        if state not in self._facts:
            facts = self._facts[state] = OpenFacts(self.recorded, state)
            facts.derive = self._derivations
        return self._facts[state]

    def rule(self, rule: str, state: State = "before") -> Tri:
        """Read the whole condition of a rule."""
        return self.condition(self._definitions.rule_condition(rule), state)

    def condition(self, condition: Condition, state: State = "before") -> Tri:
        """Read a condition about the patient."""
        key = (state, id(condition))
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = (condition, self._condition(condition, state))
        return found[1]

    def _condition(self, condition: Condition, state: State) -> Tri:
        if isinstance(condition, All | Either):
            parts = [self.condition(part, state) for part in condition.parts]
            return combined(parts, decisive=isinstance(condition, Either))
        if isinstance(condition, Not):
            return negated(self.condition(condition.part, state))
        if isinstance(condition, Holds):
            return self.condition(self._definitions.concept_condition(condition.concept), state)
        if isinstance(condition, Fired):
            return self.condition(self._definitions.rule_condition(condition.rule), state)
        facts = self.facts(state)
        if isinstance(condition, Quantified):
            return _quantified(condition, facts)
        if isinstance(condition, Count):
            return _count(condition, facts)
        return leaf(condition, facts.finding)


def combined(parts: list[Tri], *, decisive: bool) -> Tri:
    """Return Kleene's *or* (decisive True) or *and* (decisive False)."""
    deciding = either_of(part.true if decisive else part.false for part in parts)
    others = all_of(part.false if decisive else part.true for part in parts)
    open_ = negation_of(either_of([deciding, others]))
    missing = union(part.missing.under(open_) for part in parts)
    return Tri(deciding, others, missing) if decisive else Tri(others, deciding, missing)


def negated(part: Tri) -> Tri:
    """Return Kleene's *not*."""
    return Tri(part.false, part.true, part.missing)


def leaf(condition: Compare | Known, finding: Callable[[str], Symbol]) -> Tri:
    """Read a leaf about the patient or about an item."""
    symbol = finding(condition.fact)
    if isinstance(condition, Known):
        known = symbol.known if condition.known else negation_of(symbol.known)
        return Tri(known, negation_of(known), Names())
    holds = compared(condition, symbol)
    missing = symbol.missing.under(negation_of(symbol.known))
    if symbol.open_cases:
        return _partly(condition, symbol, missing)
    return Tri(all_of([symbol.known, holds]), all_of([symbol.known, negation_of(holds)]), missing)


def _partly(condition: Compare, symbol: Symbol, missing: Names) -> Tri:
    """Read a leaf about a set of which some codes may be open: one of them leaves what is asked unknown."""
    targets = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    inside = all_of([symbol.known, either_of(when for code, when in symbol.cases.items() if code in targets)])
    open_ = either_of(when for code, when in symbol.open_cases.items() if code in targets)
    open_ = all_of([symbol.known, open_, negation_of(inside)])
    outside = all_of([symbol.known, negation_of(inside), negation_of(open_)])
    own = (path for path in symbol.missing.conditions if path.endswith(f".{condition.fact}"))
    names = union([missing, Names(dict.fromkeys(own, open_))])
    return Tri(inside, outside, names) if condition.operator in ("is", "in") else Tri(outside, inside, names)


def compared(condition: Compare, symbol: Symbol) -> Any:
    """Return whether a known value compares as the leaf says."""
    operator, wanted = condition.operator, condition.value
    if operator in ("<", "<=", ">", ">="):
        assert isinstance(wanted, int | float)
        limit, term = exact(wanted), symbol.term
        return {"<": term < limit, "<=": term <= limit, ">": term > limit, ">=": term >= limit}[operator]
    targets = wanted if isinstance(wanted, tuple) else (wanted,)
    if condition.fact == "drug" and not symbol.cases.keys() >= set(targets):
        raise ValueError(f"a drug that was taken for one like others is asked for: {wanted}")
    # A boolean is no code: True == 1 in Python, but not here.
    matches = either_of(when for value, when in symbol.cases.items() if value in targets)
    return matches if operator in ("is", "in") else negation_of(matches)


def item_condition(condition: Condition, item: OpenItem) -> Tri:
    """Read a quantifier's condition about one item."""
    if isinstance(condition, All | Either):
        parts = [item_condition(part, item) for part in condition.parts]
        return combined(parts, decisive=isinstance(condition, Either))
    if isinstance(condition, Not):
        return negated(item_condition(condition.part, item))
    if isinstance(condition, Compare | Known):
        return leaf(condition, item.finding)
    raise TypeError(f"{type(condition).__name__} cannot stand inside a quantifier")


def _items(name: str, where: Condition, facts: OpenFacts) -> tuple[Any, list[tuple[OpenItem, Any, Tri]]]:
    listed = facts.source.known(name, facts.state)
    return listed, [(item, all_of([listed, item.present]), item_condition(where, item)) for item in facts.slots[name]]


def _quantified(condition: Quantified, facts: OpenFacts) -> Tri:
    whole = facts.whole(condition.list)
    listed, items = _items(condition.list, condition.where, facts)
    decisive = condition.quantifier != "every"
    deciding = either_of(all_of([there, part.true if decisive else part.false]) for _, there, part in items)
    others = all_of(
        [whole, *(either_of([negation_of(there), part.false if decisive else part.true]) for _, there, part in items)]
    )
    open_ = all_of([listed, negation_of(either_of([deciding, others]))])
    missing = union(
        [
            Names({condition.list: either_of([negation_of(listed), all_of([open_, negation_of(whole)])])}),
            *(part.missing.under(all_of([open_, there])) for _, there, part in items),
        ]
    )
    found = Tri(deciding, others, missing) if decisive else Tri(others, deciding, missing)
    return negated(found) if condition.quantifier == "no" else found


def _count(condition: Count, facts: OpenFacts) -> Tri:
    whole = facts.whole(condition.list)
    listed, items = _items(condition.list, condition.where, facts)
    certain = [all_of([there, part.true]) for _, there, part in items]
    possible = [all_of([there, negation_of(part.false)]) for _, there, part in items]
    if condition.distinct is None:
        missing = [part.missing.under(there) for _, there, part in items]
    else:
        certain, possible, missing = _distinct(condition.distinct, items)
    number = condition.number if condition.bound == "at least" else condition.number + 1
    enough = all_of([listed, _at_least(number, certain)])
    if condition.distinct is not None and number == 1:
        # Items whose value is unknown have one value at least, whatever it is.
        enough = all_of([listed, either_of(all_of([there, part.true]) for _, there, part in items)])
    too_few = all_of([whole, negation_of(_at_least(number, possible))])
    open_ = all_of([listed, negation_of(either_of([enough, too_few]))])
    lacking = either_of([negation_of(listed), all_of([open_, negation_of(whole)])])
    asks = union([Names({condition.list: lacking}), *(names.under(open_) for names in missing)])
    return Tri(enough, too_few, asks) if condition.bound == "at least" else Tri(too_few, enough, asks)


def _distinct(field: str, items: list[tuple[OpenItem, Any, Tri]]) -> tuple[list[Any], list[Any], list[Names]]:
    """Return what counts for certain, what may count, and what is asked: values, and items without one."""
    sure: dict[Any, list[Any]] = {}
    seen: dict[Any, list[Any]] = {}
    blank: list[Any] = []
    values = [item.finding(field) for item, _, _ in items]
    for value, (_, there, part) in zip(values, items, strict=True):
        if value.term is not None:
            raise TypeError(f"distinct values of '{field}' have no SMT reading; codes and booleans have")
        for one, when in value.cases.items():
            sure.setdefault(one, []).append(all_of([there, part.true, when]))
            seen.setdefault(one, []).append(all_of([there, negation_of(part.false), when]))
        blank.append(all_of([there, negation_of(part.false), negation_of(value.known)]))
    missing: list[Names] = []
    for value, (item, there, part) in zip(values, items, strict=True):
        repeats = either_of(all_of([when, either_of(sure[one])]) for one, when in value.cases.items())
        adds = all_of([there, negation_of(part.false), negation_of(all_of([negation_of(part.true), repeats]))])
        own = value.missing if value.missing.conditions else Names({f"{item.path}.{field}": negation_of(value.known)})
        missing += [part.missing.under(adds), own.under(all_of([adds, negation_of(value.known)]))]
    return [either_of(one) for one in sure.values()], [*(either_of(one) for one in seen.values()), *blank], missing


def _at_least(number: int, terms: list[Any]) -> Any:
    if number <= 0:
        return z3.BoolVal(True)
    if number > len(terms):
        return FALSE
    return either_of(terms) if number == 1 else z3.AtLeast(*terms, number)
