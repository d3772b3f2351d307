"""Conditions over open symbols: one more reading of the tree, tested against the definition of truth.

A condition becomes two booleans, "is true" and "is false"; neither is "is unknown". Beside them stands which facts an
unknown condition asks for, as ``oncocds.language.explain`` finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from oncocds.algebra.names import Names
from oncocds.algebra.ring import Term
from oncocds.algebra.symbols import Symbol
from oncocds.exploration.exploring import UnreadableError
from oncocds.language.tree import All, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.tree import Any as Either
from oncocds.language.truth import Definitions

_T = TypeVar("_T")


@dataclass(frozen=True)  # no slots: Python 3.11 cannot make such a one of a type with parameters named (Tri[Any])
class Tri(Generic[_T]):
    """A condition in three values: when it is true, when false, and what it asks for while it is neither."""

    true: _T
    false: _T
    missing: Any  # the names of the reading

    @property
    def decided(self) -> _T:
        """The condition under which it is true or false."""
        decided: _T = self.missing.ring.either_of([self.true, self.false])
        return decided

    @property
    def unknown(self) -> _T:
        """The condition under which it is neither true nor false."""
        unknown: _T = self.missing.ring.negation_of(self.decided)
        return unknown

    def negated(self) -> Tri[_T]:
        """Return Kleene's *not*."""
        return Tri(self.false, self.true, self.missing)


class Trees(Generic[_T]):
    """Reads the trees of conditions; what is asked in their leaves is said by each reading. What was read once is kept.

    ``names`` is the class of the reading's sets of facts, with its ring.
    """

    names: type[Names]

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._read: dict[int, tuple[Condition, Tri[_T]]] = {}

    def condition(self, condition: Condition) -> Tri[_T]:
        """Read a condition about the patient."""
        found = self._read.get(id(condition))
        if found is None:
            found = self._read[id(condition)] = (condition, self._condition(condition))
        return found[1]

    def atom(self, atom: Compare | Known | Quantified | Count) -> Tri[_T]:
        """Read what is asked of the patient or of a list."""
        raise NotImplementedError

    def combined(self, parts: Sequence[Tri[_T]], *, decisive: bool) -> Tri[_T]:
        """Return Kleene's *or* (decisive True) or *and* (decisive False)."""
        ring = self.names.ring
        deciding = ring.either_of(part.true if decisive else part.false for part in parts)
        others = ring.all_of(part.false if decisive else part.true for part in parts)
        open_ = ring.negation_of(ring.either_of([deciding, others]))
        missing = self.names.union(part.missing.under(open_) for part in parts)
        return Tri(deciding, others, missing) if decisive else Tri(others, deciding, missing)

    def _condition(self, condition: Condition) -> Tri[_T]:
        match condition:
            case All(parts) | Either(parts):
                return self.combined([self.condition(part) for part in parts], decisive=isinstance(condition, Either))
            case Not(part):
                return self.condition(part).negated()
            case Holds(concept):
                return self.condition(self.definitions.concept_condition(concept))
            case Fired(rule):
                return self.condition(self.definitions.rule_condition(rule))
            case _:
                return self.atom(condition)


class Walk(Protocol):
    """The items of a list as conditions ask for them; what is said of each stands in their order."""

    @property
    def items(self) -> Sequence[Any]:
        """The items."""
        ...

    def some(self, of: Sequence[Term]) -> Term:
        """Return that some recorded item fulfils what is said of it."""
        ...

    def every(self, of: Sequence[Term]) -> Term:
        """Return that no recorded item fails what is said of it."""
        ...

    def at_least(self, number: int, of: Sequence[Term]) -> Term:
        """Return that so many recorded items, one at least, fulfil what is said of them."""
        ...

    def fewer(self, number: int, of: Sequence[Term]) -> Term:
        """Return that fewer recorded items fulfil what is said of them."""
        ...

    def distinct(
        self, field: str, number: int, parts: Sequence[Tri[Any]], again: Callable[[Any], Tri[Any]]
    ) -> tuple[Term, Term, Sequence[Any]]:
        """Return that the items have so many different codes, or fewer, and what is asked of each.

        ``parts`` says which items count, ``again`` says it of another.
        """
        ...

    def names(self, of: Sequence[Any]) -> Any:
        """Return what is in some sets about recorded items."""
        ...


class Facts(Protocol):
    """The facts of an open patient."""

    def finding(self, fact: str) -> Any:
        """Return a fact of the patient."""
        ...

    def listed(self, name: str) -> Term:
        """Return the condition under which a list is recorded."""
        ...

    def whole(self, name: str) -> Term:
        """Return the condition under which all the items of a list are recorded."""
        ...

    def walk(self, name: str) -> Walk:
        """Return the items of a list."""
        ...


_Facts = TypeVar("_Facts", bound=Facts)


class Reading(Trees[_T], Generic[_Facts, _T]):
    """Reads conditions about an open patient, whose facts are ``symbols``."""

    symbols: type[Symbol]

    def __init__(self, facts: _Facts, definitions: Definitions) -> None:
        super().__init__(definitions)
        self.facts = facts

    def compared(self, operator: str, term: Term, value: Any) -> Term:
        """Return a comparison of a number with a constant: ``< <= > >= =``."""
        raise NotImplementedError

    def own(self, symbol: Symbol, path: str) -> Names:  # noqa: ARG002
        """Return what a fact that is unknown asks for where its symbol names nothing."""
        return self.names()

    def atom(self, atom: Compare | Known | Quantified | Count) -> Tri[_T]:
        """Read what is asked of the patient or of a list."""
        if isinstance(atom, Quantified):
            return self._quantified(atom)
        return self._count(atom) if isinstance(atom, Count) else self._leaf(atom, self.facts.finding, atom.fact)

    def of_item(self, condition: Condition, item: Any) -> Tri[_T]:
        """Read a quantifier's condition about one item."""
        match condition:
            case All(parts) | Either(parts):
                read = [self.of_item(part, item) for part in parts]
                return self.combined(read, decisive=isinstance(condition, Either))
            case Not(part):
                return self.of_item(part, item).negated()
            case Compare() | Known():
                return self._leaf(condition, item.finding, f"{item.path}.{condition.fact}")
            case _:
                raise TypeError(f"{type(condition).__name__} cannot stand inside a quantifier")

    def _leaf(self, condition: Compare | Known, finding: Callable[[str], Any], path: str) -> Tri[_T]:
        ring, symbol = self.names.ring, self.symbols.whole(finding(condition.fact))
        if isinstance(condition, Known):
            known = symbol.known if condition.known else ring.negation_of(symbol.known)
            return Tri(known, ring.negation_of(known), self.names())
        unknown = ring.negation_of(symbol.known)
        missing = self.names.union([symbol.missing.under(unknown), self.own(symbol, path).under(unknown)])
        if symbol.open_cases:
            return self._partly(condition, symbol, missing, path)
        holds = self.holds(condition, symbol)
        true, false = (ring.all_of([symbol.known, one]) for one in (holds, ring.negation_of(holds)))
        return Tri(true, false, missing)

    def holds(self, condition: Compare, symbol: Symbol) -> Term:
        """Return whether a known value compares as a leaf says. Raises ``UnreadableError`` for free text."""
        ring, operator, value = self.names.ring, condition.operator, condition.value
        if symbol.kind == "text":
            raise UnreadableError(f"free text is compared with a constant: {condition.fact}")
        if operator in ("<", "<=", ">", ">="):
            return ring.false if symbol.term is None else self.compared(operator, symbol.term, value)
        if symbol.term is None:
            matches = self.among(condition, symbol, symbol.cases)
        else:
            targets = value if isinstance(value, tuple) else (value,)
            matches = ring.either_of(self.compared("=", symbol.term, one) for one in targets)
        return matches if operator in ("is", "in") else ring.negation_of(matches)

    def among(self, condition: Compare, symbol: Symbol, cases: Mapping[Any, Term]) -> Term:  # noqa: ARG002
        """Return that one of the codes that a leaf asks for is among some of a symbol: known ones or open ones."""
        targets = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        # A boolean is no code: True == 1 in Python, but not here.
        return self.names.ring.either_of(when for value, when in cases.items() if value in targets)

    def _partly(self, condition: Compare, symbol: Symbol, missing: Names, path: str) -> Tri[_T]:
        """Read a leaf about what may have open codes besides: one of them leaves what is asked unknown."""
        all_of, negation_of = self.names.ring.all_of, self.names.ring.negation_of
        inside = all_of([symbol.known, self.among(condition, symbol, symbol.cases)])
        open_ = all_of([symbol.known, self.among(condition, symbol, symbol.open_cases), negation_of(inside)])
        outside = all_of([symbol.known, negation_of(inside), negation_of(open_)])
        found = Tri(inside, outside, self.names.union([missing, self.names({path: open_})]))
        return found if condition.operator in ("is", "in") else found.negated()

    def _quantified(self, condition: Quantified) -> Tri[_T]:
        ring, name = self.names.ring, condition.list
        walk, whole = self.facts.walk(name), self.facts.whole(name)
        parts = [self.of_item(condition.where, item) for item in walk.items]
        decisive = condition.quantifier != "every"
        deciding = walk.some([part.true if decisive else part.false for part in parts])
        others = ring.all_of([whole, walk.every([part.false if decisive else part.true for part in parts])])
        asked = [self.names({name: ring.negation_of(whole)}), walk.names([part.missing for part in parts])]
        missing = self.names.union(asked).under(ring.negation_of(ring.either_of([deciding, others])))
        found = Tri(deciding, others, missing) if decisive else Tri(others, deciding, missing)
        return found.negated() if condition.quantifier == "no" else found

    def _count(self, condition: Count) -> Tri[_T]:
        ring, name = self.names.ring, condition.list
        walk, whole, listed = self.facts.walk(name), self.facts.whole(name), self.facts.listed(name)
        parts = [self.of_item(condition.where, item) for item in walk.items]
        number = condition.number if condition.bound == "at least" else condition.number + 1
        if condition.distinct is None:
            enough = walk.at_least(number, [part.true for part in parts])
            fewer = walk.fewer(number, [ring.negation_of(part.false) for part in parts])
            missing: Sequence[Names] = [part.missing for part in parts]
        else:
            where = condition.where
            enough, fewer, missing = walk.distinct(
                condition.distinct, number, parts, lambda item: self.of_item(where, item)
            )
            if number == 1:  # an item of unknown value has one value at least
                enough = walk.some([part.true for part in parts])
        if number <= 0:
            enough, fewer = listed, ring.false
        too_few = ring.all_of([whole, fewer])
        asked = [self.names({name: ring.negation_of(whole)}), walk.names(missing).under(listed)]
        asks = self.names.union(asked).under(ring.negation_of(ring.either_of([enough, too_few])))
        return Tri(enough, too_few, asks) if condition.bound == "at least" else Tri(too_few, enough, asks)
