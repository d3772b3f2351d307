"""Python source for "certainly true" and "certainly false" of a condition, for the readings that are generated.

A three-valued condition is two ordinary boolean questions: is it certainly true, is it certainly false? Negation swaps
them. Both are plain ``and``/``or`` expressions, so Python's own short-circuiting evaluates them fast. A leaf is a
variable that holds True, False or None.
"""

from __future__ import annotations

from collections.abc import Callable

from oncocds.language.tree import All, Any, Condition, Not

LeafSource = Callable[[Condition], tuple[str, bool]]


def verdict_source(condition: Condition, leaf: LeafSource) -> str:
    """Return an expression that evaluates to True, False or None (unknown)."""
    certainly_true = certainty_source(condition, leaf, positive=True)
    certainly_false = certainty_source(condition, leaf, positive=False)
    return f"True if {certainly_true} else False if {certainly_false} else None"


def certainty_source(condition: Condition, leaf: LeafSource, *, positive: bool) -> str:
    """Return an expression that is truthy exactly when the condition is certainly true (or certainly false).

    ``leaf`` names the variable of a leaf or quantified condition, and whether it stands for it or for its negation.
    """
    if isinstance(condition, Not):
        return certainty_source(condition.part, leaf, positive=not positive)
    if isinstance(condition, All | Any):
        conjunctive = isinstance(condition, All) is positive
        if not condition.parts:
            return "True" if conjunctive else "False"
        parts = [certainty_source(part, leaf, positive=positive) for part in condition.parts]
        return parts[0] if len(parts) == 1 else f"({(' and ' if conjunctive else ' or ').join(parts)})"
    variable, stands_for_it = leaf(condition)
    return variable if stands_for_it is positive else f"{variable} is False"
