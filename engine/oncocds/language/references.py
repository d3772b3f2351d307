"""What a condition speaks of: walking the tree without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.language.tree import All, Any, Condition, Count, Fired, Holds, Not, Quantified


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and every part of it, outermost first."""
    yield condition
    if isinstance(condition, All | Any):
        for part in condition.parts:
            yield from walk(part)
    elif isinstance(condition, Not):
        yield from walk(condition.part)
    elif isinstance(condition, Quantified | Count):
        yield from walk(condition.where)


def concepts(condition: Condition) -> set[str]:
    """Return the ids of the concepts a condition names."""
    return {part.concept for part in walk(condition) if isinstance(part, Holds)}


def rules(condition: Condition) -> set[str]:
    """Return the ids of the rules a condition names."""
    return {part.rule for part in walk(condition) if isinstance(part, Fired)}
