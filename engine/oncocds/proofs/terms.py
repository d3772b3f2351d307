"""Terms of the solver, simplified where that is plain, and sets of facts under conditions."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import z3

from oncocds.algebra import names
from oncocds.algebra.ring import Ring
from oncocds.exploration.exploring import Answers

TRUE: Any = z3.BoolVal(True)
FALSE: Any = z3.BoolVal(False)
# The solver keeps one node for equal terms: a term is TRUE if and only if it is this node. Asking its Python layer for
# the kind of a node (z3.is_true) took a third of the time in which the derived facts are read.
_TRUE, _FALSE = TRUE.ast.value, FALSE.ast.value
_CONTEXT = z3.main_ctx()


def is_true(term: Any) -> bool:
    """Tell whether a term is plainly true."""
    return bool(term.ast.value == _TRUE)


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


def _plain(term: Any) -> bool | None:
    node = term.ast.value
    return True if node == _TRUE else False if node == _FALSE else None


RING = Ring(
    TRUE,
    FALSE,
    all_of,
    either_of,
    negation_of,
    plain=_plain,
    negated=lambda term: term.arg(0) if z3.is_not(term) else None,
    number=lambda term: term.get_id(),
)
decide = RING.decide


class Names(names.Names):
    """A set of facts, each in it under a condition of the solver."""

    __slots__ = ()

    ring = RING


union = Names.union
