"""Conditions as terms: one more reading of the tree, tested against the definition of truth.

A condition becomes two booleans, "is true" and "is false"; neither is "is unknown". Beside them stands which facts an
unknown condition asks for, as ``oncocds.language.explain`` finds them; a fact of an item without the item.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oncocds.exploration.exploring import UnreadableError
from oncocds.language.tree import All, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.tree import Any as Either
from oncocds.language.truth import Definitions
from oncocds.profile.finding import Finding
from oncocds_cohort.columns import terms
from oncocds_cohort.columns.facts import OpenFacts, OpenItem
from oncocds_cohort.columns.names import Names, path_of, union
from oncocds_cohort.columns.symbols import Symbol, symbol_of
from oncocds_cohort.columns.terms import FALSE, TRUE, Term, all_of, either_of, exists, negation_of


@dataclass(frozen=True, slots=True)
class Tri:
    """A condition in three values: when it is true, when false, and what it asks for while it is neither."""

    true: Term
    false: Term
    missing: Names

    @property
    def unknown(self) -> Term:
        """The condition under which it is neither true nor false."""
        return negation_of(either_of([self.true, self.false]))


class Reading:
    """Reads conditions about a patient. What was read once is kept."""

    def __init__(self, facts: OpenFacts, definitions: Definitions) -> None:
        self._facts = facts
        self._definitions = definitions
        self._read: dict[int, tuple[Condition, Tri]] = {}

    def condition(self, condition: Condition) -> Tri:
        """Read a condition. Raises ``UnreadableError`` for what has no reading."""
        found = self._read.get(id(condition))
        if found is None:
            found = self._read[id(condition)] = (condition, self._condition(condition))
        return found[1]

    def witnesses(self, condition: Condition, item: OpenItem) -> Term:
        """Return when an item is one of those that make a true condition true (``explain.Explanation.witnesses``)."""
        if isinstance(condition, All):
            return either_of(self.witnesses(part, item) for part in condition.parts)
        if isinstance(condition, Either):
            return either_of(
                all_of([self.condition(part).true, self.witnesses(part, item)]) for part in condition.parts
            )
        if isinstance(condition, Holds):
            return self.witnesses(self._definitions.concept_condition(condition.concept), item)
        if isinstance(condition, Fired):
            return self.witnesses(self._definitions.rule_condition(condition.rule), item)
        if isinstance(condition, Quantified | Count) and condition.list == item.list:
            return self._witness(condition, item)
        if isinstance(condition, Not):
            return self._witnesses_against(condition.part, item)
        return FALSE

    def _witness(self, condition: Quantified | Count, item: OpenItem) -> Term:
        if isinstance(condition, Quantified) and condition.quantifier != "some":
            return FALSE
        return item_condition(condition.where, item).true

    def _witnesses_against(self, condition: Condition, item: OpenItem) -> Term:
        """Return the same of a condition that is false."""
        if isinstance(condition, All):
            return either_of(
                all_of([self.condition(part).false, self._witnesses_against(part, item)]) for part in condition.parts
            )
        if isinstance(condition, Either):
            return either_of(self._witnesses_against(part, item) for part in condition.parts)
        if isinstance(condition, Not):
            return self.witnesses(condition.part, item)
        if isinstance(condition, Holds):
            return self._witnesses_against(self._definitions.concept_condition(condition.concept), item)
        if isinstance(condition, Fired):
            return self._witnesses_against(self._definitions.rule_condition(condition.rule), item)
        if isinstance(condition, Quantified | Count) and condition.list == item.list:
            if isinstance(condition, Quantified) and condition.quantifier == "every":
                return FALSE
            return item_condition(condition.where, item).true
        return FALSE

    def _condition(self, condition: Condition) -> Tri:
        if isinstance(condition, All | Either):
            parts = [self.condition(part) for part in condition.parts]
            return combined(parts, decisive=isinstance(condition, Either))
        if isinstance(condition, Not):
            return negated(self.condition(condition.part))
        if isinstance(condition, Holds):
            return self.condition(self._definitions.concept_condition(condition.concept))
        if isinstance(condition, Fired):
            return self.condition(self._definitions.rule_condition(condition.rule))
        if isinstance(condition, Quantified):
            return _quantified(condition, self._facts)
        if isinstance(condition, Count):
            return _count(condition, self._facts)
        return leaf(condition, self._facts.finding, condition.fact)


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


def leaf(condition: Compare | Known, finding: Callable[[str], Symbol | Finding], name: str) -> Tri:
    """Read a leaf about the patient or about an item; ``name`` is the path of its fact."""
    found = finding(condition.fact)
    symbol = symbol_of(found) or Symbol("boolean", FALSE, None, None, None, _missing_of(found))
    if isinstance(condition, Known):
        known = symbol.known if condition.known else negation_of(symbol.known)
        return Tri(known, negation_of(known), Names())
    unknown = negation_of(symbol.known)
    own = Names({name: all_of([unknown, negation_of(symbol.missing.some)])})
    missing = union([symbol.missing.under(unknown), own])
    if symbol.open_cases:
        return _partly(condition, symbol, missing, name)
    holds = _compared(condition, symbol)
    return Tri(all_of([symbol.known, holds]), all_of([symbol.known, negation_of(holds)]), missing)


def _missing_of(found: Symbol | Finding) -> Names:
    return union([found.missing])


def _partly(condition: Compare, symbol: Symbol, missing: Names, name: str) -> Tri:
    """Read a leaf about a set of which some codes may be open: one of them leaves what is asked unknown."""
    targets = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    inside = all_of([symbol.known, either_of(when for code, when in symbol.cases.items() if code in targets)])
    open_ = either_of(when for code, when in symbol.open_cases.items() if code in targets)
    open_ = all_of([symbol.known, open_, negation_of(inside)])
    outside = all_of([symbol.known, negation_of(inside), negation_of(open_)])
    names = union([missing, Names({name: open_})])
    return Tri(inside, outside, names) if condition.operator in ("is", "in") else Tri(outside, inside, names)


def _compared(condition: Compare, symbol: Symbol) -> Term:
    """Return whether a known value compares as the leaf says."""
    operator, wanted = condition.operator, condition.value
    if operator in ("<", "<=", ">", ">="):
        return FALSE if symbol.term is None else terms.compared(operator, symbol.term, wanted)
    targets = wanted if isinstance(wanted, tuple) else (wanted,)
    if symbol.term is not None:
        matches = either_of(terms.compared("=", symbol.term, one) for one in targets)
    elif symbol.kind == "text":
        raise UnreadableError(f"free text is compared with a constant: {condition.fact}")
    else:
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
        return leaf(condition, item.finding, f"{item.path}.{condition.fact}")
    raise TypeError(f"{type(condition).__name__} cannot stand inside a quantifier")


def _quantified(condition: Quantified, facts: OpenFacts) -> Tri:
    item, whole = facts.fresh(condition.list), facts.whole(condition.list)
    part = item_condition(condition.where, item)
    decisive = condition.quantifier != "every"
    deciding = exists(item.variable, part.true if decisive else part.false)
    unsettled = exists(item.variable, negation_of(part.false if decisive else part.true))
    others = all_of([whole, negation_of(unsettled)])
    open_ = negation_of(either_of([deciding, others]))
    asked = [Names({condition.list: negation_of(whole)}), part.missing.of_any(item.variable)]
    missing = union(asked).under(open_)
    found = Tri(deciding, others, missing) if decisive else Tri(others, deciding, missing)
    return negated(found) if condition.quantifier == "no" else found


def _count(condition: Count, facts: OpenFacts) -> Tri:
    item, whole = facts.fresh(condition.list), facts.whole(condition.list)
    part, variable = item_condition(condition.where, item), item.variable
    possible = negation_of(part.false)
    if condition.distinct is None:
        least, most = terms.count(variable, part.true), terms.count(variable, possible)
        missing, named = part.missing, FALSE
    else:
        least, most, missing, named = _distinct(condition, item, part, facts)
    number = condition.number if condition.bound == "at least" else condition.number + 1
    enough = terms.compared(">=", least, number)
    if number == 1:  # items whose value is unknown have one value at least, whatever it is
        enough = either_of([enough, named])
    if number <= 0:
        enough = facts.listed(condition.list)
    too_few = all_of([whole, terms.compared("<", most, number)])
    open_ = negation_of(either_of([enough, too_few]))
    listed = facts.listed(condition.list)
    asks = union([Names({condition.list: negation_of(whole)}), missing.of_any(variable).under(listed)]).under(open_)
    return Tri(enough, too_few, asks) if condition.bound == "at least" else Tri(too_few, enough, asks)


def _distinct(condition: Count, item: OpenItem, part: Tri, facts: OpenFacts) -> tuple[Term, Term, Names, Term]:
    """Return how many values there are at least and at most, what is asked of an item, and that there is one."""
    field, variable = condition.distinct or "", item.variable
    value, name = item.finding(field), f"{condition.list}.{field}"
    if not isinstance(value, Symbol) or value.kind != "code" or value.source is None:
        raise UnreadableError(f"distinct values of '{name}' are counted, which is no recorded code")
    possible, blank = negation_of(part.false), negation_of(value.known)
    least = terms.kinds(variable, part.true, name)
    nameless = terms.count(variable, all_of([possible, blank]))
    most = terms.arithmetic("+", terms.kinds(variable, possible, name), nameless)
    other = facts.fresh(condition.list)
    certain = item_condition(condition.where, other).true
    alike = terms.same("same", variable, name, other.variable, name)
    repeats = all_of([part.unknown, exists(other.variable, all_of([certain, alike]))])
    adds = all_of([possible, negation_of(repeats)])
    own = Names({f"{path_of(variable)}.{field}": all_of([blank, negation_of(value.missing.some)])})
    lacking = union([value.missing, own]).under(all_of([adds, blank]))
    return least, most, union([part.missing.under(adds), lacking]), exists(variable, part.true)


__all__ = ["TRUE", "Reading", "Tri", "combined", "item_condition", "leaf", "negated"]
