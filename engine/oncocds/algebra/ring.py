"""Boolean terms as the algebra takes them: joined, negated, and asked for in the run in progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from oncocds.exploration.exploring import current

Term = Any  # a boolean or a number of the solver or of columns; only its ring looks into it


@dataclass(frozen=True, slots=True)
class Ring:
    """The boolean terms of one reading: of a solver, of columns.

    ``all_of`` and ``either_of`` return ``true`` or ``false`` themselves where that is plain. ``plain`` tells the truth
    of a term that has it, ``negated`` what a negation negates; both are None for any other. ``number`` is the same for
    equal terms alone.
    """

    true: Term
    false: Term
    all_of: Callable[[Iterable[Term]], Term]
    either_of: Callable[[Iterable[Term]], Term]
    negation_of: Callable[[Term], Term]
    plain: Callable[[Term], bool | None]
    negated: Callable[[Term], Term | None]
    number: Callable[[Term], int]

    def boolean(self, value: bool) -> Term:
        """Return the term of a truth."""
        return self.true if value else self.false

    def decide(self, term: Term) -> bool:
        """Answer whether a condition holds, in the run in progress."""
        plain = self.plain(term)
        if plain is not None:
            return plain
        inner = self.negated(term)
        return current().decide(self.number(term), term) if inner is None else not self.decide(inner)

    def answered(self, term: Term) -> bool | None:
        """Return the answer a condition has got already in the run in progress, None where it was not asked."""
        plain = self.plain(term)
        if plain is not None:
            return plain
        if (inner := self.negated(term)) is None:
            return current().answered(self.number(term))
        answer = self.answered(inner)
        return None if answer is None else not answer
