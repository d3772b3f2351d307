"""Conditions as terms; in what they ask for a fact of an item stands without the item."""

from __future__ import annotations

from typing import Any

from oncocds.algebra import conditions
from oncocds.algebra.symbols import Symbol as Open
from oncocds.language.tree import All, Condition, Count, Fired, Holds, Not, Quantified
from oncocds.language.tree import Any as Either
from oncocds_cohort.columns import terms
from oncocds_cohort.columns.facts import OpenFacts, OpenItem
from oncocds_cohort.columns.names import Names
from oncocds_cohort.columns.symbols import Symbol
from oncocds_cohort.columns.terms import FALSE, Term, all_of, either_of, negation_of


class Reading(conditions.Reading[OpenFacts, Term]):
    """Reads conditions about a patient, and which items make them true."""

    names = Names
    symbols = Symbol

    def compared(self, operator: str, term: Term, value: Any) -> Term:
        """Return a comparison of a number with a constant."""
        return terms.compared(operator, term, value)

    def own(self, symbol: Open, path: str) -> Names:
        """Return what a fact that is unknown asks for where its symbol names nothing: the fact itself."""
        return Names({path: negation_of(symbol.missing.some)})

    def witnesses(self, condition: Condition, item: OpenItem, *, holding: bool = True) -> Term:
        """Return when an item is one of those that make a true condition true (``explain.Explanation.witnesses``).

        With ``holding`` False those that make a false one false.
        """
        match condition:
            case All(parts) | Either(parts):
                each = [self.witnesses(part, item, holding=holding) for part in parts]
                if isinstance(condition, All) is not holding:  # one part decides: the items of those that do
                    read = [self.condition(part) for part in parts]
                    decides = [one.true if holding else one.false for one in read]
                    each = [all_of(both) for both in zip(decides, each, strict=True)]
                return either_of(each)
            case Not(part):
                return self.witnesses(part, item, holding=not holding)
            case Holds(concept):
                return self.witnesses(self.definitions.concept_condition(concept), item, holding=holding)
            case Fired(rule):
                return self.witnesses(self.definitions.rule_condition(rule), item, holding=holding)
            case Quantified() | Count() if condition.list == item.list:
                deciding = ("some",) if holding else ("some", "no")
                if isinstance(condition, Quantified) and condition.quantifier not in deciding:
                    return FALSE
                return self.of_item(condition.where, item).true
            case _:
                return FALSE
