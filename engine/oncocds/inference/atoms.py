"""The atoms of the rules: what is asked of a patient's facts, each once, in one polarity.

``x is not a`` is the negation of ``x is a``, ``x >= 3`` of ``x < 3``, ``x is unknown`` of ``x is known``,
``no list: c`` of ``some list: c``, ``every list: c`` of ``some list: not c``, ``at most n`` of ``at least n + 1``.
So a hundred ways of asking come down to a few, and the agenda and the compiled reading share them.
"""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified

Atom = Compare | Known | Quantified | Count


def canonical(condition: Atom) -> tuple[Atom, bool]:
    """Return the atom a leaf or quantified condition stands for, and whether it stands for it or its negation."""
    match condition:
        case Compare(fact, "is not", value):
            return Compare(fact, "is", value), False
        case Compare(fact, "not in", value):
            return Compare(fact, "in", value), False
        case Compare(fact, ">=", value):
            return Compare(fact, "<", value), False
        case Compare(fact, ">", value):
            return Compare(fact, "<=", value), False
        case Known(fact, False):
            return Known(fact, True), False
        case Quantified("no", name, where):
            return Quantified("some", name, where), False
        case Quantified("every", name, where):
            return Quantified("some", name, Not(where)), False
        case Count("at most", number, name, distinct, where):
            return Count("at least", number + 1, name, distinct, where), False
        case _:
            return condition, True


def leaves(condition: Condition) -> Iterator[Atom | Holds | Fired]:
    """Yield the leaves and quantified conditions of a tree, in order; not what stands inside a quantifier."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield condition


class Atoms:
    """Every atom of a knowledge base, numbered in order of first appearance."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.all: list[Atom] = []

    def number(self, condition: Atom) -> tuple[int, bool]:
        """Return the number of a condition's atom, and whether the condition stands for it or its negation."""
        atom, positive = canonical(condition)
        key = repr(atom)  # not the atom itself: True == 1 in Python, but not in a rule
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.all)
            self.all.append(atom)
        return number, positive
