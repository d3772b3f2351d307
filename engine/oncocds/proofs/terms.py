"""Terms of the solver, simplified where that is plain, and sets of facts under conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import z3

from oncocds.exploration.exploring import Answers, current

TRUE: Any = z3.BoolVal(True)
FALSE: Any = z3.BoolVal(False)
# The solver keeps one node for equal terms: a term is TRUE if and only if it is this node. Asking its Python layer for
# the kind of a node (z3.is_true) took a third of the time in which the derived facts are read.
_TRUE, _FALSE = TRUE.ast.value, FALSE.ast.value
_CONTEXT = z3.main_ctx()


def is_true(term: Any) -> bool:
    """Tell whether a term is plainly true."""
    return bool(term.ast.value == _TRUE)


def decide(term: Any) -> bool:
    """Answer whether a condition holds, in the run in progress."""
    if term.ast.value == _TRUE:
        return True
    if term.ast.value == _FALSE:
        return False
    if z3.is_not(term):
        return not decide(term.arg(0))
    return current().decide(term.get_id(), term)


def answered(term: Any) -> bool | None:
    """Return the answer a condition has got already in the run in progress, None where it was not asked."""
    if z3.is_not(term):
        inner = answered(term.arg(0))
        return None if inner is None else not inner
    return current().answered(term.get_id())


def condition_of(answers: Answers) -> Any:
    """Return the condition under which a run goes one way."""
    return _joined(z3.Z3_mk_and, [term if answer else _not(term) for term, answer in answers])


def either_of(terms: Iterable[Any]) -> Any:
    """Return the disjunction of some terms, simplified where it is plain."""
    found = [term for term in terms if term.ast.value != _FALSE]
    if any(term.ast.value == _TRUE for term in found):
        return TRUE
    return FALSE if not found else found[0] if len(found) == 1 else _joined(z3.Z3_mk_or, found)


def all_of(terms: Iterable[Any]) -> Any:
    """Return the conjunction of some terms, simplified where it is plain."""
    found = [term for term in terms if term.ast.value != _TRUE]
    if any(term.ast.value == _FALSE for term in found):
        return FALSE
    return TRUE if not found else found[0] if len(found) == 1 else _joined(z3.Z3_mk_and, found)


def _joined(make: Any, terms: list[Any]) -> Any:
    """Join terms that are known to be Boolean, without the checks of ``z3.And`` and ``z3.Or``."""
    nodes = (z3.Ast * len(terms))(*(term.ast for term in terms))
    return z3.BoolRef(make(_CONTEXT.ref(), len(terms), nodes), _CONTEXT)


def _not(term: Any) -> Any:
    return z3.BoolRef(z3.Z3_mk_not(_CONTEXT.ref(), term.ast), _CONTEXT)


def negation_of(term: Any) -> Any:
    """Return the negation of a term, simplified where it is plain."""
    if term.ast.value == _TRUE:
        return FALSE
    if term.ast.value == _FALSE:
        return TRUE
    return term.arg(0) if z3.is_not(term) else _not(term)


def exact(value: float) -> Any:
    """Return a number as the exact real that its decimals say."""
    return z3.RealVal(str(Fraction(repr(value))))


class Names:
    """A set of facts, each in it under a condition: what a finding rests on, or what would decide it."""

    def __init__(self, conditions: Mapping[str, Any] | None = None) -> None:
        self.conditions: Mapping[str, Any] = conditions or {}

    def __iter__(self) -> Iterator[str]:
        return (name for name, condition in self.conditions.items() if decide(condition))

    def __bool__(self) -> bool:
        return decide(either_of(self.conditions.values()))

    def __add__(self, other: Names | tuple[str, ...]) -> Names:
        return union([self, other])

    def __radd__(self, other: Names | tuple[str, ...]) -> Names:
        return union([other, self])

    def under(self, condition: Any) -> Names:
        """Return the set as it is under a condition, and empty otherwise."""
        return Names({name: all_of([condition, one]) for name, one in self.conditions.items()})


def names_of(value: Names | Iterable[str]) -> Names:
    """Return facts as a set under conditions."""
    return value if isinstance(value, Names) else Names(dict.fromkeys(value, TRUE))


def union(sets: Iterable[Names | Iterable[str]]) -> Names:
    """Return the union of some sets."""
    joined: dict[str, list[Any]] = {}
    for one in sets:
        for name, condition in names_of(one).conditions.items():
            joined.setdefault(name, []).append(condition)
    return Names({name: either_of(conditions) for name, conditions in joined.items()})
