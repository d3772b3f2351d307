"""Negation normal form and its disjunctive form, over literals "this symbol is true" and "this symbol is false".

Kleene's logic allows both: a formula is certainly true exactly when some conjunction of its disjunctive form has only
literals that are certainly true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod

from oncocds.language.tree import All, Any, Condition, Not


@dataclass(frozen=True, slots=True, order=True)
class Literal:
    """A symbol is concluded to be true, or to be false; a symbol not concluded satisfies neither."""

    symbol: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Both:
    """All parts are true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part is true."""

    parts: tuple[Formula, ...]


Formula = Literal | Both | Either
Conjunction = frozenset[Literal]
LeafLiteral = Callable[[Condition], Literal]


def normal_form(condition: Condition, leaf: LeafLiteral, *, holds: bool) -> Formula:
    """Return when the condition is certainly true (``holds``) or certainly false, without negation above a literal."""
    match condition:
        case Not(part):
            return normal_form(part, leaf, holds=not holds)
        case All(parts) | Any(parts):
            kind = Both if isinstance(condition, All) is holds else Either
            inner: list[Formula] = []
            for part in parts:
                formula = normal_form(part, leaf, holds=holds)
                inner += formula.parts if isinstance(formula, kind) else [formula]
            return inner[0] if len(inner) == 1 else kind(tuple(inner))
        case _:
            literal = leaf(condition)
            return literal if holds else replace(literal, holds=not literal.holds)


def literals(formula: Formula) -> Iterator[Literal]:
    """Yield the literals of a formula."""
    if isinstance(formula, Literal):
        yield formula
    else:
        for part in formula.parts:
            yield from literals(part)


def width(formula: Formula) -> int:
    """Return how many conjunctions the disjunctive form has at most."""
    match formula:
        case Literal():
            return 1
        case Both(parts):
            return prod(width(part) for part in parts)
        case Either(parts):
            return sum(width(part) for part in parts)


def conjunctions(formula: Formula) -> list[Conjunction]:
    """Return the disjunctive form, without conjunctions that cannot be true or that another one implies."""
    return _minimal(_expanded(formula))


def _expanded(formula: Formula) -> list[Conjunction]:
    match formula:
        case Literal():
            return [frozenset((formula,))]
        case Either(parts):
            return [conjunction for part in parts for conjunction in _expanded(part)]
        case Both(parts):
            product: list[Conjunction] = [frozenset()]
            for part in parts:
                choices = _expanded(part)
                product = [left | right for left in product for right in choices if _possible(left, right)]
            return product


def _possible(left: Conjunction, right: Conjunction) -> bool:
    return not any(Literal(literal.symbol, not literal.holds) in left for literal in right)


def _minimal(found: list[Conjunction]) -> list[Conjunction]:
    kept: list[Conjunction] = []
    for candidate in sorted(dict.fromkeys(found), key=lambda conjunction: (len(conjunction), sorted(conjunction))):
        if not any(smaller <= candidate for smaller in kept):
            kept.append(candidate)
    return kept


def narrowed(formula: Formula, limit: int, share: Callable[[Formula], Literal]) -> Formula:
    """Return an equivalent formula whose width is at most ``limit``.

    ``share`` gives a sub-formula a name of its own (an auxiliary conclusion one layer lower) and returns its literal.
    """
    if isinstance(formula, Literal) or width(formula) <= limit:
        return formula
    if isinstance(formula, Both):
        return _narrowed_conjunction(formula, limit, share)
    parts = [narrowed(part, limit, share) for part in formula.parts]
    while sum(map(width, parts)) > limit:
        taken: list[Formula] = []
        while parts and sum(map(width, taken)) + width(parts[0]) <= limit:
            taken.append(parts.pop(0))
        parts.append(share(Either(tuple(taken)) if len(taken) > 1 else taken[0]))
    return Either(tuple(parts))


def _narrowed_conjunction(formula: Both, limit: int, share: Callable[[Formula], Literal]) -> Formula:
    """Name the widest parts, widest first, until the product of what is left is small enough."""
    parts = list(formula.parts)
    while prod(map(width, parts)) > limit:
        widest = max(range(len(parts)), key=lambda index: width(parts[index]))
        parts[widest] = share(narrowed(parts[widest], limit, share))
    return Both(tuple(parts))
