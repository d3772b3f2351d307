"""The SMT reading of conditions, in either state of knowledge of one patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oncocds.algebra import conditions
from oncocds.algebra.symbols import Symbol
from oncocds.language.tree import Compare, Condition
from oncocds.language.truth import Definitions
from oncocds.proofs import symbols
from oncocds.proofs.derivations import Derivations
from oncocds.proofs.facts import OpenFacts
from oncocds.proofs.recorded import Recorded, State
from oncocds.proofs.terms import Names, exact
from oncocds.proofs.values import compared

Tri = conditions.Tri[Any]


class Reading:
    """Reads conditions about an open patient, in either state of knowledge."""

    def __init__(self, recorded: Recorded, definitions: Definitions, derivations: Derivations | None = None) -> None:
        self.recorded = recorded
        self._definitions = definitions
        self._derivations = derivations or Derivations()
        self._states: dict[State, _Reading] = {}

    def facts(self, state: State = "before") -> OpenFacts:
        """Return the facts of the patient in a state of knowledge."""
        return self._in(state).facts

    def rule(self, rule: str, state: State = "before") -> Tri:
        """Read the whole condition of a rule."""
        return self.condition(self._definitions.rule_condition(rule), state)

    def condition(self, condition: Condition, state: State = "before") -> Tri:
        """Read a condition about the patient."""
        return self._in(state).condition(condition)

    def _in(self, state: State) -> _Reading:
        if state not in self._states:
            facts = OpenFacts(self.recorded, state)
            facts.derive = self._derivations
            self._states[state] = _Reading(facts, self._definitions)
        return self._states[state]


class _Reading(conditions.Reading[OpenFacts, Any]):
    """Reads conditions in one state of knowledge."""

    names = Names
    symbols = symbols.Symbol

    def compared(self, operator: str, term: Any, value: Any) -> Any:
        """Return a comparison of a number with a constant."""
        return compared(operator, term, exact(value))

    def among(self, condition: Compare, symbol: Symbol, cases: Mapping[Any, Any]) -> Any:
        """Return that one of some codes is asked for; a drug asked for must not be one left out."""
        wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        if condition.fact == "drug" and not symbol.cases.keys() >= set(wanted):
            raise ValueError(f"a drug that was taken for one like others is asked for: {condition.value}")
        return super().among(condition, symbol, cases)
